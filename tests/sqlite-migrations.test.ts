import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { InputError } from '../server/input-error.ts';
import { FIRST_RELEASED, MIGRATIONS } from '../server/store/sqlite-migrations.ts';
import { refuseFaulty } from '../server/store/sqlite-open.ts';
import { SCHEMA_VERSION } from '../server/store/sqlite-schema.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { holdElsewhere } from './holder.ts';
import { STEPS } from './interrupted-migration.ts';
import { fillAsReleased, RELEASED } from './released-atlas.ts';
import { tempFolder } from './temp.ts';

const FIXTURES = resolve(import.meta.dirname, 'fixtures/schema');
const RELEASES = readdirSync(FIXTURES).map((name) => Number(name.replace('.sql', '')));

/** A database as a release wrote it. */
function released(version: number): string {
  const file = join(tempFolder(), 'atlas.sqlite');
  const db = new DatabaseSync(file);
  db.exec(readFileSync(join(FIXTURES, `${version}.sql`), 'utf8'));
  db.close();
  return file;
}

/** What the tables of a database are, whatever words they were made by. */
function tablesOf(file: string): unknown {
  const db = new DatabaseSync(file, { readOnly: true });
  const all = (sql: string): Record<string, unknown>[] => db.prepare(sql).all();
  const tables = all('PRAGMA table_list').filter(
    ({ name, schema }) => schema === 'main' && !String(name).startsWith('sqlite_'),
  );
  const described = tables.map(({ name, type, strict, wr }) => ({
    ...{ name, type, strict, wr },
    columns: all(`PRAGMA table_xinfo(${name})`),
    references: all(`PRAGMA foreign_key_list(${name})`),
    indexes: all(`PRAGMA index_list(${name})`).map(({ name: index, unique, partial }) => ({
      ...{ unique, partial, columns: all(`PRAGMA index_xinfo("${index}")`) },
    })),
    virtual: type === 'virtual' && all(`SELECT sql FROM sqlite_schema WHERE name = '${name}'`),
    counts: all(`SELECT * FROM sqlite_schema WHERE sql LIKE '%AUTOINCREMENT%' AND name = '${name}'`).length,
  }));
  db.close();
  return described.sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1));
}

/** All that a store knows. */
async function contentsOf(store: SqliteStore): Promise<unknown> {
  const ids = (records: { id: string }[]): string[] => records.map(({ id }) => id);
  const words = ['call', 'first', 'another', 'halab', 'حلب', 'thursday', 'zarif'];
  const { version, ...columns } = await store.columns();
  return {
    summary: { ...(await store.summary()), version: version.replace(/\.\w+$/, '') },
    columns,
    categories: await store.categories(),
    events: await store.events(ids(RELEASED.events)),
    places: await store.places(ids(RELEASED.places)),
    actors: await store.actors(ids(RELEASED.actors)),
    sources: await store.sources(ids(RELEASED.sources)),
    relations: await store.relationsTo(ids(RELEASED.events)),
    histories: (await store.histories(ids(RELEASED.events), 9)).map((changes) =>
      changes.map(({ set, ...change }) => ({ ...change, set: { ...set, at: null } })),
    ),
    found: await Promise.all(words.map((word) => store.search([word]))),
    nodes: await Promise.all(words.map((word) => store.searchNodes([word]))),
  };
}

test('there is a step from every released schema to the next, and a fixture of each', () => {
  const versions = Array.from(
    { length: SCHEMA_VERSION - FIRST_RELEASED + 1 },
    (_, at) => FIRST_RELEASED + at,
  );
  expect(RELEASES.toSorted((a, b) => a - b)).toEqual(versions);
  expect(MIGRATIONS.map(({ from }) => from)).toEqual(versions.slice(0, -1));
});

test.each(RELEASES)(
  'a database of schema %i becomes what a new one is, and keeps what it holds',
  async (version) => {
    const file = released(version);
    const store = new SqliteStore(file);
    const direct = join(tempFolder(), 'direct.sqlite');
    const other = new SqliteStore(direct);
    await fillAsReleased(other);
    expect(await contentsOf(store)).toEqual(await contentsOf(other));
    // It can be gone on with, and opened again.
    const change = { events: RELEASED.events, removed: ['call-3'] };
    await Promise.all([store.change(change), other.change(change)]);
    await Promise.all([store.close(), other.close()]);
    const again = new SqliteStore(file);
    expect((await again.events(['call-2', 'call-3'])).map((event) => event?.title)).toEqual([
      'Another call',
      undefined,
    ]);
    await again.close();
    expect(tablesOf(file)).toEqual(tablesOf(direct));
  },
);

test('a database of a newer version is refused and left as it is', () => {
  const file = released(FIRST_RELEASED);
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}; ALTER TABLE event ADD COLUMN news TEXT`);
  const of = (): unknown => db.prepare('SELECT * FROM event').all();
  const before = of();
  expect(() => new SqliteStore(file)).toThrow(
    new InputError(
      `the database ${file} is of a newer version of dateline (schema ${SCHEMA_VERSION + 1}, and this one knows ${SCHEMA_VERSION}). Run that version, or name another file.`,
    ),
  );
  expect(of()).toEqual(before);
  db.close();
});

test('a database from before the first release is refused and left as it is', () => {
  const file = released(FIRST_RELEASED);
  const db = new DatabaseSync(file);
  db.exec('PRAGMA user_version = 5');
  expect(() => new SqliteStore(file)).toThrow('before its first release (schema 5). Import into a new file');
  expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 5 });
  db.close();
});

test('a database that another version serves is not changed under it', async () => {
  const file = released(FIRST_RELEASED);
  const db = new DatabaseSync(file);
  db.exec('PRAGMA user_version = 5');
  const { child, end } = await holdElsewhere(file, 'server');
  expect(() => new SqliteStore(file)).toThrow(
    `process ${child.pid} serves the database ${file} with another version of dateline. Stop that one first`,
  );
  await end();
  db.close();
});

test.each(STEPS.map(({ from }) => from))(
  'a migration that is killed inside the step from %i goes on next time, and comes to the same',
  async (dies) => {
    const file = join(tempFolder(), 'steps.sqlite');
    const db = new DatabaseSync(file);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA user_version = ${STEPS[0]?.from};
      CREATE TABLE event (id TEXT); INSERT INTO event VALUES ('a'), ('b')`);
    db.close();
    const run = async (from: number): Promise<unknown[]> =>
      once(fork(resolve(import.meta.dirname, 'interrupted-migration.ts'), [file, String(from)]), 'exit');
    expect(await run(dies)).toEqual([null, 'SIGKILL']);
    const killed = new DatabaseSync(file);
    // The steps before are kept, and of the one that was under way there is nothing.
    expect(killed.prepare('PRAGMA user_version').get()).toEqual({ user_version: dies });
    expect(killed.prepare('SELECT * FROM event').columns()).toHaveLength(1 + dies - (STEPS[0]?.from ?? 0));
    killed.close();
    expect(await run(0)).toEqual([0, null]);
    const done = new DatabaseSync(file);
    expect(done.prepare('PRAGMA user_version').get()).toEqual({ user_version: 4 });
    expect(done.prepare('SELECT * FROM event').all()).toEqual([
      { id: 'a', first: 'A', second: 'AA', third: 'AAA' },
      { id: 'b', first: 'B', second: 'BB', third: 'BBB' },
    ]);
    done.close();
  },
);

test.each(['3.45.1', '3.51.2'])(
  'SQLite %s can damage what two processes write, and is refused',
  (version) => {
    expect(() => refuseFaulty(version)).toThrow(`has SQLite ${version}, which can damage a database`);
  },
);

test.each(['3.51.3', '3.53.4', '4.0.0'])('SQLite %s is used', (version) => {
  expect(() => refuseFaulty(version)).not.toThrow();
});
