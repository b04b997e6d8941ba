import { describe, expect, test } from 'vitest';
import { MARK_DISTANCE } from '../server/marks.ts';
import type { Box } from '../server/extent.ts';
import { isInBox, project } from '../server/geo.ts';
import { LiveIndex } from '../server/live-index.ts';
import {
  countsOfPlaces,
  idsOf,
  indexOf,
  matching,
  membersOf,
  outcomeOf,
  randomData,
  randomFilter,
  type Data,
} from './index-oracle.ts';
import { mulberry32 } from './random.ts';

const WORLD: Box = [-180, -90, 180, 90];

/** Events of a base, those of them that are removed, and those that were added since with their places, some of them new. */
interface World {
  base: Data;
  removed: Set<number>;
  places: Data['places'];
  added: { when: Data['events'][number]; placements: { place: number | null; kind: number }[] }[];
}

/** Removes some events, changes some and adds some, of the base and of those added before. */
function change(world: World, seed: number): void {
  const random = mulberry32(seed);
  const { base, removed, places, added } = world;
  const fresh = randomData(seed, 60, 30);
  const here = fresh.places.map((place) => {
    const isKnown = random() < 0.6 && places.length > 0;
    return isKnown ? Math.floor(random() * places.length) : places.push(place) - 1;
  });
  for (let i = 0; i < base.events.length / 20; i++) removed.add(Math.floor(random() * base.events.length));
  for (let i = 0; i < added.length / 5; i++) added.splice(Math.floor(random() * added.length), 1);
  for (const [event, when] of fresh.events.entries()) {
    const placements = fresh.placements.filter((each) => each.event === event);
    added.push({
      when,
      placements: placements.map(({ place, kind }) => ({
        place: place === null ? null : (here[place] as number),
        kind,
      })),
    });
  }
}

/** The index of a world, and all that there is in its ordinals. */
function live({ base, removed, places, added }: World): { index: LiveIndex; data: Data; withRemoved: Data } {
  const first = base.events.length;
  const placements = added.flatMap((each, at) =>
    each.placements.map((placement) => ({ event: first + at, ...placement })),
  );
  const used = [...new Set(placements.flatMap(({ place }) => place ?? []))];
  // Ordinals of new places have no gaps.
  const unused = places
    .map((_, place) => place)
    .filter((place) => place >= base.places.length && !used.includes(place));
  const addedPlaces = [...unused, ...used];
  const ordinals = new Map(addedPlaces.map((place, at) => [place, at]));
  const ofAdded = indexOf({
    places: addedPlaces.map((place) => places[place] as Data['places'][number]),
    events: added.map(({ when }) => when),
    placements: placements.map(({ event, place, kind }) => ({
      event: event - first,
      place: place === null ? null : (ordinals.get(place) as number),
      kind,
    })),
  });
  const withRemoved = {
    places,
    events: [...base.events, ...added.map(({ when }) => when)],
    placements: [...base.placements, ...placements],
  };
  return {
    index: new LiveIndex(
      indexOf(base),
      ofAdded,
      Uint32Array.from(removed).sort(),
      Uint32Array.from(addedPlaces),
    ),
    data: { ...withRemoved, placements: withRemoved.placements.filter(({ event }) => !removed.has(event)) },
    withRemoved,
  };
}

function worldAfter(rounds: number, seed: number, count: number, placeCount: number): World {
  const base = randomData(seed, count, placeCount);
  const world = { base, removed: new Set<number>(), places: [...base.places], added: [] };
  for (let round = 0; round < rounds; round++) change(world, seed * 100 + round);
  return world;
}

describe.each([
  ['one round of changes', 1, 1, 2000, 300],
  ['many rounds, crowded places', 12, 2, 1500, 30],
  ['everything but few removed, many places', 40, 3, 300, 600],
  ['a base without events', 2, 4, 0, 1],
])('%s', (_, rounds, seed, count, placeCount) => {
  const { index, data } = live(worldAfter(rounds, seed, count, placeCount));
  const fresh = indexOf(data);
  const random = mulberry32(seed + 50);
  const filters = Array.from({ length: 120 }, () => randomFilter(random, data));

  test('counts, per kind and place, and sets agree with brute force', () => {
    for (const filter of filters) {
      const expected = matching(data, filter);
      const note = JSON.stringify(filter);
      const runs = index.runs(filter);
      expect(index.count(filter), note).toBe(idsOf(expected).length);
      expect(index.placementsIn(runs, filter), note).toBe(expected.length);
      expect(membersOf(outcomeOf(index.eventSet(filter, 50))), note).toEqual(idsOf(expected));
      const [perKind] = index.placementsByKind([runs], filter);
      for (let kind = 0; kind < index.kindCount; kind++) {
        const ofKind = expected.filter((each) => each.kind === kind);
        expect(perKind?.[kind], note).toBe(ofKind.length);
        expect(index.countByKind(filter)[kind], note).toBe(idsOf(ofKind).length);
      }
      const found = [...index.placeCounts(filter, 50)].flatMap(({ places, counts }) =>
        places.map((place, at) => [place, counts[at]] as const),
      );
      expect(found.length, note).toBe(new Map(found).size);
      expect(new Map(found), note).toEqual(countsOfPlaces(expected));
    }
  });

  test('lists of either part leave the removed out', () => {
    const before = index.eventCount - 7;
    for (const filter of filters) {
      const all = idsOf(matching(data, filter));
      const [ofBase, ofAdded] = [all.filter((event) => event < count), all.filter((event) => event >= count)];
      expect(index.eventsOfBase(filter, 1e6)).toEqual(ofBase);
      expect(index.eventsOfAdded(filter, 1e6)).toEqual(ofAdded);
      expect(index.eventsIn(index.runs(filter), filter, 20)).toEqual(all.slice(0, 20));
      expect(index.eventsOfBase(filter, 3, { after: 90, fromEnd: true })).toEqual(
        ofBase.filter((event) => event > 90).slice(-3),
      );
      expect(index.eventsOfAdded(filter, 3, { after: count + 9, before })).toEqual(
        ofAdded.filter((event) => event > count + 9 && event < before).slice(0, 3),
      );
    }
  });

  test('timelines are those of an index that was built anew', () => {
    const edges = Array.from({ length: 31 }, (__, bin) => bin * 13);
    for (const filter of filters) {
      expect(index.timeline(filter, edges)).toEqual(fresh.timeline(filter, edges));
      expect(index.timelineCertainly(filter, edges)).toEqual(fresh.timelineCertainly(filter, edges));
    }
    expect(index.timeline({}, [])).toHaveLength(0);
  });

  test('positions and times are those of either part', () => {
    for (const [place, position] of data.places.entries()) expect(index.positionOf(place)).toEqual(position);
    for (const [event, { from, to }] of data.events.entries())
      expect(index.timesOf(event)).toEqual({ start: from, end: to });
  });

  test('marks add up to the placements in view, and know their events, bounds and only place', () => {
    for (const [at, filter] of filters.entries()) {
      const zoom = at % 12;
      const box: Box = zoom < 3 ? WORLD : [36, 33, 36 + 300 / 2 ** zoom, Math.min(90, 33 + 200 / 2 ** zoom)];
      const clusters = index.clusters(box, zoom, filter);
      const inView = matching(data, filter).filter(({ place }) => {
        const position = place === null ? undefined : data.places[place];
        return position && isInBox(position, box);
      });
      expect(clusters.reduce((sum, each) => sum + each.count, 0)).toBe(inView.length);
      const perKind = index.placementsByKind(
        clusters.map(({ runs }) => runs),
        filter,
      );
      expect(perKind.map((counts) => counts.reduce((sum, count) => sum + count, 0))).toEqual(
        clusters.map(({ count }) => count),
      );
      for (let kind = 0; kind < index.kindCount; kind++)
        expect(perKind.reduce((sum, counts) => sum + (counts[kind] ?? 0), 0)).toBe(
          inView.filter((each) => each.kind === kind).length,
        );
      for (const cluster of clusters) {
        const { anchor, runs } = cluster;
        expect(data.places[anchor]).toBeDefined();
        expect(index.placementsIn(runs, filter)).toBe(cluster.count);
        const places = new Set(inView.flatMap(({ place }) => place ?? []));
        const its = [...places].filter((place) => index.placementsAt(place, runs, filter) > 0);
        expect(index.onlyPlaceIn(cluster, filter)).toBe(its.length === 1 ? its[0] : null);
        const events = index.eventsIn(runs, filter, 1e6);
        expect(index.countIn(runs, filter)).toBe(events.length);
        const bounds = index.boundsIn(runs, filter);
        for (const place of its) expect(isInBox(data.places[place] ?? { lng: 0, lat: 0 }, bounds)).toBe(true);
        const known = new Set(
          inView.filter(({ place }) => place !== null && its.includes(place)).map(({ event }) => event),
        );
        for (const event of events) expect(known.has(event)).toBe(true);
      }
    }
  });

  test('marks do not overlap, nor move while a filter changes', () => {
    for (let zoom = 0; zoom <= 10; zoom++) {
      const box: Box = zoom < 3 ? [-180, -85, 180, 85] : [34, 31, 42, 39];
      const all = index.clusters(box, zoom, {}).map(({ anchor }) => anchor);
      const points = all.map((anchor) => project(data.places[anchor] ?? { lng: 0, lat: 0 }));
      for (const [i, a] of points.entries())
        for (const b of points.slice(i + 1)) {
          const across = Math.abs(a.x - b.x);
          const pixels = Math.hypot(Math.min(across, 256 - across), a.y - b.y) * 2 ** zoom;
          expect(pixels).toBeGreaterThanOrEqual(MARK_DISTANCE - 1e-3);
        }
      for (const filter of filters.slice(0, 10)) {
        const { box: __, ...rest } = filter;
        for (const { anchor } of index.clusters(box, zoom, rest)) expect(all).toContain(anchor);
      }
    }
  });
});

test('removing events moves no mark', () => {
  const world = worldAfter(3, 9, 1500, 200);
  const marks = (): number[] =>
    live(world)
      .index.clusters(WORLD, 3, {})
      .map(({ anchor }) => anchor);
  const before = marks();
  for (let event = 0; event < 400; event++) world.removed.add(event);
  const after = marks();
  expect(after.length).toBeGreaterThan(20);
  for (const anchor of after) expect(before).toContain(anchor);
});

test('an index to which nothing has happened answers as its base', () => {
  const data = randomData(10, 1500, 200);
  const base = indexOf(data);
  const index = new LiveIndex(base);
  const random = mulberry32(11);
  for (let zoom = 0; zoom < 10; zoom++) {
    const filter = randomFilter(random, data);
    expect(index.count(filter)).toBe(base.count(filter));
    const clusters = base.clusters(WORLD, zoom, filter);
    expect(index.clusters(WORLD, zoom, filter)).toEqual(
      clusters.map((each) => ({ ...each, runs: { base: each.runs, removed: [], added: [] } })),
    );
    expect(index.expansionZoom([0, 0, 1, 1], zoom)).toBe(base.expansionZoom([0, 0, 1, 1], zoom));
  }
});
