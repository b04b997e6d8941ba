import { expect, onTestFinished, test, vi } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { buildApp, type AppSettings } from '../server/app.ts';
import { readSettings } from '../server/settings.ts';
import { TestServer, watched } from './server.ts';

const server = new TestServer();

async function appWith(settings: Omit<AppSettings, 'tiles'>, store = server.store): Promise<FastifyInstance> {
  const app = await buildApp(store, { tiles: null, ...settings });
  onTestFinished(() => app.close());
  return app;
}

const limited = (perMinute: number): Pick<AppSettings, 'limits'> => ({
  limits: { ...readSettings({}).limits, requestsPerMinute: perMinute },
});

test('an address that asks too often is told when to ask again', async () => {
  const app = await appWith(limited(3));
  const from = async (remoteAddress: string, url = '/graphql'): Promise<number> =>
    (await app.inject({ url, remoteAddress })).statusCode;
  for (const url of ['/graphql', '/nowhere', '/settings.json'])
    expect(await from('192.0.2.1', url)).not.toBe(429);
  const refused = await app.inject({ url: '/', remoteAddress: '192.0.2.1' });
  expect([refused.statusCode, refused.headers['cache-control']]).toEqual([429, 'no-store']);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect(refused.json().errors[0]).toMatchObject({
    message: expect.stringMatching(
      /^your address has sent more than 3 requests within a minute\. Ask again in \d+ s\.$/,
    ),
    extensions: { code: 'TOO_MANY_REQUESTS' },
  });
  expect(await from('192.0.2.1', '/nowhere')).toBe(429);
  expect([await from('192.0.2.1', '/healthz'), await from('192.0.2.1', '/readyz')]).toEqual([200, 200]);
  expect(await from('192.0.2.2')).not.toBe(429);
  // The addresses of a network of 64 bits are one household's.
  for (const last of [1, 2, 3]) expect(await from(`2001:db8::${last}`)).not.toBe(429);
  expect([await from('2001:db8::4'), (await from('2001:db8:0:1::4')) === 429]).toEqual([429, false]);
});

test('who forwarded a request is believed of a proxy that is named alone', async () => {
  const rotating = async (app: FastifyInstance): Promise<number[]> => {
    const statuses: number[] = [];
    for (const last of [1, 2, 3]) {
      const headers = { 'x-forwarded-for': `198.51.100.${last}` };
      statuses.push(
        (await app.inject({ url: '/settings.json', remoteAddress: '192.0.2.1', headers })).statusCode,
      );
    }
    return statuses;
  };
  expect(await rotating(await appWith(limited(2)))).toEqual([200, 200, 429]);
  expect(await rotating(await appWith({ ...limited(2), trustProxy: ['203.0.113.0/24'] }))).toEqual([
    200, 200, 429,
  ]);
  expect(await rotating(await appWith({ ...limited(2), trustProxy: ['192.0.2.1'] }))).toEqual([
    200, 200, 200,
  ]);
});

test('behind a trusted proxy with TLS, browsers keep to TLS', async () => {
  const asked = { url: '/', remoteAddress: '192.0.2.1', headers: { 'x-forwarded-proto': 'https' } };
  const header = 'strict-transport-security';
  expect((await (await appWith({ trustProxy: ['192.0.2.1'] })).inject(asked)).headers[header]).toBe(
    'max-age=31536000',
  );
  expect((await (await appWith({})).inject(asked)).headers[header]).toBeUndefined();
});

test('what was asked and refused is counted for who may read it', async () => {
  const app = await appWith({});
  const ask = (query: string): Promise<unknown> =>
    app.inject({ method: 'POST', url: '/graphql', payload: { query } });
  await ask('query Anything { events { totalCount } }');
  await ask('{ events(first: -1) { totalCount } }');
  await ask('{ nothing }');
  await app.inject('/nowhere');
  const { statusCode, headers, body } = await app.inject('/metrics');
  expect([statusCode, headers['content-type'], headers['cache-control']]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
    'no-store',
  ]);
  for (const line of [
    'dateline_http_request_seconds_count{route="/graphql",status="200"} 1',
    'dateline_http_request_seconds_count{route="/graphql",status="400"} 2',
    'dateline_http_request_seconds_count{route="none",status="404"} 1',
    'dateline_operation_seconds_count{operation="other"} 3',
    'dateline_refused_total{code="BAD_USER_INPUT"} 1',
    'dateline_refused_total{code="GRAPHQL_VALIDATION_FAILED"} 1',
    'dateline_refused_total{code="NOT_FOUND"} 1',
  ])
    expect(body).toContain(`${line}\n`);
  expect(body).toMatch(/^dateline_index_events \d+$/m);
  expect(body).toMatch(/^dateline_index_age_seconds 0$/m);
  expect(body).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  expect((await app.inject({ url: '/metrics', remoteAddress: '192.0.2.1' })).statusCode).toBe(404);
});

test('the log tells of each answer, and at info nothing of what was asked', async () => {
  const lines: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  onTestFinished(() => void vi.restoreAllMocks());
  const url = `/graphql?query=${encodeURIComponent('{ place(id: "secret") { id } }')}`;
  const headers = { 'apollo-require-preflight': 'true' };
  for (const [logLevel, count] of [
    ['warn', 0],
    ['info', 1],
    ['debug', 1],
  ] as const) {
    lines.length = 0;
    const app = await appWith({ logLevel });
    await app.inject({ url, headers });
    expect([logLevel, lines.length]).toEqual([logLevel, count]);
    expect(lines.join().includes('secret')).toBe(logLevel === 'debug');
    if (logLevel === 'info')
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({
        ...{ level: 30, reqId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
        ...{ method: 'GET', route: '/graphql', status: 200, milliseconds: expect.any(Number) },
      });
  }
});

test('a store that fails to answer is no more ready', async () => {
  const never = watched(server.store, () => undefined);
  const silent = new Proxy(never, {
    get: (target, name) => (name === 'summary' ? () => new Promise(() => {}) : Reflect.get(target, name)),
  });
  const app = await appWith({}, silent as typeof server.store);
  const response = await app.inject('/readyz');
  expect([response.statusCode, response.json()]).toEqual([
    503,
    { status: 'not ready', reason: 'STORE_FAILED' },
  ]);
});

test('it is not ready while the index that all answers need is being made', async () => {
  let indexed = (): void => undefined;
  const whenIndexed = new Promise<void>((done) => (indexed = done));
  const slow = new Proxy(server.store, {
    get: (target, name) => {
      if (name === 'columns') return async () => (await whenIndexed, target.columns());
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const app = await appWith({}, slow);
  const response = await app.inject('/readyz');
  expect([response.statusCode, response.json()]).toEqual([503, { status: 'not ready', reason: 'INDEXING' }]);
  indexed();
  expect((await app.inject('/readyz')).statusCode).toBe(200);
});
