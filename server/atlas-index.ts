import type { Corroboration, EventStatus, PlacementRole } from './event.ts';
import {
  EventIndexBuilder,
  type Box,
  type EventIndex,
  type IndexCluster,
  type IndexFilter,
} from './event-index.ts';
import type { EventFilter } from './filter.ts';
import { CORROBORATIONS, ROLES, STATUSES, type AtlasColumns, type Count, type Store } from './store/store.ts';
import { calendarBins, type Period } from './time.ts';

/** What the index tells apart besides space and time. Events without a place have no role. */
interface Kind {
  category: string;
  status: EventStatus;
  corroboration: Corroboration;
  role: PlacementRole | null;
}

/** One bin [from, to), in milliseconds since 1970 UTC. */
export interface TimelineBin {
  from: number;
  to: number;
}

/** A mark with what it takes to ask more of it. */
export interface Cluster extends IndexCluster {
  index: AtlasIndex;
  asked: IndexFilter;
  zoom: number;
}

/** An atlas's index in the atlas's own terms: ids for ordinals, and the parts of a filter for what the index knows. */
export class AtlasIndex {
  readonly #store: Store;
  readonly #index: EventIndex;
  readonly #kinds: Kind[];
  readonly #placeIds: string[];
  readonly #placeOrdinals: Map<string, number>;
  /** Keys by ordinal, and ordinals by key. */
  readonly #eventKeys: Uint32Array;
  readonly #eventOrdinals: Uint32Array;
  readonly #span: Period;

  private constructor(store: Store, index: EventIndex, kinds: Kind[], columns: AtlasColumns) {
    this.#store = store;
    this.#index = index;
    this.#kinds = kinds;
    const { placeIds, eventKeys, starts, ends } = columns;
    this.#placeIds = placeIds;
    this.#placeOrdinals = new Map(placeIds.map((id, at) => [id, at]));
    this.#eventKeys = eventKeys;
    this.#eventOrdinals = new Uint32Array(eventKeys.reduce((most, key) => Math.max(most, key), 0) + 1);
    eventKeys.forEach((key, at) => (this.#eventOrdinals[key] = at));
    this.#span = spanOf(starts, ends);
  }

  /** Reads the whole atlas of a store and indexes it. */
  static async read(store: Store): Promise<AtlasIndex> {
    const [columns, categories] = [await store.columns(), await store.categories()];
    const { placeIds, eventKeys, placementEvent, placementPlace, placementRole } = columns;
    const placed = new Uint8Array(eventKeys.length);
    for (const event of placementEvent) placed[event] = 1;
    const unplaced = placed.reduce((count, is) => count + 1 - is, 0);
    const builder = new EventIndexBuilder(
      placeIds.length,
      eventKeys.length,
      placementEvent.length + unplaced,
    );
    const number = (time: number | undefined): number | null =>
      time === undefined || Number.isNaN(time) ? null : time;
    placeIds.forEach((_, at) => builder.addPlace(columns.lng[at] ?? 0, columns.lat[at] ?? 0));
    eventKeys.forEach((_, at) => builder.addEvent(number(columns.starts[at]), number(columns.ends[at])));

    const kinds: Kind[] = [];
    const kindOf = new Map<number, number>();
    const kind = (event: number, role: number): number => {
      const parts = [
        columns.category[event] ?? 0,
        columns.status[event] ?? 0,
        columns.corroboration[event] ?? 0,
      ];
      const [category = 0, status = 0, corroboration = 0] = parts;
      const code = ((category * STATUSES.length + status) * CORROBORATIONS.length + corroboration) * 3 + role;
      const known = kindOf.get(code);
      if (known !== undefined) return known;
      kindOf.set(code, kinds.length);
      return (
        kinds.push({
          category: categories[category]?.id ?? '',
          status: STATUSES[status] ?? 'OCCURRED',
          corroboration: CORROBORATIONS[corroboration] ?? 'SINGLE_SOURCE',
          role: ROLES[role] ?? null,
        }) - 1
      );
    };
    placementEvent.forEach((event, at) =>
      builder.addPlacement(event, placementPlace[at] ?? 0, kind(event, placementRole[at] ?? 0)),
    );
    placed.forEach((is, event) => {
      if (!is) builder.addPlacement(event, null, kind(event, ROLES.length));
    });
    return new AtlasIndex(store, builder.finish(), kinds, columns);
  }

  /** A filter in the index's terms. What it knows nothing of, the store answers as a list of events. */
  async ask(filter: EventFilter): Promise<IndexFilter> {
    const { box, during, categories, roles, statuses, corroboration, places, actors, sources, words } =
      filter;
    const isOneOf = <T>(wanted: readonly T[] | undefined, value: T | null): boolean =>
      !wanted || (value !== null && wanted.includes(value));
    const kinds = this.#kinds.map(
      (kind) =>
        isOneOf(categories, kind.category) &&
        isOneOf(roles, kind.role) &&
        isOneOf(statuses, kind.status) &&
        isOneOf(corroboration, kind.corroboration),
    );
    const others = {
      ...(actors && { actors }),
      ...(sources && { sources }),
      ...(words && { words }),
    };
    const keys = Object.keys(others).length > 0 ? await this.#store.eventKeys(others) : null;
    return {
      ...(box && { box }),
      ...(during && periodOf(during)),
      ...(kinds.includes(false) && { kinds: Uint8Array.from(kinds, Number) }),
      ...(places && { places: places.flatMap((id) => this.#placeOrdinals.get(id) ?? []) }),
      ...(keys && { events: Uint32Array.from(keys, (key) => this.#eventOrdinals[key] as number).sort() }),
    };
  }

  async count(filter: EventFilter): Promise<number> {
    return this.#index.count(await this.ask(filter));
  }

  /** The marks of a view, the fullest first. */
  async clusters(box: Box, zoom: number, filter: EventFilter): Promise<Cluster[]> {
    const asked = await this.ask(filter);
    return this.#index.clusters(box, zoom, asked).map((each) => ({ ...each, index: this, asked, zoom }));
  }

  /** The id of the place that a mark stands on. */
  anchorOf({ anchor }: Cluster): string {
    return this.#placeIds[anchor] as string;
  }

  /** How many events a mark stands for, each once. */
  eventCountOf({ runs, asked }: Cluster): number {
    return this.#index.countIn(runs, asked);
  }

  /** West, south, east, north of what a mark stands for. */
  boundsOf(cluster: Cluster): Box {
    const known = this.#bounds.get(cluster) ?? this.#index.boundsIn(cluster.runs, cluster.asked);
    this.#bounds.set(cluster, known);
    return known;
  }

  expansionZoomOf(cluster: Cluster): number | null {
    return this.#index.expansionZoom(this.boundsOf(cluster), cluster.zoom);
  }

  /** The id of the only place of a mark's placements, or null. */
  onlyPlaceOf(cluster: Cluster): string | null {
    const place = this.#index.onlyPlaceIn(cluster, cluster.asked);
    return place === null ? null : (this.#placeIds[place] as string);
  }

  /** The store's key of the only event of a mark's placements, or null. */
  onlyEventOf({ runs, asked }: Cluster): number | null {
    const [only, ...others] = this.#index.eventsIn(runs, asked, 2);
    return only === undefined || others.length > 0 ? null : (this.#eventKeys[only] as number);
  }

  /** Placements of a mark per category, highest first, then by id. */
  categoriesOf(cluster: Cluster): Count[] {
    const counts = new Map<string, number>();
    this.#byKind(cluster).forEach((count, kind) => {
      const category = this.#kinds[kind]?.category ?? '';
      if (count > 0) counts.set(category, (counts.get(category) ?? 0) + count);
    });
    return highestFirst(counts);
  }

  /** How many placements of a mark are of kinds that meet a condition. */
  countOf(cluster: Cluster, isWanted: (kind: Kind) => boolean): number {
    return this.#byKind(cluster).reduce((sum, count, at) => {
      const kind = this.#kinds[at];
      return kind && isWanted(kind) ? sum + count : sum;
    }, 0);
  }

  /** Events per category, highest first, then by id. */
  async categoryCounts(filter: EventFilter): Promise<Count[]> {
    const counts = new Map<string, number>();
    for (const category of filter.categories ?? new Set(this.#kinds.map((kind) => kind.category)))
      counts.set(category, await this.count({ ...filter, categories: [category] }));
    return highestFirst(counts);
  }

  /**
   * Calendar bins over the period asked for, or where it is open over all that the atlas spans, with a way to count the
   * matching events that may have been, or surely were, inside each: an event is counted in every bin that it overlaps.
   */
  async timeline(filter: EventFilter, most: number): Promise<Timeline> {
    const { during, ...rest } = filter;
    const asked = await this.ask(filter);
    const [from, to] = [during?.from ?? this.#span.from, during?.to ?? this.#span.to];
    const edges = from !== null && to !== null && from < to ? calendarBins(from, to, most) : [];
    const inPeriod = await this.ask(rest);
    return {
      bins: edges.slice(1).map((to, at) => ({ from: edges[at] as number, to })),
      undated: () =>
        this.#index.count(inPeriod) - this.#index.count({ ...inPeriod, from: -Number.MAX_VALUE }),
      possibly: once(() => this.#possibly(inPeriod, asked, edges)),
      certainly: once(() => this.#certainly(inPeriod, asked, edges)),
    };
  }

  /**
   * Whoever overlaps both the period and a bin overlaps what these share, since the three are intervals; so the outer bins are
   * cut to the period. Events that must lie inside the period are counted bin by bin as those that overlap the bin.
   */
  #possibly(
    filter: IndexFilter,
    { from = -Infinity, to = Infinity, certainly }: IndexFilter,
    edges: number[],
  ): number[] {
    if (certainly)
      return edges
        .slice(1)
        .map((end, at) => this.#countBoth({ ...filter, from, to }, edges[at] as number, end));
    const cut = edges.map((edge) => Math.max(from, Math.min(to, edge)));
    return [...this.#index.timeline(filter, cut)];
  }

  /** Surely inside a bin and in the period: all inside the bin, less those inside what of it lies outside the period. */
  #certainly(
    filter: IndexFilter,
    { from = -Infinity, to = Infinity, certainly }: IndexFilter,
    edges: number[],
  ): number[] {
    if (certainly) {
      const cut = edges.map((edge) => Math.max(from, Math.min(to, edge)));
      return [...this.#index.timelineCertainly(filter, cut)];
    }
    const counts = [...this.#index.timelineCertainly(filter, edges)];
    const [first, last] = [edges[0] ?? 0, edges.at(-1) ?? 0];
    const inside = (start: number, end: number): number =>
      start < end ? this.#index.count({ ...filter, from: start, to: end, certainly: true }) : 0;
    if (counts[0] !== undefined) counts[0] -= inside(first, Math.min(from, edges[1] ?? from));
    const end = counts.length - 1;
    if (counts[end] !== undefined) counts[end] -= inside(Math.max(to, edges[end] ?? to), last);
    return counts;
  }

  /** How many events lie surely in the filter's period and overlap [start, end): all in it, less those before and after. */
  #countBoth(filter: IndexFilter, start: number, end: number): number {
    const { from = -Infinity, to = Infinity } = filter;
    const inside = (first: number, last: number): number =>
      first < last ? this.#index.count({ ...filter, from: first, to: last, certainly: true }) : 0;
    return inside(from, to) - inside(from, Math.min(start, to)) - inside(Math.max(end, from), to);
  }

  /** What several fields of a mark are made of. */
  #bounds = new WeakMap<Cluster, Box>();
  #counted = new WeakMap<Cluster, Float64Array>();

  #byKind(cluster: Cluster): Float64Array {
    const known = this.#counted.get(cluster) ?? this.#index.placementsByKind(cluster.runs, cluster.asked);
    this.#counted.set(cluster, known);
    return known;
  }
}

/** A timeline whose counts are made when they are asked for, and once. */
export interface Timeline {
  bins: TimelineBin[];
  /** Events that match all but the period and have no date at all. */
  undated(): number;
  possibly(): number[];
  certainly(): number[];
}

/** A period that is open at both ends still leaves undated events out. */
function periodOf({ from, to, match }: NonNullable<EventFilter['during']>): IndexFilter {
  if (from === null && to === null) return { from: -Number.MAX_VALUE };
  return { from: from ?? -Infinity, to: to ?? Infinity, certainly: match === 'CERTAINLY' };
}

/** From the earliest to the latest moment that any event names; null when there is none. */
function spanOf(...columns: Float64Array[]): Period {
  let [from, to] = [Infinity, -Infinity];
  for (const column of columns)
    for (const time of column) {
      // NaN, for a time that isn't known, is neither.
      if (time < from) from = time;
      if (time > to) to = time;
    }
  return from > to ? { from: null, to: null } : { from, to };
}

/** A function that does its work at the first call only. */
function once<T>(work: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: work() }).value;
}

const highestFirst = (counts: Map<string, number>): Count[] =>
  [...counts]
    .filter(([, count]) => count > 0)
    .map(([id, count]) => ({ id, count }))
    .sort((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1));
