import type { Corroboration, EventFilter, EventStatus, PlacementRole } from './queries.generated.ts';
import type { Box } from './view.ts';

/** Which events are shown. Parts are joined by and, the values of a list by or; an empty part asks nothing. */
export interface Filter {
  /** Period [from, to) in milliseconds since 1970 UTC; null is open. */
  from: number | null;
  to: number | null;
  /** Whether events surely lay in the period, instead of possibly. */
  isCertain: boolean;
  /** Only those without any date; then the period asks nothing. */
  isUndated: boolean;
  /** Only those without any place; then the view asks nothing. */
  isUnplaced: boolean;
  categories: readonly string[];
  actors: readonly string[];
  places: readonly string[];
  sources: readonly string[];
  roles: readonly PlacementRole[];
  statuses: readonly EventStatus[];
  corroboration: readonly Corroboration[];
  text: string;
}

export const NO_FILTER: Filter = {
  ...{ from: null, to: null, isCertain: false, isUndated: false, isUnplaced: false },
  ...{ categories: [], actors: [], places: [], sources: [], roles: [], statuses: [], corroboration: [] },
  text: '',
};

/** The parts that are lists of values. */
export type ListPart = {
  [Part in keyof Filter]: Filter[Part] extends readonly string[] ? Part : never;
}[keyof Filter];

const LIST_PARTS = [
  ...(['categories', 'actors', 'places', 'sources', 'roles', 'statuses', 'corroboration'] as const),
] satisfies ListPart[];

/** A filter as the server is asked, in one order whichever way it was made; `without` leaves out some parts. */
export function questionOf(filter: Filter, box: Box | null, ...without: (keyof Filter)[]): EventFilter {
  const asked = { ...filter };
  for (const part of without) Object.assign(asked, { [part]: NO_FILTER[part] });
  const lists = LIST_PARTS.filter((part) => asked[part].length > 0);
  return {
    ...(box && !asked.isUnplaced && { bbox: box }),
    ...(!asked.isUndated && periodOf(asked)),
    ...Object.fromEntries(lists.map((part) => [part, asked[part].toSorted()])),
    ...(asked.isUndated && { undated: true }),
    ...(asked.isUnplaced && { unplaced: true }),
    ...(asked.text.trim() !== '' && { text: asked.text.trim() }),
  };
}

function periodOf({ from, to, isCertain }: Filter): Pick<EventFilter, 'during'> {
  if (from === null && to === null) return {};
  return {
    during: {
      ...(from !== null && { from: writeMoment(from) }),
      ...(to !== null && { to: writeMoment(to) }),
      ...(isCertain && { match: 'CERTAINLY' as const }),
    },
  };
}

/** Whether a filter asks nothing. */
export const isNoFilter = (filter: Filter): boolean =>
  Object.keys(questionOf(filter, null)).length === 0 && !filter.isUndated;

/** A value put into a list, or taken out of it. */
export const toggled = <T>(list: readonly T[], value: T): T[] =>
  list.includes(value) ? list.filter((each) => each !== value) : [...list, value];

/** A moment as short as it can be written to the minute: 2016-10-13, 2016-10-13T12:30Z. */
export function writeMoment(moment: number): string {
  const [date = '', time = ''] = new Date(moment).toISOString().split('T');
  return time.startsWith('00:00') ? date : `${date}T${time.slice(0, 5)}Z`;
}

/** Reads what `writeMoment` wrote; null where it is no date. */
export function readMoment(text: string | null): number | null {
  const moment = Date.parse(text ?? '');
  return Number.isNaN(moment) ? null : moment;
}
