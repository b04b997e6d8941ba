import { expect, test } from 'vitest';
import {
  areaOf,
  boxOf,
  isCovered,
  markOf,
  nearestLng,
  normalLng,
  viewportOf,
  type Frame,
} from '../web/view.ts';
import { Chance } from './random.ts';

test('a view within the world is asked for as it is', () => {
  expect(viewportOf({ west: -10, south: -20, east: 30, north: 40, zoom: 4 })).toEqual({
    west: -10,
    south: -20,
    east: 30,
    north: 40,
    zoom: 4,
  });
});

test('a view that has gone round loses its whole turns, and may cross the antimeridian', () => {
  expect(boxOf(viewportOf({ west: 530, south: 0, east: 560, north: 10, zoom: 4 }))).toEqual([
    170, 0, -160, 10,
  ]);
});

test('a view wider than the world is all of it, and none reaches beyond the poles', () => {
  expect(boxOf(viewportOf({ west: -300, south: -95, east: 300, north: 95, zoom: 0 }))).toEqual([
    -180, -90, 180, 90,
  ]);
});

test('180° east is 180° west', () => {
  expect([180, -180, 540, 0, 359].map(normalLng)).toEqual([-180, -180, -180, 0, -1]);
});

test('the nearest copy of a longitude is at most half a turn away', () => {
  expect(nearestLng(-179, 179)).toBe(181);
  expect(nearestLng(10, 370)).toBe(370);
  expect(nearestLng(10, 0)).toBe(10);
});

const markAt = (id: string, lng: number, lat: number, bounds = [lng, lat, lng, lat]) => ({
  anchor: {
    id,
    name: id,
    country: null,
    precision: 'SETTLEMENT' as const,
    radiusKm: null,
    position: { lng, lat },
  },
  position: { lng, lat },
  bounds,
});

test('a place is counted by its own mark before any that lies around it', () => {
  const own = markAt('aleppo', 37, 36);
  const around = markAt('syria', 38, 34, [30, 30, 40, 40]);
  expect(markOf({ id: 'aleppo', lng: 37, lat: 36 }, [around, own])).toBe(own);
  expect(markOf({ id: 'damascus', lng: 36.3, lat: 33.5 }, [around, own])).toBe(around);
});

test('of two marks that lie around a place the nearer counts it', () => {
  const [far, near] = [markAt('far', 0, 0, [0, 0, 20, 20]), markAt('near', 12, 12, [8, 8, 20, 20])];
  expect(markOf({ id: 'x', lng: 10, lat: 10 }, [far, near])).toBe(near);
});

test('a mark across the antimeridian lies around what is on both its sides', () => {
  const fiji = markAt('fiji', 178, -18, [177, -20, -179, -16]);
  expect(markOf({ id: 'x', lng: -179.5, lat: -17 }, [fiji])).toBe(fiji);
  expect(markOf({ id: 'x', lng: 0, lat: -17 }, [fiji])).toBeUndefined();
});

test('a place out of view has no mark', () => {
  expect(markOf({ id: 'x', lng: 0, lat: 0 }, [])).toBeUndefined();
  expect(markOf({ id: 'x', lng: 0, lat: 0 }, [markAt('syria', 38, 34)])).toBeUndefined();
});

const frames = (seed: number): Frame[] => {
  const chance = new Chance(seed);
  return Array.from({ length: 500 }, () => {
    const zoom = chance.whole(3, 34) / 2;
    const [width, height] = [(1440 * 360) / 256 / 2 ** zoom, (500 * 170) / 256 / 2 ** zoom];
    const [west, south] = [chance.next() * 1000 - 500, chance.next() * (170 - Math.min(150, height)) - 85];
    return { west, south, east: west + width, north: Math.min(88, south + height), zoom };
  });
};

test('the area of a frame covers it, on every turn around the world', () => {
  for (const frame of frames(1)) {
    const area = areaOf(frame);
    expect(area.zoom).toBe(Math.floor(frame.zoom));
    for (const turn of [0, 360, -720])
      expect(isCovered({ ...frame, west: frame.west + turn, east: frame.east + turn }, area)).toBe(true);
  }
});

test('a small move stays in the area, a large one or another zoom leaves it', () => {
  for (const frame of frames(2)) {
    // A frame of half the world comes round to its own area.
    if (frame.east - frame.west > 150) continue;
    const area = areaOf(frame);
    const pixel = 360 / 256 / 2 ** frame.zoom;
    expect(isCovered({ ...frame, west: frame.west + 60 * pixel, east: frame.east + 60 * pixel }, area)).toBe(
      true,
    );
    expect(
      isCovered({ ...frame, west: frame.west + 900 * pixel, east: frame.east + 900 * pixel }, area),
    ).toBe(false);
    expect(isCovered({ ...frame, zoom: frame.zoom + 1 }, area)).toBe(false);
  }
});

test('frames of the same tiles have the same area, to the last digit', () => {
  const frame = { west: 4.3, south: 33.2, east: 71.1, north: 56, zoom: 4.5 };
  expect(areaOf({ ...frame, west: 4.31, north: 56.01, zoom: 4 })).toEqual(areaOf(frame));
});
