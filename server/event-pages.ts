import type DataLoader from 'dataloader';
import type { IndexFilter } from './event-index.ts';
import type { UnitedKeys } from './indexed-events.ts';
import { compareKeys, lowerBound, mergedRows, type ListRow, type Range, type SortKeys } from './list.ts';
import type { LiveIndex } from './live-index.ts';
import type { RecordRow, Store } from './store/store.ts';

/** Where an undated event stands in lists: after all others. */
const LAST = Number.MAX_SAFE_INTEGER;

/** A part of a list of events, in the order of dates or in the reverse order; and the sort keys that all of it begins with. */
export interface Stretch {
  asked: IndexFilter;
  lead: number[];
  isReversed: boolean;
  /** Whether it is those without a date, or those with; null is both. */
  isUndated: boolean | null;
}

/** Pages of events: the index finds them by their ordinals, the store knows their ids. */
export class EventPages {
  readonly #live: LiveIndex;
  readonly #events: UnitedKeys;
  readonly #store: Store;
  readonly #rows: DataLoader<number, RecordRow | undefined>;

  constructor(
    live: LiveIndex,
    events: UnitedKeys,
    store: Store,
    rows: DataLoader<number, RecordRow | undefined>,
  ) {
    this.#live = live;
    this.#events = events;
    this.#store = store;
    this.#rows = rows;
  }

  /** A page of a list that is made of some stretches, one behind the other. */
  async rows(stretches: Stretch[], range: Range): Promise<ListRow[]> {
    const isFromEnd = range.from === 'END';
    const rows: ListRow[] = [];
    for (const stretch of isFromEnd ? stretches.toReversed() : stretches) {
      const left = range.limit - rows.length;
      if (left === 0) break;
      const its = await this.#stretchRows(stretch, { ...range, limit: left });
      if (isFromEnd) rows.unshift(...its);
      else rows.push(...its);
    }
    return rows;
  }

  async #stretchRows(stretch: Stretch, range: Range): Promise<ListRow[]> {
    const { asked, lead, isReversed } = stretch;
    const [after, before] = [range.after, range.before].map((keys) => keys && positionIn(stretch, keys));
    // Nothing of a stretch lies after what is behind it, or before what is ahead of it.
    if (after === 'BEHIND' || before === 'AHEAD') return [];
    const bounds = {
      after: typeof after === 'string' ? null : (after ?? null),
      before: typeof before === 'string' ? null : (before ?? null),
    };
    const dated = isReversed ? { after: bounds.before, before: bounds.after } : bounds;
    const fromEnd = (range.from === 'END') !== isReversed;
    const part = { ...dated, from: fromEnd ? 'END' : 'START', limit: range.limit } as const;
    const sides = [0, 1].map((side) => this.#datedRows(side === 1, stretch, asked, part));
    const rows = mergedRows(await Promise.all(sides), part);
    return (isReversed ? rows.reverse() : rows).map(({ id, keys }) => ({ id, keys: [...lead, ...keys] }));
  }

  /** Rows of the base or of the added, by [sort, id]. */
  async #datedRows(
    isAdded: boolean,
    { isUndated }: Stretch,
    asked: IndexFilter,
    { after, before, from, limit }: Range,
  ): Promise<ListRow[]> {
    const [first, end] = isAdded ? [this.#events.baseSize, this.#events.size] : [0, this.#events.baseSize];
    if (first === end) return [];
    const undated = first + lowerBound(end - first, (at) => this.#sortOf(first + at) < LAST);
    const low = isUndated === true ? undated : first;
    const high = isUndated === false ? undated : end;
    const page = {
      after: Math.max(low, after === null ? low : await this.#positionOf(first, end, after, true)) - 1,
      before: Math.min(high, before === null ? high : await this.#positionOf(first, end, before, false)),
      fromEnd: from === 'END',
    };
    const found = isAdded
      ? this.#live.eventsOfAdded(asked, limit, page)
      : this.#live.eventsOfBase(asked, limit, page);
    return this.#eventRows(found);
  }

  /** The first of some events in the order of dates that stands behind [sort, id], or not before it. */
  async #positionOf(first: number, end: number, [sort, id]: SortKeys, isBehind: boolean): Promise<number> {
    const [low, high] = [Number(sort), Number(sort) + 1].map(
      (bound) => first + lowerBound(end - first, (at) => this.#sortOf(first + at) < bound),
    ) as [number, number];
    const [key] = await this.#store.keys('event', [String(id)]);
    const own = key === undefined ? undefined : this.#events.ordinalOf(key);
    if (own !== undefined && own >= low && own < high) return isBehind ? own + 1 : own;
    // Among events of one date by their ids; those that are removed have none any more.
    let [from, to] = [low, high];
    while (from < to) {
      const middle = (from + to) >>> 1;
      let [row, there] = [await this.#eventRow(middle), middle];
      while (!row && ++there < to) row = await this.#eventRow(there);
      const order = row ? compareKeys([row.id], [String(id)]) : 1;
      if (order < 0 || (isBehind && order === 0)) from = there + 1;
      else to = middle;
    }
    return from;
  }

  #sortOf(event: number): number {
    const { start, end } = this.#live.timesOf(event);
    return start ?? end ?? LAST;
  }

  async #eventRow(event: number): Promise<RecordRow | undefined> {
    return this.#rows.load(this.#events.keyAt(event));
  }

  async #eventRows(events: readonly number[]): Promise<ListRow[]> {
    const rows = await Promise.all(events.map((event) => this.#eventRow(event)));
    // A record that went since is not shown; the next question is asked of what is there then.
    return events.flatMap((event, at) => {
      const id = rows[at]?.id;
      return id === undefined ? [] : [{ id, keys: [this.#sortOf(event), id] }];
    });
  }
}

/** Where sort keys of the list stand as seen from a stretch: ahead of it, behind it, or in it at [sort, id]. */
function positionIn({ lead, isUndated }: Stretch, keys: SortKeys): 'AHEAD' | 'BEHIND' | SortKeys {
  const order = compareKeys(keys.slice(0, lead.length), lead);
  const its = keys.slice(lead.length);
  const dated = isUndated === null ? 0 : Number(its[0] === LAST) - Number(isUndated);
  if (order < 0 || dated < 0) return 'AHEAD';
  return order > 0 || dated > 0 ? 'BEHIND' : its;
}
