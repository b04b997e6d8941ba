import { expect, test } from 'vitest';
import { boxOf, markOf, nearestLng, normalLng, viewportOf } from '../web/view.ts';

test('a view within the world is asked for as it is', () => {
  expect(viewportOf(-10, -20, 30, 40, 4)).toEqual({ west: -10, south: -20, east: 30, north: 40, zoom: 4 });
});

test('a view that has gone round loses its whole turns, and may cross the antimeridian', () => {
  expect(boxOf(viewportOf(530, 0, 560, 10, 4))).toEqual([170, 0, -160, 10]);
});

test('a view wider than the world is all of it, and none reaches beyond the poles', () => {
  expect(boxOf(viewportOf(-300, -95, 300, 95, 0))).toEqual([-180, -90, 180, 90]);
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
