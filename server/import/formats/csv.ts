import type { Event, EventStatus, Place } from '../../event.ts';
import { InputError } from '../../input-error.ts';
import { readRows } from '../delimited.ts';
import { DraftBuilder, idOf, RowFault, type Draft, type Outcome } from '../draft.ts';
import type { Format, Head, ReadOptions } from '../format.ts';
import {
  countryCode,
  dateOrderOf,
  given,
  readDate,
  readNumber,
  readPosition,
  type Values,
} from '../values.ts';
import { readTable } from './table.ts';

/** What a table of events can tell, and what its columns are usually called, the surest first. */
export const FIELDS = {
  id: ['id', 'event_id', 'eventid', 'uid', 'objectid', 'key', 'identifier'],
  title: ['title', 'event', 'event_title', 'name', 'headline', 'subject', 'event_name', 'label', 'what'],
  summary: [
    'summary',
    'description',
    'notes',
    'note',
    'details',
    'text',
    'comment',
    'event_description',
    'abstract',
  ],
  category: ['category', 'type', 'event_type', 'kind', 'class', 'event_category'],
  status: ['status'],
  date: [
    'date',
    'when',
    'edtf',
    'event_date',
    'eventdate',
    'date_start',
    'start_date',
    'start',
    'startdate',
    'begin',
    'datetime',
    'time',
    'timestamp',
    'day',
    'from',
    'year',
  ],
  end: ['end', 'date_end', 'end_date', 'enddate', 'until', 'to'],
  latitude: [
    'latitude',
    'lat',
    'y',
    'lat_dd',
    'decimallatitude',
    'ycoord',
    'point_y',
    'breite',
    'breitengrad',
  ],
  longitude: [
    'longitude',
    'lng',
    'lon',
    'long',
    'x',
    'lon_dd',
    'decimallongitude',
    'xcoord',
    'point_x',
    'länge',
    'längengrad',
  ],
  coordinates: ['coordinates', 'coords', 'latlng', 'lat_lng', 'latlon', 'geo', 'geolocation', 'position'],
  place: [
    'place',
    'location',
    'place_name',
    'location_name',
    'where',
    'city',
    'town',
    'venue',
    'site',
    'locality',
    'settlement',
  ],
  country: ['country', 'country_name', 'country_code', 'iso', 'iso2', 'nation'],
  radius: ['radius_km', 'radius', 'uncertainty_km'],
  actors: ['actors', 'actor', 'participants', 'who', 'people', 'persons', 'actor1', 'side_a'],
  toll: ['fatalities', 'deaths', 'killed', 'toll', 'dead', 'casualties'],
  source: ['source', 'source_title', 'sources', 'reference', 'citation', 'publication'],
  publisher: ['publisher', 'outlet', 'source_name', 'newspaper'],
  published: ['published', 'published_on', 'source_date', 'publication_date'],
  url: ['url', 'source_url', 'link', 'source_link', 'href', 'web'],
} as const;

export type Field = keyof typeof FIELDS;

/** Which column holds which field. */
type Columns = Partial<Record<Field, string>>;

/** A table whose columns are found by their usual names, or by what somebody says of them. */
export const csv: Format = {
  name: 'csv',
  title: 'table of events',
  recognise: ({ layout }) => (layout?.header ? 0.3 : 0),
  read: (head, options) => readEvents(head, options),
};

async function* readEvents(head: Head, options: ReadOptions): AsyncIterable<Outcome> {
  const columns = columnsOf(head, options.columns);
  const dates = options.dates ?? (await dateOrder(head, columns));
  yield* readTable(head, options, (values, line) => draftOf(values, line, columns, dates));
}

/** @throws InputError when there is no way to place events, or a column that somebody named is not there */
function columnsOf({ input, layout }: Head, told: ReadonlyMap<string, string>): Columns {
  const header = layout?.header ?? [];
  const simple = (name: string): string =>
    name
      .toLowerCase()
      .trim()
      .replaceAll(/[\s-]+/g, '_');
  const byName = new Map(header.toReversed().map((name) => [simple(name), name]));
  const columns: Columns = {};
  for (const [field, names] of Object.entries(FIELDS) as [Field, readonly string[]][]) {
    const found = names.map((name) => byName.get(name)).find((name) => name !== undefined);
    if (found !== undefined && !Object.values(columns).includes(found)) columns[field] = found;
  }
  for (const [field, column] of told) {
    if (!Object.hasOwn(FIELDS, field))
      throw new InputError(`unknown field: "${field}". Known: ${Object.keys(FIELDS).join(', ')}.`);
    if (!header.includes(column))
      throw new InputError(`${input.name} has no column "${column}". It has: ${header.join(', ')}.`);
    columns[field as Field] = column;
  }
  const isPlaced = (columns.latitude && columns.longitude) || columns.coordinates;
  if (!isPlaced)
    throw new InputError(
      `${input.name} has no coordinates: its columns are ${header.slice(0, 12).join(', ')}${header.length > 12 ? ', …' : ''}. ` +
        'Add a latitude and a longitude, or say which columns they are: --map latitude=COLUMN --map longitude=COLUMN.',
    );
  if (!columns.title && !columns.summary && !columns.category && !columns.date)
    throw new InputError(
      `${input.name} has places and no events: no column is a title, a date or a category. Say which is: --map title=COLUMN.`,
    );
  return columns;
}

async function dateOrder(
  { input, layout }: Head,
  { date, end }: Columns,
): Promise<ReturnType<typeof dateOrderOf>> {
  const isSlashed = /\d{1,2}[/.]\d{1,2}[/.]\d{4}/.test(input.head.toString('latin1'));
  if (!layout || !isSlashed) return null;
  const dates: string[] = [];
  for await (const { values } of readRows(input, layout)) {
    for (const column of [date, end]) if (column && values[column]) dates.push(values[column]);
    if (dates.length % 1000 === 0 && dateOrderOf(dates.slice(-1000)) === 'dmy') return 'dmy';
  }
  return dateOrderOf(dates);
}

function draftOf(
  values: Values,
  line: number,
  columns: Columns,
  dates: ReturnType<typeof dateOrderOf>,
): Draft {
  const value = (field: Field): string | null => given(columns[field] && values[columns[field]]);
  const builder = new DraftBuilder();
  const [category, summary] = [value('category'), value('summary')];
  const title =
    value('title') ?? summary?.slice(0, 120) ?? [category, value('place')].filter(Boolean).join(': ');
  if (title === '') throw new RowFault(columns.title ?? null, '', 'an event without a title');
  const when = whenOf(columns, value('date'), value('end'), dates);
  const position = positionOf(values, columns);
  const id = value('id') ?? idOf('event', title, when.edtf, position?.lat ?? null, position?.lng ?? null);
  const actors = (value('actors') ?? '').split(/\s*;\s*/).filter((name) => name !== '');
  const place = position && placeOf(position, columns, values, builder);
  return builder.draft({
    id: columns.id && value('id') ? `event-${id}` : id,
    title,
    summary: summary === title ? null : summary,
    category: builder.category(category ?? 'Event'),
    status: statusOf(columns.status ?? null, value('status')),
    when,
    placements: place === null ? [] : [{ place, role: 'VENUE' }],
    participants: [...new Set(actors)].map((name) => ({ actor: builder.actor(name), role: null })),
    claims: claimsOf(
      columns.id && value('id') ? `event-${id}` : id,
      { line, title, value, columns },
      builder,
    ),
    relations: [],
  });
}

function whenOf(
  columns: Columns,
  date: string | null,
  end: string | null,
  dates: ReturnType<typeof dateOrderOf>,
): Event['when'] {
  const start = readDate(columns.date ?? 'date', date, dates);
  if (end === null || start.edtf === '') return start;
  const last = readDate(columns.end ?? 'end', end, dates);
  if (last.edtf === start.edtf || start.edtf.includes('/')) return start;
  if (start.from !== null && last.to !== null && last.to <= start.from)
    throw new RowFault(columns.end ?? 'end', end, 'an end before the start');
  return readDate(columns.end ?? 'end', `${start.edtf}/${last.edtf}`, dates);
}

function positionOf(values: Values, { latitude, longitude, coordinates }: Columns): Place['position'] | null {
  if (latitude && longitude) return readPosition(values, [latitude, longitude]);
  const text = given(coordinates && values[coordinates]);
  if (text === null || coordinates === undefined) return null;
  const point = /^POINT\s*\(\s*(\S+)\s+(\S+?)\s*\)$/i.exec(text);
  const [, lat, lng] = point
    ? [null, point[2], point[1]]
    : (/^\[?\(?\s*(-?[\d.]+)\s*[,;\s]\s*(-?[\d.]+)\s*\)?\]?$/.exec(text) ?? []);
  if (lat === undefined || lng === undefined)
    throw new RowFault(coordinates, text, 'not a pair of coordinates');
  return readPosition({ latitude: lat, longitude: lng }, ['latitude', 'longitude']);
}

function placeOf(
  position: Place['position'],
  columns: Columns,
  values: Values,
  builder: DraftBuilder,
): string {
  const value = (field: Field): string | null => given(columns[field] && values[columns[field]]);
  const radius = value('radius');
  const radiusKm = radius === null ? null : readNumber(columns.radius ?? 'radius', radius);
  const named = value('place');
  const name = named ?? `${position.lat.toFixed(3)}, ${position.lng.toFixed(3)}`;
  const precision = radiusKm === null ? (named === null ? 'EXACT' : 'SETTLEMENT') : 'REGION';
  return builder.place({ name, position, country: countryCode(value('country')), precision, radiusKm });
}

const STATUSES: Record<string, EventStatus> = {
  occurred: 'OCCURRED',
  planned: 'PLANNED',
  cancelled: 'CANCELLED',
  canceled: 'CANCELLED',
  retracted: 'RETRACTED',
};

/** Columns called status say many things; what is none of ours says nothing. */
const statusOf = (column: string | null, value: string | null): EventStatus =>
  (column && value && STATUSES[value.toLowerCase()]) || 'OCCURRED';

function claimsOf(
  event: string,
  {
    line,
    title,
    value,
    columns,
  }: { line: number; title: string; value: (field: Field) => string | null; columns: Columns },
  builder: DraftBuilder,
): Event['claims'] {
  const [named, publisher, url, toll] = [value('source'), value('publisher'), value('url'), value('toll')];
  const published = value('published');
  if (named === null && publisher === null && url === null) return [];
  const source = builder.source({
    title: named ?? publisher ?? url ?? '',
    publisher,
    publishedOn: published === null ? null : readDate(columns.published ?? 'published', published, null).edtf,
    url: url !== null && /^https?:\/\//i.test(url) ? url : null,
  });
  const locator = `line ${line}`;
  const claims = [builder.claim(event, 1, { aspect: 'OTHER', statement: title, source, locator })];
  if (toll !== null && /^\d+$/.test(toll))
    claims.push(
      builder.claim(event, 2, {
        aspect: 'TOLL',
        question: 'deaths',
        value: toll,
        statement: `Deaths: ${toll}.`,
        source,
        locator,
      }),
    );
  return claims;
}
