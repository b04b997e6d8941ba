import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { InputError } from '../server/input-error.ts';
import { readSettings, SETTINGS, tileOrigin } from '../server/settings.ts';

const HOME = resolve(import.meta.dirname, '..');

test('without any variable, the built-in atlas is served to this machine alone', () => {
  expect(readSettings({})).toEqual({
    ...{ port: 4000, host: '127.0.0.1', tiles: null },
    database: { url: `file:${resolve('dateline.sqlite')}`, readUrl: null, listenUrl: null, connections: 10 },
    atlas: resolve(HOME, 'data'),
    isBuiltIn: true,
    limits: {
      ...{ tokens: 5000, depth: 10, aliases: 30, cost: 300_000, querySeconds: 5, pageSize: 500 },
      ...{ bodyBytes: 1_048_576, persistedQueries: 10_000, requestsPerMinute: 3000, streams: 20 },
    },
    ...{ trustProxy: [], metricsFrom: expect.any(BlockList), logLevel: 'warn' },
  });
});

test('an empty variable counts as missing', () => {
  const empty = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, '']));
  expect(readSettings(empty)).toEqual(readSettings({}));
});

test('every variable has its effect', () => {
  const settings = readSettings({
    ...{ PORT: '0', HOST: '::1', ATLAS: 'mine' },
    ...{ DATABASE_URL: 'postgres://a:b@primary/atlas', DATABASE_READ_URL: 'postgresql://standby/atlas' },
    ...{ DATABASE_LISTEN_URL: 'postgres://direct/atlas', DATABASE_CONNECTIONS: '3' },
    ...{ TILES_URL: 'https://tile.example/{z}/{x}/{y}.png', TILES_ATTRIBUTION: 'Example' },
  });
  expect(settings).toMatchObject({
    ...{
      port: 0,
      host: '::1',
      database: {
        url: 'postgres://a:b@primary/atlas',
        readUrl: 'postgresql://standby/atlas',
        listenUrl: 'postgres://direct/atlas',
        connections: 3,
      },
      atlas: resolve('mine'),
      isBuiltIn: false,
    },
    tiles: { url: 'https://tile.example/{z}/{x}/{y}.png', attribution: 'Example' },
  });
  const names = Object.keys(SETTINGS).filter((name) =>
    /^QUERY_|^P.*_|_BYTES|_MINUTE|_PER_ADDRESS$/.test(name),
  );
  const { limits } = readSettings(Object.fromEntries(names.map((name, at) => [name, String(501 + at)])));
  expect(Object.values(limits).sort()).toEqual(names.map((_, at) => 501 + at));
});

test.each(['-1', '1.5', 'many', '1e10', '0'])('%s is no number of fields within fields', (depth) => {
  expect(() => readSettings({ QUERY_DEPTH: depth })).toThrow(
    new InputError(
      `QUERY_DEPTH is not a number that can be used: "${depth}". Give a whole number from 1 to 2147483647.`,
    ),
  );
});

test('a page cannot be shorter than those that the map reads', () => {
  expect(() => readSettings({ PAGE_SIZE: '499' })).toThrow('Give a whole number from 500 to');
  const [, mapReads] =
    /^const PAGE = (\d+);$/m.exec(readFileSync(resolve(HOME, 'web/event-list.ts'), 'utf8')) ?? [];
  expect(mapReads).toBe('500');
});

test('requests are not limited in number by 0', () => {
  expect(readSettings({ REQUESTS_PER_MINUTE: '0' }).limits.requestsPerMinute).toBe(0);
});

test('proxies and readers of metrics are addresses and networks', () => {
  const list = '127.0.0.1, 10.0.0.0/8,2001:db8::/32 ,::1';
  expect(readSettings({ TRUST_PROXY: list }).trustProxy).toEqual(list.split(',').map((each) => each.trim()));
  const { metricsFrom } = readSettings({ METRICS_FROM: list });
  const may = (address: string): boolean =>
    metricsFrom.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
  expect(['127.0.0.1', '10.9.8.7', '::1', '2001:db8:1::1'].filter(may).length).toBe(4);
  expect(['127.0.0.2', '11.0.0.1', '::2', '2001:db9::1'].filter(may)).toEqual([]);
});

test.each([
  'proxy',
  '10.0.0.0/33',
  '10.0.0.0/0',
  '::/0',
  '::ffff:10.0.0.0/8',
  '::ffff:127.0.0.1',
  '1.2.3.4/x',
  '/8',
  '10.0.0.0/8/8',
  'true',
])('%s is trusted by nobody', (address) => {
  expect(() => readSettings({ TRUST_PROXY: address })).toThrow(
    new InputError(
      `TRUST_PROXY has no address that can be used: "${address}". Give addresses such as 127.0.0.1 or ::1, and networks such as 10.0.0.0/8.`,
    ),
  );
});

test('a level of the log that there is not is told', () => {
  expect(() => readSettings({ LOG_LEVEL: 'loud' })).toThrow(
    new InputError('unknown LOG_LEVEL: "loud". Known: error, warn, info, debug, silent.'),
  );
});

test.each(['-1', '65536', '80.5', 'http', '4000x', 'Infinity', 'NaN'])('%s is no port', (port) => {
  expect(() => readSettings({ PORT: port })).toThrow(
    new InputError(`PORT is not a port: "${port}". Give a whole number from 0 to 65535.`),
  );
});

test('a port may be the first or the last', () => {
  expect(readSettings({ PORT: '0' }).port).toBe(0);
  expect(readSettings({ PORT: '65535' }).port).toBe(65_535);
});

test.each([
  ['file:a.sqlite', resolve('a.sqlite')],
  ['file:./a/b.sqlite', resolve('a/b.sqlite')],
  ['file:/srv/a.sqlite', '/srv/a.sqlite'],
  ['file:///srv/a.sqlite', '/srv/a.sqlite'],
  [`file:${homedir()}/a b.sqlite`, `${homedir()}/a b.sqlite`],
])('%s is a file', (url, file) => {
  expect(readSettings({ DATABASE_URL: url }).database.url).toBe(`file:${file}`);
});

test.each(['dateline.sqlite', 'file:', 'sqlite:a', 'mysql://localhost/a', 'http://localhost', 'postgres://'])(
  '%s is no database',
  (url) => {
    expect(() => readSettings({ DATABASE_URL: url })).toThrow(
      new InputError(
        `DATABASE_URL is not of a kind that can be used: "${url}". Give file:PATH for an SQLite file, or postgres://USER:PASSWORD@HOST/NAME.`,
      ),
    );
  },
);

test.each([
  ['DATABASE_URL', 'mysql://reader:s3cret@db.example/atlas', {}],
  ['DATABASE_READ_URL', 'mysql://reader:s3cret@db.example/atlas', { DATABASE_URL: 'postgres://localhost/a' }],
  ['DATABASE_LISTEN_URL', 'postgres://reader:s3cret@db.example/atlas', { DATABASE_URL: 'file:a.sqlite' }],
  ['DATABASE_URL', 'mysql://db.example/atlas?user=reader&password=s3cret', {}],
])('what cannot be %s is named without its password', (name, url, others) => {
  const read = (): unknown => readSettings({ ...others, [name]: url });
  expect(read).toThrow(new RegExp(`^${name} .*"(mysql|postgres)://.*…`));
  expect(read).not.toThrow('s3cret');
});

test.each([
  'tile.example/{z}',
  'ftp://tile.example/{z}/{x}/{y}.png',
  'https://tile.example/',
  'https:///{z}',
  'https://a b/{z}',
  'x',
])('%s is no address of tiles', (url) => {
  expect(() => readSettings({ TILES_URL: url })).toThrow(
    new InputError(`TILES_URL is not a tile address: "${url}". Give https://HOST/{z}/{x}/{y}.png.`),
  );
});

test.each([
  ['https://tile.example/{z}/{x}/{y}.png', 'https://tile.example'],
  ['https://maps.example/{z}/{x}/{y}.png', 'https://maps.example'],
  ['https://{s}.tile.example/{z}/{x}/{y}.png', 'https://*.tile.example'],
  ['https://tiles-{s}.example.org/{z}/{x}/{y}.png', 'https://*.example.org'],
  ['http://localhost:8080/{z}/{x}/{y}.png?key=a;b', 'http://localhost:8080'],
])('the tiles of %s come from %s', (url, origin) => {
  expect(tileOrigin(url)).toBe(origin);
});

test('the README tells every setting, its default and its meaning', () => {
  const readme = readFileSync(resolve(HOME, 'README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\|\s*`([A-Z_]+)`\s*\|\s*(?:`([^`|]*)`)?\s*\|\s*(.*?)\s*\|$/gm)];
  expect(rows.map(([, name, usual = '', meaning]) => [name, usual, meaning])).toEqual(
    Object.entries(SETTINGS).map(([name, { default: usual, meaning }]) => [name, usual, meaning]),
  );
});
