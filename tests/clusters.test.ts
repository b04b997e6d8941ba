import { expect, test } from 'vitest';
import { clusterBounds, DEEPEST_ZOOM, MARK_DISTANCE, PlaceGroups } from '../server/clusters.ts';
import { isInBox, project, WORLD, type Box, type Position } from '../server/geo.ts';
import type { PlacedEvent, PlaceWeight } from '../server/store/store.ts';
import { Chance } from './random.ts';

const WHOLE_WORLD: Box = [-180, -90, 180, 90];

const weight = (place: string, lng: number, lat: number, count = 1): PlaceWeight => ({
  ...{ place, position: { lng, lat }, count },
});

const placed = ({ place, position }: PlaceWeight, event = `at-${place}`): PlacedEvent => ({
  ...{ event, place, position, role: 'VENUE', category: 'call', status: 'OCCURRED', corroboration: 'AGREED' },
});

/** Places all over the world, some in heaps, at its edges, and of every weight. */
function randomPlaces(chance: Chance, most: number): PlaceWeight[] {
  const heaps = Array.from(
    { length: 5 },
    () => [chance.next() * 360 - 180, chance.next() * 180 - 90] as const,
  );
  const wrapped = (lng: number): number => ((((lng + 180) % 360) + 360) % 360) - 180;
  return Array.from({ length: chance.whole(1, most) }, (_, at) => {
    const [lng, lat] = chance.one([...heaps, [180, 0], [-180, 0], [0, 0], [0, 90], [0, -90]] as const);
    const spread = 10 ** chance.whole(-6, 1);
    const position: Position = {
      lng: chance.is(0.2) ? lng : wrapped(lng + (chance.next() - 0.5) * spread),
      lat: Math.max(-90, Math.min(90, lat + (chance.next() - 0.5) * spread)),
    };
    return weight(`place-${at}`, position.lng, position.lat, chance.whole(1, 40));
  });
}

const ZOOMS = Array.from({ length: DEEPEST_ZOOM * 4 + 1 }, (_, step) => step / 4);

/** The distance between two marks on a screen, the shorter way around the world. */
function onScreen(a: PlaceWeight, b: PlaceWeight, zoom: number): number {
  const [one, other] = [project(a.position), project(b.position)];
  const across = Math.abs(one.x - other.x);
  return Math.hypot(Math.min(across, WORLD - across), one.y - other.y) * 2 ** zoom;
}

test('no places make no clusters, and one place one of its own', () => {
  expect(new PlaceGroups([]).clusters([], WHOLE_WORLD, 3)).toEqual([]);
  const aleppo = weight('aleppo', 37.16, 36.2);
  const groups = new PlaceGroups([aleppo]);
  const [here, there] = [placed(aleppo, 'one'), placed(aleppo, 'other')];
  for (const zoom of ZOOMS)
    expect(groups.clusters([here, there], WHOLE_WORLD, zoom)).toEqual([
      { anchor: aleppo, placements: [here, there] },
    ]);
  expect(groups.expansionZoom(['aleppo'], 0)).toBeNull();
  expect(groups.anchor('nowhere', 3)).toBeUndefined();
});

test('a thousand places on one spot are one mark at every zoom and never come apart', () => {
  const places = Array.from({ length: 1000 }, (_, at) => weight(`place-${at}`, 0, 0));
  const groups = new PlaceGroups(places);
  const all = places.map((each) => placed(each));
  for (const zoom of [0, 7.5, DEEPEST_ZOOM]) {
    const clusters = groups.clusters(all, WHOLE_WORLD, zoom);
    expect(clusters.map(({ placements }) => placements.length)).toEqual([1000]);
    expect(clusterBounds(clusters[0] ?? { anchor: weight('', 1, 1), placements: [] })).toEqual([0, 0, 0, 0]);
  }
  expect(
    groups.expansionZoom(
      places.map(({ place }) => place),
      0,
    ),
  ).toBeNull();
});

test('no two marks are nearer than their width, at any zoom, across the antimeridian and at the poles', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const places = randomPlaces(new Chance(seed), 150);
    const groups = new PlaceGroups(places);
    for (const zoom of ZOOMS) {
      const anchors = [...new Set(places.map(({ place }) => groups.anchor(place, zoom)))];
      const nearest = anchors.flatMap((a, at) =>
        anchors.slice(at + 1).map((b) => (a && b ? onScreen(a, b, zoom) : -1)),
      );
      const least = nearest.reduce((x, y) => Math.min(x, y), Infinity);
      expect(least, `seed ${seed}, zoom ${zoom}`).toBeGreaterThanOrEqual(MARK_DISTANCE * (1 - 1e-9));
    }
  }
});

test('places on both sides of the antimeridian share a mark', () => {
  const places = [
    weight('east', 179.9, 0),
    weight('west', -179.9, 0),
    weight('line', 180, 0),
    weight('other', -180, 0),
  ];
  const groups = new PlaceGroups(places);
  expect(new Set(places.map(({ place }) => groups.anchor(place, 3)?.place)).size).toBe(1);
  expect(groups.anchor('line', DEEPEST_ZOOM)).toBe(groups.anchor('other', DEEPEST_ZOOM));
  const [cluster] = groups.clusters(
    places.slice(0, 2).map((each) => placed(each)),
    WHOLE_WORLD,
    3,
  );
  expect(cluster && clusterBounds(cluster)).toEqual([179.9, 0, -179.9, 0]);
});

test('what is together at a zoom is together at every lower one', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const places = randomPlaces(new Chance(seed), 150);
    const groups = new PlaceGroups(places);
    for (const zoom of ZOOMS.slice(1)) {
      const below = new Map<string | undefined, string | undefined>();
      for (const { place } of places) {
        const [anchor, lower] = [groups.anchor(place, zoom)?.place, groups.anchor(place, zoom - 0.25)?.place];
        expect(below.get(anchor) ?? lower, `seed ${seed}, zoom ${zoom}`).toBe(lower);
        below.set(anchor, lower);
      }
    }
  }
});

test('at every zoom, clusters hold each placement in the box once and none outside', () => {
  for (let seed = 1; seed <= 5; seed++) {
    const chance = new Chance(seed);
    const places = randomPlaces(chance, 100);
    const groups = new PlaceGroups(places);
    const all = Array.from({ length: 300 }, (_, at) => placed(chance.one(places), `event-${at}`));
    for (const zoom of ZOOMS)
      for (const box of [
        WHOLE_WORLD,
        [100, -50, -100, 50],
        [-90, -90, 0, 0],
        [180, 0, 180, 0],
      ] satisfies Box[]) {
        const inside = all.filter(({ position }) => isInBox(position, box));
        const clusters = groups.clusters(all, box, zoom);
        const held = clusters.flatMap(({ placements }) => placements);
        expect(held.length).toBe(inside.length);
        expect(new Set(held)).toEqual(new Set(inside));
        expect(clusters.every(({ placements }) => placements.length > 0)).toBe(true);
        const counts = clusters.map(({ placements }) => placements.length);
        expect(counts).toEqual(counts.toSorted((a, b) => b - a));
        expect(new Set(clusters.map(({ anchor }) => anchor)).size).toBe(clusters.length);
      }
  }
});

test('what a filter leaves stays where it was: marks neither move nor merge', () => {
  const chance = new Chance(9);
  const places = randomPlaces(chance, 100);
  const groups = new PlaceGroups(places);
  const all = Array.from({ length: 300 }, (_, at) => placed(chance.one(places), `event-${at}`));
  const some = all.filter(() => chance.is(0.3));
  for (const zoom of [0, 3, 8.5, 15]) {
    const anchorOf = new Map(
      groups
        .clusters(all, WHOLE_WORLD, zoom)
        .flatMap(({ anchor, placements }) => placements.map((each) => [each, anchor])),
    );
    for (const { anchor, placements } of groups.clusters(some, WHOLE_WORLD, zoom))
      for (const each of placements) expect(anchorOf.get(each)).toBe(anchor);
  }
});

test('the groups depend on the places alone, not on their order', () => {
  const chance = new Chance(10);
  const places = randomPlaces(chance, 150);
  const [groups, shuffled] = [new PlaceGroups(places), new PlaceGroups(chance.some(places, places.length))];
  for (const zoom of ZOOMS)
    for (const { place } of places) expect(shuffled.anchor(place, zoom)).toBe(groups.anchor(place, zoom));
});

test('a mark stands on the heaviest place of its group', () => {
  const [town, village] = [weight('b-town', 37, 36, 9), weight('a-village', 37.1, 36, 1)];
  for (const places of [
    [town, village],
    [village, town],
  ])
    expect(new PlaceGroups(places).anchor('a-village', 4)).toBe(town);
});

test('a cluster comes apart at the whole zoom that it names, and at none before', () => {
  const places = randomPlaces(new Chance(12), 150);
  const groups = new PlaceGroups(places);
  const all = places.map((each) => placed(each));
  const steps: number[] = [];
  for (const zoom of ZOOMS)
    for (const { placements } of groups.clusters(all, WHOLE_WORLD, zoom)) {
      const members = placements.map(({ place }) => place);
      const marksAt = (at: number): number =>
        new Set(members.map((each) => groups.anchor(each, at)?.place)).size;
      const apart = groups.expansionZoom(members, zoom);
      const above = ZOOMS.filter((each) => Number.isInteger(each) && each > zoom);
      expect(apart).toBe(above.find((each) => marksAt(each) > 1) ?? null);
      steps.push((apart ?? Infinity) - zoom);
    }
  expect(Math.min(...steps)).toBeLessThanOrEqual(1);
  expect(steps).toContain(Infinity);
});

test('ten thousand places are grouped in a moment', () => {
  const chance = new Chance(13);
  const places = Array.from({ length: 10_000 }, (_, at) =>
    weight(`place-${at}`, chance.next() * 360 - 180, chance.next() * 170 - 85, chance.whole(1, 9)),
  );
  const started = performance.now();
  expect(new PlaceGroups(places).anchor('place-0', 0)).toBeDefined();
  expect(performance.now() - started).toBeLessThan(10_000);
});
