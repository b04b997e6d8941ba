import type { AtlasIndex } from '../atlas-index.ts';
import type { Event } from '../event.ts';
import type { EventFilter } from '../filter.ts';
import { readBox, type Box } from '../geo.ts';
import { readPage } from '../graphql/connection.ts';
import { InputError } from '../input-error.ts';
import type { Store } from '../store/store.ts';
import type { Period } from '../time.ts';
import { featureText } from './geojson.ts';
import { NamedRecords } from './named-records.ts';

/** How many features a page has, and may have. */
export const [USUAL_LIMIT, MOST_LIMIT] = [100, 1000];

const DAY = 86_400_000;

/** What is asked of the features of OGC API – Features. */
export interface ItemsQuery {
  box: Box | null;
  period: Period | null;
  limit: number;
  /** Where the page begins: behind what a page before it ended with. */
  after: string | null;
}

/**
 * Reads `bbox`, `datetime`, `limit` and `after`.
 * @throws InputError
 */
export function readItemsQuery(parameters: URLSearchParams): ItemsQuery {
  const bbox = parameters.get('bbox');
  const datetime = parameters.get('datetime');
  return {
    box: bbox === null ? null : readBbox(bbox),
    period: datetime === null ? null : readDatetime(datetime),
    limit: readLimit(parameters.get('limit')),
    after: parameters.get('after'),
  };
}

/** Of six numbers the third and the sixth are heights, which nothing has here. */
function readBbox(text: string): Box {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (!numbers.every(Number.isFinite))
    throw new InputError(
      `not a bbox: "${text}". Write west,south,east,north in degrees, such as 35,32,43,38.`,
    );
  return readBox(numbers.length === 6 ? numbers.toSpliced(5, 1).toSpliced(2, 1) : numbers);
}

const REMEDY = 'Write a moment or an interval, such as 2016-10-13T00:00:00Z or 2016-10-01/.. for all since.';

/** A moment or an interval of which both ends are in it; a day is all of it. */
function readDatetime(text: string): Period {
  const ends = text.split('/');
  const [start, end = start] = ends;
  const isOpen = (part: string): boolean => ends.length === 2 && (part === '' || part === '..');
  if (start === undefined || end === undefined || ends.length > 2 || (isOpen(start) && isOpen(end)))
    throw new InputError(`not a datetime: "${text}". ${REMEDY}`);
  const from = isOpen(start) ? null : spanOf(start, text).from;
  const to = isOpen(end) ? null : spanOf(end, text).to;
  if (from !== null && to !== null && from >= to)
    throw new InputError(`datetime ends before it starts: "${text}". ${REMEDY}`);
  return { from, to };
}

/** The span of a date-time of RFC 3339, or of its date alone. */
function spanOf(part: string, text: string): { from: number; to: number } {
  const [, day, time] =
    /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?$/i.exec(part) ?? [];
  const [midnight, from] = [Date.parse(day ?? ''), Date.parse(part.toUpperCase())];
  // A day that a month doesn't have would be one of the next month.
  const isDay = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day ?? '');
  if (!isDay || Number.isNaN(from)) throw new InputError(`not a datetime: "${text}". ${REMEDY}`);
  return { from, to: from + (time === undefined ? DAY : 1) };
}

function readLimit(text: string | null): number {
  if (text === null) return USUAL_LIMIT;
  if (!/^\d{1,9}$/.test(text) || Number(text) < 1)
    throw new InputError(
      `not a limit: "${text}". Ask for 1 to ${MOST_LIMIT}; the next link leads to the rest.`,
    );
  return Math.min(Number(text), MOST_LIMIT);
}

/** A page of features. */
export interface Items {
  /** Each as JSON. */
  features: string[];
  matched: number;
  /** Where the next page begins; null at the end. */
  next: string | null;
}

/**
 * A page of the events that a filter and a query select. A bbox matches what has no place too, and a datetime what has no
 * date (requirements fc-bbox-response and fc-time-response), which no one filter of ours does: so the list is up to four lists,
 * one behind the other, that have nothing in common.
 */
export async function readItems(
  { store, index }: { store: Store; index: AtlasIndex },
  filter: EventFilter,
  query: ItemsQuery,
): Promise<Items> {
  const lists = listsOf(filter, query);
  const [start, cursor] = readAfter(query.after, lists.length);
  let matched = 0;
  for (const each of lists) matched += await index.count(each);
  const ids: string[] = [];
  let next: string | null = null;
  for (let at = start; at < lists.length && next === null; at++) {
    const page = await readPage(
      'WHEN_ASC',
      { first: query.limit - ids.length, after: at === start ? cursor : null },
      MOST_LIMIT,
      (range) => index.events(lists[at] as EventFilter, 'WHEN_ASC', range),
    );
    ids.push(...page.edges.map(({ id }) => id));
    const { hasNextPage, endCursor } = page.pageInfo;
    if (hasNextPage) next = endCursor === null ? `${at}` : `${at}.${endCursor}`;
  }
  return { features: await featuresOf(store, ids), matched, next };
}

function listsOf(filter: EventFilter, { box, period }: ItemsQuery): EventFilter[] {
  const places = box === null ? [{}] : [{ box }, { unplaced: true }];
  const times =
    period === null ? [{}] : [{ during: { ...period, match: 'POSSIBLY' as const } }, { undated: true }];
  const isAsked = (part: EventFilter): boolean =>
    !(part.undated === true && filter.during) && !(part.during && filter.undated === true);
  return places.flatMap((place) => times.filter(isAsked).map((time) => ({ ...filter, ...place, ...time })));
}

function readAfter(after: string | null, lists: number): [list: number, cursor: string | null] {
  if (after === null) return [0, null];
  const [, list, cursor] = /^(\d)(?:\.([\w-]+))?$/.exec(after) ?? [];
  if (list === undefined || Number(list) >= lists)
    throw new InputError(`not where a page begins: "${after.slice(0, 100)}". Follow a next link.`);
  return [Number(list), cursor ?? null];
}

/** Events as GeoJSON features, each as JSON. */
export async function featuresOf(store: Store, ids: readonly string[]): Promise<string[]> {
  const events = (await store.events(ids)).filter((event): event is Event => event !== undefined);
  const categories = new Map((await store.categories()).map((each) => [each.id, each]));
  const batch = await new NamedRecords(store).batchOf(events, categories);
  return events.map((event) => featureText(event, batch));
}
