import DataLoader from 'dataloader';
import type { Event, Place } from './event.ts';
import type { EventFilter } from './filter.ts';
import type { IndexFilter } from './event-index.ts';
import type { Box } from './extent.ts';
import type { Position } from './geo.ts';
import { IndexedEvents, spanOf, UnitedKeys, type Kind, type Named, type Span } from './indexed-events.ts';
import { EventPages, type Stretch } from './event-pages.ts';
import {
  compareKeys,
  lowerBound,
  mergedRows,
  type Listed,
  type ListRow,
  type Range,
  type SortKeys,
} from './list.ts';
import { LiveIndex, type LiveCluster } from './live-index.ts';
import {
  NODE_KINDS,
  type Found,
  type NodeKey,
  type NodeKind,
  type RecordKind,
  type RecordRow,
  type Store,
} from './store/store.ts';
import { calendarBins } from './time.ts';
import { isWanted, mustBeWanted, Unwanted } from './wanted.ts';

export type EventOrder = 'WHEN_ASC' | 'WHEN_DESC' | 'RELEVANCE';

/** How many of something, by its id. */
export interface Count {
  id: string;
  count: number;
}

/** What somebody may be looking for, and how many events name it. */
export interface Suggested {
  kind: RecordKind;
  id: string;
  eventCount: number;
}

/** One bin [from, to), in milliseconds since 1970 UTC. */
export interface TimelineBin {
  from: number;
  to: number;
}

/** A mark with what it takes to ask more of it. */
export interface Cluster extends LiveCluster {
  index: AtlasIndex;
  view: View;
}

/** What the marks of a view have in common. */
interface View {
  asked: IndexFilter;
  zoom: number;
  /** Placements per kind of each mark: whoever asks one of them asks all. */
  perKind: () => Map<Cluster, Float64Array>;
}

/** What changed since a base was made. */
export interface Changes {
  added: IndexedEvents;
  removed: Record<RecordKind, Uint32Array>;
}

/** So many placements or events are looked at before others have their turn. */
const PORTION = 200_000;

/** So many places are remembered before they are forgotten together. */
const MOST_PLACES = 10_000;

/** So many questions about nodes, and as many searches, are remembered. */
const REMEMBERED = 4;

/** Some of an index's events, by their ordinals in it. */
type EventSet = Uint32Array;

/**
 * The index of an atlas in the atlas's own terms: ids for ordinals, the parts of a filter for what the index knows, and
 * lists in their orders. Immutable, as the moment of the atlas that it was made of.
 */
export class AtlasIndex {
  readonly #store: Store;
  readonly #base: IndexedEvents;
  readonly #added: IndexedEvents | null;
  readonly #live: LiveIndex;
  readonly #kinds: readonly Kind[];
  readonly #events: UnitedKeys;
  readonly #nodes: Record<NodeKind, UnitedKeys>;
  /** Events of the base that are there no more, by ordinal, ascending. */
  readonly #removed: number[];
  /** Nodes of the base that are there no more, by ordinal. */
  readonly #gone: Record<NodeKind, ReadonlySet<number>>;
  /** What is asked for at about the same time is read at once. */
  readonly #rows: Record<RecordKind, DataLoader<number, RecordRow | undefined>>;
  readonly #pages: EventPages;
  /** Places that marks stood on, by ordinal, and how others are read: the same ones are asked for again and again. */
  readonly #places = new Map<number, Place>();
  readonly #placeReader = new DataLoader((ordinals: readonly number[]) => this.#readPlaces(ordinals), {
    cache: false,
  });
  readonly #searches = new Remembered<Found>(REMEMBERED);
  readonly #counted = new Remembered<NodeCounts>(REMEMBERED);

  constructor(store: Store, base: IndexedEvents, changes: Changes | null) {
    this.#store = store;
    const rowsOf = (kind: RecordKind): DataLoader<number, RecordRow | undefined> =>
      new DataLoader((keys) => store.rows(kind, keys), { cache: false });
    this.#rows = { ...ofEachNodeKind(rowsOf), event: rowsOf('event') };
    this.#base = base;
    this.#added = changes?.added ?? null;
    this.#kinds = this.#added?.kinds ?? base.kinds;
    this.#events = new UnitedKeys(base.event, this.#added?.event ?? null);
    const gone = (kind: RecordKind): number[] =>
      [...(changes?.removed[kind] ?? [])].flatMap((key) => base[kind].ordinalOf(key) ?? []);
    this.#nodes = ofEachNodeKind((kind) => new UnitedKeys(base[kind], this.#added?.[kind] ?? null));
    this.#gone = ofEachNodeKind((kind) => new Set(gone(kind)));
    this.#removed = gone('event').sort((a, b) => a - b);
    const removed = Uint32Array.from(this.#removed);
    this.#live = new LiveIndex(base.index, this.#added?.index, removed, this.#nodes.place.ofAdded);
    this.#pages = new EventPages(this.#live, this.#events, store, this.#rows.event);
  }

  /** Reads the whole atlas of a store and indexes it, on this thread. */
  static async read(store: Store): Promise<AtlasIndex> {
    return new AtlasIndex(store, IndexedEvents.of(await store.columns()), null);
  }

  /** A filter in the index's terms. What it knows nothing of comes as a list of events. */
  async ask(filter: EventFilter): Promise<IndexFilter> {
    const { box, during, categories, roles, statuses, corroboration, undated, unplaced } = filter;
    const { places, actors, sources, words } = filter;
    const isOneOf = <T>(wanted: readonly T[] | undefined, value: T | null): boolean =>
      !wanted || (value !== null && wanted.includes(value));
    const kinds = this.#kinds.map(
      (kind) =>
        isOneOf(categories, kind.category) &&
        isOneOf(roles, kind.role) &&
        isOneOf(statuses, kind.status) &&
        isOneOf(corroboration, kind.corroboration) &&
        (undated ?? kind.isUndated) === kind.isUndated &&
        (unplaced ?? kind.role === null) === (kind.role === null),
    );
    const lists = [
      ...(actors ? [await this.#naming('actor', actors)] : []),
      ...(sources ? [await this.#naming('source', sources)] : []),
      ...(words ? [this.#ordinalsOf((await this.#search(words)).keys)] : []),
    ];
    return {
      ...(box && { box }),
      ...(during && periodOf(during)),
      ...(kinds.includes(false) && { kinds: Uint8Array.from(kinds, Number) }),
      ...(places && { places: await this.#ordinals('place', places) }),
      ...(lists.length > 0 && { events: lists.reduce(inBoth) }),
    };
  }

  /** All events of the atlas. */
  get eventCount(): number {
    return this.#live.count({});
  }

  async count(filter: EventFilter): Promise<number> {
    return this.#live.count(await this.ask(filter));
  }

  /** From the earliest to the latest moment that any event names; null when there is none. */
  get during(): Span {
    return this.#span();
  }

  /** West, south, east, north of all placements; null when there is none. */
  get bounds(): Box | null {
    const runs = this.#live.runs({ box: WORLD });
    return this.#live.placementsIn(runs, {}) > 0 ? this.#live.boundsIn(runs, {}) : null;
  }

  #span = once((): Span => {
    const moments = [this.#base, this.#added].flatMap((each) =>
      each?.span ? [each.span.from, each.span.to] : [],
    );
    const span = spanOf(Float64Array.from(moments));
    const gone = this.#removed.flatMap((event) => this.#momentsOf(event));
    if (!span || !gone.some((moment) => moment === span.from || moment === span.to)) return span;
    // What was first or last is gone.
    const removed = new Set(this.#removed);
    const left = Array.from({ length: this.#events.size }, (_, event) => event).filter(
      (event) => !removed.has(event),
    );
    return spanOf(Float64Array.from(left.flatMap((event) => this.#momentsOf(event))));
  });

  #momentsOf(event: number): number[] {
    const { start, end } = this.#live.timesOf(event);
    return [start, end].filter((moment) => moment !== null);
  }

  /** The marks of a view, the fullest first. */
  async clusters(box: Box, zoom: number, filter: EventFilter): Promise<Cluster[]> {
    const asked = await this.ask(filter);
    const perKind = once(() => {
      const counts = this.#live.placementsByKind(
        clusters.map(({ runs }) => runs),
        asked,
      );
      return new Map(clusters.map((each, at) => [each, counts[at] as Float64Array]));
    });
    const view: View = { asked, zoom, perKind };
    const clusters = this.#live
      .clusters(box, zoom, asked)
      .map((each): Cluster => ({ ...each, index: this, view }));
    return clusters;
  }

  /** The place that a mark stands on; at once, where it is remembered. */
  anchorOf({ anchor }: Cluster): Place | Promise<Place> {
    return this.#placeOf(anchor);
  }

  positionOf({ anchor }: Cluster): Position {
    return this.#live.positionOf(anchor);
  }

  /** How many events a mark stands for, each once. */
  eventCountOf({ count, runs, view: { asked } }: Cluster): number {
    return count - this.#live.repeatsIn(runs, asked);
  }

  /** West, south, east, north of what a mark stands for. */
  boundsOf(cluster: Cluster): Box {
    const known = this.#bounds.get(cluster) ?? this.#live.boundsIn(cluster.runs, cluster.view.asked);
    this.#bounds.set(cluster, known);
    return known;
  }

  expansionZoomOf(cluster: Cluster): number | null {
    return this.#live.expansionZoom(this.boundsOf(cluster), cluster.view.zoom);
  }

  /** The only place of a mark's placements, or null; at once, where it is remembered. */
  onlyPlaceOf(cluster: Cluster): Place | Promise<Place> | null {
    const place = this.#live.onlyPlaceIn(cluster, cluster.view.asked);
    return place === null ? null : this.#placeOf(place);
  }

  #placeOf(ordinal: number): Place | Promise<Place> {
    return this.#places.get(ordinal) ?? this.#placeReader.load(ordinal);
  }

  async #readPlaces(ordinals: readonly number[]): Promise<(Place | Error)[]> {
    const rows = await this.#store.rows(
      'place',
      ordinals.map((ordinal) => this.#nodes.place.keyAt(ordinal)),
    );
    const places = await this.#store.places(rows.map((row) => row?.id ?? ''));
    if (this.#places.size > MOST_PLACES) this.#places.clear();
    return places.map((place, at) => {
      if (!place) return new Error(`the place of ordinal ${ordinals[at]} went while it was asked for`);
      this.#places.set(ordinals[at] as number, place);
      return place;
    });
  }

  /** The id of the only event of a mark's placements, or null. */
  async onlyEventOf({ runs, view: { asked } }: Cluster): Promise<string | null> {
    const [only, ...others] = this.#live.eventsIn(runs, asked, 2);
    return only === undefined || others.length > 0 ? null : this.#idOf('event', this.#events.keyAt(only));
  }

  /** Placements of a mark per category, highest first, then by id. */
  categoriesOf(cluster: Cluster): Count[] {
    const counts = new Map<string, number>();
    const perKind = this.#byKind(cluster);
    for (const [kind, { category }] of this.#kinds.entries()) {
      const count = perKind[kind] ?? 0;
      if (count > 0) counts.set(category, (counts.get(category) ?? 0) + count);
    }
    return highestFirst(counts);
  }

  /** How many placements of a mark are of kinds that meet a condition. */
  countOf(cluster: Cluster, isWanted: (kind: Kind) => boolean): number {
    const perKind = this.#byKind(cluster);
    let sum = 0;
    for (let kind = 0; kind < perKind.length; kind++)
      if (perKind[kind] && isWanted(this.#kinds[kind] as Kind)) sum += perKind[kind] as number;
    return sum;
  }

  /** Events per category, highest first, then by id. */
  async categoryCounts(filter: EventFilter): Promise<Count[]> {
    const counts = new Map<string, number>();
    for (const category of filter.categories ?? new Set(this.#kinds.map((kind) => kind.category)))
      counts.set(category, await this.count({ ...filter, categories: [category] }));
    return highestFirst(counts);
  }

  /** Events per value of a part of the filter that takes a few known ones. */
  async valueCounts<T extends string>(
    part: 'statuses' | 'corroboration' | 'roles',
    values: readonly T[],
    filter: EventFilter,
  ): Promise<{ value: T; count: number }[]> {
    const wanted = (filter[part] ?? values) as readonly string[];
    return Promise.all(
      values.map(async (value) => ({
        value,
        count: wanted.includes(value) ? await this.count({ ...filter, [part]: [value] }) : 0,
      })),
    );
  }

  /** Nodes whose names have words beginning with these, the highest counts of each kind first; then events by titles. */
  async suggest(words: readonly string[], most: number): Promise<Suggested[]> {
    const found = await this.#store.searchNodes(words);
    const nodes = NODE_KINDS.map((kind) => this.#suggestNodes(kind, found, most));
    const { keys, rank } = await this.#search(words);
    const events = this.#ordinalsOf(keys.filter((_, at) => rank[at] === words.length));
    const rows = await this.#pages.rows(
      [{ asked: { events }, lead: [], isReversed: false, isUndated: null }],
      {
        ...{ after: null, before: null, from: 'START', limit: most },
      },
    );
    return [
      ...(await Promise.all(nodes)).flat(),
      ...rows.map(({ id }) => ({ kind: 'event' as const, id, eventCount: 1 })),
    ];
  }

  async #suggestNodes(kind: NodeKind, found: readonly NodeKey[], most: number): Promise<Suggested[]> {
    const its = found
      .filter((each) => each.kind === kind)
      .flatMap(({ key }) => this.#nodes[kind].ordinalOf(key) ?? []);
    const counted = its.map((ordinal) => ({ ordinal, eventCount: this.#eventCountOfNode(kind, ordinal) }));
    const highest = counted
      .sort((a, b) => b.eventCount - a.eventCount || a.ordinal - b.ordinal)
      .slice(0, most);
    const rows = await Promise.all(highest.map(({ ordinal }) => this.#nodeRow(kind, ordinal)));
    return highest.flatMap(({ eventCount }, at) => {
      const id = rows[at]?.id;
      return id === undefined ? [] : [{ kind, id, eventCount }];
    });
  }

  #eventCountOfNode(kind: NodeKind, ordinal: number): number {
    if (kind === 'place') return this.#live.count({ places: [ordinal] });
    return this.#live.count({ events: this.#eventsNaming(kind, this.#nodes[kind].keyAt(ordinal)) });
  }

  /** Events per place, actor or source that any of them names: the highest so many, of equals the first by name. */
  async nodeCounts(kind: NodeKind, filter: EventFilter, most: number): Promise<Count[]> {
    const { ordinals, counts } = await this.#countNodes(kind, filter);
    const split = this.#splitAt(kind, ordinals);
    const added = Array.from(ordinals.subarray(split), (_, at) => split + at);
    // Ordinals of the base are in the order of names; where those of the added come in is seen by their rows.
    const wanted = [...highestOf(counts.subarray(0, split), most), ...added];
    const rows = await Promise.all(
      wanted.map(async (at) => ({
        count: counts[at] as number,
        row: await this.#nodeRow(kind, ordinals[at] as number),
      })),
    );
    return rows
      .flatMap(({ row, count }) => (row ? [{ ...row, count }] : []))
      .sort((a, b) => b.count - a.count || compareKeys(a.keys, b.keys))
      .slice(0, most)
      .map(({ id, count }) => ({ id, count }));
  }

  /** A page of the places, actors or sources that matching events name, by name; of all when nothing is asked. */
  async nodes(kind: NodeKind, filter: EventFilter, range: Range): Promise<Listed> {
    const ordinals = await this.#nodesNamed(kind, filter);
    const split = this.#splitAt(kind, ordinals);
    const pages = [ordinals.subarray(0, split), ordinals.subarray(split)].map((part) =>
      this.#nodePage(kind, part, range),
    );
    return { rows: mergedRows(await Promise.all(pages), range), total: ordinals.length };
  }

  /** A page of the events that match. RELEVANCE goes by how many of the filter's words begin one of the title. */
  async events(filter: EventFilter, order: EventOrder, range: Range): Promise<Listed> {
    const asked = await this.ask(filter);
    const rows = await this.#pages.rows(await this.#stretches(asked, filter, order), range);
    return { rows, total: this.#live.count(asked) };
  }

  /** All events that match, to be read by `portions`. */
  async matching(filter: EventFilter): Promise<EventSet> {
    return inPortions(this.#live.eventSet(await this.ask(filter), PORTION));
  }

  /**
   * Events in the order of dates or the newest first, undated last, so many at once: one that was removed meanwhile is left
   * out. Of equals those come last that were indexed last. Others have their turn in between.
   */
  async *portions(
    set: EventSet,
    order: 'WHEN_ASC' | 'WHEN_DESC',
    most: number,
  ): AsyncGenerator<Event[], void> {
    let keys: number[] = [];
    const read = async (): Promise<Event[]> => {
      const found = await this.#store.eventsAt(keys);
      keys = [];
      return found.filter((event) => event !== undefined);
    };
    for (const event of this.#inOrder(set, order === 'WHEN_DESC'))
      if (keys.push(this.#events.keyAt(event)) === most) {
        yield await read();
        await othersTurn();
      }
    if (keys.length > 0) yield await read();
  }

  /** The events of a set by date, undated last: those of the base and the added are in that order, each by itself. */
  *#inOrder(set: EventSet, isReversed: boolean): Generator<number, void> {
    const { baseSize, size } = this.#events;
    const sortOf = (event: number): number => {
      const { start, end } = this.#live.timesOf(event);
      return start ?? end ?? Infinity;
    };
    const undatedFrom = (first: number, end: number): number =>
      first + lowerBound(end - first, (at) => sortOf(first + at) < Infinity);
    const [undated, addedUndated] = [undatedFrom(0, baseSize), undatedFrom(baseSize, size)];
    const step = isReversed ? -1 : 1;
    const base = members(set, 0, undated, step);
    const added = members(set, baseSize, addedUndated, step);
    let [one, other] = [base.next(), added.next()];
    while (!one.done || !other.done)
      if (other.done || (!one.done && sortOf(one.value) * step <= sortOf(other.value) * step)) {
        yield one.value as number;
        one = base.next();
      } else {
        yield other.value;
        other = added.next();
      }
    yield* members(set, undated, baseSize, 1);
    yield* members(set, addedUndated, size, 1);
  }

  /** The parts of a list of events, each of which is in the order of dates or in the reverse order. */
  async #stretches(asked: IndexFilter, filter: EventFilter, order: EventOrder): Promise<Stretch[]> {
    const all: Stretch = { asked, lead: [], isReversed: false, isUndated: null };
    if (order === 'WHEN_ASC') return [all];
    if (order === 'WHEN_DESC')
      return [
        { ...all, isReversed: true, isUndated: false },
        { ...all, isUndated: true },
      ];
    const { keys, rank } = await this.#search(filter.words ?? []);
    return [...new Set(rank)]
      .sort((a, b) => b - a)
      .map((wanted) => {
        const ranked = this.#ordinalsOf(keys.filter((_, at) => rank[at] === wanted));
        const events = asked.events ? inBoth(asked.events, ranked) : ranked;
        return { ...all, lead: [-wanted], asked: { ...asked, events } };
      });
  }

  async #nodeRow(kind: NodeKind, ordinal: number): Promise<ListRow | undefined> {
    const row = await this.#rows[kind].load(this.#nodes[kind].keyAt(ordinal));
    return row && { id: row.id, keys: [row.sortName, row.id] };
  }

  async #idOf(kind: RecordKind, key: number): Promise<string> {
    const row = await this.#rows[kind].load(key);
    if (!row) throw new Error(`the ${kind} of key ${key} went while it was asked for`);
    return row.id;
  }

  /** A page of nodes that are in the order of their names. */
  async #nodePage(
    kind: NodeKind,
    ordinals: Uint32Array,
    { after, before, from, limit }: Range,
  ): Promise<ListRow[]> {
    const positionOf = async (keys: SortKeys, isBehind: boolean): Promise<number> => {
      let [low, high] = [0, ordinals.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        const row = await this.#nodeRow(kind, ordinals[middle] as number);
        const order = row ? compareKeys(row.keys, keys) : 1;
        if (order < 0 || (isBehind && order === 0)) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    const first = after === null ? 0 : await positionOf(after, true);
    const end = before === null ? ordinals.length : await positionOf(before, false);
    const page =
      from === 'START'
        ? ordinals.subarray(first, Math.min(end, first + limit))
        : ordinals.subarray(Math.max(first, end - limit), Math.max(first, end));
    const rows = await Promise.all(Array.from(page, (ordinal) => this.#nodeRow(kind, ordinal)));
    return rows.filter((row) => row !== undefined);
  }

  /** Where among ascending ordinals of nodes those begin that the base doesn't have. */
  #splitAt(kind: NodeKind, ordinals: Uint32Array): number {
    const { baseSize } = this.#nodes[kind];
    return lowerBound(ordinals.length, (at) => (ordinals[at] as number) < baseSize);
  }

  /** Ordinals of nodes, ascending. */
  async #nodesNamed(kind: NodeKind, filter: EventFilter): Promise<Uint32Array> {
    if (Object.values(filter).some((part) => part !== undefined))
      return (await this.#countNodes(kind, filter)).ordinals;
    const all = Array.from({ length: this.#nodes[kind].size }, (_, ordinal) => ordinal);
    return Uint32Array.from(all.filter((ordinal) => !this.#gone[kind].has(ordinal)));
  }

  async #countNodes(kind: NodeKind, filter: EventFilter): Promise<NodeCounts> {
    return this.#counted.get(JSON.stringify([kind, filter]), async () => {
      const asked = await this.ask(filter);
      return kind === 'place' ? this.#countPlaces(asked) : this.#countNaming(kind, asked);
    });
  }

  async #countPlaces(asked: IndexFilter): Promise<NodeCounts> {
    const counts = new Uint32Array(this.#nodes.place.size);
    for (const found of this.#live.placeCounts(asked, PORTION)) {
      found.places.forEach((place, at) => (counts[place] = found.counts[at] as number));
      await othersTurn();
    }
    return countedNodes(counts);
  }

  async #countNaming(kind: 'actor' | 'source', asked: IndexFilter): Promise<NodeCounts> {
    const set = await inPortions(this.#live.eventSet(asked, PORTION));
    const counts = new Uint32Array(this.#nodes[kind].size);
    let looked = 0;
    const count = async (
      named: Named,
      firstEvent: number,
      ordinalOf: (at: number) => number,
    ): Promise<void> => {
      for (let at = 0; at < named.size; at++) {
        const events = named.eventsOf(at);
        let its = 0;
        for (const each of events) {
          const event = firstEvent + each;
          its += ((set[event >> 5] as number) >>> (event & 31)) & 1;
        }
        counts[ordinalOf(at)] = (counts[ordinalOf(at)] as number) + its;
        looked += events.length;
        if (looked > PORTION) {
          looked = 0;
          await othersTurn();
        }
      }
    };
    await count(this.#base[kind], 0, (at) => at);
    if (this.#added)
      await count(this.#added[kind], this.#events.baseSize, (at) => this.#nodes[kind].ofAdded[at] as number);
    return countedNodes(counts);
  }

  /** Ordinals of the events that name one of some actors or sources, ascending. */
  async #naming(kind: 'actor' | 'source', ids: readonly string[]): Promise<Uint32Array> {
    const keys = (await this.#store.keys(kind, ids)).filter((key) => key !== undefined);
    const [only, ...others] = keys.map((key) => this.#eventsNaming(kind, key));
    if (only === undefined || others.length === 0) return only ?? new Uint32Array(0);
    const all = joined([only, ...others]).sort();
    return all.filter((event, at) => at === 0 || event !== all[at - 1]);
  }

  #eventsNaming(kind: 'actor' | 'source', key: number): Uint32Array {
    const [base, added] = [this.#base[kind], this.#added?.[kind]];
    const [at, addedAt] = [base.ordinalOf(key), added?.ordinalOf(key)];
    const ofBase = at === undefined ? new Uint32Array(0) : base.eventsOf(at);
    if (added === undefined || addedAt === undefined) return ofBase;
    return joined([ofBase, added.eventsOf(addedAt).map((event) => event + this.#events.baseSize)]);
  }

  async #search(words: readonly string[]): Promise<Found> {
    return this.#searches.get(JSON.stringify(words), () => this.#store.search(words));
  }

  async #ordinals(kind: NodeKind, ids: readonly string[]): Promise<number[]> {
    const keys = await this.#store.keys(kind, ids);
    return keys.flatMap((key) => (key === undefined ? [] : (this.#nodes[kind].ordinalOf(key) ?? [])));
  }

  /** Ordinals of events, ascending, by their keys. */
  #ordinalsOf(keys: Uint32Array): Uint32Array {
    const ordinals = new Uint32Array(keys.length);
    let size = 0;
    for (const key of keys) {
      const ordinal = this.#events.ordinalOf(key);
      if (ordinal !== undefined) ordinals[size++] = ordinal;
    }
    return ordinals.subarray(0, size).sort();
  }

  /**
   * Calendar bins over the period asked for, or where it is open over all that the atlas spans, with a way to count the
   * matching events that may have been, or surely were, inside each: an event is counted in every bin that it overlaps.
   */
  async timeline(filter: EventFilter, most: number): Promise<Timeline> {
    const { during, ...rest } = filter;
    const asked = await this.ask(filter);
    const span = this.#span();
    const [from, to] = [during?.from ?? span?.from, during?.to ?? span?.to];
    const edges = from !== undefined && to !== undefined && from < to ? calendarBins(from, to, most) : [];
    const inPeriod = await this.ask(rest);
    return {
      bins: edges.slice(1).map((to, at) => ({ from: edges[at] as number, to })),
      undated: () => this.#live.count(inPeriod) - this.#live.count({ ...inPeriod, from: -Number.MAX_VALUE }),
      possibly: once(() => this.#possibly(inPeriod, asked, edges)),
      certainly: once(() => this.#certainly(inPeriod, asked, edges)),
      perCategory: once(() => this.#perCategory(inPeriod, (its) => this.#possibly(its, asked, edges))),
      certainlyPerCategory: once(() =>
        this.#perCategory(inPeriod, (its) => this.#certainly(its, asked, edges)),
      ),
    };
  }

  #perCategory(filter: IndexFilter, count: (its: IndexFilter) => number[]): Map<string, number[]> {
    const categories = new Set(this.#kinds.map(({ category }) => category));
    return new Map(
      [...categories].map((each) => [each, count({ ...filter, kinds: this.#kindsOf(each, filter) })]),
    );
  }

  /** The kinds of a category among those that are asked for. */
  #kindsOf(category: string, { kinds }: IndexFilter): Uint8Array {
    return Uint8Array.from(this.#kinds, (kind, at) =>
      Number(kind.category === category && kinds?.[at] !== 0),
    );
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
    return [...this.#live.timeline(filter, cut)];
  }

  /** Surely inside a bin and in the period: all inside the bin, less those inside what of it lies outside the period. */
  #certainly(
    filter: IndexFilter,
    { from = -Infinity, to = Infinity, certainly }: IndexFilter,
    edges: number[],
  ): number[] {
    if (certainly) {
      const cut = edges.map((edge) => Math.max(from, Math.min(to, edge)));
      return [...this.#live.timelineCertainly(filter, cut)];
    }
    const counts = [...this.#live.timelineCertainly(filter, edges)];
    const [first, last] = [edges[0] ?? 0, edges.at(-1) ?? 0];
    const inside = (start: number, end: number): number =>
      start < end ? this.#live.count({ ...filter, from: start, to: end, certainly: true }) : 0;
    if (counts[0] !== undefined) counts[0] -= inside(first, Math.min(from, edges[1] ?? from));
    const end = counts.length - 1;
    if (counts[end] !== undefined) counts[end] -= inside(Math.max(to, edges[end] ?? to), last);
    return counts;
  }

  /** How many events lie surely in the filter's period and overlap [start, end): all in it, less those before and after. */
  #countBoth(filter: IndexFilter, start: number, end: number): number {
    const { from = -Infinity, to = Infinity } = filter;
    const inside = (first: number, last: number): number =>
      first < last ? this.#live.count({ ...filter, from: first, to: last, certainly: true }) : 0;
    return inside(from, to) - inside(from, Math.min(start, to)) - inside(Math.max(end, from), to);
  }

  /** What several fields of a mark are made of. */
  #bounds = new WeakMap<Cluster, Box>();

  #byKind(cluster: Cluster): Float64Array {
    return cluster.view.perKind().get(cluster) as Float64Array;
  }
}

/** A timeline whose counts are made when they are asked for, and once. */
export interface Timeline {
  bins: TimelineBin[];
  /** Events that match all but the period and have no date at all. */
  undated(): number;
  possibly(): number[];
  certainly(): number[];
  /** The possible ones by category. */
  perCategory(): Map<string, number[]>;
  certainlyPerCategory(): Map<string, number[]>;
}

/** A period that is open at both ends still leaves undated events out. */
function periodOf({ from, to, match }: NonNullable<EventFilter['during']>): IndexFilter {
  if (from === null && to === null) return { from: -Number.MAX_VALUE };
  return { from: from ?? -Infinity, to: to ?? Infinity, certainly: match === 'CERTAINLY' };
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

/** Ordinals of nodes, ascending, and how many events name each. */
interface NodeCounts {
  ordinals: Uint32Array;
  counts: Uint32Array;
}

/** Answers that are kept for a while, the last asked for; one that fails is not. */
class Remembered<T> {
  readonly #most: number;
  readonly #kept = new Map<string, Promise<T>>();

  constructor(most: number) {
    this.#most = most;
  }

  async get(question: string, answer: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(question) ?? answer();
    this.#kept.delete(question);
    this.#kept.set(question, known);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most) break;
      this.#kept.delete(oldest);
    }
    try {
      return await known;
    } catch (error) {
      if (this.#kept.get(question) === known) this.#kept.delete(question);
      // Whoever asked first does not wait any more, but this one does.
      if (error instanceof Unwanted && isWanted()) return this.get(question, answer);
      throw error;
    }
  }
}

const WORLD: Box = [-180, -90, 180, 90];

const ofEachNodeKind = <T>(make: (kind: NodeKind) => T): Record<NodeKind, T> => ({
  place: make('place'),
  actor: make('actor'),
  source: make('source'),
});

/** Lets others have their turn. @throws Unwanted when nobody waits for the answer any more */
async function othersTurn(): Promise<void> {
  await new Promise((done) => setImmediate(done));
  mustBeWanted();
}

/** The outcome of work in portions, with others having their turn in between. */
async function inPortions<T>(work: Generator<void, T>): Promise<T> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    await othersTurn();
  }
}

function joined(lists: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(lists.reduce((size, { length }) => size + length, 0));
  let size = 0;
  for (const list of lists) {
    all.set(list, size);
    size += list.length;
  }
  return all;
}

/** The members of a bitset from `first` to before `end`, ascending or, by steps of -1, descending. */
function* members(set: Uint32Array, first: number, end: number, step: 1 | -1): Generator<number, void> {
  for (let left = end - first, at = step > 0 ? first : end - 1; left > 0; left--, at += step)
    if (((set[at >> 5] as number) >>> (at & 31)) & 1) yield at;
}

/** What two ascending lists share. */
function inBoth(some: Uint32Array, others: Uint32Array): Uint32Array {
  let at = 0;
  return some.filter((each) => {
    while (at < others.length && (others[at] as number) < each) at++;
    return others[at] === each;
  });
}

/** The nodes that have been counted at all. */
function countedNodes(counts: Uint32Array): NodeCounts {
  const size = counts.reduce((sum, count) => sum + Number(count > 0), 0);
  const ordinals = new Uint32Array(size);
  let at = 0;
  for (let ordinal = 0; ordinal < counts.length; ordinal++) if (counts[ordinal]) ordinals[at++] = ordinal;
  return { ordinals, counts: counts.filter((count) => count > 0) };
}

/** The positions of the highest counts, of equals the first, the highest first. */
function highestOf(counts: Uint32Array, most: number): number[] {
  const highest: number[] = [];
  if (most === 0) return highest;
  for (let at = 0; at < counts.length; at++) {
    const count = counts[at] as number;
    if (highest.length === most && count <= (counts[highest.at(-1) as number] as number)) continue;
    highest.splice(
      lowerBound(highest.length, (rank) => (counts[highest[rank] as number] as number) >= count),
      0,
      at,
    );
    if (highest.length > most) highest.pop();
  }
  return highest;
}
