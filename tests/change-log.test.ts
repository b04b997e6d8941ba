import { describe, expect, test } from 'vitest';
import type { Atlas, Event } from '../server/event.ts';
import type { SortKeys } from '../server/list.ts';
import { preparedEvent } from '../server/store/prepared-event.ts';
import type { EventChange, Store } from '../server/store/store.ts';
import { Chance } from './random.ts';
import { randomAtlas } from './random-atlas.ts';
import { newLocation, opened, testedStores } from './stores.ts';

/** What became of an event, as the tests say it: title before, title after. */
type Step = [set: number, id: string, before: string | null, after: string | null];

const stepOf = ({ set, id, before, after }: EventChange): Step => [
  ...([set.number, id, before?.title ?? null, after?.title ?? null] as const),
];

const keysOf = ({ set, key }: EventChange): SortKeys => [set.number, key];

/** The whole log, read a few entries at a time from one end. */
async function read(
  store: Store,
  { from = 'START', limit = 3, isCorrections = false }: Partial<Parameters<Store['log']>[0]> = {},
): Promise<EventChange[]> {
  const found: EventChange[] = [];
  for (;;) {
    const edge = from === 'START' ? found.at(-1) : found[0];
    const at = edge ? keysOf(edge) : null;
    const range = { after: from === 'START' ? at : null, before: from === 'END' ? at : null };
    const { changes, total } = await store.log({ ...range, from, limit, isCorrections });
    if (changes.length === 0) {
      expect(found.length).toBe(total);
      return found;
    }
    if (from === 'START') found.push(...changes);
    else found.unshift(...changes);
  }
}

const titled = (event: Event, title: string): Event => ({ ...event, title });

/** The titles of events by their ids, and what became of them. */
class Expected {
  readonly steps: Step[] = [];
  titles = new Map<string, string>();
  set = 0;

  next(titles: ReadonlyMap<string, string>): void {
    this.set++;
    for (const [id, title] of titles)
      if (this.titles.get(id) !== title) this.steps.push([this.set, id, this.titles.get(id) ?? null, title]);
    for (const [id, title] of this.titles) if (!titles.has(id)) this.steps.push([this.set, id, title, null]);
    this.titles = new Map(titles);
  }
}

const sorted = (steps: readonly Step[]): Step[] =>
  steps.toSorted((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : 1));

const titlesOf = (events: readonly Event[]): Map<string, string> =>
  new Map(events.map(({ id, title }) => [id, title]));

/** An atlas whose events say nothing of each other, so that a change of one is no change of another. */
function unrelated(seed: number): Atlas {
  const atlas = randomAtlas(new Chance(seed), {
    categories: 2,
    sources: 2,
    places: 3,
    actors: 2,
    events: 12,
  });
  return { ...atlas, events: atlas.events.map((event) => ({ ...event, relations: [] })) };
}

describe.each(testedStores())('%s', (kind) => {
  const newStore = async (): Promise<Store> => opened(await newLocation(kind));

  test('a store that holds nothing has an empty log', async () => {
    const store = await newStore();
    expect(await read(store)).toEqual([]);
    expect(await store.histories(['none'], 5)).toEqual([[]]);
  });

  test.each([1, 2, 3])('the log tells all that became of events, each once, seed %i', async (seed) => {
    const chance = new Chance(seed);
    const atlas = unrelated(seed);
    const store = await newStore();
    const expected = new Expected();
    await store.replace(atlas);
    expected.next(titlesOf(atlas.events));
    let events = atlas.events;
    let places = atlas.places;
    const spare: Event[] = [];
    for (let round = 0; round < 25; round++) {
      const does = chance.whole(0, 5);
      const chosen = chance.some(events, 2);
      if (does === 0) {
        // An index knows places by their names, so events at this one get other keys, and are the same.
        places = places.map((place, at) => (at === 0 ? { ...place, name: `Place ${round}` } : place));
        await store.change({ places });
        expected.next(titlesOf(events));
      } else if (does === 1 && events.length > 4) {
        spare.push(...chosen);
        events = events.filter((event) => !chosen.includes(event));
        await store.change({ removed: chosen.map(({ id }) => id) });
        expected.next(titlesOf(events));
      } else if (does === 2 && spare.length > 0) {
        const again = spare.splice(0, 2);
        events = [...events, ...again];
        await store.change({ events: again });
        expected.next(titlesOf(events));
      } else if (does === 3) {
        const [left, ...others] = events;
        if (left) spare.push(left);
        events = others.map((event, at) => (at === 0 ? titled(event, `Replaced ${round}`) : event));
        await store.replace({ ...atlas, places, version: `v${round}`, events });
        expected.next(titlesOf(events));
      } else if (does === 4) {
        events = events.map((event) => (chosen.includes(event) ? titled(event, `Loaded ${round}`) : event));
        const named = {
          places: new Map(places.map((each) => [each.id, each])),
          actors: new Map(atlas.actors.map((each) => [each.id, each])),
        };
        const batch = { categories: [], sources: [], places: [], actors: [] };
        const prepared = events.map((event) => preparedEvent(event, named.places, named.actors));
        await store.load(
          async (load) => {
            await load.begin(atlas);
            for (const part of [prepared.slice(0, 3), prepared.slice(3)])
              await load.put({ ...batch, events: part });
            await load.end();
          },
          { dataset: 'file', reason: 'a load' },
        );
        expected.next(titlesOf(events));
      } else {
        events = events.map((event) => (chosen.includes(event) ? titled(event, `Changed ${round}`) : event));
        await store.change({ events });
        expected.next(titlesOf(events));
      }
    }
    const log = await read(store);
    expect(sorted(log.map(stepOf))).toEqual(sorted(expected.steps));
    const order = log.map(keysOf).map(([number = 0, key = 0]) => Number(number) * 1e6 + Number(key));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    for (const range of [
      { limit: 1 },
      { limit: 500 },
      { from: 'END', limit: 1 },
      { from: 'END', limit: 4 },
    ] as const)
      expect((await read(store, range)).map(stepOf)).toEqual(log.map(stepOf));
    const corrections = log.filter(({ before }) => before !== null).map(stepOf);
    for (const from of ['START', 'END'] as const)
      expect((await read(store, { from, isCorrections: true })).map(stepOf)).toEqual(corrections);
    const ids = [...atlas.events.map(({ id }) => id), 'none'];
    const histories = await store.histories(ids, 100);
    expect(histories.map((history) => history.map(stepOf))).toEqual(
      ids.map((id) => sorted(expected.steps.filter((step) => step[1] === id)).toReversed()),
    );
    const last = await store.histories(ids, 2);
    expect(last.map((history) => history.map(stepOf))).toEqual(
      histories.map((history) => history.slice(0, 2).map(stepOf)),
    );
  });

  test('who reads on while it is written misses nothing and doubles nothing', async () => {
    const store = await newStore();
    const atlas = unrelated(7);
    await store.replace({ ...atlas, events: [] });
    const told: Step[] = [];
    let after: SortKeys | null = null;
    for (let round = 0; round < 12; round++) {
      const [first, ...others] = atlas.events.slice(0, round + 1) as [Event, ...Event[]];
      await store.change({ events: [...others, titled(first, `Again ${round}`)] });
      const { changes } = await store.log({
        after,
        before: null,
        from: 'START',
        limit: 2,
        isCorrections: false,
      });
      told.push(...changes.map(stepOf));
      const last = changes.at(-1);
      if (last) after = keysOf(last);
    }
    for (;;) {
      const { changes } = await store.log({
        after,
        before: null,
        from: 'START',
        limit: 2,
        isCorrections: false,
      });
      const last = changes.at(-1);
      if (!last) break;
      told.push(...changes.map(stepOf));
      after = keysOf(last);
    }
    expect(told).toEqual((await read(store, { limit: 500 })).map(stepOf));
    expect(told).toHaveLength(12 + 11);
  });

  test('a change set says when, how, why and by whom it was made', async () => {
    const store = await newStore();
    const atlas = unrelated(8);
    await store.replace(atlas);
    const [first] = atlas.events as [Event];
    const before = Date.now();
    await store.change({ events: [titled(first, 'Put right')] }, { reason: 'a slip', token: 'Ada' });
    await store.load(
      async (load) => {
        await load.begin(atlas);
        const batch = { categories: [], sources: [], places: [], actors: [] };
        await load.put({
          ...batch,
          events: [preparedEvent({ ...first, placements: [], participants: [] }, new Map(), new Map())],
        });
        await load.end();
      },
      { dataset: 'file.csv', reason: 'a release' },
    );
    const [[loaded, changed, added]] = (await store.histories([first.id], 9)) as [EventChange[]];
    expect([loaded?.set, changed?.set, added?.set]).toMatchObject([
      { number: 3, origin: 'IMPORT', reason: 'a release', dataset: 'file.csv', token: null },
      { number: 2, origin: 'DESK', reason: 'a slip', dataset: null, token: 'Ada' },
      {
        number: 1,
        origin: 'PACKAGE',
        reason: `version ${atlas.version} was put in`,
        dataset: null,
        token: null,
      },
    ]);
    const at = changed?.set.at ?? 0;
    expect(at >= before && at <= Date.now()).toBe(true);
  });

  test('a load that removes an event and adds it again has overwritten it', async () => {
    const store = await newStore();
    const atlas = unrelated(9);
    const [first, second] = atlas.events
      .slice(0, 2)
      .map((each): Event => ({ ...each, placements: [], participants: [] })) as [Event, Event];
    const prepared = (event: Event) => preparedEvent(event, new Map(), new Map());
    const { categories, sources } = atlas;
    const batch = { categories, sources, places: [], actors: [] };
    const load = (parts: [string, Event[]][]) =>
      store.load(async (into) => {
        await into.begin(atlas);
        for (const [dataset, events] of parts) {
          await into.put({ ...batch, events: events.map(prepared) });
          await into.release(dataset, true);
        }
        await into.end();
      });
    await load([['one', [first, second]]]);
    await load([
      ['one', [second]],
      ['two', [titled(first, 'Elsewhere')]],
    ]);
    expect((await read(store)).map(stepOf)).toEqual([
      [1, first.id, null, first.title],
      [1, second.id, null, second.title],
      [2, first.id, first.title, 'Elsewhere'],
    ]);
    expect((await store.histories([first.id], 9))[0]?.map(stepOf)).toEqual([
      [2, first.id, first.title, 'Elsewhere'],
      [1, first.id, null, first.title],
    ]);
  });
});
