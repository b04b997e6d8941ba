import { createHash } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import { addressOf, ask, AskError } from '../web/api.ts';
import * as queries from '../web/queries.generated.ts';
import {
  EventsDocument,
  MarksDocument,
  PlaceDetailDocument,
  StartDocument,
  TypedDocumentString,
} from '../web/queries.generated.ts';
import { TestServer } from './server.ts';

const server = new TestServer();

afterEach(() => vi.unstubAllGlobals());

interface Sent {
  method: string;
  url: string;
  status: number;
}

/** Lets the page's fetch reach the server, and tells what was sent; `before` may answer in its place. */
function connect(before: (url: string) => Response | undefined = () => undefined): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal('fetch', async (url: string, { method = 'GET', headers, body, signal }: RequestInit = {}) => {
    signal?.throwIfAborted();
    const answer = before(url);
    if (answer) return answer;
    const response = await server.app.inject({
      ...{ url, headers: headers as Record<string, string> },
      ...(method === 'POST'
        ? { method: 'POST' as const, payload: body as string }
        : { method: 'GET' as const }),
    });
    sent.push({ method, url, status: response.statusCode });
    return new Response(response.body, { status: response.statusCode });
  });
  return sent;
}

const documents = Object.entries(queries).filter(([name]) => name.endsWith('Document')) as [
  string,
  TypedDocumentString<unknown, unknown>,
][];

test('the hash of every document is that of its text', () => {
  expect(documents.length).toBeGreaterThan(4);
  for (const [name, document] of documents)
    expect(document.__meta__, name).toEqual({
      hash: createHash('sha256').update(document.toString()).digest('hex'),
    });
});

test('a question goes by GET and by hash alone, and is answered at once', async () => {
  const sent = connect();
  const { atlas, categories } = await ask(StartDocument, {});
  expect(atlas.title).toBe('Syria diplomacy, 2016-17');
  expect(categories.length).toBeGreaterThan(3);
  expect(sent.map(({ method, status }) => [method, status])).toEqual([['GET', 200]]);
  expect(sent[0]?.url).not.toContain('atlas');
});

test('questions that are the same have the same address, however they are put', () => {
  const viewport = { west: 0, south: 1, east: 2, north: 3, zoom: 4 };
  const turned = { zoom: 4, north: 3, east: 2, south: 1, west: 0 };
  const filter = { categories: ['call', 'visit'], text: 'é & ü', during: { to: '2017', from: '2016' } };
  const other = {
    text: 'é & ü',
    places: undefined,
    during: { from: '2016', to: '2017' },
    categories: ['call', 'visit'],
  };
  const one = addressOf({ viewport, filter }, {});
  expect(addressOf({ filter: other, viewport: turned }, {})).toBe(one);
  expect(addressOf({ viewport, filter: { ...filter, categories: ['visit', 'call'] } }, {})).not.toBe(one);
  expect(JSON.parse(new URLSearchParams(one.slice(one.indexOf('?'))).get('variables') ?? '')).toEqual({
    viewport,
    filter,
  });
});

test('a query that the server does not know is sent once, and known from then on', async () => {
  const text = `query Other($id: ID!) { place(id: $id) { id country } }`;
  const document = new TypedDocumentString<{ place: { id: string } }, { id: string }>(text, {
    hash: createHash('sha256').update(text).digest('hex'),
  });
  const sent = connect();
  for (const id of ['aleppo', 'geneva']) expect((await ask(document, { id })).place.id).toBe(id);
  expect(sent.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET']);
});

test('a long question is posted', async () => {
  const sent = connect();
  const question = (length: number): Promise<unknown> =>
    ask(EventsDocument, { filter: { text: 'a'.repeat(length) } });
  await question(3000);
  await question(4000);
  expect(sent.map(({ method, status }) => [method, status])).toEqual([
    ['GET', 200],
    ['POST', 200],
  ]);
});

test('a fault is told in the server’s words', async () => {
  connect();
  const viewport = { west: 0, south: 1, east: 2, north: 3, zoom: 99 };
  await expect(ask(MarksDocument, { viewport })).rejects.toThrow(
    new AskError('zoom out of range: 99. Ask for 0 to 24.'),
  );
});

test('what is no answer of the server’s is told too', async () => {
  connect(() => new Response('<h1>Bad gateway</h1>', { status: 502 }));
  await expect(ask(StartDocument, {})).rejects.toThrow(new AskError('The server answered 502 and no data.'));
  connect(() => {
    throw new TypeError('fetch failed');
  });
  await expect(ask(StartDocument, {})).rejects.toThrow(new AskError('The server cannot be reached.'));
});

test('a server that never learns a query is not asked for ever', async () => {
  const unknown = {
    errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
  };
  let asked = 0;
  connect(() => {
    asked += 1;
    return Response.json(unknown);
  });
  await expect(ask(StartDocument, {})).rejects.toThrow(AskError);
  expect(asked).toBe(2);
});

test('an aborted question ends as one', async () => {
  connect();
  const signal = AbortSignal.abort();
  await expect(ask(PlaceDetailDocument, { id: 'aleppo' }, signal)).rejects.toThrow(
    expect.objectContaining({ name: 'AbortError' }),
  );
});
