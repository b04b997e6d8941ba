import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Event } from '../server/event.ts';
import { checkFile, importFiles, type FileSummary, type ImportPlan } from '../server/import/importer.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { BUILT_IN } from './server.ts';
import { tempFolder } from './temp.ts';

const FIXTURES = resolve(import.meta.dirname, 'fixtures/import');
const fixture = (name: string): string => join(FIXTURES, name);

const planOf = (files: string[], options: Partial<ImportPlan> = {}): ImportPlan => ({
  ...{ files, format: null, columns: new Map(), dates: null, dataset: null },
  ...{ isReplaced: false, isDry: false, rejectsFolder: null },
  ...options,
});

function emptyStore(): SqliteStore {
  const store = new SqliteStore(':memory:');
  onTestFinished(() => store.close());
  return store;
}

/** Imports a file and gives its summary, whose parts must add up to its rows. */
async function imported(
  store: SqliteStore,
  file: string,
  options: Partial<ImportPlan> = {},
): Promise<FileSummary> {
  const [summary] = await importFiles(store, planOf([file], options), () => {});
  const { rows, added, changed, unchanged, setAside } = summary as FileSummary;
  expect(added + changed + unchanged + setAside).toBe(rows);
  return summary as FileSummary;
}

/** What tests look at of an event: its records by their names. */
async function shown(store: SqliteStore, id: string): Promise<Record<string, unknown>> {
  const [event] = (await store.events([id])) as [Event];
  const places = await store.places(event.placements.map(({ place }) => place));
  const actors = await store.actors(event.participants.map(({ actor }) => actor));
  const sources = await store.sources(event.claims.map(({ source }) => source));
  const categories = await store.categories();
  return {
    title: event.title,
    category: categories.find(({ id: each }) => each === event.category)?.label,
    when: event.when.edtf,
    places: places.map((place) => [place?.name, place?.country, place?.precision, place?.radiusKm]),
    actors: actors.map((actor, at) => [actor?.name, actor?.kind, event.participants[at]?.role]),
    claims: event.claims.map(({ aspect, value }, at) => [aspect, value, sources[at]?.title]),
  };
}

const faultsOf = ({ faults }: FileSummary): unknown[] =>
  faults.map(({ line, column, value }) => [line, column, value]);

test('ACLED: precisions, sides and their allies, sources, deaths', async () => {
  const store = emptyStore();
  const summary = await imported(store, fixture('acled.csv'));
  expect([summary.format, summary.rows, summary.added, summary.setAside]).toEqual(['ACLED', 3, 2, 1]);
  expect(faultsOf(summary)).toEqual([[4, 'fatalities', 'many']]);
  expect(await shown(store, 'acled-TST1')).toEqual({
    title: 'Peaceful protest: Protesters (Testland), Rawson',
    category: 'Demostrations',
    when: '2022-06-30',
    places: [['Rawson', 'AR', 'SETTLEMENT', null]],
    actors: [
      ['Protesters (Testland)', 'ORGANISATION', 'Protesters'],
      ['Health Workers', 'ORGANISATION', 'with Protesters (Testland)'],
      ['Teachers', 'ORGANISATION', 'with Protesters (Testland)'],
    ],
    claims: [
      ['TOLL', '0', 'Armed Conflict Location & Event Data'],
      ['OTHER', null, 'Diario A'],
      ['OTHER', null, 'Diario B'],
    ],
  });
  expect(await shown(store, 'acled-TST2')).toMatchObject({
    when: '[2022-06-12..2022-06-18]',
    places: [['Homs', 'SY', 'REGION', 25]],
    actors: [
      ['Rebels of the North', 'ARMED_GROUP', 'Rebel group'],
      ['Military Forces', 'STATE', 'State forces'],
    ],
  });
});

test('GDELT 1.0: rows with and without an address in one file, FIPS codes, kinds of places', async () => {
  const store = emptyStore();
  const summary = await imported(store, fixture('gdelt1.tsv'));
  expect([summary.format, summary.added, summary.setAside, summary.unplaced]).toEqual([
    'GDELT events',
    3,
    0,
    1,
  ]);
  expect(await shown(store, 'gdelt-1')).toEqual({
    title: 'Consult: UNITED STATES',
    category: 'Consult',
    when: '2006-07-31',
    places: [['Germany', 'DE', 'COUNTRY', null]],
    actors: [['UNITED STATES', 'STATE', null]],
    claims: [['OTHER', null, 'http://www.example.org/a?b=1']],
  });
  expect(await shown(store, 'gdelt-2')).toMatchObject({
    places: [['Iowa, United States', 'US', 'REGION', 150]],
    claims: [],
  });
  expect(await shown(store, 'gdelt-3')).toMatchObject({
    places: [],
    claims: [['OTHER', null, 'BBC Monitoring']],
  });
});

test('GDELT 2.0: a row beyond the globe and one of another width are set aside', async () => {
  const store = emptyStore();
  const summary = await imported(store, fixture('gdelt2.CSV'));
  expect(faultsOf(summary)).toEqual([
    [2, 'ActionGeo_Lat', '91'],
    [3, null, '13'],
  ]);
  expect(await shown(store, 'gdelt-11')).toMatchObject({
    title: 'Engage in diplomatic cooperation: MOSCOW → BELARUS',
    places: [['Minsk, Minsk, Belarus', 'BY', 'SETTLEMENT', null]],
  });
});

test('ICEWS: NA is nothing, sectors are roles, a row that is cut off is set aside', async () => {
  const store = emptyStore();
  const summary = await imported(store, fixture('icews.tab'));
  expect([summary.added, summary.unplaced]).toEqual([3, 1]);
  expect(faultsOf(summary)).toEqual([[5, 'Story ID', '']]);
  expect(await shown(store, 'icews-1')).toEqual({
    title: 'Consult: Foreign Affairs (Testland) → Vietnam',
    category: 'Consult',
    when: '2018-06-01',
    places: [['Hanoi', 'VN', 'SETTLEMENT', null]],
    actors: [
      ['Foreign Affairs (Testland)', 'ORGANISATION', 'Executive, Government'],
      ['Vietnam', 'STATE', null],
    ],
    claims: [['OTHER', null, 'Daily "News']],
  });
  expect(await shown(store, 'icews-2')).toMatchObject({
    places: [['Osaka', 'JP', 'REGION', 100]],
    actors: [['Armed Gang (Testland)', 'ARMED_GROUP', 'Insurgents, Organized Violent']],
    claims: [],
  });
});

test('GeoJSON: each fault with where it stands; lines as areas, points as points', async () => {
  const store = emptyStore();
  const summary = await imported(store, fixture('features.geojson'));
  expect([summary.rows, summary.added, summary.setAside, summary.unplaced]).toEqual([10, 4, 6, 1]);
  expect(summary.faults.map(({ line, column }) => [line, column])).toEqual([
    [3, '/features/1/geometry/coordinates/1'],
    [4, '/features/2/geometry/coordinates/1'],
    [5, '/features/3'],
    [6, '/features/4/geometry/coordinates/0'],
    [7, 'id'],
  ]);
  expect(await shown(store, 'event-6')).toMatchObject({
    title: 'Road',
    places: [['36.000, 37.500', null, 'REGION', 45]],
  });
  expect(await shown(store, 'event-8')).toMatchObject({ places: [expect.anything(), expect.anything()] });
  expect(await shown(store, 'event-1')).toMatchObject({
    title: 'A {brace} and a ] "quote"',
    claims: [['OTHER', null, 'Wire']],
  });
});

test('GeoJSON by lines is the same, and a line that is cut off is set aside', async () => {
  const lines = readFileSync(fixture('features.geojson'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"type":"Feature",'))
    .map((line) => line.replace(/ *,$/, ''));
  const file = join(tempFolder(), 'lines.json');
  writeFileSync(file, `${[...lines, '{"type":"Feature",'].join('\n')}\n`);
  const summary = await imported(emptyStore(), file);
  expect([summary.rows, summary.added, summary.setAside]).toEqual([11, 4, 7]);
});

test.each<[what: string, text: string, sentence: RegExp]>([
  [
    'in another system',
    '{"type":"FeatureCollection","crs":{"properties":{"name":"EPSG:3857"}},"features":[]}',
    /EPSG:3857, and only WGS 84/,
  ],
  [
    'that is cut off',
    '{"type":"FeatureCollection","features":[{"type":"Feature","id":1,"properties":{"title":"A"},"geometry":null}',
    /no GeoJSON: .*JSON/,
  ],
  [
    'with a comma too many',
    '{"type":"FeatureCollection","features":[{"type":"Feature"},,{"type":"Feature"}]}',
    /line 1: a comma without a feature/,
  ],
  ['without features', '{"type":"FeatureCollection","features":[]}', /no row that is an event, of 0/],
])('GeoJSON %s is refused', async (_, text, sentence) => {
  const file = join(tempFolder(), 'a.geojson');
  writeFileSync(file, text);
  await expect(imported(emptyStore(), file)).rejects.toThrow(sentence);
});

test('KML: points, areas, spans of time, and what is said in ExtendedData', async () => {
  const store = emptyStore();
  const summary = await imported(store, fixture('places.kml'));
  expect(faultsOf(summary)).toEqual([[7, 'Point/coordinates/1', '137.16']]);
  expect(await shown(store, 'event-a')).toMatchObject({
    title: 'A & B meet',
    category: 'Talks',
    when: '2016-10-13',
  });
  const ids = (await store.search(['siege'])).keys;
  expect(ids).toHaveLength(1);
});

test('KML with a document type is refused', async () => {
  const file = join(tempFolder(), 'a.kml');
  writeFileSync(
    file,
    readFileSync(fixture('places.kml'), 'utf8').replace('<kml', '<!DOCTYPE kml [<!ENTITY a "b">]>\n<kml'),
  );
  await expect(imported(emptyStore(), file)).rejects.toThrow('has a document type');
  // However long it is.
  const long = `<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "${'b'.repeat(5000)}">]><kml/>`;
  writeFileSync(file, long);
  await expect(imported(emptyStore(), file)).rejects.toThrow('has a document type');
});

test('TimeMap: dates as numbers of days, sources and associations of other sheets, empty rows are none', async () => {
  const store = emptyStore();
  const summary = await imported(store, fixture('timemap.xlsx'));
  expect([summary.format, summary.rows, summary.added, summary.unplaced]).toEqual([
    'TimeMap workbook',
    2,
    2,
    1,
  ]);
  const [first, second] = await store.rows('event', [1, 2]);
  expect(await shown(store, first?.id ?? '')).toEqual({
    title: 'Tear gas is used.',
    category: 'Tear Gas',
    when: '2015-10-10T16:20Z',
    places: [['Al Araqib', null, 'EXACT', null]],
    actors: [],
    claims: [
      ['OTHER', null, 'A photo'],
      ['OTHER', null, 'A film'],
    ],
  });
  expect(await shown(store, second?.id ?? '')).toMatchObject({
    category: 'Alpha',
    when: '2014-12-10T01:00Z',
    places: [],
    claims: [['OTHER', null, 'src9']],
  });
});

test('a data package is the atlas that it is, with its licence', async () => {
  const store = emptyStore();
  const folder = join(tempFolder(), 'atlas');
  cpSync(BUILT_IN, folder, { recursive: true });
  const first = await imported(store, folder);
  expect(first.added).toBe(first.rows);
  expect(await store.summary()).toMatchObject({
    title: 'Syria diplomacy, 2016-17',
    license: 'CC-BY-4.0',
    sourceCount: 5,
  });
  const again = await imported(store, folder);
  expect([again.added, again.changed]).toEqual([0, 0]);
});

test('a spreadsheet: lines above its header, decimal commas, quotes, 0/0, empty and swapped coordinates', async () => {
  const store = emptyStore();
  const summary = await imported(store, fixture('spreadsheet.csv'));
  expect([summary.rows, summary.added, summary.unplaced]).toEqual([7, 4, 2]);
  expect(faultsOf(summary)).toEqual([
    [8, 'Latitude', '137,1'],
    [10, null, ''],
    [11, 'Longitude', ''],
  ]);
  const [first] = await store.rows('event', [1]);
  const [event] = (await store.events([first?.id ?? ''])) as [Event];
  expect([event.title, event.summary, event.when.edtf]).toEqual([
    'Fête "d\'été"',
    'two\r\nlines',
    '2016-10-13',
  ]);
  const [place] = await store.places(event.placements.map((each) => each.place));
  expect(place?.position).toEqual({ lng: 37.16, lat: 36.2 });
});

test.each([
  ['hxl.csv', 'Flood'],
  ['cp1252.csv', 'Café in Zürich'],
  ['utf16.csv', 'حلب'],
])('%s is read', async (name, title) => {
  const store = emptyStore();
  expect(await imported(store, fixture(name))).toMatchObject({ rows: 1, added: 1 });
  const [row] = await store.rows('event', [1]);
  expect((await store.events([row?.id ?? '']))[0]?.title).toBe(title);
});

test('a quote that is never closed is told with its line', async () => {
  const file = join(tempFolder(), 'quote.csv');
  writeFileSync(
    file,
    'title,date,lat,lon\nFair,2016-05-01,50,8\n"Market,2016-05-02,51,8\nTalk,2016-05-03,52,8\n',
  );
  await expect(imported(emptyStore(), file)).rejects.toThrow(
    'quote.csv is no table from line 3 on: a quote that is opened there is not closed. Close it, or double it where it is part of a text.',
  );
});

test('a table whose first rows are longer than what is looked at is read all the same', async () => {
  const file = join(tempFolder(), 'long.csv');
  const text = `${'One line of many.\n'.repeat(15_000)}`;
  writeFileSync(
    file,
    `title,date,lat,lon,summary\nFair,2016-05-01,50,8,"${text}"\nTalk,2016-05-03,52,8,"${text}"\n`,
  );
  expect(await imported(emptyStore(), file)).toMatchObject({ rows: 2, added: 2 });
});

test('dates that can be read both ways are asked about', async () => {
  await expect(checkFile(fixture('both-ways.csv'), planOf([]))).rejects.toThrow(
    'both-ways.csv has dates that can be read both ways, such as "03/04/2016". Say which comes first, the day or the month: --dates dmy or --dates mdy.',
  );
  for (const [dates, edtf] of [
    ['dmy', '2016-04-03'],
    ['mdy', '2016-03-04'],
  ] as const) {
    const store = emptyStore();
    await imported(store, fixture('both-ways.csv'), { dates });
    const [row] = await store.rows('event', [1]);
    expect((await store.events([row?.id ?? '']))[0]?.when.edtf).toBe(edtf);
  }
});

test('a table without coordinates is refused with what would work', async () => {
  await expect(checkFile(fixture('numbers.csv'), planOf([]))).rejects.toThrow(
    'numbers.csv has no coordinates: its columns are a, b, c. Add a latitude and a longitude, or say which columns they are',
  );
});

test('rows that were set aside, put right, are imported', async () => {
  const store = emptyStore();
  const folder = tempFolder();
  const { rejects } = await imported(store, fixture('acled.csv'), { rejectsFolder: folder });
  expect(rejects).toBe(join(folder, 'acled.csv.rejects.csv'));
  const text = readFileSync(rejects ?? '', 'utf8');
  expect(text.split('\r\n')[1]).toMatch(/^4,fatalities,many,not a number of deaths,TST3,/);
  writeFileSync(rejects ?? '', text.replace(/many\r\n$/, '7\r\n'));
  expect(await imported(store, rejects ?? '')).toMatchObject({ format: 'ACLED', rows: 1, added: 1 });
  expect(await shown(store, 'acled-TST3')).toMatchObject({
    when: '2022-06',
    claims: [['TOLL', '7', expect.anything()], expect.anything()],
  });
});

test('the rejects of GDELT have the names of its columns, of GeoJSON all properties', async () => {
  for (const [name, line, right] of [
    ['gdelt2.CSV', /,91,10,/, ',51,10,'],
    ['features.geojson', /137\.16,91/, '137.16,81'],
  ] as const) {
    const store = emptyStore();
    const { rejects } = await imported(store, fixture(name), { rejectsFolder: tempFolder() });
    writeFileSync(rejects ?? '', readFileSync(rejects ?? '', 'utf8').replace(line, right));
    expect(await imported(store, rejects ?? '')).toMatchObject({ added: 1 });
  }
});

test('the same file again changes nothing, not even the version', async () => {
  for (const name of [
    'acled.csv',
    'gdelt1.tsv',
    'icews.tab',
    'features.geojson',
    'places.kml',
    'timemap.xlsx',
    'spreadsheet.csv',
  ]) {
    const store = emptyStore();
    const { added } = await imported(store, fixture(name));
    const version = await store.version();
    expect(await imported(store, fixture(name))).toMatchObject({ added: 0, changed: 0, unchanged: added });
    expect(await store.version()).toBe(version);
  }
});

test('a newer release changes what differs, and marks what vanished, or removes it', async () => {
  for (const isReplaced of [false, true]) {
    const store = emptyStore();
    const file = join(tempFolder(), 'release.csv');
    const release = (...rows: string[]): void =>
      writeFileSync(file, ['id,title,date,lat,lon', ...rows, ''].join('\n'));
    release('1,One,2016-05-01,10,20', '2,Two,2016-05-02,10,20', '3,Three,2016-05-03,10,20');
    await imported(store, file);
    release('1,One,2016-05-01,10,20', '2,Two and more,2016-05-02,10,20', '4,Four,2016-05-04,10,20');
    const summary = await imported(store, file, { isReplaced });
    expect([summary.added, summary.changed, summary.unchanged]).toEqual([1, 1, 1]);
    expect(summary.vanished).toEqual(isReplaced ? { marked: 0, removed: 1 } : { marked: 1, removed: 0 });
    const statuses = (await store.events(['event-1', 'event-2', 'event-3', 'event-4'])).map(
      (event) => event?.status,
    );
    expect(statuses).toEqual(['OCCURRED', 'OCCURRED', isReplaced ? undefined : 'RETRACTED', 'OCCURRED']);
  }
});

test('a dry run tells the same and keeps nothing', async () => {
  const store = emptyStore();
  expect(await imported(store, fixture('acled.csv'), { isDry: true })).toMatchObject({
    rows: 3,
    added: 2,
    setAside: 1,
  });
  expect(await store.summary()).toBeUndefined();
});

test('of several files all are in, or none', async () => {
  const store = emptyStore();
  const files = [fixture('acled.csv'), fixture('numbers.csv')];
  await expect(importFiles(store, planOf(files), () => {})).rejects.toThrow('numbers.csv has no coordinates');
  expect(await store.summary()).toBeUndefined();
  expect((await store.state()).last.event).toBe(0);
});
