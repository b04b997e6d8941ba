import { statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Atlas } from '../server/event.ts';
import type { EventFilter } from '../server/filter.ts';
import { boundsOf } from '../server/geo.ts';
import { InputError } from '../server/input-error.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import type { EventOrder, Keys, Listed, Range } from '../server/store/store.ts';
import { readWhen } from '../server/time.ts';
import { Oracle } from './oracle.ts';
import { FILTER_PARTS, randomAtlas, randomFilter } from './random-atlas.ts';
import { Chance } from './random.ts';
import { tempFolder } from './temp.ts';

const opened: SqliteStore[] = [];

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

function open(file = join(tempFolder(), 'atlas.sqlite')): SqliteStore {
  const store = new SqliteStore(file);
  opened.push(store);
  return store;
}

async function storeOf(atlas: Atlas): Promise<SqliteStore> {
  const store = open();
  await store.replace(atlas);
  return store;
}

const ALL: Range = { after: null, before: null, from: 'START', limit: 1000 };
const ORDERS: EventOrder[] = ['WHEN_ASC', 'WHEN_DESC', 'RELEVANCE'];

const idsOf = ({ rows }: Listed): string[] => rows.map(({ id }) => id);

const keysToIds = async (store: SqliteStore, filter: EventFilter): Promise<string[]> =>
  (await store.eventIds([...(await store.eventKeys(filter))])).sort();

/** Compares all that a store and the oracle answer about one filter. */
async function agree(store: SqliteStore, oracle: Oracle, filter: EventFilter): Promise<void> {
  const shown = JSON.stringify(filter);
  const matching = oracle.matching(filter);
  for (const order of ORDERS) {
    const expected = oracle.events(filter, order);
    for (const from of ['START', 'END'] as const) {
      const listed = await store.listEvents(filter, order, { ...ALL, from });
      expect(idsOf(listed), `${order} from ${from} ${shown}`).toEqual(expected);
      expect(listed.total, shown).toBe(expected.length);
    }
  }
  const named = oracle.named(filter);
  for (const kind of ['place', 'actor', 'source'] as const)
    expect(idsOf(await store.listNodes(kind, filter, ALL)), `${kind} ${shown}`).toEqual(
      oracle.nodes(kind, filter),
    );
  expect(await store.facets(filter), shown).toEqual({
    total: matching.length,
    categories: oracle.counts(matching.map(([event, { category }]) => [event, category])),
    actors: oracle.counts(named.actor),
    places: oracle.counts(named.place),
    sources: oracle.counts(named.source),
  });
  expect(await keysToIds(store, filter), shown).toEqual(matching.map(([id]) => id).sort());
}

test.each(FILTER_PARTS)('agrees with matches on %s alone', async (part) => {
  for (let seed = 1; seed <= 4; seed++) {
    const chance = new Chance(seed * 1000 + FILTER_PARTS.indexOf(part));
    const atlas = randomAtlas(chance);
    const [store, oracle] = [await storeOf(atlas), new Oracle(atlas)];
    for (let round = 0; round < 25; round++) await agree(store, oracle, randomFilter(chance, atlas, [part]));
  }
});

test.each([11, 12, 13, 14, 15, 16])('agrees with matches on parts combined, seed %i', async (seed) => {
  const chance = new Chance(seed);
  const atlas = randomAtlas(chance);
  const [store, oracle] = [await storeOf(atlas), new Oracle(atlas)];
  for (let round = 0; round < 200; round++) {
    const parts = chance.some(FILTER_PARTS, chance.whole(2, chance.is(0.7) ? 3 : FILTER_PARTS.length));
    await agree(store, oracle, randomFilter(chance, atlas, parts));
  }
});

test('the random filters find something, and leave something out', () => {
  const chance = new Chance(11);
  const atlas = randomAtlas(chance);
  const oracle = new Oracle(atlas);
  for (const part of FILTER_PARTS) {
    const sizes = Array.from(
      { length: 40 },
      () => oracle.matching(randomFilter(chance, atlas, [part])).length / atlas.events.length,
    );
    expect(sizes.filter((size) => size > 0 && size < 1).length, part).toBeGreaterThan(8);
  }
});

test('agrees with matches without a filter', async () => {
  for (let seed = 21; seed <= 25; seed++) {
    const atlas = randomAtlas(new Chance(seed));
    await agree(await storeOf(atlas), new Oracle(atlas), {});
  }
});

test('an atlas without events answers everything with nothing', async () => {
  const atlas = { ...randomAtlas(new Chance(31)), events: [] };
  const store = await storeOf(atlas);
  await agree(store, new Oracle(atlas), {});
  await agree(store, new Oracle(atlas), { words: ['aleppo'] });
  expect(await store.summary()).toMatchObject({ eventCount: 0, bounds: null, during: null });
});

test('a search word is looked for as it stands, whatever FTS5 would make of it', async () => {
  const chance = new Chance(32);
  const atlas = randomAtlas(chance, { categories: 1, sources: 1, places: 1, actors: 1, events: 40 });
  const [store, oracle] = [await storeOf(atlas), new Oracle(atlas)];
  for (const word of ['and', 'near', 'not', 'or', 'title', 'body', '8', '東', 'е', 'ı'])
    for (const words of [[word], ['al', word], [word, word]]) await agree(store, oracle, { words });
});

test.each(ORDERS)(
  'pages in order %s follow one another without gap or repeat, from both ends',
  async (order) => {
    const chance = new Chance(41);
    const atlas = randomAtlas(chance, { categories: 1, sources: 1, places: 1, actors: 1, events: 40 });
    const store = await storeOf(atlas);
    for (const filter of [{}, { words: ['al'] }, { words: ['talk', 'a'] }] satisfies EventFilter[]) {
      const whole = idsOf(await store.listEvents(filter, order, ALL));
      for (const limit of [1, 3, 7]) {
        const [forwards, backwards]: string[][] = [[], []];
        let after: Keys | null = null;
        let before: Keys | null = null;
        for (let page = 0; page <= whole.length; page++) {
          const next: Listed = await store.listEvents(filter, order, {
            after,
            before: null,
            from: 'START',
            limit,
          });
          forwards?.push(...idsOf(next));
          after = next.rows.at(-1)?.keys ?? after;
          const previous: Listed = await store.listEvents(filter, order, {
            after: null,
            before,
            from: 'END',
            limit,
          });
          backwards?.unshift(...idsOf(previous));
          before = previous.rows[0]?.keys ?? before;
        }
        expect(forwards).toEqual(whole);
        expect(backwards).toEqual(whole);
      }
    }
  },
);

test('records come back as they were put in, in the order asked for', async () => {
  const atlas = randomAtlas(new Chance(51), { categories: 2, sources: 2, places: 8, actors: 4, events: 20 });
  const store = await storeOf(atlas);
  const backwards = <T>(records: T[]): T[] => records.toReversed();
  const ids = (records: { id: string }[]): string[] => records.map(({ id }) => id);
  expect(await store.categories()).toEqual(atlas.categories);
  expect(await store.events(ids(backwards(atlas.events)))).toEqual(backwards(atlas.events));
  expect(await store.places(ids(backwards(atlas.places)))).toEqual(backwards(atlas.places));
  expect(await store.actors(ids(backwards(atlas.actors)))).toEqual(backwards(atlas.actors));
  expect(await store.sources(ids(backwards(atlas.sources)))).toEqual(backwards(atlas.sources));
  expect(await store.events(['nowhere', 'event-0', '', 'event-0'])).toEqual([
    undefined,
    atlas.events[0],
    undefined,
    atlas.events[0],
  ]);
  expect(await store.events([])).toEqual([]);
  expect(await store.relationsTo(ids(atlas.events))).toEqual(
    atlas.events.map(({ id }) =>
      new Oracle(atlas)
        .events({}, 'WHEN_ASC')
        .flatMap((event) => atlas.events.filter((each) => each.id === event))
        .flatMap((event) =>
          event.relations
            .filter(({ related }) => related === id)
            .map(({ kind }) => ({ kind, event: event.id })),
        ),
    ),
  );
});

test('the summary spans the placements and the dates of all events', async () => {
  const atlas = randomAtlas(new Chance(52), { categories: 1, sources: 3, places: 5, actors: 1, events: 9 });
  const store = await storeOf(atlas);
  const placed = new Set(atlas.events.flatMap(({ placements }) => placements.map(({ place }) => place)));
  const { id, title, description, license, version } = atlas;
  const moments = (of: 'from' | 'to'): number[] => atlas.events.flatMap(({ when }) => when[of] ?? []);
  expect(await store.summary()).toEqual({
    ...{ id, title, description, license, version },
    eventCount: atlas.events.length,
    sourceCount: atlas.sources.length,
    bounds: boundsOf(atlas.places.filter((each) => placed.has(each.id)).map(({ position }) => position)),
    during: { from: Math.min(...moments('from')), to: Math.max(...moments('to')) },
  });
});

test('a reopened file holds all that was put in', async () => {
  const file = join(tempFolder(), 'atlas.sqlite');
  const atlas = randomAtlas(new Chance(61), { categories: 1, sources: 1, places: 1, actors: 1, events: 9 });
  const first = new SqliteStore(file);
  await first.replace(atlas);
  await first.close();
  const store = open(file);
  expect((await store.summary())?.version).toBe(atlas.version);
  expect(await store.events(atlas.events.map(({ id }) => id))).toEqual(atlas.events);
  await agree(store, new Oracle(atlas), { words: ['al'] });
});

test('a new file holds no atlas', async () => {
  expect(await open().summary()).toBeUndefined();
});

test('replacing leaves nothing of the old atlas', async () => {
  const [old, atlas] = [randomAtlas(new Chance(62)), randomAtlas(new Chance(63))];
  const store = await storeOf({ ...old, events: [...old.events, { ...BARE, category: 'category-0' }] });
  await store.replace(atlas);
  expect(await store.events(['bare'])).toEqual([undefined]);
  await agree(store, new Oracle(atlas), {});
  await agree(store, new Oracle(atlas), { words: ['al'] });
});

const BARE: Atlas['events'][number] = {
  ...{ id: 'bare', title: 'Bare', summary: null, category: 'category-0', status: 'OCCURRED' },
  ...{ when: readWhen(''), placements: [], participants: [], claims: [], relations: [] },
};

test.each<[string, Partial<Atlas['events'][number]>]>([
  ['category', { category: 'nowhere' }],
  ['place', { placements: [{ place: 'nowhere', role: 'VENUE' }] }],
  ['actor', { participants: [{ actor: 'nowhere', role: null }] }],
  ['event', { relations: [{ kind: 'follows', related: 'nowhere' }] }],
  ['id', { id: 'event-0' }],
])('an atlas with a bad %s is refused whole, and the old one stays', async (_, fault) => {
  const atlas = randomAtlas(new Chance(64), { categories: 1, sources: 1, places: 1, actors: 1, events: 5 });
  const store = await storeOf(atlas);
  await expect(
    store.replace({ ...atlas, version: 'bad', events: [...atlas.events, { ...BARE, ...fault }] }),
  ).rejects.toThrow(/"nowhere"|UNIQUE constraint/);
  expect((await store.summary())?.version).toBe(atlas.version);
  await agree(store, new Oracle(atlas), {});
  await agree(store, new Oracle(atlas), { words: ['al'] });
});

test('an affiliation to nobody is refused too', async () => {
  const atlas = randomAtlas(new Chance(65));
  const actors = atlas.actors.map((each) => ({ ...each, affiliation: 'nowhere' }));
  await expect((await storeOf(atlas)).replace({ ...atlas, actors })).rejects.toThrow('nowhere');
});

test('a file that is no database is told from one, and left alone', () => {
  const file = join(tempFolder(), 'letter.txt');
  writeFileSync(file, 'Dear editor, '.repeat(100));
  expect(() => new SqliteStore(file)).toThrow(InputError);
  expect(() => new SqliteStore(file)).toThrow(/cannot open the database .*letter\.txt: .*DATABASE_URL/);
  expect(statSync(file).size).toBe(1300);
});

test('a folder that is not there is the caller’s fault', () => {
  expect(() => new SqliteStore(join(tempFolder(), 'no', 'such', 'atlas.sqlite'))).toThrow(InputError);
});

test('a file of another schema version is emptied', async () => {
  const file = join(tempFolder(), 'atlas.sqlite');
  const atlas = randomAtlas(new Chance(71), { categories: 1, sources: 1, places: 1, actors: 1, events: 5 });
  const old = new SqliteStore(file);
  await old.replace(atlas);
  await old.close();
  const db = new DatabaseSync(file);
  db.exec('PRAGMA user_version = 999; ALTER TABLE event ADD COLUMN gone TEXT; CREATE TABLE "od""d" (a)');
  db.close();
  const store = open(file);
  expect(await store.summary()).toBeUndefined();
  await store.replace(atlas);
  await agree(store, new Oracle(atlas), { words: ['al'] });
});

test('a database of another program is refused and keeps what it holds', () => {
  const file = join(tempFolder(), 'diary.sqlite');
  const diary = new DatabaseSync(file);
  diary.exec("CREATE TABLE entry (text); INSERT INTO entry VALUES ('Dear diary'); PRAGMA user_version = 1");
  diary.close();
  expect(() => new SqliteStore(file)).toThrow(InputError);
  expect(() => new SqliteStore(file)).toThrow(/diary\.sqlite.*another program.*DATABASE_URL/);
  const kept = new DatabaseSync(file);
  expect(kept.prepare('SELECT text FROM entry').get()).toEqual({ text: 'Dear diary' });
  kept.close();
});
