import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Event } from '../server/event.ts';
import { InputError } from '../server/input-error.ts';
import { importFiles, type ImportPlan } from '../server/import/importer.ts';
import { MIGRATIONS } from '../server/store/postgres-schema.ts';
import { PostgresStore } from '../server/store/postgres.ts';
import { eventOfRecord } from '../server/store/prepared-event.ts';
import type { Store } from '../server/store/store.ts';
import { generateAtlas } from './bench/generated-atlas.ts';
import { freePort } from './network.ts';
import { orderedColumns } from './ordered-columns.ts';
import { administer } from './postgresql-cluster.ts';
import { HAS_POSTGRESQL } from './postgresql.ts';
import { randomAtlas } from './random-atlas.ts';
import { Chance } from './random.ts';
import { at, newLocation, opened, type StoreKind } from './stores.ts';
import { tempFolder } from './temp.ts';

const MAIN = resolve(import.meta.dirname, '../server/main.ts');
const fixture = (name: string): string => resolve(import.meta.dirname, 'fixtures/import', name);
const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

/** Runs the program to its end. */
async function run(
  args: string[],
  url: string,
  settings: Record<string, string> = {},
): Promise<{ code: number; out: string; error: string }> {
  const env = { PATH: process.env['PATH'] ?? '', PORT: '0', DATABASE_URL: url, ...settings };
  const child = spawn(process.execPath, [MAIN, ...args], { env, cwd: tempFolder() });
  running.add(child);
  const texts = { out: '', error: '' };
  child.stdout.on('data', (data) => (texts.out += String(data)));
  child.stderr.on('data', (data) => (texts.error += String(data)));
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...texts };
}

const query = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return rows;
};

/** All that a store holds, by ids. */
async function contentOf(store: Store): Promise<unknown> {
  const columns = await store.columns();
  const ids = async (kind: 'event' | 'place' | 'actor' | 'source'): Promise<string[]> =>
    (await store.rows(kind, [...columns[kind]])).map((row) => String(row?.id));
  return {
    columns: orderedColumns(columns),
    categories: await store.categories(),
    events: await store.events(await ids('event')),
    places: await store.places(await ids('place')),
    actors: await store.actors(await ids('actor')),
    sources: await store.sources(await ids('source')),
  };
}

describe.skipIf(!HAS_POSTGRESQL)('PostgreSQL', () => {
  test('servers that start at one time make the tables once', async () => {
    const location = await newLocation('PostgreSQL');
    const stores = await Promise.all(Array.from({ length: 4 }, () => opened(location)));
    const atlas = randomAtlas(new Chance(1), { categories: 1, sources: 1, places: 1, actors: 1, events: 5 });
    await Promise.all(stores.map((store) => store.replace(atlas)));
    const states = await Promise.all(stores.map((store) => store.state()));
    expect(new Set(states.map((state) => JSON.stringify(state))).size).toBe(1);
    expect(await query(location.url, 'SELECT version FROM dateline.version')).toEqual([
      { version: MIGRATIONS.length },
    ]);
    expect(await query(location.url, 'SELECT count(*)::int FROM dateline.change')).toEqual([{ count: 1 }]);
  });

  test('tables of a newer program are refused and left alone', async () => {
    const location = await newLocation('PostgreSQL');
    await (await PostgresStore.open(location)).close();
    await administer(location.url, 'UPDATE dateline.version SET version = 999');
    await expect(PostgresStore.open(location)).rejects.toThrow(
      /^cannot open the database postgres:.*: its tables are of version 999, .* Use the newer program/,
    );
    expect(await query(location.url, 'SELECT version FROM dateline.version')).toEqual([{ version: 999 }]);
  });

  test('what else the database holds stays as it is', async () => {
    const location = await newLocation('PostgreSQL');
    await administer(
      location.url,
      "CREATE TABLE public.event (diary text); INSERT INTO public.event VALUES ('Dear diary')",
    );
    await (await opened(location)).replace(randomAtlas(new Chance(2)));
    expect(await query(location.url, 'SELECT * FROM public.event')).toEqual([{ diary: 'Dear diary' }]);
  });

  test('a server that is away, a wrong password and a missing database are told without the password', async () => {
    const { url } = await newLocation('PostgreSQL');
    const port = await freePort();
    const away = `postgres://reader:s3cret@127.0.0.1:${port}/atlas`;
    await expect(PostgresStore.open(at(away))).rejects.toThrow(
      new InputError(
        `cannot open the database postgres://reader:…@127.0.0.1:${port}/atlas: connect ECONNREFUSED 127.0.0.1:${port}. Check that the server runs and that DATABASE_URL names it.`,
      ),
    );
    const missing = new URL(url);
    missing.pathname = '/nowhere';
    await expect(PostgresStore.open(at(missing.href))).rejects.toThrow(
      /"nowhere" does not exist\. Create that database/,
    );
    const told = await run(['info'], away);
    expect([told.code, told.out]).toEqual([1, '']);
    expect(told.error).toMatch(/^dateline: cannot open the database postgres:\/\/reader:…@.*ECONNREFUSED/);
    expect(told.error).not.toContain('s3cret');
  });

  test('texts that PostgreSQL could not hold by themselves come back whole', async () => {
    const store = await opened(await newLocation('PostgreSQL'));
    const odd = ['a\0b', 'tab\tand\nline\r\\N \\. end', '"quoted" \'too\'', '🏛 ﷽', 'x'.repeat(5000), '\\'];
    const [event] = randomAtlas(new Chance(3), {
      ...{ categories: 1, sources: 1, places: 1, actors: 1, events: 1 },
    }).events;
    const atlas = randomAtlas(new Chance(3), { categories: 1, sources: 1, places: 1, actors: 1, events: 1 });
    const events = odd.map((title, nth) => ({
      ...(event as (typeof atlas.events)[number]),
      ...{
        id: `odd-${nth}`,
        title,
        summary: title,
        placements: [],
        participants: [],
        claims: [],
        relations: [],
      },
    }));
    await store.replace({ ...atlas, title: 'a\0b', events });
    expect(await store.events(events.map(({ id }) => id))).toEqual(events);
    expect((await store.summary())?.title).toBe('a\0b');
    expect(await store.events(['a\0b'])).toEqual([undefined]);
    expect((await store.search(['x'.repeat(4000)])).keys.length).toBe(1);
    // The same again is no change.
    const version = await store.version();
    await store.change({ events });
    expect(await store.version()).toBe(version);
  });

  test.each(['acled.csv', 'gdelt1.tsv', 'features.geojson', 'timemap.xlsx'])(
    'an import of %s leaves what it leaves in SQLite, twice over',
    async (name) => {
      const plan: ImportPlan = {
        ...{ files: [fixture(name)], format: null, columns: new Map(), dates: null, dataset: null },
        ...{ isReplaced: false, isDry: false, rejectsFolder: null },
      };
      const results = [];
      for (const kind of ['SQLite', 'PostgreSQL'] satisfies StoreKind[]) {
        const store = await opened(await newLocation(kind));
        const summaries = [];
        for (const isDry of [true, false, false])
          summaries.push(await importFiles(store, { ...plan, isDry }, () => {}));
        results.push({ summaries, content: await contentOf(store) });
      }
      expect(results[1]).toEqual(results[0]);
    },
  );

  test('the program imports into it, tells what it holds, and exports from it', async () => {
    const { url } = await newLocation('PostgreSQL');
    const imported = await run(['import', fixture('acled.csv')], url);
    expect([imported.code, imported.error]).toEqual([0, expect.stringContaining('3 rows: 2 new')]);
    const told = await run(['info'], url);
    expect([told.code, told.out]).toEqual([0, expect.stringContaining('highest keys given')]);
    const exported = await run(['export', '--format', 'ndjson'], url);
    expect(exported.code).toBe(0);
    expect(exported.out.trim().split('\n')).toHaveLength(3);
    const backup = await run(['backup', join(tempFolder(), 'b')], url);
    expect([backup.code, backup.error]).toEqual([1, expect.stringContaining('pg_dump')]);
  });

  test('what is overwritten or removed is kept as it was, with the number and the reason of the change', async () => {
    const location = await newLocation('PostgreSQL');
    const store = await opened(location);
    const atlas = generateAtlas(5);
    await store.replace(atlas);
    const [first, second] = atlas.events as [Event, Event];
    await store.change({ events: [{ ...first, title: 'Put right' }] }, { reason: 'the title was wrong' });
    await store.change({ removed: [second.id] }, { reason: null });
    await store.replace({ ...atlas, version: '2' });
    const log = await query(
      location.url,
      `SELECT c.number, c.reason, g.id, g.record FROM dateline.change c
       LEFT JOIN dateline.gone g ON g.number = c.number AND g.kind = 'event' AND g.record IS NOT NULL ORDER BY c.number`,
    );
    expect(log.map(({ number, reason, id }) => [number, reason, id])).toEqual([
      ['1', 'version imported was put in', null],
      ['2', 'the title was wrong', first.id],
      ['3', null, second.id],
      ['4', 'version 2 was put in', first.id],
    ]);
    const kept = log.flatMap(({ id, record }) =>
      id ? [eventOfRecord(String(id), String(record)).title] : [],
    );
    expect(kept).toEqual([first.title, second.title, 'Put right']);
  });

  test('of writers at one time one waits for the other, and nothing is lost', async () => {
    const location = await newLocation('PostgreSQL');
    const atlas = generateAtlas(60);
    const [first, second] = [await opened(location), await opened(location)];
    await first.replace({ ...atlas, events: [] });
    const parts = atlas.events.map((event, nth) => (nth % 2 ? first : second).change({ events: [event] }));
    await Promise.all(parts);
    expect((await second.columns()).event.length).toBe(60);
    const { version } = await first.state();
    expect(version).toMatch(/^imported\+60\./);
    expect(await second.version()).toBe(version);
  });

  test('what one server writes another is told of, at once and after its connection was cut', async () => {
    const location = await newLocation('PostgreSQL');
    const [writer, reader] = [await opened(location), await opened(location)];
    const atlas = generateAtlas(20);
    await writer.replace({ ...atlas, events: [] });
    let told = 0;
    onTestFinished(reader.watch(() => told++));
    await expect.poll(() => reader.version()).toBe('imported');
    const before = told;
    await writer.change({ events: atlas.events.slice(0, 10) });
    await expect.poll(() => reader.version()).toBe(await writer.version());
    expect(told).toBeGreaterThan(before);

    await administer(
      location.url,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
    );
    await writer.change({ events: atlas.events.slice(10) }).catch(async () => {
      // A connection of the pool may have been cut too: then nothing was written.
      await writer.change({ events: atlas.events.slice(10) });
    });
    await expect.poll(() => reader.version()).toBe(await writer.version());
    expect((await reader.columns()).event.length).toBe(20);
    const listens = (): Promise<unknown> =>
      query(
        location.url,
        "SELECT count(*)::int FROM pg_stat_activity WHERE query = 'LISTEN dateline' AND datname = current_database()",
      );
    await expect.poll(listens).toEqual([{ count: 1 }]);
  });
});
