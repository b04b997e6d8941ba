import { InputError } from '../../input-error.ts';
import type { Outcome } from '../draft.ts';
import { columnsOf, eventOf } from '../event-fields.ts';
import type { Format, Head, ReadOptions } from '../format.ts';
import { sitesOf } from '../geometry.ts';
import { textOf } from '../encoding.ts';
import { isZip, unzipped } from '../unzip.ts';
import { elementsOf, textIn, within, type Element } from '../xml.ts';
import { outcomeOf } from './table.ts';

/** KML 2.2 (docs.ogc.org/is/07-147r2), as it is or zipped: an event is a Placemark. */
export const kml: Format = {
  name: 'kml',
  title: 'KML',
  recognise: ({ input, text }) => {
    if (isZip(input)) return input.head.includes('.kml') ? 0.9 : 0;
    return /^\s*<[^]*<(?:!DOCTYPE\s+)?(?:\w+:)?kml[\s>]/.test(text.slice(0, 4000)) ? 1 : 0;
  },
  read: readPlacemarks,
};

async function* readPlacemarks(
  { input }: Head,
  { columns: told, onRead }: ReadOptions,
): AsyncIterable<readonly Outcome[]> {
  for await (const placemark of elementsOf(input.name, await piecesOf(input, onRead), 'Placemark')) {
    const { line } = placemark;
    const geometries = geometriesOf(placemark);
    const values = valuesOf(placemark);
    if (geometries.length > 0)
      values['geometry'] = JSON.stringify(
        geometries.length === 1 ? geometries[0] : { type: 'GeometryCollection', geometries },
      );
    yield [
      outcomeOf(
        () => values,
        line,
        () => {
          const sites = geometries.flatMap((geometry) => sitesOf(geometry, geometry.type));
          return eventOf(values, columnsOf(Object.keys(values), told), null, {
            file: input.name,
            locator: `line ${line}`,
            sites,
          });
        },
      ),
    ];
  }
}

async function piecesOf(
  input: Head['input'],
  onRead: ReadOptions['onRead'],
): Promise<AsyncIterable<string> | string[]> {
  if (!isZip(input)) return textOf(input, onRead);
  const files = await unzipped(input, (path) => /\.kml$/i.test(path), onRead);
  const [document] = files.values();
  if (!document) throw new InputError(`${input.name} is an archive without a KML file.`);
  return [new TextDecoder().decode(document)];
}

/** What a Placemark says of itself, and what is said of it in ExtendedData, by name. */
function valuesOf(placemark: Element): Record<string, string> {
  const values: Record<string, string> = {};
  const add = (name: string, value: string | null | undefined): void => {
    if (value) values[name] = value;
  };
  for (const data of within(placemark, 'Data')) add(data.attributes['name'] ?? '', textIn(data, 'value'));
  for (const data of within(placemark, 'SimpleData')) add(data.attributes['name'] ?? '', data.text.trim());
  add('id', placemark.attributes['id']);
  for (const name of ['name', 'description', 'address']) add(name, textIn(placemark, name));
  const [span, stamp] = [within(placemark, 'TimeSpan')[0], within(placemark, 'TimeStamp')[0]];
  const [begin, end] = [textIn(span, 'begin'), textIn(span, 'end')];
  // With one of its bounds a span is open at the other.
  add(
    'date',
    textIn(stamp, 'when') ?? (span && (end === null ? begin && `${begin}/..` : (begin ?? `../${end}`))),
  );
  if (begin !== null) add('end', end);
  return values;
}

interface Geometry {
  type: string;
  coordinates: unknown;
}

/** Its geometries as GeoJSON. */
function geometriesOf(placemark: Element): Geometry[] {
  const of = (name: string, make: (element: Element) => unknown): Geometry[] =>
    within(placemark, name).map((element) => ({ type: name, coordinates: make(element) }));
  return [
    ...of('Point', (point) => positionsOf(point)[0] ?? []),
    ...of('LineString', positionsOf),
    // The holes of an area don't change its extent.
    ...of('Polygon', (polygon) =>
      within(polygon, 'outerBoundaryIs').map((outer) => positionsOf(within(outer, 'LinearRing')[0])),
    ),
  ];
}

/** Tuples of longitude, latitude and height with space between them; what is no number stays as it is, to be found fault with. */
const positionsOf = (element: Element | undefined): unknown[][] =>
  (textIn(element, 'coordinates') ?? '')
    .split(/\s+/)
    .filter((tuple) => tuple !== '')
    .map((tuple) =>
      tuple
        .split(',')
        .slice(0, 2)
        .map((part) => (part !== '' && Number.isFinite(Number(part)) ? Number(part) : part)),
    );
