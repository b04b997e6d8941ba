import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { buildApp } from '../server/app.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { TestServer, watched } from './server.ts';
import { tempFolder } from './temp.ts';

const server = new TestServer();

/** The hashed files of the built pages; `npm test` builds them first. */
const ASSETS = resolve(import.meta.dirname, '../web/dist/assets');

test('it is healthy, and ready with an atlas', async () => {
  for (const [url, status] of [
    ['/healthz', 'ok'],
    ['/healthz/', 'ok'],
    ['/readyz', 'ready'],
  ] as const) {
    const response = await server.app.inject(url);
    expect([response.statusCode, response.json()]).toEqual([200, { status }]);
  }
});

test('it is healthy but not ready without an atlas, or when the store fails', async () => {
  const empty = new SqliteStore(join(tempFolder(), 'atlas.sqlite'));
  const failing = watched(server.store, (method) => {
    if (method === 'summary') throw new Error('disk on fire');
  });
  for (const [store, reason] of [
    [empty, 'NO_ATLAS'],
    [failing, 'STORE_FAILED'],
  ] as const) {
    const app = await buildApp(store, { tiles: null });
    expect((await app.inject('/healthz')).statusCode).toBe(200);
    const response = await app.inject('/readyz');
    expect([response.statusCode, response.json()]).toEqual([503, { status: 'not ready', reason }]);
    await app.close();
  }
  await empty.close();
});

test('what is not there is told in GraphQL’s shape', async () => {
  const response = await server.app.inject('/nowhere?a=b');
  expect(response.statusCode).toBe(404);
  expect(response.json()).toEqual({
    errors: [
      {
        message: 'nothing at /nowhere?a=b. The map is at /, queries go to /graphql.',
        extensions: { code: 'NOT_FOUND' },
      },
    ],
  });
  expect((await server.app.inject(`/${'a'.repeat(5000)}`)).body.length).toBeLessThan(500);
  expect((await server.app.inject({ method: 'DELETE', url: '/healthz' })).statusCode).toBe(404);
});

test.each([
  '/../package.json',
  '/%2e%2e/package.json',
  '/assets/../../package.json',
  '/..%2fpackage.json',
  '//etc/passwd',
])('nothing outside the pages is served: %s', async (url) => {
  const { statusCode, body } = await server.app.inject(url);
  expect(statusCode).toBeGreaterThanOrEqual(400);
  expect(body).not.toContain('dateline-atlas');
});

const post = async (
  payload: string,
  type = 'application/json',
): Promise<{ status: number; errors: { message: string }[] }> => {
  const response = await server.app.inject({
    ...{ method: 'POST', url: '/graphql', payload },
    headers: { 'content-type': type },
  });
  return { status: response.statusCode, ...response.json() };
};

test.each<[what: string, payload: string, type: string | undefined, status: number]>([
  ['broken JSON', '{"query": ', undefined, 400],
  ['nothing', '', undefined, 400],
  ['null', 'null', undefined, 400],
  ['a number', '5', undefined, 400],
  ['an empty object', '{}', undefined, 400],
  ['a query that is a number', '{"query": 5}', undefined, 400],
  ['variables that are a text', '{"query": "{ __typename }", "variables": "x"}', undefined, 400],
  ['JSON that would poison prototypes', '{"__proto__": {"query": "{ __typename }"}}', undefined, 400],
  ['XML', '<query/>', 'application/xml', 415],
  ['JSON in EBCDIC', '{"query": "{ __typename }"}', 'application/json; charset=cp037', 415],
  ['JSON in UTF-16', '{"query": "{ __typename }"}', 'application/json;charset = "utf-16"', 415],
  ['2 MB', JSON.stringify({ query: 'a'.repeat(2_000_000) }), undefined, 413],
])('a body of %s is refused with a message', async (_, payload, type, status) => {
  const answer = await post(payload, type);
  expect(answer.status).toBe(status);
  expect(answer.errors[0]?.message).toMatch(/\w/);
  expect(JSON.stringify(answer)).not.toMatch(/node_modules|\.ts\b|at .*\(/);
});

test('a page from elsewhere cannot make a browser ask by GET', async () => {
  const { statusCode } = await server.app.inject(`/graphql?query=${encodeURIComponent('{ atlas { id } }')}`);
  expect(statusCode).toBe(400);
});

test.each(['PUT', 'PATCH', 'DELETE', 'TRACE'] as const)('%s is no way to ask', async (method) => {
  const asked = { method, url: '/graphql', headers: { 'content-type': 'application/xml' } } as const;
  const { statusCode, headers, body } = await server.app.inject({
    ...asked,
    ...(method === 'TRACE' ? {} : { payload: '{ atlas { id } }' }),
  });
  expect([statusCode, headers.allow, headers['cache-control']]).toEqual([405, 'GET, POST', 'no-store']);
  expect(JSON.parse(body)).toEqual({
    errors: [
      {
        message: `${method} is not for queries. Send them by GET or POST.`,
        extensions: { code: 'METHOD_NOT_ALLOWED' },
      },
    ],
  });
});

test('OPTIONS is told the ways to ask', async () => {
  const response = await server.app.inject({ method: 'OPTIONS', url: '/graphql' });
  expect([response.statusCode, response.headers.allow, response.body]).toEqual([204, 'GET, POST', '']);
});

test('pages from elsewhere may read, without saying who reads', async () => {
  const headers = {
    origin: 'https://elsewhere.example',
    cookie: 'a=b',
    'access-control-request-method': 'POST',
  };
  for (const url of ['/graphql', '/export/events.geojson', '/nowhere']) {
    const asked = await server.app.inject({ method: 'OPTIONS', url, headers });
    expect([asked.statusCode, asked.body]).toEqual([204, '']);
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, POST',
    });
    for (const each of [asked, await server.app.inject({ url, headers: { origin: headers.origin } })]) {
      expect(each.headers['access-control-allow-origin']).toBe('*');
      expect(each.headers['access-control-allow-credentials']).toBeUndefined();
    }
  }
});

test('every answer says that its type is not to be guessed', async () => {
  for (const url of ['/healthz', '/nowhere', '/graphql', '/', '/%zz'])
    expect((await server.app.inject(url)).headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'strict-origin-when-cross-origin',
      'x-frame-options': 'DENY',
      'content-security-policy': expect.stringMatching(/^default-src '(none|self)'/),
    });
});

test('a fault of ours outside GraphQL is masked and logged under an id', async () => {
  const logged: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => logged.push(String(line)) > 0);
  onTestFinished(() => void vi.restoreAllMocks());
  const app = await buildApp(server.store, { tiles: null });
  app.get('/fault', async () => {
    throw new Error('secret path /srv/atlas');
  });
  const response = await app.inject('/fault');
  await app.close();
  const [error] = response.json().errors;
  expect(response.statusCode).toBe(500);
  expect(error.message).toMatch(/^Something went wrong on our side\. It is logged as [0-9a-f-]{36}\.$/);
  expect(response.body).not.toContain('secret');
  expect(logged.join()).toContain('secret path /srv/atlas');
  expect(logged.join()).toContain(error.message.slice(-37, -1));
});

test('the settings that pages need are told', async () => {
  expect((await server.app.inject('/settings.json')).json()).toEqual({ tiles: null });
});

const policyOf = async (
  url: string,
  tiles: { url: string; attribution: string } | null,
): Promise<Record<string, string>> => {
  const app = await buildApp(server.store, { tiles });
  const { statusCode, headers } = await app.inject(url);
  await app.close();
  expect([url, statusCode, headers['content-type']]).toEqual([url, 200, 'text/html; charset=utf-8']);
  expect(headers['cache-control']).toBe('no-cache');
  const rules = String(headers['content-security-policy']).split('; ');
  return Object.fromEntries(rules.map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1).join(' ')]));
};

test('pages may load nothing from elsewhere and run no script in their text', async () => {
  for (const url of ['/', '/graphiql', '/?place=aleppo']) {
    const policy = await policyOf(url, null);
    expect(policy).toMatchObject({
      'default-src': "'self'",
      'object-src': "'none'",
      'frame-ancestors': "'none'",
    });
    expect(Object.values(policy).join(' ')).not.toMatch(/https?:|\*|unsafe-eval/);
    expect(policy['script-src'] ?? policy['default-src']).not.toContain('unsafe');
    expect(policy['style-src']?.includes('unsafe-inline')).toBe(url === '/graphiql');
  }
});

test('the map, and nothing else, may load the tiles that the settings name', async () => {
  const tiles = { url: 'https://maps.example/{z}/{x}/{y}.png', attribution: '' };
  expect((await policyOf('/', tiles))['img-src']).toBe("'self' data: blob: https://maps.example");
  const many = { url: 'https://{s}.maps.example/{z}/{x}/{y}.png', attribution: '' };
  expect((await policyOf('/', many))['img-src']).toBe("'self' data: blob: https://*.maps.example");
  expect((await policyOf('/graphiql', tiles))['img-src']).toBe("'self' data: blob:");
});

test('hashed files may be kept for ever', async () => {
  const script = readdirSync(ASSETS).find((name) => name.endsWith('.js'));
  expect(script).toBeDefined();
  const { statusCode, headers } = await server.app.inject(`/assets/${script}`);
  expect([statusCode, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
  // A worker is bound by its own.
  expect(headers['content-security-policy']).toContain("default-src 'self'");
});

test('closing the app leaves the store open', async () => {
  await (await buildApp(server.store, { tiles: null })).close();
  expect(await server.store.summary()).toBeDefined();
});
