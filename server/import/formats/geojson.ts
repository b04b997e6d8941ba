import { InputError } from '../../input-error.ts';
import { RowFault, type Draft, type Outcome } from '../draft.ts';
import { textOf } from '../encoding.ts';
import { columnsOf, eventOf, type Columns } from '../event-fields.ts';
import { featureTexts } from '../features.ts';
import type { Format, Head, ReadOptions } from '../format.ts';
import { sitesOf } from '../geometry.ts';
import { DateOrders, type DateOrder } from '../values.ts';
import { outcomeOf } from './table.ts';

/** More levels than any geometry and its properties need. */
const MOST_LEVELS = 50;

/** GeoJSON (RFC 7946): a FeatureCollection, or a feature on each line (RFC 8142 and without its separators). */
export const geojson: Format = {
  name: 'geojson',
  title: 'GeoJSON',
  recognise: ({ text }) =>
    bare(text.slice(0, 100)).startsWith('{') && /"type"\s*:\s*"Feature/.test(text) ? 0.9 : 0,
  read: readFeatures,
};

async function* readFeatures(head: Head, options: ReadOptions): AsyncIterable<readonly Outcome[]> {
  const dates = options.dates ?? (await dateOrder(head, options));
  const columns = new FeatureColumns(options.columns);
  for await (const { text, line, pointer, depth } of piecesOf(head, options.onRead)) {
    const values: Record<string, string> = {};
    yield [
      outcomeOf(
        () => values,
        line,
        () => {
          const feature = parsed(text, pointer, depth, values);
          return draftOf(feature, { file: head.input.name, pointer }, values, columns, dates);
        },
      ),
    ];
  }
}

interface Piece {
  text: string;
  line: number;
  /** Where the feature stands, as a JSON pointer (RFC 6901); a line is a document of its own. */
  pointer: string;
  depth: number;
}

async function* piecesOf(
  { input, text }: Head,
  onRead?: (stored: number) => void,
): AsyncGenerator<Piece, void> {
  if (isByLines(text)) {
    let [line, rest] = [0, ''];
    for await (const piece of textOf(input, onRead)) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const each of lines) yield* lineOf(each, ++line);
    }
    yield* lineOf(rest, ++line);
  } else
    for await (const { index, ...feature } of featureTexts(
      input.name,
      textOf(input, onRead),
      checkMembers(input.name),
    ))
      yield { ...feature, pointer: `/features/${index}` };
}

function* lineOf(line: string, number: number): Generator<Piece, void> {
  const text = bare(line);
  if (text !== '') yield { text, line: number, pointer: '', depth: 0 };
}

/** A text without the record separators of RFC 8142. */
const bare = (text: string): string => text.replaceAll('\u001e', '').trim();

/** Whether the first line is a feature and not the beginning of a collection. */
function isByLines(text: string): boolean {
  const [first = ''] = bare(text).split('\n');
  try {
    return (JSON.parse(first) as { type?: unknown }).type === 'Feature';
  } catch {
    // A first line that is broken is found fault with; the first line of a collection is an open bracket.
    return /^\{\s*"type"\s*:\s*"Feature"/.test(first);
  }
}

/** GeoJSON is in WGS 84; before 2016 a collection could name another system. */
const checkMembers =
  (file: string) =>
  ({ type, crs }: Record<string, unknown>): void => {
    if (type !== undefined && type !== 'FeatureCollection')
      throw new InputError(
        `${file} is a ${String(type).slice(0, 40)} and no FeatureCollection. Give one with a feature for each event.`,
      );
    const name = (crs as { properties?: { name?: unknown } } | null | undefined)?.properties?.name;
    if (crs === undefined || crs === null || /(?:CRS84|EPSG:{1,2}4326|EPSG:[\d.]*:4326)$/i.test(String(name)))
      return;
    throw new InputError(
      `${file} has coordinates in ${String(name ?? JSON.stringify(crs)).slice(0, 80)}, and only WGS 84 is read. Convert it: ogr2ogr -t_srs EPSG:4326 new.geojson ${file}.`,
    );
  };

/** A feature that cannot be read keeps its text as its only value. */
function parsed(text: string, pointer: string, depth: number, values: Record<string, string>): Feature {
  const fault = (reason: string): RowFault => {
    values['feature'] = text;
    return new RowFault(pointer || null, text.slice(0, 80), reason);
  };
  if (depth > MOST_LEVELS) throw fault(`more than ${MOST_LEVELS} levels`);
  try {
    return JSON.parse(text) as Feature;
  } catch (error) {
    throw fault(`not JSON (${(error as Error).message.slice(0, 80)})`);
  }
}

/** As it is read, which may be any JSON. */
type Feature = Record<string, unknown>;

/** @param values are filled with what the feature says, before anything can be wrong with it */
function draftOf(
  feature: Feature,
  { file, pointer }: { file: string; pointer: string },
  values: Record<string, string>,
  columns: FeatureColumns,
  dates: DateOrder | null,
): Draft {
  const { type, id, properties, geometry } = feature;
  if (type !== 'Feature') throw new RowFault(`${pointer}/type`, String(type ?? ''), 'not a feature');
  if (typeof id === 'string' || typeof id === 'number') values['id'] = String(id);
  for (const [name, value] of Object.entries((properties ?? {}) as object)) values[name] = textOfValue(value);
  if (geometry) values['geometry'] = JSON.stringify(geometry);
  const sites = sitesOf(geometry, `${pointer}/geometry`);
  try {
    return eventOf(values, columns.of(Object.keys(values)), dates, {
      file,
      locator: pointer === '' ? 'feature' : `feature ${Number(pointer.split('/').at(-1)) + 1}`,
      sites,
    });
  } catch (error) {
    if (!(error instanceof RowFault) || error.column === null) throw error;
    const name = error.column.replaceAll('~', '~0').replaceAll('/', '~1');
    throw new RowFault(`${pointer}/properties/${name}`, error.value, error.message);
  }
}

function textOfValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  const isList = Array.isArray(value) && value.every((each) => typeof each !== 'object');
  return isList ? value.join('; ') : JSON.stringify(value);
}

/** The fields of features: those with the same properties have them in the same. */
class FeatureColumns {
  readonly #told: ReadonlyMap<string, string>;
  readonly #known = new Map<string, Columns>();

  constructor(told: ReadonlyMap<string, string>) {
    this.#told = told;
  }

  of(names: string[]): Columns {
    const key = names.join('\n');
    let columns = this.#known.get(key);
    if (!columns) {
      columns = columnsOf(
        names.filter((name) => name !== 'geometry'),
        this.#told,
      );
      if (this.#known.size < 1000) this.#known.set(key, columns);
    }
    return columns;
  }
}

async function dateOrder(head: Head, { columns: told }: ReadOptions): Promise<DateOrder | null> {
  if (!/"\d{1,2}[/-]\d{1,2}[/-]\d{4}/.test(head.text)) return null;
  const orders = new DateOrders();
  const columns = new FeatureColumns(told);
  for await (const { text } of piecesOf(head)) {
    let properties: Record<string, unknown>;
    try {
      properties = (JSON.parse(text) as { properties?: Record<string, unknown> }).properties ?? {};
    } catch {
      continue;
    }
    const { date, end } = columns.of(Object.keys(properties));
    for (const name of [date, end])
      if (name && typeof properties[name] === 'string') orders.see(properties[name]);
  }
  return orders.known(head.input.name);
}
