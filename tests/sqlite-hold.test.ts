import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { InputError } from '../server/input-error.ts';
import { holderOf, SqliteHold } from '../server/store/sqlite-hold.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { holdElsewhere } from './holder.ts';
import { RELEASED } from './released-atlas.ts';
import { tempFolder } from './temp.ts';

const newFile = (): string => join(tempFolder(), 'atlas.sqlite');

test('a second holder is refused in a sentence that names the first, until that lets go', async () => {
  const file = newFile();
  const first = await holdElsewhere(file, 'server');
  expect(first.said).toEqual({ isAfterUncleanStop: false });
  const { pid } = first.child;
  expect(() => new SqliteHold(file, 'server')).toThrow(
    new InputError(
      `process ${pid} serves the database ${file} already. Stop that one, or name another database in DATABASE_URL.`,
    ),
  );
  expect(holderOf(file, 'server')).toBe(pid);
  // One may write what another serves.
  const writer = new SqliteHold(file, 'writer');
  expect((await holdElsewhere(file, 'writer')).said).toEqual({
    refused: `process ${process.pid} is writing into the database ${file}. Wait until it has ended, and try again.`,
  });
  expect(holderOf(file, 'writer')).toBeNull();
  writer.release();
  await first.end();
  expect(holderOf(file, 'server')).toBeNull();
  const next = new SqliteHold(file, 'server');
  expect(next.isAfterUncleanStop).toBe(false);
  next.release();
});

test('of several that start at once one has it', async () => {
  const file = newFile();
  const tried = await Promise.all(Array.from({ length: 4 }, () => holdElsewhere(file, 'server')));
  const holders = tried.filter(({ said }) => !('refused' in said));
  expect(holders).toHaveLength(1);
  for (const { said } of tried)
    if ('refused' in said) expect(said.refused).toContain(`process ${holders[0]?.child.pid} serves`);
  await holders[0]?.end();
});

test('one that was killed holds nothing, and is known to the next for either purpose', async () => {
  const file = newFile();
  for (const next of ['server', 'writer'] as const) {
    const killed = await holdElsewhere(file, 'server');
    await killed.end('SIGKILL');
    expect(holderOf(file, 'server')).toBeNull();
    const hold = new SqliteHold(file, next);
    expect(hold.isAfterUncleanStop).toBe(true);
    hold.release();
    const again = new SqliteHold(file, 'server');
    expect(again.isAfterUncleanStop).toBe(false);
    again.release();
  }
});

test('the number of a process that ended is nobody’s, whoever has it now', () => {
  const file = newFile();
  new SqliteHold(file, 'server').abandon();
  // As if the system had given our number to another since.
  expect(holderOf(file, 'server')).toBeNull();
  new SqliteHold(file, 'server').release();
});

test('a damaged database is found after a stop that was not clean, and refused until it is in order', async () => {
  const file = newFile();
  const store = new SqliteStore(file, 'server');
  await store.replace(RELEASED);
  await store.close();
  const db = new DatabaseSync(file);
  // An index that says other than its table, which no reader would notice soon.
  db.enableDefensive(false);
  db.exec(`PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_event_1')
    WHERE name = 'relation_related'`);
  db.close();
  new SqliteHold(file, 'server').abandon();
  for (let attempt = 0; attempt < 2; attempt++)
    expect(() => new SqliteStore(file, 'server')).toThrow(
      /^the database .*atlas\.sqlite is damaged: .*\. Put a backup in its place with dateline restore FILE\.$/,
    );
});
