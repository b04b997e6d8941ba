import { parse } from 'csv-parse/sync';
import { unzipSync } from 'fflate';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { AtlasIndex } from '../server/atlas-index.ts';
import type { Actor, Atlas, Category, Event, Place, Source } from '../server/event.ts';
import { filterOf } from '../server/export/address.ts';
import { Selection } from '../server/export/format.ts';
import { EXPORT_FORMATS } from '../server/export/formats.ts';
import { contextMaker } from '../server/graphql/context.ts';
import { readSoundPackage } from '../server/import/data-package.ts';
import { importFiles, type FileSummary } from '../server/import/importer.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { HOSTILE, hostileAtlas } from './hostile-atlas.ts';
import { BUILT_IN } from './server.ts';
import { tempFolder } from './temp.ts';

const HOME = 'https://atlas.example/';

async function storeOf(atlas: Atlas): Promise<SqliteStore> {
  const store = new SqliteStore(':memory:');
  await store.replace(atlas);
  return store;
}

/** Writes a file of a store's events to a new folder and gives its path. */
async function exported(store: SqliteStore, name: string, query = ''): Promise<string> {
  const [atlas, format] = [await store.summary(), EXPORT_FORMATS.find((each) => each.name === name)];
  if (!atlas || !format) throw new Error(`no atlas or no format ${name}`);
  const filter = await filterOf(query, contextMaker(store)());
  const selection = new Selection(
    { store, index: await AtlasIndex.read(store) },
    { atlas, home: HOME, filter },
  );
  const path = join(tempFolder(), `events.${name}`);
  writeFileSync(path, await buffer(Readable.from(format.write(selection))));
  return path;
}

async function imported(
  file: string,
  store = new SqliteStore(':memory:'),
): Promise<[SqliteStore, FileSummary]> {
  const plan = { files: [file], format: null, columns: new Map(), dates: null, dataset: null };
  const rest = { isReplaced: false, isDry: false, rejectsFolder: null };
  const [summary] = await importFiles(store, { ...plan, ...rest }, () => {});
  if (!summary) throw new Error('nothing was imported');
  return [store, summary];
}

/** All records of a store by kind, in the order of their ids. What no event names is left out where that is asked. */
async function contentOf(store: SqliteStore, isNamedOnly = false): Promise<Record<string, unknown[]>> {
  const index = await AtlasIndex.read(store);
  const range = { after: null, before: null, from: 'START', limit: 10_000 } as const;
  const ids = async (kind: 'place' | 'actor' | 'source'): Promise<string[]> =>
    (await index.nodes(kind, {}, range)).rows.map(({ id }) => id);
  const { rows } = await index.events({}, 'WHEN_ASC', range);
  const events = await store.events(rows.map(({ id }) => id));
  const actors = await store.actors(await ids('actor'));
  const named = new Set(
    events.flatMap((event) => [
      ...(event?.placements.map(({ place }) => place) ?? []),
      ...(event?.participants.map(({ actor }) => actor) ?? []),
      ...(event?.claims.map(({ source }) => source) ?? []),
      ...[event?.category ?? ''],
    ]),
  );
  for (const id of named) {
    const affiliation = actors.find((actor) => actor?.id === id)?.affiliation;
    if (affiliation) named.add(affiliation);
  }
  const kept = <T extends { id: string }>(records: (T | undefined)[]): T[] =>
    records
      .filter((each) => each !== undefined)
      .filter(({ id }) => !isNamedOnly || named.has(id))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    events: events.toSorted((a, b) => ((a?.id ?? '') < (b?.id ?? '') ? -1 : 1)),
    categories: kept(await store.categories()),
    places: kept(await store.places(await ids('place'))),
    actors: kept(actors),
    sources: kept(await store.sources(await ids('source'))),
  };
}

const ATLASES: [string, () => Promise<Atlas>][] = [
  ['the built-in atlas', () => readSoundPackage(BUILT_IN)],
  ['an atlas of hostile texts', async () => hostileAtlas()],
];

/** The folder that an exported data package is unpacked to. */
function unpacked(file: string): string {
  const folder = join(tempFolder(), 'atlas');
  mkdirSync(folder);
  for (const [name, bytes] of Object.entries(unzipSync(readFileSync(file))))
    writeFileSync(join(folder, name), bytes);
  return folder;
}

/** Tables of a data package hold no space around a text. */
const TRIMMED = HOSTILE.map((text) => text.trim()).filter((text) => text !== '');

test.each([
  ['the built-in atlas', () => readSoundPackage(BUILT_IN)],
  ['an atlas of hostile texts', async () => hostileAtlas(TRIMMED)],
] as typeof ATLASES)('a data package of %s is the same atlas', async (_, read) => {
  const store = await storeOf(await read());
  const file = await exported(store, 'datapackage.zip');
  const folder = unpacked(file);
  const again = await storeOf(await readSoundPackage(folder));
  expect(await contentOf(again)).toEqual(await contentOf(store));
  const { title, description, license, language } = (await store.summary()) ?? {};
  expect(await again.summary()).toMatchObject({ title, description, license, language });
  const [imports] = await imported(file);
  expect((await contentOf(imports))['events']).toEqual((await contentOf(store))['events']);
  // And what is exported of that is the same to the byte.
  const once = unzipSync(readFileSync(await exported(again, 'datapackage.zip')));
  for (const [name, bytes] of Object.entries(once)) {
    const is = [name, Buffer.from(bytes).toString()];
    expect(is).toEqual([name, readFileSync(join(folder, name), 'utf8')]);
  }
});

test('a data package of some events has what they name, and no relation to others', async () => {
  const store = await storeOf(await readSoundPackage(BUILT_IN));
  const folder = unpacked(await exported(store, 'datapackage.zip', 'q=ceasefire'));
  const atlas = await readSoundPackage(folder);
  const all = await contentOf(store);
  const ids = atlas.events.map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(5);
  expect(ids.length).toBeLessThan(all['events']?.length ?? 0);
  for (const event of atlas.events) {
    const [whole] = await store.events([event.id]);
    const relations = whole?.relations.filter(({ related }) => ids.includes(related));
    expect(event).toEqual({ ...whole, relations });
  }
  const named = new Set(atlas.events.flatMap(({ placements }) => placements.map(({ place }) => place)));
  expect(new Set(atlas.places.map(({ id }) => id))).toEqual(named);
});

test('other programs can unpack a data package', async () => {
  const store = await storeOf(await readSoundPackage(BUILT_IN));
  const file = await exported(store, 'datapackage.zip');
  const script =
    'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), len(z.namelist()))';
  expect(execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }).trim()).toBe('None 13');
});

test.each(['ndjson', 'geojson'].flatMap((format) => ATLASES.map((atlas) => [format, ...atlas] as const)))(
  'a file of %s of %s is imported as the same events with all that they name',
  async (format, _, read) => {
    const store = await storeOf(await read());
    const file = await exported(store, format);
    const [again, summary] = await imported(file);
    const { events = [] } = await contentOf(store);
    expect(summary).toMatchObject({ rows: events.length, added: events.length, setAside: 0 });
    expect(await contentOf(again)).toEqual(await contentOf(store, true));
    const version = await again.version();
    const [, second] = await imported(file, again);
    expect(second).toMatchObject({ unchanged: events.length, added: 0, changed: 0, setAside: 0 });
    expect(await again.version()).toBe(version);
    expect(
      readFileSync(await exported(again, format), 'utf8')
        .split('\n')
        .slice(1),
    ).toEqual(readFileSync(file, 'utf8').split('\n').slice(1));
  },
);

test('texts that look like formulas stay what they are, through a table that no spreadsheet computes', async () => {
  const texts = ['=1+1', '+1', '-1', '@x', "'tis the season", "'=1", "'", '\t=1', '＝1', '-', '1-1', "it's"];
  const store = await storeOf(hostileAtlas(texts));
  const file = await exported(store, 'csv');
  const rows: Record<string, string>[] = parse(readFileSync(file), { columns: true });
  const titles = rows.map(({ title = '' }) => title);
  expect(new Set(titles)).toEqual(
    new Set([
      ...["'=1+1", "'+1", "'-1", "'@x", "'tis the season", "''=1", "'", "'\t=1", "'＝1", "'-", '1-1', "it's"],
    ]),
  );
  const [again, { setAside }] = await imported(file);
  expect(setAside).toBe(0);
  const titlesOf = async (of: SqliteStore): Promise<string[]> =>
    ((await contentOf(of))['events'] as Event[]).map(({ title }) => title);
  expect(await titlesOf(again)).toEqual(await titlesOf(store));
});

test('relations to events that were not exported are left out, and the file again changes nothing', async () => {
  const store = await storeOf(await readSoundPackage(BUILT_IN));
  const file = await exported(store, 'ndjson', 'category=call');
  const [again] = await imported(file);
  const { events = [] } = await contentOf(again);
  expect(events.length).toBeGreaterThan(2);
  const [, summary] = await imported(file, again);
  expect(summary).toMatchObject({ unchanged: events.length, changed: 0, added: 0 });
});

test.each(ATLASES)('a table of %s is imported as far as its columns go', async (_, read) => {
  const store = await storeOf(await read());
  const file = await exported(store, 'csv');
  const [again, summary] = await imported(file);
  expect(summary.setAside).toBe(0);
  const columns = async (of: SqliteStore): Promise<unknown[]> => {
    const { events = [], categories = [], places = [], actors = [], sources = [] } = await contentOf(of);
    const find = <T extends { id: string }>(records: unknown[], id: string | undefined): T | undefined =>
      (records as T[]).find((each) => each.id === id);
    return (events as Event[]).map((event) => {
      const { id, title, summary, status, when, placements, participants, claims } = event;
      const place = find<Place>(places, placements[0]?.place);
      const source = find<Source>(sources, claims[0]?.source);
      const names = participants.map(({ actor }) => find<Actor>(actors, actor)?.name ?? '');
      return {
        ...{ id, title, summary, status, when, role: placements[0]?.role },
        category: find<Category>(categories, event.category)?.label,
        ...{ name: place?.name, position: place?.position, country: place?.country },
        ...{ precision: place?.precision, radiusKm: place?.radiusKm },
        actors: names.flatMap((name) => name.split('; ')),
        cited: [source?.title, source?.publisher, source?.publishedOn, source?.url],
      };
    });
  };
  expect(await columns(again)).toEqual(await columns(store));
});

test.each([
  ['"id":"event-1"', '"id":7', 'not a text', 'id'],
  ['"status":"PLANNED"', '"status":"MAYBE"', 'none of those that there are', 'status'],
  ['"when":"2016-10-13"', '"when":"13/10/2016"', 'not a date in EDTF', 'when'],
  ['"lat":-1', '"lat":-91', 'not a number up to 90', 'places/0/position/lat'],
  ['"role":"VENUE"', '"role":"HOST"', 'none of those that there are', 'placements/0/role'],
  ['"source":"source-1"', '"source":"source-x"', 'none of those that there are', 'claims/0/source'],
  [
    '"affiliation":"actor-0"',
    '"affiliation":"actor-x"',
    'an affiliation that the record does not hold',
    'actors',
  ],
  ['"relations":[', '"relations":"all","x":[', 'not a list', 'relations'],
  ['{"id"', '{"id', 'not a record', null],
])('a record with %s made %s is set aside with what is wrong', async (was, is, reason, column) => {
  const store = await storeOf(hostileAtlas());
  const file = await exported(store, 'ndjson');
  const lines = readFileSync(file, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes('"id":"event-1",'));
  const line = lines[at] ?? '';
  expect(line).toContain(was);
  writeFileSync(file, lines.with(at, line.replace(was, is)).join('\n'));
  const [, { setAside, added, faults }] = await imported(file);
  expect([setAside, added]).toEqual([1, hostileAtlas().events.length - 1]);
  expect(faults[0]).toMatchObject({ line: at + 1, column, reason: expect.stringContaining(reason) });
});

const MAIN = resolve(import.meta.dirname, '../server/main.ts');

/** Runs a command in a folder; gives its exit code and what it printed. */
function run(folder: string, ...args: string[]): { code: number; out: string; error: string } {
  const env = { PATH: process.env['PATH'] ?? '' };
  try {
    const out = execFileSync(process.execPath, [MAIN, ...args], {
      cwd: folder,
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return { code: 0, out, error: '' };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { code: status, out: stdout, error: stderr };
  }
}

test('the command writes to standard output or to a file, some or all', async () => {
  const folder = tempFolder();
  const file = await exported(await storeOf(await readSoundPackage(BUILT_IN)), 'ndjson');
  expect(run(folder, 'export', '--format', 'csv')).toMatchObject({
    code: 1,
    error: expect.stringContaining('the database holds no atlas yet'),
  });
  expect(run(folder, 'import', file).code).toBe(0);
  const records = (text: string): string[] => text.split('\n').slice(1);
  expect(records(run(folder, 'export', '--format', 'ndjson').out)).toEqual(
    records(readFileSync(file, 'utf8')),
  );
  const some = run(folder, 'export', '--format', 'ndjson', '--filter', 'category=call', '-o', 'calls.ndjson');
  expect(some).toEqual({ code: 0, out: '', error: '' });
  const calls = records(readFileSync(join(folder, 'calls.ndjson'), 'utf8').trimEnd());
  expect(new Set(calls.map((line) => JSON.parse(line).category))).toEqual(new Set(['call']));
});

test.each([
  [['--format', 'xls'], 1, 'unknown format: "xls". Known: geojson, csv,'],
  [[], 2, 'no format to write.'],
  [['--format', 'csv', '--filter', 'role=host'], 1, 'unknown role: "host". Known: venue, subject.'],
  [['--format', 'csv', '-o', 'not-there/events.csv'], 1, 'cannot write not-there/events.csv'],
])('export %j ends with %i and says why', async (args, code, message) => {
  const folder = tempFolder();
  run(folder, 'import', await exported(await storeOf(await readSoundPackage(BUILT_IN)), 'ndjson'));
  expect(run(folder, 'export', ...args)).toMatchObject({ code, error: expect.stringContaining(message) });
});
