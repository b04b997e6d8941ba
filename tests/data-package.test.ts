import { appendFileSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageVersion, readDataPackage, readSoundPackage } from '../server/import/data-package.ts';
import { problemText } from '../server/import/table-schema.ts';
import { InputError } from '../server/input-error.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { builtInDescriptor, writePackage, type Descriptor } from './package.ts';
import { BUILT_IN } from './server.ts';
import { tempFolder } from './temp.ts';

const problemsOf = async (folder: string): Promise<string[]> =>
  (await readDataPackage(folder)).problems.map(problemText);

const changed = (change: (descriptor: Descriptor) => void): Descriptor => {
  const descriptor = builtInDescriptor();
  change(descriptor);
  return descriptor;
};

/** A descriptor whose schemas ask nothing, as a hasty author's may. */
const lax = changed(({ resources }) => {
  for (const { schema } of resources) {
    schema.fields = schema.fields.map(({ name }) => ({ name }));
    delete schema.foreignKeys;
    delete schema.primaryKey;
  }
});

test('a sound package is read, each record with all that is its own', async () => {
  const atlas = await readSoundPackage(writePackage());
  expect(atlas).toMatchObject({ id: 'syria-diplomacy-2016-17', license: 'CC-BY-4.0', language: 'en' });
  expect(atlas.categories).toMatchObject([{ id: 'call', label: 'Call', color: '#a574d1' }]);
  expect(atlas.categories[0]?.names).toContainEqual({ language: 'ar', name: 'Call' });
  expect(atlas.sources).toEqual([
    {
      id: 'wire',
      publisher: 'Wire',
      title: 'On the call',
      publishedOn: '2016-10-13~',
      language: 'en',
      url: null,
    },
  ]);
  expect(atlas.places).toMatchObject([{ id: 'aleppo', position: { lng: 37.16, lat: 36.2 }, radiusKm: null }]);
  expect(atlas.places[0]?.names).toContainEqual({ language: 'ar', name: 'Halab' });
  expect(atlas.actors).toMatchObject([{ id: 'iran', kind: 'STATE', affiliation: null }]);
  const [claim] = atlas.events[0]?.claims ?? [];
  expect(atlas.events).toMatchObject([
    {
      id: 'call-1',
      placements: [{ place: 'aleppo', role: 'SUBJECT' }],
      participants: [{ actor: 'iran', role: null }],
    },
  ]);
  expect(claim).toMatchObject({ event: 'call-1', value: '2016-10-13', source: 'wire', attributedTo: null });
});

test('the built-in atlas is sound', async () => {
  expect(await problemsOf(BUILT_IN)).toEqual([]);
});

test('a package without events is an atlas without events', async () => {
  const headers = ['events', 'placements', 'participants', 'claims'].map((name) => `${name}.csv`);
  const folder = writePackage(
    Object.fromEntries(
      headers.map((file) => [file, `${readFileSync(join(BUILT_IN, file), 'utf8').split('\n')[0]}\n`]),
    ),
  );
  expect((await readSoundPackage(folder)).events).toEqual([]);
});

test('zero coordinates are coordinates, and empty ones are not', async () => {
  const at = (lng: string, lat: string): string =>
    writePackage({ 'places.csv': { 2: `aleppo,Null Island,,${lng},${lat},EXACT,,` } }, lax);
  expect((await readSoundPackage(at('0', '0'))).places[0]?.position).toEqual({ lng: 0, lat: 0 });
  expect((await readSoundPackage(at('-180', '90'))).places[0]?.position).toEqual({ lng: -180, lat: 90 });
  expect(await problemsOf(at('', ''))).toEqual([
    'places.csv:2: lng: empty, and must not be. Fill it in.',
    'places.csv:2: lat: empty, and must not be. Fill it in.',
  ]);
});

const FAULTS: [fault: string, changes: Parameters<typeof writePackage>[0], problem: string][] = [
  [
    'a date in words',
    { 'events.csv': { 2: 'call-1,A call,They spoke.,call,OCCURRED,last Monday' } },
    'events.csv:2: when: not a date: "last Monday". Write it in EDTF',
  ],
  [
    'a day that is none',
    { 'events.csv': { 2: 'call-1,A call,They spoke.,call,OCCURRED,2015-02-29' } },
    'events.csv:2: when: no such day: "2015-02-29". Write it in EDTF',
  ],
  [
    'a publication date in words',
    { 'sources.csv': { 2: 'wire,Wire,On the call,Thursday,en,' } },
    'sources.csv:2: published_on: not a date: "Thursday". Write it in EDTF',
  ],
  [
    'a status that is none',
    { 'events.csv': { 2: 'call-1,A call,They spoke.,call,DONE,2016' } },
    'events.csv:2: status: unknown: "DONE". Known: OCCURRED, PLANNED, CANCELLED, RETRACTED.',
  ],
  [
    'a role that is none',
    { 'placements.csv': { 2: 'call-1,aleppo,HOST' } },
    'placements.csv:2: role: unknown: "HOST". Known: VENUE, SUBJECT.',
  ],
  [
    'a category that is not there',
    { 'events.csv': { 2: 'call-1,A call,They spoke.,talk,OCCURRED,2016' } },
    'events.csv:2: category: unknown: "talk" is not in categories.csv. Add it there, or correct the spelling.',
  ],
  [
    'a place that is not there',
    { 'placements.csv': { 3: 'call-1,atlantis,VENUE' } },
    'placements.csv:3: place: unknown: "atlantis" is not in places.csv. Add it there, or correct the spelling.',
  ],
  [
    'a claim on no event',
    { 'claims.csv': { 3: 'claim-2,call-2,OTHER,,,They spoke.,wire,paragraph 2,' } },
    'claims.csv:3: event: unknown: "call-2" is not in events.csv. Add it there, or correct the spelling.',
  ],
  [
    'an actor that belongs to nobody',
    { 'actors.csv': { 2: 'iran,Iran,STATE,persia' } },
    'actors.csv:2: affiliation: unknown: "persia" is not in actors.csv. Add it there, or correct the spelling.',
  ],
  [
    'an event without a title',
    { 'events.csv': { 2: 'call-1,,They spoke.,call,OCCURRED,2016' } },
    'events.csv:2: title: empty, and must not be. Fill it in.',
  ],
  [
    'an id that stands twice',
    { 'events.csv': { 3: 'call-1,Another call,They spoke.,call,OCCURRED,2016' } },
    'events.csv:3: id: not unique: "call-1" stands on line 2 too. Remove or rename one.',
  ],
  [
    'an id of two kinds',
    { 'events.csv': { 3: 'iran,Another call,They spoke.,call,OCCURRED,2016' } },
    'events.csv:3: id: "iran" is an id in actors.csv too. Ids are unique in the whole atlas: rename one.',
  ],
  [
    'a pole beyond the pole',
    { 'places.csv': { 2: 'aleppo,Aleppo,SY,37.16,90.5,EXACT,,' } },
    'places.csv:2: lat: out of range -90 to 90: "90.5".',
  ],
];

test.each(FAULTS)('%s is told with file, line, column and remedy', async (_, changes, problem) => {
  const problems = await problemsOf(writePackage(changes));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
});

test.each(FAULTS)('%s is told even where the schema asks for nothing', async (_, changes, problem) => {
  const problems = await problemsOf(writePackage(changes, lax));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
});

test('a package that cannot be served says all that is wrong, up to twenty', async () => {
  const rows = Array.from({ length: 25 }, (_, at) => `call-1,nowhere-${at},VENUE`).join('\n');
  const reading = readSoundPackage(writePackage({ 'placements.csv': `event,place,role\n${rows}\n` }));
  await expect(reading).rejects.toThrow(InputError);
  const message = await reading.then(String, (error: Error) => error.message);
  expect(message.split('\n')).toHaveLength(22);
  expect(message).toMatch(
    /^\/.*\/atlas cannot be served:\n {2}placements\.csv:2: place: unknown: "nowhere-0"/,
  );
  expect(message).toMatch(/\n {2}… and 5 more$/);
});

test.each<[fault: string, descriptor: unknown, message: RegExp]>([
  ['is not JSON', '{', /^not JSON: .*datapackage\.json \(.*\)\. Give the folder/],
  ['is null', 'null', /no name or no list of resources\. Give the folder/],
  ['has no resources', { name: 'x' }, /no name or no list of resources/],
  ['has no name', { resources: [] }, /no name or no list of resources/],
  [
    'has resources that are none',
    { name: 'x', resources: [null] },
    /resource 1 lacks a name, a path or a schema/,
  ],
  [
    'has a resource without a schema',
    { name: 'x', resources: [{ name: 'events', path: 'e.csv' }] },
    /resource 1 lacks/,
  ],
  [
    'has no events',
    changed((each) => (each.resources = each.resources.filter(({ name }) => name !== 'events'))),
    /has no resource "events"/,
  ],
  ['has no categories', changed((each) => each.resources.shift()), /has no resource "categories"/],
])('a descriptor that %s is refused', async (_, descriptor, message) => {
  const folder = writePackage({}, descriptor);
  for (const read of [readDataPackage, packageVersion]) {
    await expect(read(folder)).rejects.toThrow(InputError);
    await expect(read(folder)).rejects.toThrow(message);
  }
});

test('a folder without a package, or not there, is refused', async () => {
  for (const folder of [tempFolder(), '/no/such/folder'])
    await expect(readDataPackage(folder)).rejects.toThrow(
      /^no data package: cannot read .*datapackage\.json\. Give/,
    );
});

test.each(['../secret.csv', '/etc/passwd', 'sub/../../secret.csv', '', '.', '..', '../atlas-2/secret.csv'])(
  'a resource at "%s" is outside its package and refused',
  async (path) => {
    const folder = writePackage(
      {},
      changed(({ resources: [first] }) => Object.assign(first ?? {}, { path })),
    );
    writeFileSync(join(folder, '../secret.csv'), 'id,label,color\n');
    const message = `resource outside its package: "${path}". Keep the files beside datapackage.json.`;
    await expect(readDataPackage(folder)).rejects.toThrow(new InputError(message));
    await expect(packageVersion(folder)).rejects.toThrow(new InputError(message));
  },
);

test('an atlas that does not say its language has none, and what is no language is refused', async () => {
  const written = (language: unknown): string =>
    writePackage(
      {},
      changed((descriptor) => Object.assign(descriptor, { language })),
    );
  expect((await readSoundPackage(written(undefined))).language).toBeNull();
  expect((await readSoundPackage(written('zh-Hant'))).language).toBe('zh-Hant');
  for (const language of ['', 'in English', 7, null, ['en']])
    await expect(readDataPackage(written(language))).rejects.toThrow(
      `not a language: ${JSON.stringify(language)}. Give a BCP 47 tag, such as "en" or "zh-Hant".`,
    );
});

test('a resource may lie in a folder of the package', async () => {
  const folder = writePackage(
    { 'tables/c.csv': 'id,label,color\ncall,Call,#a574d1\n' },
    changed(({ resources: [first] }) => Object.assign(first ?? {}, { path: 'tables/c.csv' })),
  );
  expect((await readSoundPackage(folder)).categories).toHaveLength(1);
});

test('a resource that is not there is told', async () => {
  const folder = writePackage();
  renameSync(join(folder, 'claims.csv'), join(folder, 'claim.csv'));
  await expect(readDataPackage(folder)).rejects.toThrow(
    /^cannot read .*claims\.csv, which datapackage\.json names\. Add it/,
  );
});

test('a file in another encoding is told and not guessed at', async () => {
  const folder = writePackage();
  writeFileSync(join(folder, 'places.csv'), Buffer.from('id,name\ngeneva,Gen\u00e8ve\n', 'latin1'));
  await expect(readDataPackage(folder)).rejects.toThrow(
    /^not UTF-8: .*places\.csv\. Save it as CSV in UTF-8\.$/,
  );
});

test('the version is known without reading the tables, and is the same every time', async () => {
  const folder = writePackage();
  const { atlas } = await readDataPackage(folder);
  expect(atlas.version).toMatch(/^1\.0\.0-[0-9a-f]{12}$/);
  expect(await packageVersion(folder)).toBe(atlas.version);
  expect(await packageVersion(writePackage())).toBe(atlas.version);
});

test('the version changes with any byte of any file', async () => {
  const folder = writePackage();
  const versions = new Set([await packageVersion(folder)]);
  const files = readdirSync(folder);
  for (const file of files) {
    appendFileSync(join(folder, file), '\n');
    versions.add(await packageVersion(folder));
    const text = readFileSync(join(folder, file), 'utf8');
    writeFileSync(join(folder, file), text.replace(/\n$/, ' '));
    versions.add(await packageVersion(folder));
  }
  expect(versions.size).toBe(files.length * 2 + 1);
});

test('the version changes when a byte moves from one file to the next', async () => {
  const [one, other] = [writePackage(), writePackage()];
  writeFileSync(join(one, 'placements.csv'), 'a\nb\n');
  writeFileSync(join(one, 'participants.csv'), 'c\n');
  writeFileSync(join(other, 'placements.csv'), 'a\n');
  writeFileSync(join(other, 'participants.csv'), 'b\nc\n');
  expect(await packageVersion(one)).not.toBe(await packageVersion(other));
});

test('a sound package of a lax schema goes into a store whole', async () => {
  const store = new SqliteStore(join(tempFolder(), 'atlas.sqlite'));
  await store.replace(await readSoundPackage(writePackage({}, lax)));
  expect(await store.summary()).toMatchObject({ sourceCount: 1 });
  expect((await store.state()).last).toMatchObject({ event: 1, source: 1 });
  await store.close();
});
