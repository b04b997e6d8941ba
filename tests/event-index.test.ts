import { describe, expect, test } from 'vitest';
import { DEEPEST_ZOOM, EventIndex, EventIndexBuilder, type IndexFilter } from '../server/event-index.ts';
import { buffersOf } from '../server/index-parts.ts';
import { MARK_DISTANCE } from '../server/marks.ts';
import type { Box } from '../server/extent.ts';
import { isInBox, project } from '../server/geo.ts';
import {
  countsOfPlaces,
  idsOf,
  indexOf,
  matching,
  membersOf,
  randomData,
  randomFilter,
} from './index-oracle.ts';
import { mulberry32 } from './random.ts';

describe.each([
  ['few places, crowded', 1, 3000, 40],
  ['many places', 2, 3000, 2500],
  ['one event', 3, 1, 1],
  ['no event', 4, 0, 1],
])('%s', (_, seed, count, placeCount) => {
  const data = randomData(seed, count, placeCount);
  const index = indexOf(data);
  const random = mulberry32(seed + 100);
  const filters = Array.from({ length: 150 }, () => randomFilter(random, data));

  test('counts and lists agree with brute force on random filters', () => {
    for (const filter of filters) {
      const expected = matching(data, filter);
      const note = JSON.stringify(filter);
      expect(index.count(filter), note).toBe(idsOf(expected).length);
      expect(index.placementsIn(index.runs(filter), filter), note).toBe(expected.length);
      const perKind = Array.from(
        { length: index.kindCount },
        (_, kind) => idsOf(expected.filter((each) => each.kind === kind)).length,
      );
      expect([...index.countByKind(filter)], note).toEqual(perKind);
    }
  });

  test('events come in the order of adding, from any of them on, and from the end', () => {
    for (const filter of filters.slice(0, 60)) {
      const all = idsOf(matching(data, filter));
      expect(index.events(filter, count + 1), JSON.stringify(filter)).toEqual(all);
      const [after, before] = [
        all[Math.floor(all.length / 4)] ?? -1,
        all[Math.floor((all.length * 3) / 4)] ?? count,
      ];
      const between = all.filter((event) => event > after && event < before);
      expect(index.events(filter, 7, { after, before })).toEqual(between.slice(0, 7));
      expect(index.events(filter, 7, { after, before, fromEnd: true })).toEqual(between.slice(-7));
    }
  });

  test('sets of events agree with brute force, and what is in a set can be left out of a list', () => {
    for (const filter of filters.slice(0, 60)) {
      const all = idsOf(matching(data, filter));
      const setOf = (its: IndexFilter): Uint32Array => {
        const set = new Uint32Array((count + 31) >> 5);
        for (const _ of index.addMatches(set, its, 100));
        return set;
      };
      expect(membersOf(setOf(filter)), JSON.stringify(filter)).toEqual(all);
      const except = setOf({ ...filter, from: 100, to: 200 });
      const out = new Set(membersOf(except));
      const left = all.filter((event) => !out.has(event));
      expect(index.events(filter, count, { except })).toEqual(left);
    }
  });

  test('places come once, with their events each once, in portions', () => {
    for (const filter of filters) {
      const portions = [...index.placeCounts(filter, 100)];
      const found = portions.flatMap(({ places, counts }) => places.map((place, at) => [place, counts[at]]));
      const expected = [...countsOfPlaces(matching(data, filter))];
      const byPlace = (a: unknown[], b: unknown[]): number => Number(a[0]) - Number(b[0]);
      expect(found.sort(byPlace), JSON.stringify(filter)).toEqual(expected.sort(byPlace));
    }
  });

  test('positions and times are those that were added', () => {
    for (const [event, { from, to }] of data.events.entries())
      expect(index.timesOf(event)).toEqual({ start: from, end: to });
    for (const [place, position] of data.places.entries()) expect(index.positionOf(place)).toEqual(position);
  });

  test('an index that was transferred answers the same', () => {
    const parts = structuredClone(index.parts());
    const copy = EventIndex.from(structuredClone(parts, { transfer: buffersOf(parts) }));
    expect(parts.event).toHaveLength(0);
    for (const [at, filter] of filters.slice(0, 40).entries()) {
      expect(copy.count(filter)).toBe(index.count(filter));
      expect(copy.countByKind(filter)).toEqual(index.countByKind(filter));
      expect(copy.events(filter, 9)).toEqual(index.events(filter, 9));
      const clusters = index.clusters([-180, -90, 180, 90], at % 6, filter);
      expect(copy.clusters([-180, -90, 180, 90], at % 6, filter)).toEqual(clusters);
      for (const { runs } of clusters)
        expect(copy.boundsIn(runs, filter)).toEqual(index.boundsIn(runs, filter));
    }
  });

  test('a timeline counts each event in every bin that it overlaps, or lies wholly inside', () => {
    const edges = Array.from({ length: 41 }, (_, bin) => bin * 10);
    for (const { from: _from, to: _to, certainly: _certainly, ...filter } of filters.slice(0, 20)) {
      const [possibly, certainly] = [index.timeline(filter, edges), index.timelineCertainly(filter, edges)];
      for (let bin = 0; bin < 40; bin++) {
        const period = { from: bin * 10, to: bin * 10 + 10 };
        expect(possibly[bin]).toBe(idsOf(matching(data, { ...filter, ...period })).length);
        expect(certainly[bin]).toBe(idsOf(matching(data, { ...filter, ...period, certainly: true })).length);
      }
    }
  });

  test('marks add up to the placements in view at every zoom, and stand on real places', () => {
    for (const [at, filter] of filters.slice(0, 60).entries()) {
      const zoom = at % 18;
      const box: Box =
        zoom < 3 ? [-180, -90, 180, 90] : [36, 33, 36 + 400 / 2 ** zoom, Math.min(90, 33 + 300 / 2 ** zoom)];
      const clusters = index.clusters(box, zoom, filter);
      const inView = matching(data, filter).filter(
        ({ place }) => place !== null && isInBox(data.places[place] ?? { lng: 0, lat: 0 }, box),
      );
      const sum = clusters.reduce((total, each) => total + each.count, 0);
      expect(sum, JSON.stringify({ filter, box, zoom })).toBe(inView.length);
      const perKind = index.placementsByKind(
        clusters.map(({ runs }) => runs),
        filter,
      );
      for (const [mark, { anchor, runs, count }] of clusters.entries()) {
        expect(data.places[anchor]).toBeDefined();
        expect(index.placementsIn(runs, filter)).toBe(count);
        expect(perKind[mark]).toEqual(index.placementsByKind([runs], filter)[0]);
        expect(perKind[mark]?.reduce((total, each) => total + each, 0)).toBe(count);
      }
    }
  });

  test('marks do not overlap, nor move or merge while a filter changes', () => {
    for (let zoom = 0; zoom <= 12; zoom++) {
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
        const { box: _box, ...rest } = filter;
        for (const { anchor } of index.clusters(box, zoom, rest)) expect(all).toContain(anchor);
      }
    }
  });
});

test('a thousand events on one spot are one mark at every zoom', () => {
  const data = randomData(5, 1000, 1);
  const index = indexOf({
    ...data,
    placements: data.events.map((_, event) => ({ event, place: 0, kind: 0 })),
  });
  for (let zoom = 0; zoom <= DEEPEST_ZOOM; zoom++) {
    const clusters = index.clusters([-180, -90, 180, 90], zoom, {});
    expect(clusters).toMatchObject([{ anchor: 0, count: 1000 }]);
  }
});

test('timelines and counts of many events at few places agree with brute force', () => {
  const data = randomData(9, 40_000, 20);
  const index = indexOf(data);
  const edges = [-5, 0, 0, 1, 17, 64, 130, 130.5, 131, 260, 399, 400, 700];
  const filters: IndexFilter[] = [
    {},
    { kinds: Uint8Array.from([0, 1, 0, 1, 1]) },
    { box: [-180, -90, 37, 90] },
    { box: [-180, -90, 38, 90], kinds: Uint8Array.from([1, 0, 0, 0, 0]) },
  ];
  for (const filter of filters) {
    const [possibly, certainly] = [index.timeline(filter, edges), index.timelineCertainly(filter, edges)];
    for (const [bin, to] of edges.slice(1).entries()) {
      const period = { from: edges[bin] ?? 0, to };
      if (period.from === to) continue;
      const expected = idsOf(matching(data, { ...filter, ...period })).length;
      expect(possibly[bin]).toBe(expected);
      expect(index.count({ ...filter, ...period })).toBe(expected);
      const inside = idsOf(matching(data, { ...filter, ...period, certainly: true })).length;
      expect(certainly[bin]).toBe(inside);
      expect(index.count({ ...filter, ...period, certainly: true })).toBe(inside);
    }
  }
});

test('a view across the antimeridian whose sides lie in one cell counts every placement once', () => {
  const data = randomData(11, 3000, 2500);
  const index = indexOf(data);
  const random = mulberry32(12);
  for (let round = 0; round < 60; round++) {
    const west = 1 + random() * 80;
    const box: Box = [west, -70, west - random(), 70];
    const filter: IndexFilter = { box: [random() * 40, -90, 180, 90], from: round * 5, to: round * 5 + 60 };
    const inView = matching(data, filter).filter(
      ({ place }) => place !== null && isInBox(data.places[place] ?? { lng: 0, lat: 0 }, box),
    );
    const clusters = index.clusters(box, round % 2, filter);
    expect(clusters.reduce((sum, { count }) => sum + count, 0)).toBe(inView.length);
  }
});

test('the first place of a mark is one where something matches, and what is at its places adds up', () => {
  const data = randomData(7, 4000, 60);
  const index = indexOf(data);
  const random = mulberry32(8);
  for (let round = 0; round < 200; round++) {
    const filter = randomFilter(random, data);
    if (round % 2) filter.places = [Math.floor(random() * 60)];
    for (const cluster of index.clusters([-180, -90, 180, 90], round % 5, filter)) {
      const places = data.places
        .map((_, place) => place)
        .filter((place) => index.placementsAt(place, cluster.runs, filter) > 0);
      const atEach = places.map((place) => index.placementsAt(place, cluster.runs, filter));
      expect(atEach.reduce((sum, count) => sum + count, 0)).toBe(cluster.count);
      expect(places).toContain(index.firstPlaceIn(cluster.runs, filter));
    }
  }
});

test('a builder that was promised more than it got says so', () => {
  const builder = new EventIndexBuilder(1, 1, 1);
  builder.addPlace(1, 2);
  expect(() => builder.finish()).toThrow('fewer');
});

test('the bounds of a mark hold its matching placements, and cross the antimeridian where that is shorter', () => {
  const data = randomData(6, 2500, 600);
  const index = indexOf(data);
  for (const filter of [{}, { from: 100, to: 140 }]) {
    for (const zoom of [0, 2, 5]) {
      const clusters = index.clusters([-180, -90, 180, 90], zoom, filter);
      for (const { runs, count } of clusters) {
        const [west, south, east, north] = index.boundsIn(runs, filter);
        const box: Box = [west, south, east, north];
        expect(index.placementsIn(index.runs({ box }), filter)).toBeGreaterThanOrEqual(count);
        expect(Math.abs(((east - west + 360) % 360) + 0)).toBeLessThanOrEqual(360);
      }
    }
  }
  const across = indexOf({
    places: [
      { lng: 179, lat: 1 },
      { lng: -178, lat: 2 },
    ],
    events: [{ from: 0, to: 1 }],
    placements: [
      { event: 0, place: 0, kind: 0 },
      { event: 0, place: 1, kind: 0 },
    ],
  });
  expect(across.boundsIn([0, 2], {})).toEqual([179, 1, -178, 2]);
  expect(across.expansionZoom([179, 1, -178, 2], 0)).toBe(6);
});
