import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Atlas } from '../server/event.ts';
import { readIndexFile } from '../server/index-file.ts';
import { IndexKeeper } from '../server/index-keeper.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import type { AtlasChange, Store } from '../server/store/store.ts';
import { StoreUnavailable } from '../server/store/unavailable.ts';
import { agree } from './agreement.ts';
import { generateAtlas } from './bench/generated-atlas.ts';
import { Oracle } from './oracle.ts';
import { FILTER_PARTS, randomAtlas, randomFilter } from './random-atlas.ts';
import { Chance } from './random.ts';
import { at, newLocation, opened, testedStores } from './stores.ts';
import { tempFolder } from './temp.ts';

function open(file: string): { store: SqliteStore; keeper: IndexKeeper } {
  const store = new SqliteStore(file);
  onTestFinished(() => store.close());
  return { store, keeper: keeperOf(store) };
}

function keeperOf(store: Store): IndexKeeper {
  const keeper = new IndexKeeper(store);
  onTestFinished(() => keeper.close());
  return keeper;
}

/** Records of one atlas to be put into another; what they refer to is there afterwards. */
function randomChange(chance: Chance, atlas: Atlas, other: Atlas): AtlasChange {
  const some = <T>(of: T[]): T[] => chance.some(of, chance.whole(0, of.length));
  const [categories, sources, places, actors] = [
    some(other.categories),
    some(other.sources),
    chance.is(0.5) ? some(other.places) : [],
    chance.is(0.5) ? some(other.actors) : [],
  ];
  const removed = chance.is(0.7) ? chance.some(atlas.events, chance.whole(0, 6)).map(({ id }) => id) : [];
  const known = (kept: { id: string }[], put: { id: string }[]): Set<string> =>
    new Set([...kept, ...put].map(({ id }) => id));
  const has = {
    category: known(atlas.categories, categories),
    source: known(atlas.sources, sources),
    place: known(atlas.places, places),
    actor: known(atlas.actors, actors),
  };
  const put = some(other.events).filter(
    (event) =>
      !removed.includes(event.id) &&
      has.category.has(event.category) &&
      event.claims.every(({ source }) => has.source.has(source)) &&
      event.placements.every(({ place }) => has.place.has(place)) &&
      event.participants.every(({ actor }) => has.actor.has(actor)),
  );
  const events = known(atlas.events, put);
  for (const id of removed) events.delete(id);
  return {
    ...{ categories, sources, places, actors, removed },
    events: put.map((event) => ({
      ...event,
      relations: event.relations.filter(({ related }) => events.has(related)),
    })),
  };
}

/** What a change makes of an atlas. */
function changed(atlas: Atlas, change: AtlasChange): Atlas {
  const put = <T extends { id: string }>(records: T[], others: T[] = []): T[] => [
    ...new Map([...records, ...others].map((each) => [each.id, each])).values(),
  ];
  const isLeft = (id: string): boolean => !change.removed?.includes(id);
  return {
    ...atlas,
    categories: put(atlas.categories, change.categories),
    sources: put(atlas.sources, change.sources),
    places: put(atlas.places, change.places),
    actors: put(atlas.actors, change.actors),
    events: put(atlas.events, change.events)
      .filter(({ id }) => isLeft(id))
      .map((event) => ({ ...event, relations: event.relations.filter(({ related }) => isLeft(related)) })),
  };
}

describe.each(testedStores())('%s', (kind) => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'additions, changes and removals are seen by the next question, seed %i',
    async (seed) => {
      const chance = new Chance(seed * 31);
      let atlas = randomAtlas(chance, { categories: 1, sources: 1, places: 3, actors: 1, events: 15 });
      const store = await opened(await newLocation(kind));
      const keeper = keeperOf(store);
      await store.replace(atlas);
      for (let round = 0; round < 8; round++) {
        const change = randomChange(chance, atlas, randomAtlas(chance));
        const version = await store.version();
        await store.change(change);
        const before = atlas;
        atlas = changed(atlas, change);
        // A change to what it was is none.
        const isSame = JSON.stringify(before) === JSON.stringify(atlas);
        expect((await store.version()) === version).toBe(isSame);
        const [index, oracle] = [await keeper.current(), new Oracle(atlas)];
        expect(index.eventCount).toBe(atlas.events.length);
        const byId = new Map(atlas.events.map((event) => [event.id, event]));
        expect(await store.events([...byId.keys()])).toEqual([...byId.values()]);
        await agree(index, oracle, {});
        for (let asked = 0; asked < 12; asked++) {
          const parts = chance.some(FILTER_PARTS, chance.whole(1, 3));
          await agree(index, oracle, randomFilter(chance, atlas, parts));
        }
      }
    },
    30_000,
  );

  test('a change that is refused changes nothing', async () => {
    const atlas = randomAtlas(new Chance(5), { categories: 1, sources: 1, places: 1, actors: 1, events: 9 });
    const store = await opened(await newLocation(kind));
    const keeper = keeperOf(store);
    await store.replace(atlas);
    const version = await store.version();
    const [event] = atlas.events;
    const fault = { ...event, placements: [{ place: 'nowhere', role: 'VENUE' }] } as Atlas['events'][number];
    await expect(store.change({ events: [fault], removed: ['event-1'] })).rejects.toThrow('nowhere');
    expect(await store.version()).toBe(version);
    await agree(await keeper.current(), new Oracle(atlas), {});
  });

  test('another atlas in the place of the old one is indexed anew', async () => {
    const store = await opened(await newLocation(kind));
    const keeper = keeperOf(store);
    for (const seed of [1, 2]) {
      const atlas = randomAtlas(new Chance(seed));
      await store.replace(atlas);
      await agree(await keeper.current(), new Oracle(atlas), {});
    }
  });
});

const MANY = 6000;

test('a large index is made on another thread and kept in a file, which is believed only when it is whole and of this atlas', async () => {
  const file = join(tempFolder(), 'atlas.sqlite');
  const kept = `${file}-index`;
  const atlas = generateAtlas(MANY);
  const first = open(file);
  await first.store.replace(atlas);
  expect((await first.keeper.current()).eventCount).toBe(MANY);
  const parts = readIndexFile(kept);
  expect(parts?.event.length).toBe(MANY);
  const written = statSync(kept).mtimeMs;

  const again = open(file);
  expect((await again.keeper.current()).eventCount).toBe(MANY);
  expect(statSync(kept).mtimeMs).toBe(written);

  // What changed since it was written lies beside it.
  await again.store.change({ removed: ['event-00000000', 'event-00000001'] });
  expect((await open(file).keeper.current()).eventCount).toBe(MANY - 2);
  expect(statSync(kept).mtimeMs).toBe(written);

  const whole = readFileSync(kept);
  const torn = [0, 5, 100, 5000, whole.length >> 1, whole.length - 32, whole.length - 1].map((length) =>
    whole.subarray(0, length),
  );
  const flipped = [0, 9, 300, whole.length >> 1, whole.length - 1].map((at) => {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] as number) ^ 1;
    return bytes;
  });
  for (const bytes of [...torn, ...flipped, Buffer.concat([whole, Buffer.alloc(8)]), Buffer.alloc(200)]) {
    writeFileSync(kept, bytes);
    expect(readIndexFile(kept), `${bytes.length} bytes`).toBeNull();
  }
  expect((await open(file).keeper.current()).eventCount).toBe(MANY - 2);
  expect(readIndexFile(kept)?.event.length).toBe(MANY - 2);

  // The file of another atlas, and of another past of this one.
  const other = join(tempFolder(), 'other.sqlite');
  const stranger = open(other);
  await stranger.store.replace({ ...generateAtlas(MANY), version: '2' });
  writeFileSync(`${other}-index`, readFileSync(kept));
  expect((await stranger.keeper.current()).eventCount).toBe(MANY);
  expect(readIndexFile(`${other}-index`)?.state.version).toBe('2');
  const twin = join(tempFolder(), 'twin.sqlite');
  const restored = open(twin);
  await restored.store.replace(generateAtlas(MANY));
  await restored.store.change({ removed: ['event-00000007'] });
  writeFileSync(`${twin}-index`, readFileSync(kept));
  expect((await restored.keeper.current()).eventCount).toBe(MANY - 1);
}, 60_000);

test('a file that is being torn while it is read is not believed', async () => {
  const kept = join(tempFolder(), 'torn-index');
  // A head that promises more than there is.
  const head = Buffer.from(
    JSON.stringify({ format: 'x', parts: { array: 'Float64Array', length: 2 ** 40 } }),
  );
  const start = Buffer.alloc(8);
  start.writeUInt32LE(head.length);
  const to = openSync(kept, 'w');
  writeSync(to, Buffer.concat([start, head, Buffer.alloc(100)]));
  closeSync(to);
  expect(readIndexFile(kept)).toBeNull();
});

test.each(testedStores())(
  '%s: many changes are seen at once, and then swapped in as an index made anew',
  async (kind) => {
    const location = await newLocation(kind);
    const store = await opened(location);
    const keeper = keeperOf(store);
    const atlas = generateAtlas(MANY);
    await store.replace({ ...atlas, events: [] });
    expect((await keeper.current()).eventCount).toBe(0);
    // More than are indexed on this thread, then more than stay beside an index, then a few.
    const rounds = [atlas.events.slice(0, 5500), atlas.events.slice(5500, 5995), atlas.events.slice(5995)];
    let count = 0;
    for (const events of rounds) {
      count += events.length;
      await store.change({ events });
      const index = await keeper.current();
      expect(index.eventCount).toBe(count);
    }
    await keeper.rebuilt();
    const index = await keeper.current();
    await agree(index, new Oracle(atlas), { box: [0, 20, 30, 40] });
    // There is no file beside a server.
    if (kind === 'SQLite')
      expect(
        readIndexFile(`${location.url.slice('file:'.length)}-index`)?.event.length,
      ).toBeGreaterThanOrEqual(5500);
  },
  60_000,
);

test('an index that could not be made is made at the next question', async () => {
  const atlas = randomAtlas(new Chance(3));
  const { store } = open(':memory:');
  await store.replace(atlas);
  let fails = true;
  const flaky = new Proxy(store, {
    get(target, name) {
      if (name === 'columns' && fails) return () => Promise.reject(new Error('the disk is away'));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const keeper = new IndexKeeper(flaky);
  await expect(keeper.current()).rejects.toThrow('the disk is away');
  fails = false;
  expect((await keeper.current()).eventCount).toBe(atlas.events.length);
});

test.each(['whole', 'changes'])(
  'that the store is away is told as such where the index is made on a thread: %s',
  async (task) => {
    const store = new SqliteStore(join(tempFolder(), 'atlas.sqlite'));
    onTestFinished(() => store.close());
    const atlas = generateAtlas(10);
    await store.replace(atlas);
    const { version } = await store.state();
    // Nobody listens there.
    const away = { ...at('postgres://nobody@127.0.0.1:9/none') };
    const many = { version: 'later', last: { place: 9, actor: 9, source: 9, event: 6000 } };
    let state = task === 'whole' ? many : await store.state();
    const other = new Proxy(store, {
      get: (target, name) => {
        if (name === 'location') return away;
        if (name === 'state') return async () => state;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const keeper = keeperOf(other);
    if (task === 'changes') {
      expect((await keeper.current()).eventCount).toBe(10);
      state = { ...many, version: `${version}+1.aaaa` };
    }
    await expect(keeper.current()).rejects.toThrow(StoreUnavailable);
  },
);
