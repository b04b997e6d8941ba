import { NO_FILTER, readMoment, writeMoment, type Filter, type ListPart } from './filter.ts';
import { isLanguage, type Language } from './languages.ts';

/** What is chosen, and so open in the panel: a place, an event, a source, an actor, or all that lies around a mark. */
export type Selection =
  | { kind: 'place' | 'event' | 'source' | 'actor'; id: string }
  | { kind: 'area'; name: string; bbox: number[] };

/** Whether what is chosen is read as a brief, rather than looked at on the map. */
export const isBrief = (selection: Selection | null): boolean =>
  selection !== null && selection.kind !== 'place' && selection.kind !== 'area';

/** Where the map stands: the middle in degrees, and the zoom. */
export interface View {
  zoom: number;
  lat: number;
  lng: number;
}

/** A part of time, [from, to) in milliseconds since 1970 UTC. */
export interface Span {
  from: number;
  to: number;
}

/** What an address says of the page. */
export interface Address {
  selection: Selection | null;
  filter: Filter;
  /** Null where the map shows the whole atlas, or what is chosen. */
  view: View | null;
  /** What the timeline spans; null where it spans the whole atlas. */
  time: Span | null;
  /** The language that the reader has chosen; null where the browser's own is to be used. */
  language: Language | null;
}

const KINDS = ['place', 'event', 'source', 'actor'] as const;

/** What the lists of a filter are called in an address. A value of a list is a parameter of its own: ids may hold anything. */
const LISTS: Record<ListPart, string> = {
  categories: 'category',
  actors: 'with',
  places: 'at',
  sources: 'from-source',
  roles: 'role',
  statuses: 'status',
  corroboration: 'claims',
};
const LIST_PARTS = Object.keys(LISTS) as ListPart[];

/** Values that are written in small letters, and are no others. */
const VALUES: Partial<Record<ListPart, readonly string[]>> = {
  roles: ['VENUE', 'SUBJECT'],
  statuses: ['OCCURRED', 'PLANNED', 'CANCELLED', 'RETRACTED'],
  corroboration: ['SINGLE_SOURCE', 'AGREED', 'DISPUTED'],
};

/** The part of the address after the path; empty when it has nothing to say. */
export function writeAddress({ selection, filter, view, time, language }: Address): string {
  const parameters = new URLSearchParams();
  if (selection?.kind === 'area') {
    parameters.set('area', selection.bbox.map((degree) => Number(degree.toFixed(5))).join(','));
    parameters.set('around', selection.name);
  } else if (selection) parameters.set(selection.kind, selection.id);
  if (filter.text !== '') parameters.set('q', filter.text);
  if (filter.from !== null) parameters.set('from', writeMoment(filter.from));
  if (filter.to !== null) parameters.set('to', writeMoment(filter.to));
  if (filter.isCertain) parameters.set('within', 'certainly');
  if (filter.isUndated) parameters.set('undated', 'only');
  if (filter.isUnplaced) parameters.set('unplaced', 'only');
  for (const part of LIST_PARTS)
    for (const value of filter[part])
      parameters.append(LISTS[part], VALUES[part] ? value.toLowerCase() : value);
  if (view) parameters.set('map', writeView(view));
  if (time) parameters.set('time', writeTime(time));
  if (language) parameters.set('lang', language);
  // A slash may stand in a query, and the map reads better with it.
  return parameters.size > 0 ? `?${parameters.toString().replaceAll('%2F', '/')}` : '';
}

/** Reads what `writeAddress` wrote; anything else says nothing. */
export function readAddress(search: string): Address {
  const parameters = new URLSearchParams(search);
  const language = parameters.get('lang');
  return {
    selection: readSelection(parameters),
    filter: readFilter(parameters),
    view: readView(parameters.get('map') ?? ''),
    time: readTime(parameters.get('time') ?? ''),
    language: isLanguage(language) ? language : null,
  };
}

function readSelection(parameters: URLSearchParams): Selection | null {
  for (const kind of KINDS) {
    const id = parameters.get(kind);
    if (id) return { kind, id };
  }
  const bbox = parameters.get('area')?.split(',').map(Number) ?? [];
  return bbox.length === 4 && bbox.every(Number.isFinite)
    ? { kind: 'area', name: parameters.get('around') ?? '', bbox }
    : null;
}

function readFilter(parameters: URLSearchParams): Filter {
  const lists = LIST_PARTS.map((part) => {
    const values = [...new Set(parameters.getAll(LISTS[part]))].filter((value) => value !== '');
    const known = VALUES[part];
    return [
      part,
      known ? values.map((each) => each.toUpperCase()).filter((each) => known.includes(each)) : values,
    ];
  });
  const [from, to] = [readMoment(parameters.get('from')), readMoment(parameters.get('to'))];
  const isPeriod = from === null || to === null || from < to;
  return {
    ...NO_FILTER,
    ...(isPeriod && { from, to }),
    ...(Object.fromEntries(lists) as Pick<Filter, ListPart>),
    isCertain: parameters.get('within') === 'certainly',
    isUndated: parameters.get('undated') === 'only',
    isUnplaced: parameters.get('unplaced') === 'only',
    text: parameters.get('q') ?? '',
  };
}

/** To about a pixel. */
function writeView({ zoom, lat, lng }: View): string {
  const digits = Math.max(0, Math.ceil(zoom / 3));
  return [Number(zoom.toFixed(1)), ...[lat, lng].map((degrees) => Number(degrees.toFixed(digits)))].join('/');
}

function readView(text: string): View | null {
  const [zoom = NaN, lat = NaN, lng = NaN, ...others] = text
    .split('/')
    .map((part) => (part === '' ? NaN : Number(part)));
  const isView =
    zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 90 && Number.isFinite(lng) && others.length === 0;
  return isView ? { zoom, lat, lng } : null;
}

const MINUTE = 60_000;

/** To about a pixel: to the day, or where a day is more than that, to the hour or the minute. */
function writeTime({ from, to }: Span): string {
  const pixel = (to - from) / 1000;
  const unit = [24 * 60, 60].map((minutes) => minutes * MINUTE).find((each) => each <= pixel) ?? MINUTE;
  return [from, to].map((moment) => writeMoment(Math.round(moment / unit) * unit)).join('/');
}

function readTime(text: string): Span | null {
  const [from = null, to = null, ...others] = text.split('/').map(readMoment);
  return from !== null && to !== null && from < to && others.length === 0 ? { from, to } : null;
}
