import { describe, expect, test } from 'vitest';
import type { Atlas, Event } from '../server/event.ts';
import { AtlasIndex } from '../server/atlas-index.ts';
import { relevance } from '../server/filter.ts';
import type { Listed, Range } from '../server/list.ts';
import { eventVersion, recordOf } from '../server/store/prepared-event.ts';
import { Conflict, NODE_KINDS, type Store } from '../server/store/store.ts';
import { readWhen } from '../server/time.ts';
import { Oracle } from './oracle.ts';
import { FILTER_PARTS, randomAtlas, randomFilter } from './random-atlas.ts';
import { Chance } from './random.ts';
import { openStore } from '../server/store/open-store.ts';
import { newLocation, opened, testedStores } from './stores.ts';

/** Compares what a store finds by words with the oracle. */
async function agree(store: Store, atlas: Atlas, words: string[]): Promise<void> {
  const { keys, rank } = await store.search(words);
  const found = (await store.rows('event', [...keys])).map((row, at) => [row?.id, rank[at]]);
  const facts = new Map(new Oracle(atlas).matching({ words }));
  const expected = [...facts].map(([id, its]) => [id, relevance(its, words)]);
  const byId = (a: unknown[], b: unknown[]): number => (String(a[0]) < String(b[0]) ? -1 : 1);
  expect(found.sort(byId), JSON.stringify(words)).toEqual(expected.sort(byId));
  expect(keys).toEqual(keys.toSorted());
}

/** Compares all that an index is made of with what the records say. */
async function agreeOnColumns(store: Store, atlas: Atlas): Promise<void> {
  const [index, oracle] = [await AtlasIndex.read(store), new Oracle(atlas)];
  const all: Range = { after: null, before: null, from: 'START', limit: 1000 };
  const ids = async (listed: Promise<Listed>): Promise<string[]> => (await listed).rows.map(({ id }) => id);
  expect(await ids(index.events({}, 'WHEN_ASC', all))).toEqual(oracle.events({}, 'WHEN_ASC'));
  for (const kind of NODE_KINDS) {
    expect(await ids(index.nodes(kind, {}, all))).toEqual(oracle.nodes(kind, {}));
    expect(await index.nodeCounts(kind, {}, 1000)).toEqual(oracle.nodeCounts(kind, {}));
  }
  expect(await index.categoryCounts({})).toEqual(oracle.categoryCounts({}));
}

const BARE: Atlas['events'][number] = {
  ...{ id: 'bare', title: 'Bare', summary: null, category: 'category-0', status: 'OCCURRED' },
  ...{ when: readWhen(''), placements: [], participants: [], claims: [], relations: [] },
};

test('the random filters find something, and leave something out', () => {
  const chance = new Chance(11);
  const atlas = randomAtlas(chance, { categories: 2, sources: 3, places: 5, actors: 3, events: 60 });
  const oracle = new Oracle(atlas);
  for (const part of FILTER_PARTS) {
    const sizes = Array.from(
      { length: 40 },
      () => oracle.matching(randomFilter(chance, atlas, [part])).length / atlas.events.length,
    );
    expect(sizes.filter((size) => size > 0 && size < 1).length, part).toBeGreaterThan(8);
  }
});

describe.each(testedStores())('%s', (kind) => {
  async function storeOf(atlas: Atlas): Promise<Store> {
    const store = await opened(await newLocation(kind));
    await store.replace(atlas);
    return store;
  }

  test.each([1, 2, 3, 4, 5, 6])('finds by words what matches finds, seed %i', async (seed) => {
    const chance = new Chance(seed);
    const atlas = randomAtlas(chance);
    const store = await storeOf(atlas);
    for (let round = 0; round < 60; round++) {
      const { words } = randomFilter(chance, atlas, ['words']);
      if (words) await agree(store, atlas, words);
    }
  });

  test('an atlas without events finds nothing', async () => {
    const atlas = { ...randomAtlas(new Chance(31)), events: [] };
    const store = await storeOf(atlas);
    await agree(store, atlas, ['aleppo']);
    await agreeOnColumns(store, atlas);
  });

  test('a search word is looked for as it stands, whatever the database would make of it', async () => {
    const chance = new Chance(32);
    const atlas = randomAtlas(chance, { categories: 1, sources: 1, places: 1, actors: 1, events: 40 });
    const store = await storeOf(atlas);
    for (const word of ['and', 'near', 'not', 'or', 'title', 'body', '8', '東', 'е', 'ı'])
      for (const words of [[word], ['al', word], [word, word]]) await agree(store, atlas, words);
  });

  test('records come back as they were put in, in the order asked for', async () => {
    const atlas = randomAtlas(new Chance(51), {
      categories: 2,
      sources: 2,
      places: 8,
      actors: 4,
      events: 20,
    });
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
    const keys = await store.keys('event', ['event-1', 'event-0']);
    expect(await store.eventsAt([...keys.map((key) => key ?? 0), 0, keys[0] ?? 0])).toEqual(
      await store.events(['event-1', 'event-0', 'nowhere', 'event-1']),
    );
    expect(await store.eventsAt([])).toEqual([]);
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

  test('a category that is renamed in one language is a change, and the same again is none', async () => {
    const atlas = randomAtlas(new Chance(52));
    const store = await storeOf(atlas);
    const [first, ...others] = atlas.categories;
    if (!first) throw new Error('the random atlas has no category');
    const renamed = { ...first, names: [{ language: 'ar', name: 'زيارة' }] };
    const versions = [await store.version()];
    for (const categories of [[renamed], [renamed], [{ ...renamed, names: [] }]]) {
      await store.change({ categories });
      expect(await store.categories()).toEqual([...categories, ...others]);
      versions.push(await store.version());
    }
    expect(new Set(versions).size).toBe(3);
    expect(versions[1]).toBe(versions[2]);
  });

  test('a reopened store holds all that was put in', async () => {
    const location = await newLocation(kind);
    const atlas = randomAtlas(new Chance(61), { categories: 1, sources: 1, places: 1, actors: 1, events: 9 });
    const first = await openStore(location);
    await first.replace(atlas);
    await first.close();
    const store = await opened(location);
    expect((await store.summary())?.version).toBe(atlas.version);
    expect(await store.events(atlas.events.map(({ id }) => id))).toEqual(atlas.events);
    await agree(store, atlas, ['al']);
  });

  test('a new store holds no atlas', async () => {
    const store = await opened(await newLocation(kind));
    expect(await store.summary()).toBeUndefined();
    expect(await store.version()).toBeUndefined();
    expect(await store.events(['event-0'])).toEqual([undefined]);
  });

  test('replacing leaves nothing of the old atlas', async () => {
    const [old, atlas] = [randomAtlas(new Chance(62)), randomAtlas(new Chance(63))];
    const store = await storeOf({ ...old, events: [...old.events, { ...BARE, category: 'category-0' }] });
    await store.replace(atlas);
    expect(await store.events(['bare'])).toEqual([undefined]);
    await agreeOnColumns(store, atlas);
    await agree(store, atlas, ['al']);
  });

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
    ).rejects.toThrow(/"nowhere"|unique constraint/i);
    expect((await store.summary())?.version).toBe(atlas.version);
    await agreeOnColumns(store, atlas);
    await agree(store, atlas, ['al']);
  });

  test('an affiliation to nobody is refused too', async () => {
    const atlas = randomAtlas(new Chance(65));
    const actors = atlas.actors.map((each) => ({ ...each, affiliation: 'nowhere' }));
    await expect((await storeOf(atlas)).replace({ ...atlas, version: 'bad', actors })).rejects.toThrow(
      'nowhere',
    );
  });

  test('a change is made only where events are as it says, and leaves everything alone where they are not', async () => {
    const atlas = { ...randomAtlas(new Chance(41)), events: [{ ...BARE, category: 'category-0' }] };
    const store = await storeOf(atlas);
    const version = eventVersion(recordOf({ ...BARE, category: 'category-0' }));
    const titled = (title: string): Event => ({ ...BARE, category: 'category-0', title });
    const before = await store.version();
    for (const basedOn of [
      new Map([['bare', null]]),
      new Map([['bare', 'another']]),
      new Map([['none', version]]),
    ])
      await expect(
        store.change(
          { events: [titled('Other')] },
          { basedOn, desk: [{ kind: 'draft', id: 'd', value: 1 }] },
        ),
      ).rejects.toThrow(Conflict);
    expect(await store.version()).toBe(before);
    expect(await store.desk('draft')).toEqual([]);
    await store.change({ events: [titled('Other')] }, { basedOn: new Map([['bare', version]]) });
    expect((await store.events(['bare']))[0]?.title).toBe('Other');
    await store.change(
      { events: [{ ...BARE, id: 'second', category: 'category-0' }] },
      { basedOn: new Map([['second', null]]) },
    );
    expect((await store.events(['second']))[0]?.title).toBe('Bare');
  });

  test('what a desk keeps is put, read by kind and id, taken away, and outlasts the atlas', async () => {
    const atlas = randomAtlas(new Chance(42));
    const store = await storeOf(atlas);
    const version = await store.version();
    const strange = { text: "NUL \u0000, quote ' and \ud83d\ude80", list: [1, null], at: 1.5 };
    await store.change(
      {},
      {
        desk: [
          { kind: 'draft', id: 'b', value: strange },
          { kind: 'draft', id: 'a', value: 'x' },
        ],
      },
    );
    await store.change({}, { desk: [{ kind: 'token', id: 'a', value: true, was: null }] });
    expect(await store.version()).toBe(version);
    const both = [
      { id: 'a', value: 'x' },
      { id: 'b', value: strange },
    ];
    expect(await store.desk('draft')).toEqual(both);
    expect(await store.desk('draft', ['b', 'none'])).toEqual([both[1]]);
    await expect(
      store.change({}, { desk: [{ kind: 'token', id: 'a', value: false, was: null }] }),
    ).rejects.toThrow(Conflict);
    const changed = { kind: 'draft', id: 'b', value: 3 } as const;
    await expect(store.change({}, { desk: [{ ...changed, was: { text: 'another' } }] })).rejects.toThrow(
      Conflict,
    );
    await store.change({}, { desk: [{ ...changed, was: strange }] });
    await store.replace({ ...atlas, version: 'another' });
    await store.change(
      {},
      {
        desk: [
          { kind: 'draft', id: 'a', value: null },
          { kind: 'draft', id: 'b', value: 2 },
        ],
      },
    );
    expect(await store.desk('draft')).toEqual([{ id: 'b', value: 2 }]);
    expect(await store.desk('token')).toEqual([{ id: 'a', value: true }]);
  });
});
