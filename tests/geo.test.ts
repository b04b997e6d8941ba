import { expect, test } from 'vitest';
import {
  boundsOf,
  distanceKm,
  isInBox,
  lngRanges,
  project,
  readBox,
  WORLD,
  type Box,
  type Position,
} from '../server/geo.ts';
import { InputError } from '../server/input-error.ts';
import { Chance } from './random.ts';

/** The latitude at which Web Mercator, a square, ends. */
const EDGE = 85.051128779806604;

const at = (lng: number, lat: number): Position => ({ lng, lat });

test.each<[number[]]>([
  [[-10, 30, 75, 60]],
  [[170, -10, -170, 10]],
  [[-180, -90, 180, 90]],
  [[0, 0, 0, 0]],
  [[180, 90, 180, 90]],
])('[%s] is a box', (numbers) => {
  expect(readBox(numbers)).toEqual(numbers);
});

test.each<[number[], string]>([
  [[], 'a box of 0 numbers: []'],
  [[1, 2, 3], 'a box of 3 numbers: [1, 2, 3]'],
  [[1, 2, 3, 4, 5], 'a box of 5 numbers: [1, 2, 3, 4, 5]'],
  [[0, 10, 1, 9.999], 'south is greater than north: [0, 10, 1, 9.999]'],
  [[-180.1, 0, 0, 1], 'longitude out of range (-180 to 180): [-180.1, 0, 0, 1]'],
  [[0, 0, 360, 1], 'longitude out of range (-180 to 180): [0, 0, 360, 1]'],
  [[0, -91, 1, 1], 'latitude out of range (-90 to 90): [0, -91, 1, 1]'],
  [[0, 0, 1, 90.001], 'latitude out of range (-90 to 90): [0, 0, 1, 90.001]'],
  [[NaN, 0, 1, 1], 'longitude out of range (-180 to 180): [NaN, 0, 1, 1]'],
  [[0, NaN, 1, 1], 'latitude out of range (-90 to 90): [0, NaN, 1, 1]'],
  [[0, 0, Infinity, 1], 'longitude out of range (-180 to 180): [0, 0, Infinity, 1]'],
])('[%s] is no box', (numbers, message) => {
  expect(() => readBox(numbers)).toThrow(InputError);
  expect(() => readBox(numbers)).toThrow(`${message}. A box is west, south, east, north in degrees`);
});

test.each<[what: string, lng: number, lat: number, box: Box, inside: boolean]>([
  ['the middle', 5, 5, [0, 0, 10, 10], true],
  ['the western edge', 0, 5, [0, 0, 10, 10], true],
  ['the north-eastern corner', 10, 10, [0, 0, 10, 10], true],
  ['just north', 5, 10.000001, [0, 0, 10, 10], false],
  ['just west', -0.000001, 5, [0, 0, 10, 10], false],
  ['zero, in a box that is a point', 0, 0, [0, 0, 0, 0], true],
  ['negative zero, in a box that is a point', -0, -0, [0, 0, 0, 0], true],
  ['the north pole, in a box that reaches it', 123, 90, [0, 80, 180, 90], true],
  ['the south pole, in the world', -180, -90, [-180, -90, 180, 90], true],
  ['Fiji’s west, in a box across the antimeridian', 178, -18, [170, -20, -170, 0], true],
  ['Fiji’s east, in a box across the antimeridian', -179, -18, [170, -20, -170, 0], true],
  ['Greenwich, in a box across the antimeridian', 0, -18, [170, -20, -170, 0], false],
  ['180, in a box across the antimeridian', 180, 0, [170, -20, -170, 0], true],
  ['-180, in a box across the antimeridian', -180, 0, [170, -20, -170, 0], true],
  // Longitudes 180 and -180 are the same meridian.
  ['-180, in a box that ends at 180', -180, 0, [170, -20, 180, 20], true],
  ['180, in a box that starts at -180', 180, 0, [-180, -20, -170, 20], true],
  ['180, in a box that is the meridian -180', 180, 0, [-180, -20, -180, 20], true],
  ['-180, in a box that is the meridian 180', -180, 0, [180, -20, 180, 20], true],
  ['-179.9, in a box that ends at 180', -179.9, 0, [170, -20, 180, 20], false],
  ['-180, in a box from 180 to -180', -180, 0, [180, -20, -180, 20], true],
  ['0, in a box from 180 to -180', 0, 0, [180, -20, -180, 20], false],
])('%s', (_, lng, lat, box, inside) => {
  expect(isInBox(at(lng, lat), box)).toBe(inside);
});

test('the ranges of a box never cross the antimeridian', () => {
  const chance = new Chance(1);
  const edges = [-180, -90, 0, 90, 180];
  for (let round = 0; round < 500; round++) {
    const [west, east] = [chance.one(edges), chance.one(edges)];
    for (const [from, to] of lngRanges([west, 0, east, 1])) expect(from).toBeLessThanOrEqual(to);
  }
});

test('the world is projected on a square', () => {
  expect(project(at(0, 0))).toEqual({ x: WORLD / 2, y: WORLD / 2 });
  expect(project(at(-180, EDGE)).x).toBe(0);
  expect(project(at(180, 0)).x).toBe(WORLD);
  expect(project(at(-180, EDGE)).y).toBeCloseTo(0, 9);
  expect(project(at(0, -EDGE)).y).toBeCloseTo(WORLD, 9);
});

test('the poles, which Mercator does not reach, lie on its edge', () => {
  expect(project(at(0, 90))).toEqual(project(at(0, EDGE)));
  expect(project(at(0, -90))).toEqual(project(at(0, -EDGE)));
});

test('distances are those along great circles', () => {
  expect(distanceKm(at(0, 0), at(0, 0))).toBe(0);
  expect(distanceKm(at(0, 90), at(123, 90))).toBeCloseTo(0, 6);
  expect(distanceKm(at(-180, 10), at(180, 10))).toBeCloseTo(0, 6);
  expect(distanceKm(at(179.5, 0), at(-179.5, 0))).toBeCloseTo(111.195, 3);
  expect(distanceKm(at(0, 90), at(0, -90))).toBeCloseTo(20_015.11, 2);
  expect(distanceKm(at(0, 0), at(180, 0))).toBeCloseTo(20_015.11, 2);
});

test('distances agree with the spherical law of cosines', () => {
  const chance = new Chance(4);
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  for (let round = 0; round < 200; round++) {
    const [a, b] = [1, 2].map(() => at(chance.next() * 360 - 180, chance.next() * 180 - 90)) as [
      Position,
      Position,
    ];
    const [one, other, across] = [radians(a.lat), radians(b.lat), radians(b.lng - a.lng)];
    const cosine = Math.sin(one) * Math.sin(other) + Math.cos(one) * Math.cos(other) * Math.cos(across);
    expect(distanceKm(a, b)).toBeCloseTo(Math.acos(cosine) * 6371.0088, 2);
  }
});

test.each<[what: string, points: [number, number][], box: Box | null]>([
  ['nothing', [], null],
  ['one point', [[37, 36]], [37, 36, 37, 36]],
  ['one point at zero', [[0, 0]], [0, 0, 0, 0]],
  [
    'many points on one spot',
    [
      [5, 5],
      [5, 5],
      [5, 5],
    ],
    [5, 5, 5, 5],
  ],
  [
    'two points',
    [
      [37, 36],
      [6, 46],
    ],
    [6, 36, 37, 46],
  ],
  [
    'points on both sides of the antimeridian',
    [
      [178, -18],
      [-179, -17],
    ],
    [178, -18, -179, -17],
  ],
  [
    'points at 180 and -180',
    [
      [180, 0],
      [-180, 1],
    ],
    [180, 0, -180, 1],
  ],
  [
    'points around the world, the widest gap left out',
    [
      [-120, 0],
      [0, 0],
      [100, 0],
    ],
    [-120, 0, 100, 0],
  ],
  [
    'points around the world, the widest gap in the middle',
    [
      [-170, 0],
      [-60, 0],
      [60, 0],
      [170, 0],
    ],
    [60, 0, -60, 0],
  ],
  [
    'the poles',
    [
      [0, 90],
      [0, -90],
    ],
    [0, -90, 0, 90],
  ],
])('the bounds of %s', (_, points, box) => {
  expect(boundsOf(points.map(([lng, lat]) => at(lng, lat)))).toEqual(box);
});

test('bounds hold all their points and touch some on each side', () => {
  const chance = new Chance(2);
  for (let round = 0; round < 500; round++) {
    const points = Array.from({ length: chance.whole(1, 6) }, () =>
      at(chance.whole(-18, 18) * 10, chance.whole(-9, 9) * 10),
    );
    const box = boundsOf(points) ?? [0, 0, 0, 0];
    expect(
      points.every((point) => isInBox(point, box)),
      JSON.stringify([points, box]),
    ).toBe(true);
    const [west, , east] = box;
    expect(points.some(({ lng }) => lng === west) && points.some(({ lng }) => lng === east)).toBe(true);
  }
});

test('the bounds of a hundred thousand points are found', () => {
  const chance = new Chance(3);
  const points = Array.from({ length: 100_000 }, () => at(chance.next() * 10, chance.next() * 10));
  expect(boundsOf(points)?.every((edge) => edge >= 0 && edge <= 10)).toBe(true);
});
