import type { FastifyInstance } from 'fastify';
import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { buildApp } from '../server/app.ts';
import type { Event } from '../server/event.ts';
import { readSoundPackage } from '../server/import/data-package.ts';
import { readSettings, type Limits } from '../server/settings.ts';
import { openStore } from '../server/store/open-store.ts';
import type { Store, StoreLocation } from '../server/store/store.ts';
import { readWhen } from '../server/time.ts';
import { BUILT_IN } from './server.ts';
import { newLocation, opened, testedStores, type StoreKind } from './stores.ts';

const CHANGES = `subscription ($filter: EventFilter, $after: String) {
  changes(filter: $filter, after: $after) { version cursor isWhole eventCount events { id title } }
}`;

const eventOf = (id: string, more: Partial<Event> = {}): Event => ({
  ...{
    id,
    title: `Event ${id}`,
    summary: null,
    category: 'meeting',
    status: 'OCCURRED',
    when: readWhen('2016-10-18'),
  },
  ...{
    placements: [{ place: 'lausanne', role: 'VENUE' }],
    participants: [],
    claims: [],
    relations: [],
    ...more,
  },
});

interface Served {
  store: Store;
  location: StoreLocation;
  app: FastifyInstance;
  url: string;
}

async function served(kind: StoreKind, limited: Partial<Limits> = {}): Promise<Served> {
  const location = await newLocation(kind);
  const store = await opened(location);
  await store.replace(await readSoundPackage(BUILT_IN));
  const app = await buildApp(store, {
    tiles: null,
    limits: { ...readSettings({}).limits, requestsPerMinute: 0, ...limited },
  });
  onTestFinished(() => app.close());
  return { store, location, app, url: await app.listen({ port: 0 }) };
}

// oxlint-disable-next-line typescript/no-explicit-any
type Told = any;

/** Reads what a stream tells, one after the other. */
class Stream {
  readonly response: Response;
  readonly #end: AbortController;
  readonly #messages: AsyncGenerator<Told>;

  constructor(response: Response, end: AbortController) {
    this.response = response;
    this.#end = end;
    this.#messages = messagesOf(response);
    onTestFinished(() => this.close());
  }

  static async open({ url }: Served, query: string, variables = {}): Promise<Stream> {
    const end = new AbortController();
    const response = await fetch(`${url}/graphql/stream`, {
      ...{ method: 'POST', signal: end.signal, body: JSON.stringify({ query, variables }) },
      headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    });
    return new Stream(response, end);
  }

  /** The next that is told; undefined when it has ended. */
  async next(): Promise<Told> {
    return (await this.#messages.next()).value;
  }

  close(): void {
    this.#end.abort();
  }
}

async function* messagesOf({ body }: Response): AsyncGenerator<Told> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of body as ReadableStream<Uint8Array>) {
    text += decoder.decode(piece, { stream: true });
    for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
      const data = /^event: next\ndata: (.*)$/m.exec(text.slice(0, at))?.[1];
      text = text.slice(at + 2);
      if (data) yield JSON.parse(data);
    }
  }
}

describe.each(testedStores())('on %s', (kind) => {
  test('the version is told at once and whenever it is another, whoever wrote', async () => {
    const server = await served(kind);
    const stream = await Stream.open(server, 'subscription { atlasVersion }');
    expect(stream.response.headers.get('content-type')).toContain('text/event-stream');
    expect((await stream.next()).data.atlasVersion).toBe(await server.store.version());
    await server.store.change({ events: [eventOf('one')] });
    expect((await stream.next()).data.atlasVersion).toBe(await server.store.version());
    const other = await openStore(server.location);
    await other.change({ events: [eventOf('two')] });
    expect((await stream.next()).data.atlasVersion).toBe(await other.version());
    await other.close();
  });

  test('a change is told with the events that a filter asks for, by the meaning of every filter', async () => {
    const server = await served(kind);
    const near = await Stream.open(server, CHANGES, { filter: { bbox: [6, 46, 7, 47] } });
    const far = await Stream.open(server, CHANGES, { filter: { bbox: [30, 30, 40, 40] } });
    const change = { events: [eventOf('one'), eventOf('two', { placements: [] })] };
    // What is told begins with the stream, which may not have begun when its head is there.
    for (const stream of [near, far]) expect(stream.response.status).toBe(200);
    await expect.poll(() => server.app.streams()).toBe(2);
    await server.store.change(change);
    expect((await near.next()).data.changes).toMatchObject({
      ...{ version: await server.store.version(), isWhole: false, eventCount: 1, events: [{ id: 'one' }] },
    });
    expect((await far.next()).data.changes).toMatchObject({ isWhole: false, eventCount: 0, events: [] });
    await server.store.change({ events: [eventOf('one', { title: 'Another' })] });
    expect((await near.next()).data.changes.events).toEqual([{ id: 'one', title: 'Another' }]);
  });

  test('who was away is told what was changed meanwhile, as one change, and nothing twice', async () => {
    const server = await served(kind);
    const first = await Stream.open(server, CHANGES);
    await expect.poll(() => server.app.streams()).toBe(1);
    await server.store.change({ events: [eventOf('one')] });
    const { cursor } = (await first.next()).data.changes;
    first.close();
    await server.store.change({ events: [eventOf('two')] });
    await server.store.change({ events: [eventOf('three')] });
    const again = await Stream.open(server, CHANGES, { after: cursor });
    const { events } = (await again.next()).data.changes;
    expect(events.map(({ id }: Event) => id).sort()).toEqual(['three', 'two']);
    await server.store.change({ events: [eventOf('four')] });
    expect((await again.next()).data.changes.events.map(({ id }: Event) => id)).toEqual(['four']);
  });

  test('another atlas, and more than can be named, are told as a whole', async () => {
    const server = await served(kind);
    const stream = await Stream.open(server, CHANGES);
    await expect.poll(() => server.app.streams()).toBe(1);
    await server.store.change({ events: Array.from({ length: 1001 }, (_, at) => eventOf(`many-${at}`)) });
    expect((await stream.next()).data.changes).toMatchObject({ isWhole: true, eventCount: 0, events: [] });
    await server.store.change({ events: [eventOf('one')] });
    expect((await stream.next()).data.changes).toMatchObject({ isWhole: false, eventCount: 1 });
  });

  test('followers that go leave nothing behind, and those that read nothing cost next to nothing', async () => {
    const { store, app, url } = await served(kind, { streams: 100 });
    const { port } = new URL(url);
    const query = encodeURIComponent(CHANGES);
    const sockets = Array.from({ length: 50 }, () => connect(Number(port), '127.0.0.1'));
    for (const socket of sockets) {
      await once(socket, 'connect');
      socket.pause();
      socket.write(
        `GET /graphql/stream?query=${query} HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n`,
      );
    }
    await expect.poll(() => app.streams()).toBe(50);
    for (let round = 0; round < 20; round++)
      await store.change({ events: [eventOf('same', { title: `Round ${round}` })] });
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => app.streams()).toBe(0);
  });
});

const server = (limited: Partial<Limits> = {}): Promise<Served> =>
  served('SQLite', { streams: 2, ...limited });

test.each([
  ['a query', '{ atlas { id } }', 'BAD_REQUEST', 'this is no subscription'],
  ['no GraphQL', 'subscription {', 'GRAPHQL_PARSE_FAILED', 'Syntax Error'],
  ['an unknown field', 'subscription { news }', 'GRAPHQL_VALIDATION_FAILED', 'Cannot query field "news"'],
  [
    'too much',
    `subscription { changes { events { ${'related { '.repeat(12)}id${' }'.repeat(12)} } } }`,
    'QUERY_TOO_DEEP',
    'at most 10',
  ],
  ['too many words', `subscription { ${'atlasVersion '.repeat(6000)} }`, 'GRAPHQL_PARSE_FAILED', 'tokens'],
  [
    'a cursor that is none',
    'subscription { changes(after: "x") { version } }',
    'BAD_USER_INPUT',
    'not a cursor of changes: "x"',
  ],
  [
    'a filter that is none',
    'subscription { changes(filter: { categories: ["dance"] }) { version } }',
    'BAD_USER_INPUT',
    'unknown category',
  ],
])('%s is told as an error on the stream, which ends', async (_, query, code, message) => {
  const stream = await Stream.open(await server(), query);
  const { errors, data } = await stream.next();
  expect([errors[0].extensions.code, data ?? null]).toEqual([code, null]);
  expect(errors[0].message).toContain(message);
  expect(await stream.next()).toBeUndefined();
});

test('an address has so many streams at once, and room again when one ends', async () => {
  const at = await server();
  const [first] = [await Stream.open(at, CHANGES), await Stream.open(at, CHANGES)];
  const refused = await Stream.open(at, CHANGES);
  expect([refused.response.status, (await refused.response.json()).errors[0].extensions.code]).toEqual([
    429,
    'TOO_MANY_STREAMS',
  ]);
  first?.close();
  await expect.poll(async () => (await Stream.open(at, CHANGES)).response.status).toBe(200);
});

test('a stream goes on for longer than a query may take', async () => {
  const at = await server({ querySeconds: 1 });
  const stream = await Stream.open(at, CHANGES);
  await setTimeout(1500);
  await at.store.change({ events: [eventOf('one')] });
  expect((await stream.next()).data.changes.events).toEqual([{ id: 'one', title: 'Event one' }]);
});

test('a stream that is not asked for as one is refused, and a subscription elsewhere too', async () => {
  const { app } = await server();
  const plain = await app.inject({ method: 'POST', url: '/graphql/stream', payload: { query: CHANGES } });
  expect([plain.statusCode, plain.json().errors[0].extensions.code]).toEqual([406, 'NOT_ACCEPTABLE']);
  const elsewhere = await app.inject({ method: 'POST', url: '/graphql', payload: { query: CHANGES } });
  expect([elsewhere.statusCode, elsewhere.json().errors[0].extensions.code]).toEqual([400, 'BAD_REQUEST']);
});

test('a server that stops ends its streams', async () => {
  const at = await server();
  const stream = await Stream.open(at, CHANGES);
  await expect.poll(() => at.app.streams()).toBe(1);
  await at.app.close();
  expect(await stream.next()).toBeUndefined();
});

test('a fault of ours on a stream is masked', async () => {
  const at = await server();
  at.store.changes = () => Promise.reject(new Error('SELECT secret FROM /etc'));
  const stream = await Stream.open(at, CHANGES);
  await expect.poll(() => at.app.streams()).toBe(1);
  await at.store.change({ events: [eventOf('one')] });
  const told = await stream.next().catch(() => undefined);
  expect(JSON.stringify(told ?? '')).not.toContain('secret');
});
