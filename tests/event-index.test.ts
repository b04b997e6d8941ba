import { describe, expect, test } from 'vitest';
import {
  DEEPEST_ZOOM,
  EventIndexBuilder,
  MARK_DISTANCE,
  type Box,
  type EventIndex,
} from '../server/event-index.ts';
import type { IndexFilter } from '../server/event-index.ts';
import { isInBox, project } from '../server/geo.ts';
import { isCertainlyWithin, isPossiblyWithin } from '../server/time.ts';
import { mulberry32 } from './random.ts';

/** What was put into an index, for brute force. */
interface Data {
  places: { lng: number; lat: number }[];
  events: { from: number | null; to: number | null }[];
  placements: { event: number; place: number | null; kind: number }[];
}

function indexOf({ places, events, placements }: Data): EventIndex {
  const builder = new EventIndexBuilder(places.length, events.length, placements.length);
  for (const { lng, lat } of places) builder.addPlace(lng, lat);
  for (const { from, to } of events) builder.addEvent(from, to);
  for (const { event, place, kind } of placements) builder.addPlacement(event, place, kind);
  return builder.finish();
}

const KINDS = 5;

/** Events with every sort of date and number of placements, crowded in some places, at poles, date line and 0/0. */
function randomData(seed: number, count: number, placeCount: number): Data {
  const random = mulberry32(seed);
  const whole = (most: number): number => Math.floor(random() * most);
  const special = [
    [0, 0],
    [180, 10],
    [-180, 10],
    [179.999, -5],
    [-179.999, -5],
    [12, 90],
    [12, -90],
    [50, 89],
    [0, -86],
  ];
  const places = Array.from({ length: placeCount }, (_, at) => {
    const [lng, lat] = special[at] ?? [];
    if (lng !== undefined && lat !== undefined) return { lng, lat };
    return at % 2
      ? { lng: random() * 360 - 180, lat: random() * 180 - 90 }
      : { lng: 36 + random() * 4, lat: 33 + random() * 4 };
  });
  const events = Array.from({ length: count }, () => {
    const from = whole(400);
    const sort = random();
    if (sort < 0.05) return { from: null, to: null };
    if (sort < 0.1) return { from: null, to: from };
    if (sort < 0.15) return { from, to: null };
    return { from, to: from + 1 + (sort < 0.5 ? 0 : whole(sort < 0.9 ? 5 : 200)) };
  });
  const placements = events.flatMap((_, event): Data['placements'] => {
    const some = random() < 0.1 ? 0 : random() < 0.8 ? 1 : 1 + whole(4);
    const chosen = new Set(Array.from({ length: some }, () => `${whole(placeCount)} ${whole(KINDS)}`));
    if (some === 0) return [{ event, place: null, kind: whole(KINDS) }];
    return [...chosen].map((each) => {
      const [place = 0, kind = 0] = each.split(' ').map(Number);
      return { event, place, kind };
    });
  });
  return { places, events, placements };
}

function matching({ places, events, placements }: Data, filter: IndexFilter): Data['placements'] {
  const { from = -Infinity, to = Infinity, certainly } = filter;
  const period = { from: Number.isFinite(from) ? from : null, to: Number.isFinite(to) ? to : null };
  return placements.filter(({ event, place, kind }) => {
    const when = events[event] ?? { from: null, to: null };
    const at = place === null ? undefined : places[place];
    if (filter.box && !(at && isInBox(at, filter.box))) return false;
    if (filter.places && !(place !== null && filter.places.includes(place))) return false;
    if (filter.kinds && !filter.kinds[kind]) return false;
    if (filter.events && !filter.events.includes(event)) return false;
    if (period.from === null && period.to === null) return true;
    return (certainly ? isCertainlyWithin : isPossiblyWithin)(when, period);
  });
}

function randomFilter(random: () => number, { places, events }: Data): IndexFilter {
  const whole = (most: number): number => Math.floor(random() * most);
  const edge = (): number => (random() < 0.2 ? [-180, 180, 0][whole(3)] : random() * 360 - 180) ?? 0;
  const filter: IndexFilter = {};
  if (random() < 0.6) {
    const [a, b] =
      random() < 0.5 ? [33 + random() * 2, 35 + random() * 2] : [random() * 180 - 90, random() * 180 - 90];
    const box: Box = random() < 0.5 ? [36, a, 36 + random() * 4, b] : [edge(), a, edge(), b];
    filter.box = [box[0], Math.min(a, b), box[2], random() < 0.1 ? 90 : Math.max(a, b)];
  }
  if (random() < 0.6) {
    const from = whole(420) - 10;
    if (random() < 0.8) filter.from = from;
    if (random() < 0.8) filter.to = from + 1 + whole(random() < 0.5 ? 3 : 200);
    filter.certainly = random() < 0.5;
  }
  if (random() < 0.3) filter.kinds = Uint8Array.from({ length: KINDS }, () => whole(2));
  if (random() < 0.2) filter.places = [...new Set(Array.from({ length: 5 }, () => whole(places.length)))];
  if (random() < 0.2)
    filter.events = Uint32Array.from(new Set(Array.from({ length: 40 }, () => whole(events.length)))).sort();
  return filter;
}

const idsOf = (placements: Data['placements']): number[] =>
  [...new Set(placements.map(({ event }) => event))].sort((a, b) => a - b);

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
      for (const { anchor, runs, count } of clusters) {
        expect(data.places[anchor]).toBeDefined();
        expect(index.placementsIn(runs, filter)).toBe(count);
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
