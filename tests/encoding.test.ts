import type { LightMyRequestResponse } from 'fastify';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliDecompressSync, gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { TestServer } from './server.ts';

const server = new TestServer();

/** The hashed files of the built pages; `npm test` builds them first. */
const ASSETS = resolve(import.meta.dirname, '../web/dist/assets');
const DECODERS = { zstd: zstdDecompressSync, br: brotliDecompressSync, gzip: gunzipSync };
type Encoding = keyof typeof DECODERS;

const LONG = { query: '{ events(first: 500) { nodes { id title summary } } }' };
const SHORT = { query: '{ atlas { id } }' };

const post = async (payload: object, accepted?: string): Promise<LightMyRequestResponse> =>
  server.app.inject({
    ...{ method: 'POST', url: '/graphql', payload },
    headers: accepted === undefined ? {} : { 'accept-encoding': accepted },
  });

const decoded = ({ headers, rawPayload }: LightMyRequestResponse): string =>
  DECODERS[headers['content-encoding'] as Encoding](rawPayload).toString();

test.each(['zstd', 'br', 'gzip'] as const)(
  'a long answer is sent as %s to who reads it',
  async (encoding) => {
    const plain = await post(LONG);
    const packed = await post(LONG, encoding);
    expect(packed.headers['content-encoding']).toBe(encoding);
    expect(decoded(packed)).toBe(plain.body);
    expect(packed.rawPayload.length).toBeLessThan(plain.rawPayload.length / 2);
    for (const { headers } of [plain, packed])
      expect(headers.vary).toBe('accept, accept-encoding, authorization');
  },
);

test('of several encodings the cheapest is taken, of equal ones', async () => {
  for (const [accepted, taken] of [
    ['gzip, deflate, br, zstd', 'zstd'],
    ['gzip, deflate, br', 'br'],
    ['gzip;q=1, br;q=0.5', 'gzip'],
    ['identity', undefined],
    ['compress', undefined],
    ['', undefined],
  ] as const)
    expect((await post(LONG, accepted)).headers['content-encoding'], accepted).toBe(taken);
});

test('a short answer is sent as it is', async () => {
  const { headers, body } = await post(SHORT, 'zstd, br, gzip');
  expect([headers['content-encoding'], JSON.parse(body).data.atlas.id]).toEqual([
    undefined,
    'syria-diplomacy-2016-17',
  ]);
});

test('all encodings of an answer have one tag', async () => {
  const url = `/graphql?query=${encodeURIComponent(LONG.query)}`;
  const tags = new Set<unknown>();
  for (const accepted of ['identity', 'zstd', 'br', 'gzip']) {
    const headers = { 'apollo-require-preflight': 'true', 'accept-encoding': accepted };
    const response = await server.app.inject({ url, headers });
    tags.add(response.headers.etag);
    expect(response.headers['content-encoding'] ?? 'identity').toBe(accepted);
  }
  expect([...tags]).toEqual([expect.stringMatching(/^W\//)]);
});

const longest = (extension: string): string =>
  readdirSync(ASSETS)
    .filter((name) => name.endsWith(extension))
    .sort((a, b) => readFileSync(join(ASSETS, b)).length - readFileSync(join(ASSETS, a)).length)[0] ?? '';

test.each(['.js', '.css', '.json'])('files ending in %s are compressed', async (extension) => {
  const name = longest(extension);
  for (const encoding of ['zstd', 'br', 'gzip']) {
    const response = await server.app.inject({
      url: `/assets/${name}`,
      headers: { 'accept-encoding': encoding },
    });
    expect([response.headers['content-encoding'], response.headers.vary]).toEqual([
      encoding,
      'accept-encoding',
    ]);
    expect(decoded(response)).toBe(readFileSync(join(ASSETS, name), 'utf8'));
  }
  const { headers } = await server.app.inject(`/assets/${name}`);
  expect([headers['content-encoding'], headers.vary]).toEqual([undefined, 'accept-encoding']);
});

test('pages are compressed, fonts are not again', async () => {
  const headers = { 'accept-encoding': 'br' };
  const page = await server.app.inject({ url: '/', headers });
  expect([page.headers['content-encoding'], page.statusCode]).toEqual(['br', 200]);
  expect(page.headers['content-security-policy']).toContain("default-src 'self'");
  const font = await server.app.inject({ url: `/assets/${longest('.woff2')}`, headers });
  expect([font.headers['content-encoding'], font.statusCode]).toEqual([undefined, 200]);
});

test.each(['gzip', 'br', 'zstd', 'deflate', 'gzip, gzip', 'x'])(
  'a body in %s is not read',
  async (encoding) => {
    const payload = gzipSync(JSON.stringify(SHORT));
    const { statusCode, headers, body } = await server.app.inject({
      ...{ method: 'POST', url: '/graphql', payload },
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    });
    expect([statusCode, headers['accept-encoding']]).toEqual([415, 'identity']);
    expect(JSON.parse(body).errors).toEqual([
      {
        message: `a body encoded as "${encoding}" is not read. Send it without content-encoding.`,
        extensions: { code: 'UNSUPPORTED_CONTENT_ENCODING' },
      },
    ]);
  },
);

test('a body that says that it is not encoded is read', async () => {
  const { statusCode } = await server.app.inject({
    ...{ method: 'POST', url: '/graphql', payload: SHORT, headers: { 'content-encoding': 'identity' } },
  });
  expect(statusCode).toBe(200);
});
