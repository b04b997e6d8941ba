import fastify, { type FastifyInstance, type InjectOptions, type LightMyRequestResponse } from 'fastify';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { expect, onTestFinished, test, vi } from 'vitest';
import { buildApp } from '../server/app.ts';
import { WEB_QUERIES } from '../server/graphql/web-queries.generated.ts';
import { letBeKept, tagAnswers } from '../server/http/caching.ts';
import { compress } from '../server/http/encoding.ts';
import { keepAnswers } from '../server/http/kept-answers.ts';
import { readSoundPackage } from '../server/import/data-package.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import type { Store } from '../server/store/store.ts';
import { writePackage } from './package.ts';
import { BUILT_IN, TestServer, watched } from './server.ts';
import { variablesOf } from './web-variables.ts';
import { tempFolder } from './temp.ts';

const server = new TestServer();

/** An app over a store, and the calls of that but for its version: none where a kept answer is given. */
async function spied(
  store: Store = server.store,
  before: (method: string) => void = () => {},
): Promise<{ app: FastifyInstance; calls: string[] }> {
  const calls: string[] = [];
  const app = await buildApp(
    watched(store, (method) => {
      if (method !== 'version') calls.push(method);
      before(method);
    }),
    { tiles: null },
  );
  onTestFinished(() => app.close());
  return { app, calls };
}

/** Asks in a turn of its own, as over a socket. */
async function ask(app: FastifyInstance, how: InjectOptions): Promise<LightMyRequestResponse> {
  await setImmediate();
  return app.inject(how);
}

/** Has the index made, which costs once. */
const INDEX = { query: '{ events { totalCount } }' };

const LET_THROUGH = { 'apollo-require-preflight': 'true' };

const post = (payload: object | string, headers: Record<string, string> = {}): InjectOptions => ({
  ...{ method: 'POST', url: '/graphql' },
  payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  headers: { 'content-type': 'application/json', ...headers },
});

const get = (parameters: Record<string, string>, headers: Record<string, string> = {}): InjectOptions => ({
  url: `/graphql?${new URLSearchParams(parameters).toString()}`,
  headers: { ...LET_THROUGH, ...headers },
});

const sent = ({ statusCode, headers, rawPayload }: LightMyRequestResponse): unknown => ({
  statusCode,
  headers: { ...headers, date: '' },
  rawPayload,
});

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8');
const examples = [...readme.matchAll(/```graphql\n([^]*?)```/g)].map(([, query = '']) => query);
const byHash = (sha256Hash: string, query: string): Record<string, string> => ({
  variables: JSON.stringify(variablesOf(query)),
  extensions: JSON.stringify({ persistedQuery: { version: 1, sha256Hash } }),
});

const questions: [what: string, how: InjectOptions][] = [
  ...examples.flatMap((query, at): [string, InjectOptions][] => [
    [`posted, README ${at}`, post({ query })],
    [`by GET, README ${at}`, get({ query })],
  ]),
  ...[...WEB_QUERIES].map(([hash, query]): [string, InjectOptions] => [
    `the web’s ${/query (\w+)/.exec(query)?.[1]}`,
    get(byHash(hash, query)),
  ]),
  [
    'a long one',
    post({ query: '{ events(first: 500) { nodes { claims { statement source { title } } } } }' }),
  ],
];

test.each(questions)(
  'what is asked again is answered with the same bytes and headers: %s',
  async (_, how) => {
    const { app, calls } = await spied();
    for (const accepted of ['identity', 'gzip', 'br', 'gzip, deflate, br, zstd']) {
      const asked = { ...how, headers: { ...how.headers, 'accept-encoding': accepted } };
      const first = await ask(app, asked);
      expect([first.statusCode, calls.length > 0]).toEqual([200, accepted === 'identity']);
      calls.length = 0;
      for (const again of [asked, asked]) expect(sent(await ask(app, again))).toEqual(sent(first));
      expect(calls).toEqual([]);
    }
  },
);

test('every encoding of a kept answer decodes to it', async () => {
  const { app, calls } = await spied();
  const decoders = { br: brotliDecompressSync, gzip: gunzipSync, zstd: zstdDecompressSync };
  for (const [first, isLong] of [
    [20, false],
    [500, true],
  ] as const) {
    const asked = { query: `{ events(first: ${first}) { nodes { id title claims { statement } } } }` };
    const plain = await ask(app, post(asked));
    // From here on it is compressed as a stream.
    expect(plain.body.length > 32_768).toBe(isLong);
    for (const round of [1, 2])
      for (const [encoding, decode] of Object.entries(decoders)) {
        calls.length = 0;
        const packed = await ask(app, post(asked, { 'accept-encoding': encoding }));
        expect([packed.headers['content-encoding'], calls], `round ${round}`).toEqual([encoding, []]);
        expect(Number(packed.headers['content-length'])).toBe(packed.rawPayload.length);
        expect(decode(packed.rawPayload).toString()).toBe(plain.body);
      }
    expect((await ask(app, post(asked))).body).toBe(plain.body);
  }
});

test('a change of the atlas is seen at once, and a change back', async () => {
  const store = new SqliteStore(`${tempFolder()}/atlas.sqlite`);
  onTestFinished(() => store.close());
  const { app } = await spied(store);
  const [one, other] = [await readSoundPackage(BUILT_IN), await readSoundPackage(writePackage())];
  for (const atlas of [one, other, one, other]) {
    await store.replace(atlas);
    for (const how of [post, get])
      for (const again of [1, 2]) {
        const { body } = await ask(app, how({ query: '{ atlas { version eventCount } }' }));
        expect(JSON.parse(body).data.atlas, `time ${again}`).toEqual({
          ...{ version: await store.version(), eventCount: atlas.events.length },
        });
      }
  }
});

test.each<[what: string, payload: object]>([
  [
    'a part that failed',
    { query: '{ categories { id } place(id: "aleppo") { events(first: -1) { totalCount } } }' },
  ],
  ['a fault of the caller’s', { query: '{ events(first: -1) { totalCount } }' }],
  ['an unknown field', { query: '{ nothing }' }],
  ['an unknown hash', { extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } } }],
])('%s is not kept', async (_, payload) => {
  const { app, calls } = await spied();
  await ask(app, post(INDEX));
  calls.length = 0;
  const first = await ask(app, post(payload));
  const cost = calls.splice(0);
  const second = await ask(app, post(payload));
  expect(calls).toEqual(cost);
  expect(second.json().errors).toEqual(first.json().errors);
  expect(second.json().errors.length).toBe(1);
});

test('a fault of ours is over when it is over', async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => void vi.restoreAllMocks());
  let isOnFire = true;
  const { app } = await spied(server.store, (method) => {
    if (isOnFire && method === 'categories') throw new Error('disk on fire');
  });
  const asked = post({ query: '{ categories { id } }' });
  expect((await ask(app, asked)).statusCode).toBe(500);
  isOnFire = false;
  expect((await ask(app, asked)).statusCode).toBe(200);
});

test('what is refused stays refused beside a kept answer', async () => {
  const { app } = await spied();
  const query = 'query A($first: Int) { events(first: $first) { totalCount } }';
  const asked = { query, operationName: 'A', variables: { first: null } };
  const url = { query, operationName: 'A', variables: '{"first":null}' };
  const text = JSON.stringify(asked);
  for (const how of [post(asked), get(url), post(asked), get(url)])
    expect((await ask(app, how)).statusCode).toBe(200);
  const statuses = async (...all: InjectOptions[]): Promise<number[]> => {
    const each: number[] = [];
    for (const how of all) each.push((await ask(app, how)).statusCode);
    return each;
  };
  expect(
    await statuses(
      { ...get(url), headers: {} },
      get(url, { 'content-type': 'text/plain' }),
      get(url, { accept: 'text/html' }),
      { ...get(url), url: `${String(get(url).url)}&query=%7Batlas%7Bid%7D%7D` },
    ),
  ).toEqual([400, 415, 406, 400]);
  expect(
    await statuses(
      post(text, { 'content-type': 'text/plain' }),
      post(text, { 'content-type': 'application/x-www-form-urlencoded' }),
      post(text, { accept: 'text/html' }),
      post(text, { 'content-encoding': 'gzip' }),
      post(`[${text}]`),
      post(`${text}}`),
      post({ ...asked, operationName: 5 }),
      post({ ...asked, operationName: 'B' }),
      post({ ...asked, variables: '{}' }),
      post({ ...asked, extensions: [] }),
      post({ ...asked, extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } } }),
      // As JSON this number and null are written alike.
      post(text.replace('null', '1e400')),
      { ...post(asked), method: 'PUT' },
    ),
  ).toEqual([400, 415, 406, 415, 400, 400, 400, 400, 400, 400, 400, 400, 405]);
});

test('the same question asked by many at once is run once', async () => {
  const { app, calls } = await spied();
  await ask(app, post(INDEX));
  calls.length = 0;
  const asked = post({ query: '{ events(first: 3) { nodes { id } totalCount } }' });
  await ask(app, post({ query: '{ events(first: 3) { nodes { id } totalCount } } # alone' }));
  const cost = calls.splice(0);
  const headers = (at: number): object => ({
    headers: { ...asked.headers, 'accept-encoding': at % 2 > 0 ? 'gzip' : 'br' },
  });
  const all = await Promise.all(
    Array.from({ length: 10 }, (_, at) => ask(app, { ...asked, ...headers(at) })),
  );
  expect(new Set(all.map(({ body }) => body)).size).toBe(1);
  expect([calls.length, cost.length > 0]).toEqual([cost.length, true]);
});

/** A route that answers with so many letters as it is asked for by `?size=`, keeps answers, and tells what it ran. */
async function route(most: { together: number; one: number }): Promise<{
  run: (size: number, headers?: Record<string, string>) => Promise<number>;
  atlas: { version: string };
  during: { run: () => void };
}> {
  const app = fastify();
  onTestFinished(() => app.close());
  const atlas = { version: '1' };
  const during = { run: () => {} };
  let runs = 0;
  await compress(app, 'answers');
  tagAnswers(app, '1', async () => atlas.version);
  const handler = keepAnswers(
    app,
    async (request, reply) => {
      runs++;
      during.run();
      letBeKept(reply).type('application/json');
      return JSON.stringify('x'.repeat(Number((request.query as { size: string }).size)));
    },
    async (version) => version === atlas.version,
    most,
  );
  app.get('/', handler);
  return {
    atlas,
    during,
    // How often it ran for this.
    run: async (size, headers = {}) => {
      const before = runs;
      const { statusCode, json } = await ask(app, {
        url: `/?size=${size}`,
        headers: { ...LET_THROUGH, ...headers },
      });
      expect([statusCode, Object.keys(headers).length > 0 || json().length]).toEqual([
        200,
        Object.keys(headers).length > 0 || size,
      ]);
      return runs - before;
    },
  };
}

test('answers are kept up to a size together, those that were asked for last', async () => {
  const { run } = await route({ together: 50_000, one: 30_000 });
  expect([await run(10_000), await run(10_001), await run(10_000)]).toEqual([1, 1, 0]);
  // Room for two of 20 kB: the second goes, which was asked for longer ago.
  expect([await run(10_002), await run(10_000), await run(10_002), await run(10_001)]).toEqual([1, 0, 0, 1]);
});

test('a long answer is not kept, and pushes none out', async () => {
  const { run } = await route({ together: 50_000, one: 30_000 });
  expect([await run(10_000), await run(20_000), await run(20_000), await run(10_000)]).toEqual([1, 1, 1, 0]);
});

test('the compressed forms of an answer are of its weight', async () => {
  const { run } = await route({ together: 44_000, one: 30_000 });
  await run(10_000);
  await run(10_001);
  // Small as they are, they outweigh the room in number.
  for (let at = 0; at < 30; at++) await run(10_001, { 'accept-encoding': `gzip, x-${at}` });
  expect([await run(10_001), await run(10_000)]).toEqual([0, 1]);
});

test('an answer is not kept if the atlas changed while it was made', async () => {
  const { run, atlas, during } = await route({ together: 50_000, one: 30_000 });
  during.run = () => (atlas.version = '2');
  expect(await run(10)).toBe(1);
  during.run = () => {};
  atlas.version = '1';
  expect([await run(10), await run(10)]).toEqual([1, 0]);
});
