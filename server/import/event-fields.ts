import { basename } from 'node:path';
import type { Event, EventStatus } from '../event.ts';
import { InputError } from '../input-error.ts';
import { DraftBuilder, idOf, RowFault, type Draft } from './draft.ts';
import { sitesOf, type Site } from './geometry.ts';
import { countryCode, given, givenList, readDate, readNumber, readPosition } from './values.ts';
import type { DateOrder, Values } from './values.ts';

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
  time: ['time', 'hour', 'event_time', 'time_of_day'],
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
  coordinates: [
    'coordinates',
    'geometry',
    'geom',
    'wkt',
    'the_geom',
    'coords',
    'latlng',
    'lat_lng',
    'latlon',
    'geo',
    'geolocation',
    'position',
  ],
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
export type Columns = Partial<Record<Field, string>>;

/**
 * Finds the fields of an event among the names of columns or properties.
 * @param told which columns somebody said some fields are in
 * @throws InputError for a field that there is none of
 */
export function columnsOf(names: readonly string[], told: ReadonlyMap<string, string>): Columns {
  const simple = (name: string): string =>
    name
      .toLowerCase()
      .trim()
      .replaceAll(/[\s-]+/g, '_');
  const byName = new Map(names.toReversed().map((name) => [simple(name), name]));
  const columns: Columns = {};
  for (const [field, usual] of Object.entries(FIELDS) as [Field, readonly string[]][]) {
    const found = usual.map((name) => byName.get(name)).find((name) => name !== undefined);
    if (found !== undefined && !Object.values(columns).includes(found)) columns[field] = found;
  }
  for (const [field, column] of told) {
    if (!Object.hasOwn(FIELDS, field))
      throw new InputError(`unknown field: "${field}". Known: ${Object.keys(FIELDS).join(', ')}.`);
    columns[field as Field] = column;
  }
  return columns;
}

/**
 * An event from named values.
 * @param about which file it is in and where it stands there, and where it is where its values don't tell
 * @throws RowFault for a value that cannot be read
 */
export function eventOf(
  values: Values,
  columns: Columns,
  dates: DateOrder | null,
  about: { file: string; locator: string; sites?: readonly Site[] },
): Draft {
  const value = (field: Field): string | null => given(columns[field] && values[columns[field]]);
  const builder = new DraftBuilder();
  const [category, summary] = [value('category'), value('summary')];
  const title =
    value('title') ?? summary?.slice(0, 120) ?? [category, value('place')].filter(Boolean).join(': ');
  if (title === '') throw new RowFault(columns.title ?? null, '', 'an event without a title');
  const when = whenOf(columns, value, dates);
  const sites = about.sites ?? sitesIn(values, columns);
  const places = sites.map((site) => placeOf(site, columns, value, builder));
  const own = value('id');
  const id =
    own === null
      ? idOf('event', title, when.edtf, JSON.stringify(sites.map(({ position }) => position)))
      : `event-${own}`;
  return builder.draft({
    id,
    title,
    summary: summary === title ? null : summary,
    category: builder.category(category ?? 'Event'),
    status: statusOf(value('status')),
    when,
    placements: [...new Set(places)].map((place) => ({
      place,
      role: 'VENUE',
    })),
    participants: givenList(value('actors') ?? '').map((name) => ({
      actor: builder.actor(name),
      role: null,
    })),
    claims: claimsOf(id, { ...about, title, value, columns }, builder),
    relations: [],
  });
}

type ValueOf = (field: Field) => string | null;

function whenOf(columns: Columns, value: ValueOf, dates: DateOrder | null): Event['when'] {
  const [date, time, end] = [value('date'), value('time'), value('end')];
  const day = readDate(columns.date ?? 'date', date, dates);
  const start = time === null ? day : atTime(day, columns.time ?? 'time', time);
  if (end === null || start.edtf === '') return start;
  const last = readDate(columns.end ?? 'end', end, dates);
  if (last.edtf === start.edtf || start.edtf.includes('/')) return start;
  if (start.from !== null && last.to !== null && last.to <= start.from)
    throw new RowFault(columns.end ?? 'end', end, 'an end before the start');
  return readDate(columns.end ?? 'end', `${start.edtf}/${last.edtf}`, dates);
}

/** A day at a time of it, in hours and minutes; a time of what is no single day says nothing. */
function atTime(day: Event['when'], column: string, time: string): Event['when'] {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})(?::\d{2})?$/.exec(time) ?? [];
  if (day.precision !== 'DAY') return day;
  if (hours === undefined) throw new RowFault(column, time, 'not a time such as 16:20');
  return readDate(column, `${day.edtf}T${hours.padStart(2, '0')}:${minutes}Z`, null);
}

function sitesIn(values: Values, { latitude, longitude, coordinates }: Columns): Site[] {
  if (latitude && longitude) {
    const position = readPosition(values, [latitude, longitude]);
    if (position !== null) return [{ position, radiusKm: null }];
  }
  const text = given(coordinates && values[coordinates]);
  if (text === null || coordinates === undefined) return [];
  if (text.startsWith('{')) return sitesOf(parsedGeometry(text, coordinates), coordinates);
  const point = /^POINT\s*\(\s*(\S+)\s+(\S+?)\s*\)$/i.exec(text);
  const [, lat, lng] = point
    ? [null, point[2], point[1]]
    : (/^\[?\(?\s*(-?[\d.]+)\s*[,;\s]\s*(-?[\d.]+)\s*\)?\]?$/.exec(text) ?? []);
  if (lat === undefined || lng === undefined)
    throw new RowFault(coordinates, text, 'not a pair of coordinates');
  const position = readPosition({ latitude: lat, longitude: lng }, ['latitude', 'longitude']);
  return position === null ? [] : [{ position, radiusKm: null }];
}

function parsedGeometry(text: string, column: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RowFault(column, text, 'not JSON');
  }
}

function placeOf(site: Site, columns: Columns, value: ValueOf, builder: DraftBuilder): string {
  const { position } = site;
  const radius = value('radius');
  const radiusKm = radius === null ? site.radiusKm : readNumber(columns.radius ?? 'radius', radius);
  if (radiusKm !== null && radiusKm < 0)
    throw new RowFault(columns.radius ?? null, radius ?? '', 'a radius below nothing');
  const named = value('place');
  const pointed = named === null ? 'EXACT' : 'SETTLEMENT';
  return builder.place({
    name: named ?? `${position.lat.toFixed(3)}, ${position.lng.toFixed(3)}`,
    position,
    country: countryCode(value('country')),
    precision: radiusKm === null ? pointed : 'REGION',
    radiusKm,
  });
}

const STATUSES: readonly EventStatus[] = ['OCCURRED', 'PLANNED', 'CANCELLED', 'RETRACTED'];

/** Columns called status say many things; what is none of ours says nothing. */
const statusOf = (value: string | null): EventStatus =>
  STATUSES.find((each) => each === value?.toUpperCase().replace(/^CANCELED$/, 'CANCELLED')) ?? 'OCCURRED';

/** What its source says of it. Where none is named, a toll is what the file says. */
function claimsOf(
  event: string,
  {
    file,
    locator,
    title,
    value,
    columns,
  }: { file: string; locator: string; title: string; value: ValueOf; columns: Columns },
  builder: DraftBuilder,
): Event['claims'] {
  const [named, publisher, url, toll] = [value('source'), value('publisher'), value('url'), value('toll')];
  const published = value('published');
  const isNamed = named !== null || publisher !== null || url !== null;
  if (!isNamed && toll === null) return [];
  const source = builder.source({
    title: named ?? publisher ?? url ?? basename(file),
    publisher,
    publishedOn: published === null ? null : readDate(columns.published ?? 'published', published, null).edtf,
    url: url !== null && /^https?:\/\//i.test(url) ? url : null,
  });
  const claims = isNamed
    ? [builder.claim(event, 1, { aspect: 'OTHER', statement: title, source, locator })]
    : [];
  if (toll !== null)
    claims.push(
      builder.claim(event, 2, {
        ...{ aspect: 'TOLL', question: 'deaths', value: toll, statement: `Deaths: ${toll}.` },
        ...{ source, locator },
      }),
    );
  return claims;
}
