import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { gazetteer, packageProblems, summaryOf, type City } from '../scripts/check-data.ts';
import { disputes, type Dispute } from '../server/event.ts';
import { readDataPackage } from '../server/import/data-package.ts';
import { problemText } from '../server/import/table-schema.ts';
import { writePackage } from './package.ts';
import { BUILT_IN } from './server.ts';

const city = (cityId: number, name: string, country: string, lng: number, lat: number): City => ({
  ...{ cityId, name, country },
  loc: { coordinates: [lng, lat] },
});

const CITIES = [
  city(170063, 'Aleppo', 'SY', 37.16117, 36.20124),
  city(1, 'Springfield', 'US', -93.29, 37.21),
  city(2, 'Springfield', 'US', -72.59, 42.1),
  city(3, 'Suva', 'FJ', 179.95, -18),
];

async function problemsOf(...changes: Parameters<typeof writePackage>): Promise<string[]> {
  return packageProblems(await readDataPackage(writePackage(...changes)), CITIES).map(problemText);
}

const place = (row: string): Parameters<typeof writePackage>[0] => ({ 'places.csv': { 2: row } });
const claim = (aspect: string, question: string, value: string): Parameters<typeof writePackage>[0] => ({
  'claims.csv': { 2: `claim-1,call-1,${aspect},${question},${value},On Thursday.,wire,paragraph 1,` },
});

test('a sound package has no problems', async () => {
  expect(await problemsOf()).toEqual([]);
});

test.each<[fault: string, changes: Parameters<typeof writePackage>[0], problem: string]>([
  [
    'an event without a claim',
    { 'events.csv': { 3: 'call-2,Another,They spoke.,call,OCCURRED,2016' } },
    'events.csv:3: id: "call-2": no claim vouches for it. Add one to claims.csv.',
  ],
  [
    'a category that nothing uses',
    { 'categories.csv': { 3: 'visit,Visit,#4a313a' } },
    'categories.csv:3: id: "visit": nothing uses it. Remove it, or correct what should.',
  ],
  [
    'a place that nothing uses',
    { 'placements.csv': { 2: '' } },
    'places.csv:2: id: "aleppo": nothing uses it. Remove it, or correct what should.',
  ],
  [
    'an actor that nothing uses',
    { 'participants.csv': { 2: '' } },
    'actors.csv:2: id: "iran": nothing uses it. Remove it, or correct what should.',
  ],
  [
    'a source that nothing cites',
    { 'sources.csv': { 3: 'other,,Other,2016,en,' } },
    'sources.csv:3: id: "other": nothing uses it. Remove it, or correct what should.',
  ],
  [
    'a place without a name in French',
    { 'place_names.csv': { 7: '' } },
    'places.csv:2: id: no name in fr: "aleppo". Add it to place_names.csv.',
  ],
  [
    'a category without a name in Arabic',
    { 'category_names.csv': { 3: '' } },
    'categories.csv:2: id: no name in ar: "call". Add it to category_names.csv.',
  ],
  [
    'an actor without any name',
    { 'actor_names.csv': 'actor,language,name,note\n' },
    'actors.csv:2: id: no name in en, ar, fa, ru, tr, fr: "iran". Add it to actor_names.csv.',
  ],
  [
    'both roles at one place',
    { 'placements.csv': { 3: 'call-1,aleppo,VENUE' } },
    'placements.csv:3: place: "call-1" is at "aleppo" on line 2 too. Keep the role that says more.',
  ],
  [
    'a region without a radius',
    place('aleppo,Aleppo,SY,37.16,36.2,REGION,,'),
    'places.csv:2: radius_km: a REGION without a radius. Give the kilometres around its point that enclose it.',
  ],
  [
    'a country without a radius',
    place('aleppo,Syria,SY,37.16,36.2,COUNTRY,,'),
    'places.csv:2: radius_km: a COUNTRY without a radius. Give the kilometres around its point that enclose it.',
  ],
  [
    'a settlement with a radius',
    place('aleppo,Aleppo,SY,37.16,36.2,SETTLEMENT,9,170063'),
    'places.csv:2: radius_km: a radius of 9 km for a place of precision SETTLEMENT. Empty it, or make the place a REGION.',
  ],
  [
    'a spot with a radius',
    place('aleppo,Citadel,SY,37.16,36.2,EXACT,1,'),
    'places.csv:2: radius_km: a radius of 1 km for a place of precision EXACT. Empty it, or make the place a REGION.',
  ],
  [
    'a settlement with its coordinates swapped',
    place('aleppo,Aleppo,SY,36.2,37.16,SETTLEMENT,,170063'),
    'places.csv:2: lng, lat: 137 km from Aleppo in the gazetteer (GeoNames 170063, 37.16117, 36.20124). Correct the point or the id.',
  ],
  [
    'a settlement at 0/0',
    place('aleppo,Aleppo,SY,0,0,SETTLEMENT,,'),
    'places.csv:2: lng, lat: 5557 km from Aleppo in the gazetteer (GeoNames 170063, 37.16117, 36.20124). Correct the point or the id.',
  ],
  [
    'a settlement with an id that is none',
    place('aleppo,Aleppo,SY,37.16,36.2,SETTLEMENT,,99'),
    'places.csv:2: geonames_id: not in the gazetteer: 99. Correct it, or change the precision.',
  ],
  [
    'a settlement that its country has not',
    place('aleppo,Aleppo,TR,37.16,36.2,SETTLEMENT,,'),
    'places.csv:2: name: not in the gazetteer: "Aleppo" in TR. Correct it, or change the precision.',
  ],
  [
    'a value without a question',
    claim('TOLL', '', '83'),
    'claims.csv:2: question: the value "83" answers no question. Say what it answers.',
  ],
  [
    'a question without a value',
    claim('TOLL', 'killed', ''),
    'claims.csv:2: question: "killed" has no value. Give it.',
  ],
  [
    'a time in words',
    claim('TIME', 'day', 'Thursday'),
    'claims.csv:2: value: "Thursday" is not a date. Write it in EDTF, such as 2016-10-13, 2016-09 or 2016-09-12/2016-09-19.',
  ],
  [
    'a leap day in a common year',
    claim('TIME', 'day', '2015-02-29'),
    'claims.csv:2: value: "2015-02-29" is not a date. Write it in EDTF, such as 2016-10-13, 2016-09 or 2016-09-12/2016-09-19.',
  ],
  [
    'a toll in words',
    claim('TOLL', 'killed', 'over 60'),
    'claims.csv:2: value: "over 60" is not a number of people. Write digits, with >, >=, < or ~ before them if need be.',
  ],
  [
    'a source without a date',
    { 'sources.csv': { 2: 'wire,Wire,On the call,,en,' } },
    'sources.csv:2: published_on: empty, and must not be. Fill it in.',
  ],
  [
    'what reading the package finds',
    { 'events.csv': { 2: 'call-1,A call,They spoke.,call,OCCURRED,13 October' } },
    'events.csv:2: when: not a date: "13 October". Write it in EDTF (ISO 8601-2), such as 2016-10-13, 2016-09, 2016-06~, 2016-09-12/2016-09-19 or 2011-03/...',
  ],
])('%s is told with file, line, column and remedy', async (_, changes, problem) => {
  expect(await problemsOf(changes)).toEqual([problem]);
});

test.each(['83', '>60', '>=300000', '<5', '<=5', '~100', '0'])('%s is a toll', async (value) => {
  expect(await problemsOf(claim('TOLL', 'killed', value))).toEqual([]);
});

test.each(['', '-5', '60+', '> 60', '1.5', '300,000'])('%s is no toll', async (value) => {
  expect(await problemsOf(claim('TOLL', 'killed', `"${value}"`))).toHaveLength(1);
});

test('an actor that only stands behind another is used', async () => {
  const names = ['en', 'ar', 'fa', 'ru', 'tr', 'fr'].map((language) => `zarif,${language},Zarif,`).join('\n');
  const actorNames = `actor,language,name,note\n${names}\n${names.replaceAll('zarif', 'iran')}\n`;
  const changes = { 'actors.csv': { 3: 'zarif,Zarif,PERSON,iran' }, 'actor_names.csv': actorNames };
  expect(await problemsOf({ ...changes, 'participants.csv': { 2: 'call-1,zarif,' } })).toEqual([]);
});

test('of towns of one name in one country, the nearest is meant', async () => {
  expect(await problemsOf(place('aleppo,Springfield,US,-72.6,42.1,SETTLEMENT,,'))).toEqual([]);
  expect(await problemsOf(place('aleppo,Springfield,US,-80,40,SETTLEMENT,,'))).toEqual([
    expect.stringMatching(/^places\.csv:2: lng, lat: \d+ km from Springfield in the gazetteer \(GeoNames 2,/),
  ]);
});

test('a settlement just across the date line from where the gazetteer has it is near', async () => {
  expect(await problemsOf(place('aleppo,Suva,FJ,-179.95,-18,SETTLEMENT,,3'))).toEqual([]);
});

const run = (...folder: string[]): Promise<{ stdout: string; stderr: string; code?: number }> =>
  promisify(execFile)(process.execPath, [
    resolve(import.meta.dirname, '../scripts/check-data.ts'),
    ...folder,
  ]).catch((error: { stdout: string; stderr: string; code: number }) => error);

test('the command prints one line of counts when all is well', async () => {
  expect(await run(BUILT_IN)).toEqual({
    stdout: `${summaryOf(await readDataPackage(BUILT_IN))}\n`,
    stderr: '',
  });
});

test('the command prints each problem and ends with 1', async () => {
  expect(await run(writePackage({ 'placements.csv': { 3: 'call-1,aleppo,VENUE' } }))).toMatchObject({
    ...{ code: 1, stdout: '' },
    stderr: 'placements.csv:3: place: "call-1" is at "aleppo" on line 2 too. Keep the role that says more.\n',
  });
  expect(await run('/no/such/folder')).toMatchObject({
    ...{ code: 1, stdout: '' },
    stderr: expect.stringMatching(
      /^no data package: cannot read \/no\/such\/folder\/datapackage\.json\. Give .*\n$/,
    ),
  });
});

test('the built-in atlas is clean, and says how many disputes it holds', async () => {
  const read = await readDataPackage(BUILT_IN);
  expect(packageProblems(read, gazetteer()).map(problemText)).toEqual([]);
  expect(summaryOf(read)).toMatch(
    /^syria-diplomacy-2016-17: \d{2} events, .* 1[2-9] disputes\. All is well\.$/,
  );
});

test('the disputes that the articles hold are computed from their claims', async () => {
  const { atlas } = await readDataPackage(BUILT_IN);
  const disputesOf = (id: string): Dispute[] =>
    disputes(atlas.events.find((event) => event.id === id)?.claims ?? []);
  const answers = (id: string, question: string): Record<string, string[]> =>
    Object.fromEntries(
      (disputesOf(id).find((dispute) => dispute.question === question)?.positions ?? []).map(
        ({ value, claims }) => [value, claims.map(({ source }) => source)],
      ),
    );
  expect(answers('us-russia-ceasefire-2016-09', 'end of the truce')).toEqual({
    '2016-09-26': ['financial-tribune-2016-10-07'],
    '2016-09-19': ['financial-tribune-2016-10-13', 'unnamed-2016-10-13'],
  });
  expect(answers('deir-al-zor-strikes-2016-09', 'soldiers killed')).toEqual({
    '>60': ['financial-tribune-2016-10-07'],
    '83': ['unnamed-2016-10-13'],
  });
  const attends = answers('lausanne-meeting-2016-10-15', "Iran's foreign minister attends");
  expect(Object.keys(attends).sort()).toEqual(['no', 'yes']);
});
