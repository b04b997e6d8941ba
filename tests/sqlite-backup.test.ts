import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, test } from 'vitest';
import type { Event } from '../server/event.ts';
import { restoreBackup, writeBackup } from '../server/store/sqlite-backup.ts';
import { SqliteHold } from '../server/store/sqlite-hold.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { holdElsewhere } from './holder.ts';
import { fillAsReleased, RELEASED } from './released-atlas.ts';
import { tempFolder } from './temp.ts';

let folder: string;
let database: string;
let file: string;

beforeEach(async () => {
  folder = tempFolder();
  database = join(folder, 'atlas.sqlite');
  file = join(folder, 'backup.sqlite');
  const store = new SqliteStore(database);
  await fillAsReleased(store);
  await store.close();
});

/** The version of what a database holds, and its events. */
async function heldBy(path: string): Promise<{ version: string | undefined; events: (Event | undefined)[] }> {
  const store = new SqliteStore(path);
  const held = {
    version: await store.version(),
    events: await store.events(RELEASED.events.map(({ id }) => id)),
  };
  await store.close();
  return held;
}

test('what a backup holds is put back as it was, whatever came since', async () => {
  const before = await heldBy(database);
  writeBackup(database, file);
  const store = new SqliteStore(database);
  await store.change({ removed: ['call-1'] });
  await store.close();
  expect((await heldBy(database)).version).not.toBe(before.version);
  expect(await restoreBackup(file, database)).toBeNull();
  expect(await heldBy(database)).toEqual(before);
});

test('a backup is one file, and can be taken while the database is served and written', async () => {
  const server = await holdElsewhere(database, 'server');
  const store = new SqliteStore(database, 'writer');
  const before = await store.version();
  await store.load(async (load) => {
    await load.release('some', false);
    writeBackup(database, file);
    await load.end();
  });
  await store.close();
  await server.end();
  expect(readdirSync(folder).filter((name) => name.startsWith('backup'))).toEqual(['backup.sqlite']);
  expect((await heldBy(file)).version).toBe(before);
});

test('a backup goes to a new file', () => {
  writeFileSync(file, 'mine');
  expect(() => writeBackup(database, file)).toThrow(`${file} is there already. Name a file that is not.`);
  expect(readFileSync(file, 'utf8')).toBe('mine');
});

test('a backup that cannot be written leaves nothing', () => {
  const nowhere = join(folder, 'no', 'such', 'backup.sqlite');
  expect(() => writeBackup(database, nowhere)).toThrow(
    /^cannot write the backup .*: .*\. Check that its folder exists, can be written and has room\.$/,
  );
  expect(readdirSync(folder)).toEqual(['atlas.sqlite']);
});

test('there is no backup of a database that is not there, and none is made', () => {
  const none = join(folder, 'none.sqlite');
  expect(() => writeBackup(none, file)).toThrow(`there is no database ${none}. Name one in DATABASE_URL.`);
  expect(existsSync(none)).toBe(false);
});

test('a backup can become a new database', async () => {
  writeBackup(database, file);
  const other = join(folder, 'other.sqlite');
  await restoreBackup(file, other);
  expect(await heldBy(other)).toEqual(await heldBy(database));
});

test.each(['server', 'writer'] as const)(
  'nothing is put in the place of what a %s is at',
  async (purpose) => {
    writeBackup(database, file);
    const store = new SqliteStore(database);
    await store.change({ removed: ['call-1'] });
    await store.close();
    const before = await heldBy(database);
    const { child, end } = await holdElsewhere(database, purpose);
    await expect(restoreBackup(file, database)).rejects.toThrow(`process ${child.pid} `);
    await end();
    expect(await heldBy(database)).toEqual(before);
    await restoreBackup(file, database);
    expect(await heldBy(database)).not.toEqual(before);
  },
);

test('who reads meanwhile goes on reading, and reads what was restored', async () => {
  writeBackup(database, file);
  const reader = new SqliteStore(database);
  await reader.change({ removed: ['call-1'] });
  await restoreBackup(file, database);
  expect((await reader.events(['call-1']))[0]?.title).toBe('The first call');
  await reader.close();
  expect((await heldBy(database)).events[0]?.title).toBe('The first call');
});

test.each<[what: string, make: () => void, sentence: RegExp]>([
  ['is not there', () => {}, /^there is no backup .*\. Name one that there is\.$/],
  [
    'is no database',
    () => writeFileSync(file, 'Dear editor, '.repeat(100)),
    /^cannot open the database .*backup/,
  ],
  [
    'is empty',
    () => writeFileSync(file, ''),
    /backup\.sqlite is empty\. Name a file that dateline backup wrote\.$/,
  ],
  [
    'is another program’s',
    () => {
      const diary = new DatabaseSync(file);
      diary.exec('CREATE TABLE entry (text)');
      diary.close();
    },
    /it holds the data of another program/,
  ],
  [
    'was cut off',
    () => {
      writeBackup(database, file);
      truncateSync(file, 60_000);
    },
    /^(the backup|the database) .*backup\.sqlite is damaged: /,
  ],
  [
    'has bytes of something else',
    () => {
      writeBackup(database, file);
      const bytes = readFileSync(file);
      bytes.fill(0x5a, 8 * 4096, 9 * 4096);
      writeFileSync(file, bytes);
    },
    /^the backup .*backup\.sqlite is damaged: /,
  ],
  [
    'is of a newer version',
    () => {
      writeBackup(database, file);
      const db = new DatabaseSync(file);
      db.exec('PRAGMA user_version = 999');
      db.close();
    },
    /of a newer version of dateline \(schema 999/,
  ],
])('a backup that %s is told from one, and all stays as it was', async (_, make, sentence) => {
  const before = await heldBy(database);
  make();
  await expect(restoreBackup(file, database)).rejects.toThrow(sentence);
  expect(await heldBy(database)).toEqual(before);
});

test.each([
  ['some of its pages', 8 * 4096],
  ['its first page', 0],
])('a database with damage in %s gives way to a backup', async (_, from) => {
  const before = await heldBy(database);
  writeBackup(database, file);
  const bytes = readFileSync(database);
  bytes.fill(0x5a, from, from + 4096);
  writeFileSync(database, bytes);
  new SqliteHold(database, 'server').abandon();
  expect(() => new SqliteStore(database, 'server')).toThrow('dateline restore FILE');
  const moved = await restoreBackup(file, database);
  expect(moved).toBe(from === 0 ? `${database}-damaged` : null);
  const store = new SqliteStore(database, 'server');
  await store.close();
  expect(await heldBy(database)).toEqual(before);
});

test('a backup of an earlier release is brought forward', async () => {
  const before = await heldBy(database);
  const old = new DatabaseSync(file);
  old.exec(readFileSync(join(import.meta.dirname, 'fixtures/schema/7.sql'), 'utf8'));
  old.close();
  await restoreBackup(file, database);
  expect((await heldBy(database)).events).toEqual(before.events);
});
