/**
 * An index with what has changed since it was built: events that are no longer as they were are taken off, and those that
 * are new or different are counted from a small index of their own. Exact, and as fast as the large index while little
 * has changed: whatever is counted is what the base has, less what the removed of it have, plus what the added have.
 *
 * Ordinals are those of the base, and behind them those of the added.
 */
import {
  fullestFirst,
  type EventIndex,
  type IndexFilter,
  type Page,
  type PlaceCounts,
} from './event-index.ts';
import { addToSet } from './bitset.ts';
import { Extent, type Box } from './extent.ts';
import { ownersOf, type Cells } from './marks.ts';
import { difference, intersection, type Runs } from './runs.ts';

/** Placements of the base, those of them whose events are removed, and placements of the added. */
export interface LiveRuns {
  base: Runs;
  removed: Runs;
  added: Runs;
}

/** What the map draws as one mark. */
export interface LiveCluster {
  /** Ordinal of the place that the mark stands on. */
  anchor: number;
  /** Placements that match. */
  count: number;
  /** The placements in view, matching or not. */
  runs: LiveRuns;
}

/** See the head of this file. Methods that `EventIndex` has too answer the same. */
export class LiveIndex {
  readonly #base: EventIndex;
  readonly #added: EventIndex | null;
  readonly #removed: Uint32Array;
  readonly #removedSet: Uint32Array;
  /** The placements of the removed. */
  readonly #removedRuns: Runs;
  /** Per place of the added its ordinal here, and the other way round. */
  readonly #addedPlaces: Uint32Array;
  readonly #addedOrdinals: Map<number, number>;

  /** One more than the highest ordinal of an event, of a place, and than the highest kind. */
  readonly eventCount: number;
  readonly placeCount: number;
  readonly kindCount: number;

  /**
   * @param removed Ordinals of events of the base, ascending. An event that has changed is one of these and among the added.
   * @param addedPlaces Per place of the added its ordinal here: the base's for one that the base has too (at the same
   *   position), else placeCount of the base and on.
   */
  constructor(
    base: EventIndex,
    added: EventIndex | null = null,
    removed: Uint32Array = new Uint32Array(0),
    addedPlaces: Uint32Array = new Uint32Array(0),
  ) {
    this.#base = base;
    this.#added = added;
    this.#removed = removed;
    this.#removedSet = new Uint32Array(removed.length > 0 ? (base.eventCount + 31) >> 5 : 0);
    for (const event of removed) addToSet(this.#removedSet, event);
    this.#removedRuns = base.runs({ events: removed });
    this.#addedPlaces = addedPlaces;
    this.#addedOrdinals = new Map(Array.from(addedPlaces, (place, at) => [place, at]));
    this.eventCount = base.eventCount + (added?.eventCount ?? 0);
    this.placeCount = addedPlaces.reduce((most, place) => Math.max(most, place + 1), base.placeCount);
    this.kindCount = Math.max(base.kindCount, added?.kindCount ?? 0);
  }

  positionOf(place: number): { lng: number; lat: number } {
    if (place < this.#base.placeCount) return this.#base.positionOf(place);
    return (this.#added as EventIndex).positionOf(this.#addedOrdinals.get(place) as number);
  }

  timesOf(event: number): { start: number | null; end: number | null } {
    if (event < this.#base.eventCount) return this.#base.timesOf(event);
    return (this.#added as EventIndex).timesOf(event - this.#base.eventCount);
  }

  /** The runs of all placements that a filter's places, box and events leave, whatever their times and kinds. */
  runs(filter: IndexFilter): LiveRuns {
    const base = this.#base.runs(this.#ofBase(filter));
    const removed = intersection(this.#removedRuns, base);
    return { base, removed, added: this.#added?.runs(this.#ofAdded(filter)) ?? [] };
  }

  count(filter: IndexFilter): number {
    return this.countIn(this.runs(filter), filter);
  }

  countIn(runs: LiveRuns, filter: IndexFilter): number {
    // An event is removed with all its placements, so the parts have no event in common.
    return this.#sum(runs, (index, its) => index.countIn(its, filter));
  }

  repeatsIn(runs: LiveRuns, filter: IndexFilter): number {
    return this.#sum(runs, (index, its) => index.repeatsIn(its, filter));
  }

  placementsIn(runs: LiveRuns, filter: IndexFilter): number {
    return this.#sum(runs, (index, its) => index.placementsIn(its, filter));
  }

  placementsByKind(lists: readonly LiveRuns[], filter: IndexFilter): Float64Array[] {
    const sums = lists.map(() => new Float64Array(this.kindCount));
    const add = (index: EventIndex | null, runs: readonly Runs[], sign: number): void => {
      if (!index || runs.every(({ length }) => length === 0)) return;
      index
        .placementsByKind(runs, filter)
        .forEach((counts, at) => addTo(sums[at] as Float64Array, counts, sign));
    };
    add(
      this.#base,
      lists.map(({ base }) => base),
      1,
    );
    add(
      this.#base,
      lists.map(({ removed }) => removed),
      -1,
    );
    add(
      this.#added,
      lists.map(({ added }) => added),
      1,
    );
    return sums;
  }

  countByKind(filter: IndexFilter): Float64Array {
    return this.#sums(this.runs(filter), this.kindCount, (index, its) => index.countByKind(filter, its));
  }

  timeline(filter: IndexFilter, edges: readonly number[]): Float64Array {
    const bins = Math.max(0, edges.length - 1);
    return this.#sums(this.runs(filter), bins, (index, its) => index.timeline(filter, edges, its));
  }

  timelineCertainly(filter: IndexFilter, edges: readonly number[]): Float64Array {
    const bins = Math.max(0, edges.length - 1);
    return this.#sums(this.runs(filter), bins, (index, its) => index.timelineCertainly(filter, edges, its));
  }

  /** The marks of a view, made of the cells of both indexes, the removed included: a removal moves no mark. */
  clusters(box: Box, zoom: number, filter: IndexFilter): LiveCluster[] {
    const cells = this.#base.cells(box, zoom);
    const addedCells = this.#added?.cells(box, zoom);
    const positions = addedCells && united(cells, addedCells, this.#addedPlaces);
    const owners = ownersOf(cells);
    const clusters = new Map<number, LiveCluster>();
    for (const [owner, { count, runs }] of this.#base.shares(cells, owners, box, this.#ofBase(filter))) {
      const removed = intersection(runs, this.#removedRuns);
      const left = removed.length > 0 ? count - this.#base.placementsIn(removed, filter) : count;
      const anchor = cells.anchor[owner] as number;
      clusters.set(owner, { anchor, count: left, runs: { base: runs, removed, added: [] } });
    }
    if (this.#added && addedCells && positions) {
      const itsOwners = positions.map((position) => owners[position] as number);
      const shares = this.#added.shares(addedCells, itsOwners, box, this.#ofAdded(filter));
      for (const [owner, { count, runs }] of shares) {
        const anchor = cells.anchor[owner] as number;
        const before = clusters.get(owner) ?? {
          anchor,
          count: 0,
          runs: { base: [], removed: [], added: [] },
        };
        clusters.set(owner, {
          anchor,
          count: before.count + count,
          runs: { ...before.runs, added: runs },
        });
      }
    }
    return fullestFirst([...clusters.values()]);
  }

  boundsIn(runs: LiveRuns, filter: IndexFilter): Box {
    const extent = new Extent();
    this.#base.addExtent(extent, difference(runs.base, runs.removed), filter);
    this.#added?.addExtent(extent, runs.added, filter);
    return extent.box();
  }

  expansionZoom(bounds: Box, above: number): number | null {
    return this.#base.expansionZoom(bounds, above);
  }

  /** The ordinal of the place of all matching placements of a cluster; null when they are at several. */
  onlyPlaceIn({ runs, anchor, count }: LiveCluster, filter: IndexFilter): number | null {
    // Where any are at the anchor, it is that or none; without, it is hardly ever one place.
    const atAnchor = this.placementsAt(anchor, runs, filter);
    if (atAnchor > 0) return atAnchor === count ? anchor : null;
    const place = this.#firstPlaceIn(runs, filter);
    return place !== null && this.placementsAt(place, runs, filter) === count ? place : null;
  }

  placementsAt(place: number, runs: LiveRuns, filter: IndexFilter): number {
    return this.#sum(runs, (index, its) => {
      const ordinal = index === this.#added ? this.#addedOrdinals.get(place) : place;
      const isThere = ordinal !== undefined && ordinal < index.placeCount;
      return isThere ? index.placementsAt(ordinal, its, filter) : 0;
    });
  }

  #firstPlaceIn(runs: LiveRuns, filter: IndexFilter): number | null {
    const ofBase = this.#base.firstPlaceIn(difference(runs.base, runs.removed), filter);
    if (ofBase !== null) return ofBase;
    const ofAdded = this.#added?.firstPlaceIn(runs.added, filter) ?? null;
    return ofAdded === null ? null : (this.#addedPlaces[ofAdded] as number);
  }

  /** The first matching events of a cluster, at most so many: the base's first. */
  eventsIn(runs: LiveRuns, filter: IndexFilter, most: number): number[] {
    const found = this.#base.events(filter, most, this.#exceptRemoved(), runs.base);
    const added = this.#added?.eventsIn(runs.added, filter, most - found.length) ?? [];
    return [...found, ...added.map((event) => event + this.#base.eventCount)];
  }

  /** The events of the base that match, as `EventIndex.events` gives them. */
  eventsOfBase(filter: IndexFilter, most: number, page: Page = {}): number[] {
    return this.#base.events(this.#ofBase(filter), most, { ...page, ...this.#exceptRemoved() });
  }

  /** The added events that match, likewise; `after` and `before` are ordinals here. */
  eventsOfAdded(filter: IndexFilter, most: number, { after, before, fromEnd }: Page = {}): number[] {
    const first = this.#base.eventCount;
    const page = {
      ...(after !== undefined && { after: after - first }),
      ...(before !== undefined && { before: before - first }),
      ...(fromEnd !== undefined && { fromEnd }),
    };
    return (this.#added?.events(this.#ofAdded(filter), most, page) ?? []).map((event) => event + first);
  }

  /** Which events match, as a bitset: bit e & 31 of word e >> 5 for the event of ordinal e. Yields as `addMatches` does. */
  *eventSet(filter: IndexFilter, portion: number): Generator<void, Uint32Array> {
    const set = new Uint32Array((this.eventCount + 31) >> 5);
    yield* this.#base.addMatches(set, this.#ofBase(filter), portion);
    for (const event of this.#removed) set[event >> 5] = (set[event >> 5] as number) & ~(1 << (event & 31));
    const offset = this.#base.eventCount;
    if (this.#added) yield* this.#added.addMatches(set, this.#ofAdded(filter), portion, offset);
    return set;
  }

  /** Each place comes once. */
  *placeCounts(filter: IndexFilter, portion: number): Generator<PlaceCounts, void> {
    const runs = this.runs(filter);
    // What to add to the base's counts, per place: it is little.
    const changes = new Map<number, number>();
    const change = (place: number, by: number): void => {
      changes.set(place, (changes.get(place) ?? 0) + by);
    };
    for (const { places, counts } of this.#base.placeCounts(filter, portion, runs.removed))
      places.forEach((place, at) => change(place, -(counts[at] as number)));
    for (const { places, counts } of this.#added?.placeCounts(filter, portion, runs.added) ?? [])
      places.forEach((place, at) => change(this.#addedPlaces[place] as number, counts[at] as number));
    for (const { places, counts } of this.#base.placeCounts(filter, portion, runs.base)) {
      const found: PlaceCounts = { places: [], counts: [] };
      places.forEach((place, at) => {
        const count = (counts[at] as number) + (changes.get(place) ?? 0);
        changes.delete(place);
        if (count === 0) return;
        found.places.push(place);
        found.counts.push(count);
      });
      yield found;
    }
    // What the base doesn't have was added.
    yield { places: [...changes.keys()], counts: [...changes.values()] };
  }

  #exceptRemoved(): Pick<Page, 'except'> {
    return this.#removed.length > 0 ? { except: this.#removedSet } : {};
  }

  /** A filter with the base's ordinals of events and places only. */
  #ofBase(filter: IndexFilter): IndexFilter {
    const { events, places } = filter;
    if (!this.#added) return filter;
    return {
      ...filter,
      ...(events && { events: events.subarray(0, this.#addedFrom(events)) }),
      ...(places && { places: places.filter((place) => place < this.#base.placeCount) }),
    };
  }

  /** A filter with those of the added, in its own terms. */
  #ofAdded(filter: IndexFilter): IndexFilter {
    const { events, places } = filter;
    return {
      ...filter,
      ...(events && {
        events: events.subarray(this.#addedFrom(events)).map((event) => event - this.#base.eventCount),
      }),
      ...(places && { places: places.flatMap((place) => this.#addedOrdinals.get(place) ?? []) }),
    };
  }

  /** Where among ascending events those of the added begin. */
  #addedFrom(events: Uint32Array): number {
    const at = events.findIndex((event) => event >= this.#base.eventCount);
    return at < 0 ? events.length : at;
  }

  #sum(runs: LiveRuns, ask: (index: EventIndex, runs: Runs) => number): number {
    let sum = ask(this.#base, runs.base);
    if (runs.removed.length > 0) sum -= ask(this.#base, runs.removed);
    if (this.#added && runs.added.length > 0) sum += ask(this.#added, runs.added);
    return sum;
  }

  #sums(runs: LiveRuns, length: number, ask: (index: EventIndex, runs: Runs) => Float64Array): Float64Array {
    const sums = new Float64Array(length);
    sums.set(ask(this.#base, runs.base));
    if (runs.removed.length > 0) addTo(sums, ask(this.#base, runs.removed), -1);
    if (this.#added && runs.added.length > 0) addTo(sums, ask(this.#added, runs.added), 1);
    return sums;
  }
}

function addTo(sums: Float64Array, counts: Float64Array, sign: number): void {
  for (let at = 0; at < counts.length; at++) sums[at] = (sums[at] as number) + sign * (counts[at] as number);
}

/**
 * Joins the cells of the added to those of the base, and says where each came to stand: a cell that both have weighs what
 * both weigh and stands on the base's place; one that only the added have holds none of the base's places.
 */
function united(cells: Cells, added: Cells, addedPlaces: Uint32Array): number[] {
  const keyOf = ({ x, y }: Cells, at: number): number => (x[at] as number) + (y[at] as number) * 2 ** 26;
  const positions = new Map<number, number>();
  for (let at = 0; at < cells.count; at++) positions.set(keyOf(cells, at), at);
  return Array.from({ length: added.count }, (_, at) => {
    const known = positions.get(keyOf(added, at));
    if (known !== undefined) {
      cells.weight[known] = (cells.weight[known] as number) + (added.weight[at] as number);
      return known;
    }
    cells.x.push(added.x[at] as number);
    cells.y.push(added.y[at] as number);
    cells.first.push(0);
    cells.last.push(0);
    cells.weight.push(added.weight[at] as number);
    cells.anchor.push(addedPlaces[added.anchor[at] as number] as number);
    cells.markX.push(added.markX[at] as number);
    cells.markY.push(added.markY[at] as number);
    return cells.count++;
  });
}
