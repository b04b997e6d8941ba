import type { Corroboration, EventStatus, PlacementRole } from './event.ts';
import { EventIndex, EventIndexBuilder } from './event-index.ts';
import type { IndexParts } from './index-parts.ts';
import { CORROBORATIONS, ROLES, STATUSES, type AtlasColumns, type AtlasState } from './store/store.ts';

/** What the index tells apart besides space and time. Events without a place have no role. */
export interface Kind {
  category: string;
  status: EventStatus;
  corroboration: Corroboration;
  role: PlacementRole | null;
  isUndated: boolean;
}

/** What indexed events are made of, for another thread or a file: plain records, numbers and typed arrays. */
export interface IndexedParts {
  state: AtlasState;
  kinds: Kind[];
  span: Span;
  index: IndexParts;
  event: Uint32Array;
  place: Uint32Array;
  actor: NamedParts;
  source: NamedParts;
}

/** The earliest and the latest moment that any event names; null when there is none. */
export type Span = { from: number; to: number } | null;

interface NamedParts {
  keys: Uint32Array;
  first: Uint32Array;
  events: Uint32Array;
}

/** Events that are indexed at once: all of an atlas at some moment, or those that were added since. */
export class IndexedEvents {
  readonly state: AtlasState;
  /** By number, as the index holds them. */
  readonly kinds: readonly Kind[];
  readonly span: Span;
  readonly index: EventIndex;
  readonly event: Keys;
  readonly place: Keys;
  readonly actor: Named;
  readonly source: Named;

  private constructor({ state, kinds, span, index, event, place, actor, source }: IndexedParts) {
    this.state = state;
    this.kinds = kinds;
    this.span = span;
    this.index = EventIndex.from(index);
    this.event = new Keys(event);
    this.place = new Keys(place);
    this.actor = new Named(actor);
    this.source = new Named(source);
  }

  static from(parts: IndexedParts): IndexedEvents {
    return new IndexedEvents(parts);
  }

  /** @param known kinds that have numbers already, in what these events are added to */
  static of(columns: AtlasColumns, known: readonly Kind[] = []): IndexedEvents {
    return new IndexedEvents(indexColumns(columns, known));
  }
}

/** Indexes what a store gave. */
export function indexColumns(columns: AtlasColumns, known: readonly Kind[] = []): IndexedParts {
  const { version, last, event, place, placementEvent, placementPlace, placementRole } = columns;
  const placed = new Uint8Array(event.length);
  for (const each of placementEvent) placed[each] = 1;
  const unplaced = placed.reduce((count, is) => count + 1 - is, 0);
  const builder = new EventIndexBuilder(place.length, event.length, placementEvent.length + unplaced);
  const orNull = (time: number | undefined): number | null =>
    time === undefined || Number.isNaN(time) ? null : time;
  for (let at = 0; at < place.length; at++) builder.addPlace(columns.lng[at] ?? 0, columns.lat[at] ?? 0);
  for (let at = 0; at < event.length; at++)
    builder.addEvent(orNull(columns.starts[at]), orNull(columns.ends[at]));

  const { kinds, kindOf } = numbered(columns, known);
  for (let at = 0; at < placementEvent.length; at++) {
    const its = placementEvent[at] as number;
    builder.addPlacement(its, placementPlace[at] as number, kindOf(its, placementRole[at] as number));
  }
  for (let at = 0; at < event.length; at++)
    if (!placed[at]) builder.addPlacement(at, null, kindOf(at, ROLES.length));
  return {
    state: { version, last },
    kinds,
    span: spanOf(columns.starts, columns.ends),
    index: builder.finish().parts(),
    ...{ event, place },
    actor: named(columns.actor, columns.participantActor, columns.participantEvent),
    source: named(columns.source, columns.claimSource, columns.claimEvent),
  };
}

/** From the earliest to the latest of some times; NaN, for one that isn't known, is neither. */
export function spanOf(...columns: Float64Array[]): Span {
  let [from, to] = [Infinity, -Infinity];
  for (const column of columns)
    for (const time of column) {
      if (time < from) from = time;
      if (time > to) to = time;
    }
  return from > to ? null : { from, to };
}

/** Numbers the kinds of placements as they come. */
function numbered(
  { categories, category, status, corroboration, starts, ends }: AtlasColumns,
  known: readonly Kind[],
): { kinds: Kind[]; kindOf: (event: number, role: number) => number } {
  const kinds = [...known];
  const { length: statuses } = STATUSES;
  const { length: corroborations } = CORROBORATIONS;
  /** Each part is its ordinal. */
  const codeOf = (
    ofCategory: number,
    ofStatus: number,
    agreement: number,
    role: number,
    undated: number,
  ): number =>
    (((ofCategory * statuses + ofStatus) * corroborations + agreement) * (ROLES.length + 1) + role) * 2 +
    undated;
  const numbers = new Map(
    known.map((kind, at) => [
      codeOf(
        categories.indexOf(kind.category),
        STATUSES.indexOf(kind.status),
        CORROBORATIONS.indexOf(kind.corroboration),
        kind.role === null ? ROLES.length : ROLES.indexOf(kind.role),
        Number(kind.isUndated),
      ),
      at,
    ]),
  );
  const kindOf = (event: number, role: number): number => {
    const [its, state, agreement] = [category[event] ?? 0, status[event] ?? 0, corroboration[event] ?? 0];
    const isUndated = Number.isNaN(starts[event]) && Number.isNaN(ends[event]);
    const code = codeOf(its, state, agreement, role, Number(isUndated));
    const number = numbers.get(code);
    if (number !== undefined) return number;
    numbers.set(code, kinds.length);
    return (
      kinds.push({
        category: categories[its] as string,
        status: STATUSES[state] as EventStatus,
        corroboration: CORROBORATIONS[agreement] as Corroboration,
        role: ROLES[role] ?? null,
        isUndated,
      }) - 1
    );
  };
  return { kinds, kindOf };
}

/** The events of each node, ascending, each once. */
function named(keys: Uint32Array, nodes: Uint32Array, events: Uint32Array): NamedParts {
  const first = new Uint32Array(keys.length + 1);
  for (const node of nodes) first[node + 1] = (first[node + 1] as number) + 1;
  for (let node = 0; node < keys.length; node++)
    first[node + 1] = (first[node + 1] as number) + (first[node] as number);
  const next = first.slice();
  const grouped = new Uint32Array(nodes.length);
  nodes.forEach((node, at) => {
    grouped[next[node] as number] = events[at] as number;
    next[node] = (next[node] as number) + 1;
  });
  const kept = new Uint32Array(keys.length + 1);
  let size = 0;
  for (let node = 0; node < keys.length; node++) {
    const its = grouped.subarray(first[node], first[node + 1]).sort();
    for (let at = 0; at < its.length; at++)
      if (at === 0 || its[at] !== its[at - 1]) grouped[size++] = its[at] as number;
    kept[node + 1] = size;
  }
  return { keys, first: kept, events: grouped.slice(0, size) };
}

/** Records by ordinal and by key. */
export class Keys {
  readonly all: Uint32Array;
  readonly #from: number;
  /** By key from the lowest on: one more than the ordinal, 0 where there is none. */
  readonly #after: Uint32Array;

  constructor(all: Uint32Array) {
    this.all = all;
    let [low, high] = [all[0] ?? 0, 0];
    for (const key of all) {
      if (key < low) low = key;
      if (key > high) high = key;
    }
    this.#from = low;
    this.#after = new Uint32Array(high - low + 1);
    for (let at = 0; at < all.length; at++) this.#after[(all[at] as number) - low] = at + 1;
  }

  get size(): number {
    return this.all.length;
  }

  ordinalOf(key: number): number | undefined {
    const after = this.#after[key - this.#from];
    return after ? after - 1 : undefined;
  }
}

/** Actors or sources, by ordinal in the order of their names, and the events that name each. */
export class Named extends Keys {
  readonly #first: Uint32Array;
  readonly #events: Uint32Array;

  constructor({ keys, first, events }: NamedParts) {
    super(keys);
    this.#first = first;
    this.#events = events;
  }

  /** Ordinals of events, ascending. */
  eventsOf(ordinal: number): Uint32Array {
    return this.#events.subarray(this.#first[ordinal], this.#first[ordinal + 1]);
  }
}

/** The keys of a base, and behind them those of the added that the base doesn't have. */
export class UnitedKeys {
  readonly #base: Keys;
  readonly #added: Keys | null;
  /** Per ordinal of the added its ordinal here. */
  readonly ofAdded: Uint32Array;
  /** Those of the added that are new here, in their order. */
  readonly #new: number[] = [];

  constructor(base: Keys, added: Keys | null) {
    this.#base = base;
    this.#added = added;
    this.ofAdded = Uint32Array.from(
      added?.all ?? [],
      (key) => base.ordinalOf(key) ?? base.size + this.#new.push(key) - 1,
    );
  }

  /** How many there are; the first of them are the base's. */
  get size(): number {
    return this.#base.size + this.#new.length;
  }

  get baseSize(): number {
    return this.#base.size;
  }

  keyAt(ordinal: number): number {
    const keys = ordinal < this.#base.size ? this.#base.all : this.#new;
    return keys[ordinal < this.#base.size ? ordinal : ordinal - this.#base.size] as number;
  }

  ordinalOf(key: number): number | undefined {
    const known = this.#base.ordinalOf(key);
    if (known !== undefined) return known;
    const added = this.#added?.ordinalOf(key);
    return added === undefined ? undefined : this.ofAdded[added];
  }
}
