import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { InputError } from '../server/input-error.ts';
import { readSettings, SETTINGS, tileOrigin } from '../server/settings.ts';

const HOME = resolve(import.meta.dirname, '..');

test('without any variable, the built-in atlas is served to this machine alone', () => {
  expect(readSettings({})).toEqual({
    ...{ port: 4000, host: '127.0.0.1', tiles: null },
    databaseFile: resolve('dateline.sqlite'),
    atlas: resolve(HOME, 'data'),
    isBuiltIn: true,
  });
});

test('an empty variable counts as missing', () => {
  const empty = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, '']));
  expect(readSettings(empty)).toEqual(readSettings({}));
});

test('every variable has its effect', () => {
  const settings = readSettings({
    ...{ PORT: '0', HOST: '::1', DATABASE_URL: 'file:other.sqlite', ATLAS: 'mine' },
    ...{ TILES_URL: 'https://tile.example/{z}/{x}/{y}.png', TILES_ATTRIBUTION: 'Example' },
  });
  expect(settings).toEqual({
    ...{
      port: 0,
      host: '::1',
      databaseFile: resolve('other.sqlite'),
      atlas: resolve('mine'),
      isBuiltIn: false,
    },
    tiles: { url: 'https://tile.example/{z}/{x}/{y}.png', attribution: 'Example' },
  });
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
  expect(readSettings({ DATABASE_URL: url }).databaseFile).toBe(file);
});

test.each(['dateline.sqlite', 'file:', 'sqlite:a', 'mysql://localhost/a', 'http://localhost'])(
  '%s is no database',
  (url) => {
    expect(() => readSettings({ DATABASE_URL: url })).toThrow(
      new InputError(
        `DATABASE_URL is not of a kind that can be used: "${url}". Give file:PATH for an SQLite file.`,
      ),
    );
  },
);

test('a password is not repeated', () => {
  const url = 'postgres://reader:s3cret@db.example/atlas';
  expect(() => readSettings({ DATABASE_URL: url })).toThrow('"postgres://reader:…@db.example/atlas"');
  expect(() => readSettings({ DATABASE_URL: url })).not.toThrow('s3cret');
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
