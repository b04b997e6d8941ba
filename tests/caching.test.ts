import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { buildApp } from '../server/app.ts';
import { WEB_QUERIES } from '../server/graphql/web-queries.generated.ts';
import { tagOf } from '../server/http/caching.ts';
import { readSoundPackage } from '../server/import/data-package.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import type { Store } from '../server/store/store.ts';
import { writePackage } from './package.ts';
import { BUILT_IN, TestServer, watched } from './server.ts';
import { variablesOf } from './web-variables.ts';
import { tempFolder } from './temp.ts';

const server = new TestServer();

const KEPT = 'public, max-age=10, stale-while-revalidate=30';
const LET_THROUGH = { 'apollo-require-preflight': 'true' };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const persisted = (sha256Hash: unknown, version = 1): object => ({ persistedQuery: { version, sha256Hash } });

/** Asks by GET, with each parameter that is not a text as JSON, in a turn of its own, as over a socket. */
async function get(
  parameters: Record<string, unknown>,
  headers: Record<string, string> = {},
  app: FastifyInstance = server.app,
): Promise<LightMyRequestResponse> {
  const written = Object.entries(parameters).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const url = `/graphql?${new URLSearchParams(written as [string, string][]).toString()}`;
  await setImmediate();
  return app.inject({ url, headers: { ...LET_THROUGH, ...headers } });
}

const tagFor = async (
  parameters: Record<string, unknown>,
  headers: Record<string, string> = {},
  app?: FastifyInstance,
): Promise<string> => {
  const response = await get(parameters, headers, app);
  expect([response.statusCode, response.headers['cache-control']]).toEqual([200, KEPT]);
  return String(response.headers.etag);
};

/** An app over a store whose calls are told. */
async function spied(store: Store = server.store): Promise<{ app: FastifyInstance; calls: string[] }> {
  const calls: string[] = [];
  const app = await buildApp(
    watched(store, (method) => void calls.push(method)),
    { tiles: null },
  );
  onTestFinished(() => app.close());
  return { app, calls };
}

const QUERY = 'query A($id: ID!) { place(id: $id) { id name } } query B { atlas { id } }';
const ASKED = { query: QUERY, operationName: 'A', variables: { id: 'aleppo' } };

test('a whole answer to GET may be kept, and is tagged', async () => {
  const { headers, body } = await get(ASKED);
  expect(JSON.parse(body).data.place.id).toBe('aleppo');
  expect(headers).toMatchObject({ 'cache-control': KEPT, vary: 'accept, accept-encoding, authorization' });
  expect(headers.etag).toMatch(/^W\/"[\w-]{27}"$/);
});

test('who has the answer is told so, and nothing is run', async () => {
  const { app, calls } = await spied();
  const tag = await tagFor(ASKED, {}, app);
  for (const known of [tag, tag.slice(2), `"other", ${tag}`, `W/"other",${tag} , "x"`]) {
    calls.length = 0;
    const { statusCode, headers, body } = await get(ASKED, { 'if-none-match': known }, app);
    expect([statusCode, body, calls]).toEqual([304, '', ['version']]);
    expect(headers).toMatchObject({
      etag: tag,
      'cache-control': KEPT,
      vary: 'accept, accept-encoding, authorization',
    });
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
  for (const known of ['*', '"other"', '', tag.slice(0, -2), tag.toUpperCase()])
    expect((await get(ASKED, { 'if-none-match': known }, app)).statusCode, known).toBe(200);
});

test('another question has another tag', async () => {
  const tags = await Promise.all([
    tagFor(ASKED),
    tagFor({ ...ASKED, operationName: 'B' }),
    tagFor({ ...ASKED, variables: { id: 'geneva' } }),
    tagFor({ ...ASKED, query: `${QUERY} ` }),
    tagFor(ASKED, { accept: 'application/graphql-response+json' }),
  ]);
  expect(new Set(tags).size).toBe(tags.length);
  expect(await tagFor(ASKED)).toBe(tags[0]);
});

test('another version of the program or the atlas has another tag', () => {
  const of = { program: '1.0.0', atlas: '2', url: '/graphql?query={a}', accept: '*/*' };
  const others = (Object.keys(of) as (keyof typeof of)[]).map((key) =>
    tagOf({ ...of, [key]: `${of[key]}1` }),
  );
  expect(new Set([tagOf(of), ...others]).size).toBe(5);
  expect(tagOf({ ...of })).toBe(tagOf(of));
  expect(tagOf({ ...of, program: '1', atlas: '12' })).not.toBe(tagOf({ ...of, program: '11', atlas: '2' }));
});

test('a new atlas is seen by who has an answer from the old one', async () => {
  const store = new SqliteStore(`${tempFolder()}/atlas.sqlite`);
  const { app } = await spied(store);
  onTestFinished(() => store.close());
  const asked = { query: '{ atlas { version } }' };
  const empty = await get(asked, {}, app);
  expect([empty.headers.etag, empty.headers['cache-control']]).toEqual([undefined, 'no-store']);
  await store.replace(await readSoundPackage(BUILT_IN));
  const tag = await tagFor(asked, {}, app);
  expect((await get(asked, { 'if-none-match': tag }, app)).statusCode).toBe(304);
  await store.replace(await readSoundPackage(writePackage()));
  expect(await store.version()).toBe((await store.summary())?.version);
  const fresh = await get(asked, { 'if-none-match': tag }, app);
  expect([fresh.statusCode, fresh.json().data.atlas.version]).toEqual([200, await store.version()]);
  expect(fresh.headers.etag).not.toBe(tag);
});

test.each<[what: string, parameters: Record<string, unknown>, status: number]>([
  ['a fault of the caller’s', { query: '{ events(first: -1) { totalCount } }' }, 400],
  [
    'a part that failed',
    { query: '{ atlas { id } place(id: "aleppo") { events(first: -1) { totalCount } } }' },
    200,
  ],
  ['a query that is none', { query: '{' }, 400],
  ['an unknown field', { query: '{ nothing }' }, 400],
  ['an operation that is not there', { query: QUERY, operationName: 'C' }, 400],
  ['variables that are none', { query: QUERY, operationName: 'A', variables: '{' }, 400],
  ['an unknown hash', { extensions: persisted(sha256('unknown')) }, 200],
  ['a wrong hash', { query: QUERY, extensions: persisted(sha256('other')) }, 400],
  ['nothing', {}, 400],
])('the answer to %s is not kept', async (_, parameters, status) => {
  const { statusCode, headers, body } = await get(parameters);
  expect([statusCode, headers['cache-control'], headers.etag]).toEqual([status, 'no-store', undefined]);
  expect(body).toContain('"errors"');
});

test('nor what is posted, refused, or not accepted', async () => {
  const posted = await server.app.inject({ method: 'POST', url: '/graphql', payload: ASKED });
  const unasked = await server.app.inject(`/graphql?query=${encodeURIComponent('{ atlas { id } }')}`);
  const unaccepted = await get(ASKED, { accept: 'text/html' });
  const other = await get(ASKED, { 'content-type': 'text/plain' });
  const answers = [posted, unasked, unaccepted, other];
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 400, 406, 415]);
  for (const { headers } of answers) {
    expect(headers['cache-control']).toBe('no-store');
    expect(headers.etag).toBeUndefined();
  }
});

test('a page from elsewhere cannot ask what is known', async () => {
  const tag = await tagFor(ASKED);
  const url = `/graphql?${new URLSearchParams({ query: QUERY, operationName: 'A', variables: '{"id":"aleppo"}' }).toString()}`;
  for (const headers of [{}, { 'content-type': 'text/plain' }, { 'apollo-require-preflight': '' }])
    expect((await server.app.inject({ url, headers: { ...headers, 'if-none-match': tag } })).statusCode).toBe(
      400,
    );
  for (const headers of [{ 'x-apollo-operation-name': 'A' }, { 'content-type': 'application/json' }] as const)
    expect((await server.app.inject({ url, headers: { ...headers, 'if-none-match': tag } })).statusCode).toBe(
      304,
    );
});

test('HEAD is answered as GET is, without the body', async () => {
  const url = `/graphql?query=${encodeURIComponent('{ atlas { id } }')}`;
  const whole = await server.app.inject({ url, headers: LET_THROUGH });
  const head = await server.app.inject({ method: 'HEAD', url, headers: LET_THROUGH });
  expect([head.statusCode, head.body]).toEqual([200, '']);
  for (const name of ['etag', 'cache-control', 'content-type', 'content-length', 'vary'])
    expect(head.headers[name], name).toBe(whole.headers[name]);
  const known = { ...LET_THROUGH, 'if-none-match': String(whole.headers.etag) };
  expect((await server.app.inject({ method: 'HEAD', url, headers: known })).statusCode).toBe(304);
});

test('a store that fails is told as a fault of ours, and not kept', async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => void vi.restoreAllMocks());
  const failing = watched(server.store, () => {
    throw new Error('disk on fire');
  });
  const app = await buildApp(failing, { tiles: null });
  onTestFinished(() => app.close());
  const { statusCode, headers, body } = await get({ query: '{ atlas { id } }' }, {}, app);
  expect([statusCode, headers['cache-control']]).toEqual([500, 'no-store']);
  expect(body).toContain('INTERNAL_SERVER_ERROR');
});

test('the web’s queries are known by their hash from the start', async () => {
  const { app } = await spied();
  for (const [hash, query] of WEB_QUERIES) {
    const asked = { extensions: persisted(hash), variables: variablesOf(query) };
    const { statusCode, body } = await get(asked, {}, app);
    expect([statusCode, JSON.parse(body).errors], query).toEqual([200, undefined]);
  }
});

test('another query is known by its hash once it was sent with it, by GET or POST', async () => {
  for (const [at, method] of (['GET', 'POST'] as const).entries()) {
    const { app } = await spied();
    const query = `query Mine${at} { atlas { id } }`;
    const extensions = persisted(sha256(query));
    const unknown = await get({ extensions }, {}, app);
    expect(unknown.json().errors).toMatchObject([{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }]);
    if (method === 'GET') await get({ query, extensions }, {}, app);
    else await app.inject({ method, url: '/graphql', payload: { query, extensions } });
    const known = await get({ extensions }, {}, app);
    expect([known.statusCode, known.json().errors]).toEqual([200, undefined]);
  }
});

test.each<[what: string, query: string | undefined, extensions: object]>([
  ['another query’s hash', '{ atlas { id } }', persisted(sha256('{ atlas { title } }'))],
  ['a hash of the web’s', '{ atlas { id } }', persisted([...WEB_QUERIES.keys()][0])],
  ['a hash that is a number', '{ atlas { id } }', persisted(5)],
  ['a hash in capitals', '{ atlas { id } }', persisted(sha256('{ atlas { id } }').toUpperCase())],
  ['no hash', '{ atlas { id } }', { persistedQuery: { version: 1 } }],
  ['another version', '{ atlas { id } }', persisted(sha256('{ atlas { id } }'), 2)],
])('a query with %s is the caller’s fault', async (_, query, extensions) => {
  const logged = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => void vi.restoreAllMocks());
  const { statusCode, body } = await server.app.inject({
    ...{ method: 'POST', url: '/graphql', payload: { query, extensions } },
  });
  expect([statusCode, JSON.parse(body).errors[0].extensions]).toEqual([400, { code: 'BAD_REQUEST' }]);
  expect(logged).not.toHaveBeenCalled();
});

test('a hash alone that is none is unknown', async () => {
  for (const hash of ['', '__proto__', 'constructor', 5, null, {}, ['a']]) {
    const { statusCode, body } = await get({ extensions: persisted(hash) });
    expect([statusCode, JSON.parse(body).errors[0].extensions.code]).toEqual([
      200,
      'PERSISTED_QUERY_NOT_FOUND',
    ]);
  }
});

test('a query that is not valid is not kept under its hash, nor is anything let through by one', async () => {
  const query = '{ nothing }';
  expect((await get({ query, extensions: persisted(sha256(query)) })).statusCode).toBe(400);
  expect((await get({ extensions: persisted(sha256(query)) })).json().errors[0].message).toBe(
    'PersistedQueryNotFound',
  );
  const [[hash = ''] = []] = WEB_QUERIES;
  const url = `/graphql?extensions=${encodeURIComponent(JSON.stringify(persisted(hash)))}`;
  expect((await server.app.inject(url)).statusCode).toBe(400);
});

test('strangers’ queries push one another out, and never the web’s', async () => {
  const { app } = await spied();
  const register = async (name: string): Promise<void> => {
    const query = `{ atlas { id } } #${name.padEnd(900_000, '.')}`;
    const payload = { query, extensions: persisted(sha256(query)) };
    expect((await app.inject({ method: 'POST', url: '/graphql', payload })).statusCode).toBe(200);
  };
  const isKnown = async (name: string): Promise<boolean> => {
    const hash = sha256(`{ atlas { id } } #${name.padEnd(900_000, '.')}`);
    return (await get({ extensions: persisted(hash) }, {}, app)).json().errors === undefined;
  };
  for (const name of ['one', 'two', 'three', 'four', 'five']) await register(name);
  expect([await isKnown('three'), await isKnown('four'), await isKnown('five')]).toEqual([false, true, true]);
  const [[hash] = []] = WEB_QUERIES;
  expect((await get({ extensions: persisted(hash) }, {}, app)).json().errors).toBeUndefined();
});
