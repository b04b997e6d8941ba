/**
 * Counts of events in space, time and kind: how many placements per mark on a map, how many events per time bin and per
 * kind, and which ones, exactly, in a time that depends on what is asked for and hardly on how many events there are.
 *
 * Places are sorted along a Z-order (Morton) curve of Web Mercator, so that every quadtree cell is one run of placements.
 * Events that overlap [t0, t1) number #(start < t1) − #(end ≤ t0). Their orders of starts and of ends, and the same kind by
 * kind, are held by a tree that is split along the curve (`placement-tree.ts`): a bound is taken down it once for all
 * cells, and where a cell is a node its count is at hand. An event with several placements would be counted for each: where
 * events are counted, the repeats are taken back from a list of such placements.
 *
 * Built in two phases, then immutable. Answers are positions: ordinals of events and places in the order they were added.
 */

import { addToSet, bitAt, fillSet, isInSet } from './bitset.ts';
import { bump } from './columns.ts';
import { Edges } from './edges.ts';
import { EXTENT_BITS, Extent, lngRanges, type Box } from './extent.ts';
import {
  BLOCK_BITS,
  MORE,
  NONE,
  OPEN,
  partsOf,
  UNDATED,
  type Columns,
  type IndexParts,
} from './index-parts.ts';
import { CELL_BITS, MARK_DISTANCE, ownersOf, type Cells } from './marks.ts';
import { PlacementTree, type Bounds } from './placement-tree.ts';
import {
  append,
  intersection,
  isWithin,
  lowerBound,
  sizeOf,
  sortedRuns,
  upperBound,
  type Runs,
} from './runs.ts';
import { TimeOrder } from './time-order.ts';
import { WaveletMatrix } from './wavelet-matrix.ts';
import { CODE_BITS, CODES, codeOfCell, columnOf, SIDE, WORLD, worldX, worldY } from './z-order.ts';

/**
 * Marks that are near depend on their neighbours, and these on theirs: a mark is what it would be on the whole map unless
 * that goes on, ever heavier, for more than so many cells.
 */
const MARGIN = 3;

/** The deepest zoom whose cells codes can tell apart. */
export const DEEPEST_ZOOM = CODE_BITS - CELL_BITS;

/** So few places are looked at one by one, and so few placements, for counts and for a timeline: some, and more for each bound. */
const FEW = 24;
const LOOKED_AT = { some: 64, perKind: 12, perEdge: 1 };

/** More placements than this are not looked at one by one to find what lies outermost. */
const MANY = 1000;

/** What is asked for. Parts are joined by and; a missing part asks nothing. */
export interface IndexFilter {
  box?: Box;
  /** Period [from, to) in the unit of the events' times; -Infinity and Infinity are open. Undated events are in none. */
  from?: number;
  to?: number;
  /** Whether events must lie wholly inside the period, instead of overlapping it. */
  certainly?: boolean;
  /** Which kinds, by kind: 1 is wanted. */
  kinds?: Uint8Array;
  /** Which places, by ordinal. */
  places?: readonly number[];
  /** Which events, by ordinal, ascending: the answer to all that the index knows nothing of. */
  events?: Uint32Array;
}

/** Placements that a mark stands for. */
export interface Share {
  /** Those that match. */
  count: number;
  /** Those in view, matching or not: runs [a, b) one after the other. */
  runs: Runs;
}

/** What the map draws as one mark. */
export interface IndexCluster extends Share {
  /** Ordinal of the place that the mark stands on. */
  anchor: number;
}

/** Which part of a list: after one ordinal, before another, from the end on, without those of a set. */
export interface Page {
  after?: number;
  before?: number;
  fromEnd?: boolean;
  /** A bitset, as of `addMatches`. */
  except?: Uint32Array;
}

/** Ordinals of places, and for each how many events. */
export interface PlaceCounts {
  places: number[];
  counts: number[];
}

/** Collects as many places, events and placements as announced; `finish` makes the index. */
export class EventIndexBuilder {
  readonly #columns: Columns;
  #places = 0;
  #events = 0;
  #placements = 0;

  constructor(places: number, events: number, placements: number) {
    this.#columns = {
      lng: new Float64Array(places),
      lat: new Float64Array(places),
      starts: new Float64Array(events),
      ends: new Float64Array(events),
      event: new Uint32Array(placements),
      place: new Uint32Array(placements),
      kind: new Uint16Array(placements),
    };
  }

  /** Adds a place in WGS 84 degrees and gives its ordinal. */
  addPlace(lng: number, lat: number): number {
    this.#columns.lng[this.#places] = lng;
    this.#columns.lat[this.#places] = lat;
    return this.#places++;
  }

  /**
   * Adds an event and gives its ordinal; the order of adding is the order of lists. A null start or end is open; both null:
   * the event is undated.
   */
  addEvent(start: number | null, end: number | null): number {
    const isUndated = start === null && end === null;
    this.#columns.starts[this.#events] = isUndated ? UNDATED : (start ?? -Infinity);
    this.#columns.ends[this.#events] = isUndated ? UNDATED : (end ?? OPEN);
    return this.#events++;
  }

  /** Adds an event's placement of a kind (0 to 65,535) at a place; an event without one is added at null, once. */
  addPlacement(event: number, place: number | null, kind: number): void {
    this.#columns.event[this.#placements] = event;
    this.#columns.place[this.#placements] = place ?? NONE;
    this.#columns.kind[this.#placements++] = kind;
  }

  /** Makes the index. The builder is of no further use. */
  finish(): EventIndex {
    const { lng, starts, event } = this.#columns;
    if (this.#places !== lng.length || this.#events !== starts.length || this.#placements !== event.length)
      throw new Error('fewer places, events or placements were added than announced');
    return EventIndex.from(partsOf(this.#columns));
  }
}

/** See the head of this file. */
export class EventIndex {
  readonly #parts: IndexParts;
  readonly #placeAt: Uint32Array;
  readonly #code: Float64Array;
  readonly #lng: Float64Array;
  readonly #lat: Float64Array;
  readonly #first: Uint32Array;
  readonly #rankOfPlace: Uint32Array;
  readonly #event: Uint32Array;
  readonly #kind: Uint8Array | Uint16Array;
  readonly #times: Uint32Array;
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #tree: PlacementTree;
  /** The orders of starts and of ends. */
  readonly #orders: readonly [TimeOrder, TimeOrder];
  readonly #inOrder: WaveletMatrix;
  readonly #several: Uint32Array;
  readonly #severalNext: Uint32Array;
  readonly #placementOf: Uint32Array;
  /** Scratch: which entries of placements whose events have several are in view, empty between questions; what is found. */
  readonly #inView: Uint32Array;
  readonly #repeatScratch: Uint32Array;

  /** How many placements there are, those of events without a place included, how many events, and how many places. */
  readonly placementCount: number;
  readonly eventCount: number;
  readonly placeCount: number;
  /** One more than the highest kind. */
  readonly kindCount: number;

  private constructor(parts: IndexParts) {
    this.#parts = parts;
    this.#placeAt = parts.placeAt;
    this.#code = parts.code;
    this.#lng = parts.lng;
    this.#lat = parts.lat;
    this.#first = parts.first;
    this.#rankOfPlace = parts.rankOfPlace;
    this.#event = parts.event;
    this.#kind = parts.kind;
    this.#times = parts.times;
    this.#starts = parts.starts;
    this.#ends = parts.ends;
    this.#tree = new PlacementTree(parts.tree, parts.placementCount);
    this.#orders = [new TimeOrder(parts.byStart, this.#tree), new TimeOrder(parts.byEnd, this.#tree)];
    this.#inOrder = new WaveletMatrix(parts.inOrder);
    this.#several = parts.several;
    this.#severalNext = parts.severalNext;
    this.#placementOf = parts.placementOf;
    this.#inView = new Uint32Array((parts.several.length + 31) >> 5);
    this.#repeatScratch = new Uint32Array(parts.later.length);
    this.placementCount = parts.placementCount;
    this.eventCount = parts.eventCount;
    this.placeCount = parts.placeAt.length;
    this.kindCount = parts.kindCount;
  }

  /** An index of parts that `parts` gave, which are not copied and not checked. */
  static from(parts: IndexParts): EventIndex {
    return new EventIndex(parts);
  }

  /** All that this index holds, not copied. Its buffers may be transferred when the index is no longer of use. */
  parts(): IndexParts {
    return this.#parts;
  }

  /** Where a place is, in degrees, by its ordinal. */
  positionOf(place: number): { lng: number; lat: number } {
    const rank = this.#rankOfPlace[place] as number;
    return { lng: this.#lng[rank] as number, lat: this.#lat[rank] as number };
  }

  /** When an event is, by its ordinal: null is open; both are null when it is undated. */
  timesOf(event: number): { start: number | null; end: number | null } {
    const [start, end] = this.#timesAt(this.#placementOf[event] as number);
    return { start: Number.isFinite(start) ? start : null, end: end < OPEN ? end : null };
  }

  /** How many events match, each once. */
  count(filter: IndexFilter): number {
    return this.countIn(this.runs(filter), filter);
  }

  /** How many events have a placement in these runs that matches, each once. */
  countIn(runs: Runs, filter: IndexFilter): number {
    return this.placementsIn(runs, filter) - this.repeatsIn(runs, filter);
  }

  /** How many of the matching placements in these runs are of an event that has one before: not events, but repeats. */
  repeatsIn(runs: Runs, filter: IndexFilter): number {
    return this.#repeats(runs, this.#ask(filter));
  }

  /** How many placements in these runs match. */
  placementsIn(runs: Runs, filter: IndexFilter): number {
    const asked = this.#ask(filter);
    return this.#sum(runs, asked) + this.#covering(runs, asked).length;
  }

  /** How many placements match per kind, in each of several lists of runs, none of which overlap. */
  placementsByKind(lists: readonly Runs[], filter: IndexFilter): Float64Array[] {
    const asked = this.#ask(filter);
    const counts = lists.map(() => new Float64Array(this.kindCount));
    const { runs, listOf } = joined(lists);
    this.#countKinds(runs, asked, (run, kind, count) =>
      bump(counts[listOf[run] as number] as Float64Array, kind, count),
    );
    const covering = this.#covering(runs, asked);
    for (let run = 0, at = 0; at < covering.length; at++) {
      const placement = covering[at] as number;
      while ((runs[2 * run + 1] as number) <= placement) run++;
      bump(counts[listOf[run] as number] as Float64Array, this.#kind[placement] as number);
    }
    return counts;
  }

  /**
   * How many events match per kind, each once in every kind that one of its matching placements has; of some runs, where
   * they are given.
   */
  countByKind(filter: IndexFilter, runs: Runs = this.runs(filter)): Float64Array {
    const [counts] = this.placementsByKind([runs], filter) as [Float64Array];
    for (let kind = 0; kind < this.kindCount; kind++)
      if (counts[kind])
        bump(counts, kind, -this.#repeats(runs, this.#ask({ ...filter, kinds: only(kind, this.kindCount) })));
    return counts;
  }

  /**
   * How many matching events overlap each bin between neighbouring edges (ascending, in the unit of the events' times). The
   * filter's own period is not asked for. Undated events are in no bin. Of some runs, where they are given.
   */
  timeline(filter: IndexFilter, edges: readonly number[], runs: Runs = this.runs(filter)): Float64Array {
    const { startedBefore, endedBy } = this.#histogram(runs, filter, edges);
    return Float64Array.from(
      { length: Math.max(0, edges.length - 1) },
      (_, bin) => (startedBefore[bin + 1] as number) - (endedBy[bin] as number),
    );
  }

  /** The same for events that lie wholly inside a bin. */
  timelineCertainly(
    filter: IndexFilter,
    edges: readonly number[],
    runs: Runs = this.runs(filter),
  ): Float64Array {
    const { startedBefore, endedBy, covering } = this.#histogram(runs, filter, edges, true);
    const underWay = (edge: number): number => (startedBefore[edge] as number) - (endedBy[edge] as number);
    return Float64Array.from({ length: Math.max(0, edges.length - 1) }, (_, bin) => {
      if (edges[bin] === edges[bin + 1]) return 0;
      const possibly = (startedBefore[bin + 1] as number) - (endedBy[bin] as number);
      return possibly - underWay(bin) - underWay(bin + 1) + (covering[bin] as number);
    });
  }

  /**
   * The events that match, in the order of adding: the first `most` of those after one ordinal and before another, or the
   * last so many, these too in the order of adding. Of some runs, where they are given.
   */
  events(
    filter: IndexFilter,
    most: number,
    { after = -1, before = this.eventCount, fromEnd = false, except }: Page = {},
    runs: Runs = this.runs(filter),
  ): number[] {
    const asked = this.#ask(filter);
    const found: number[] = [];
    if (most <= 0) return found;
    this.#inOrder.walk(
      runs,
      fromEnd,
      (first, last) => first < before && last > after && this.#mayOverlap(first, last, filter),
      (event) => {
        const isListed = event > after && event < before && !(except && isInSet(except, event));
        if (isListed && this.#hasMatch(event, runs, asked)) found.push(event);
        return found.length < most;
      },
    );
    return fromEnd ? found.reverse() : found;
  }

  /**
   * Adds the events that match, by an offset to their ordinals, to a bitset: bit e & 31 of word e >> 5. Yields after each
   * so many placements, so that the caller can do something else in between.
   */
  *addMatches(set: Uint32Array, filter: IndexFilter, portion: number, offset = 0): Generator<void, void> {
    const asked = this.#ask(filter);
    const runs = this.runs(filter);
    let left = portion;
    for (let i = 0; i < runs.length; i += 2)
      for (let at = runs[i] as number; at < (runs[i + 1] as number); at++) {
        if (this.#matches(at, asked)) addToSet(set, offset + (this.#event[at] as number));
        if (--left > 0) continue;
        left = portion;
        yield;
      }
  }

  /**
   * Which places have matching placements, and how many events each, once: in portions, each the work of at least so many
   * placements, so that the caller can do something else in between. Of some runs, where they are given.
   */
  *placeCounts(
    filter: IndexFilter,
    portion: number,
    runs: Runs = this.runs(filter),
  ): Generator<PlaceCounts, void> {
    const asked = this.#ask(filter);
    let found: PlaceCounts = { places: [], counts: [] };
    let work = 0;
    let rank = -2;
    for (let i = 0, at = runs[0] ?? 0; i < runs.length;) {
      rank = at < (this.#first[rank + 2] ?? 0) ? rank + 1 : this.#rankAt(at);
      if (rank === this.placeCount) break;
      // The part of the runs that lies in this place. All placements have their turn, which costs no more than the way to
      // the next place does.
      const here: number[] = [];
      let matching = 0;
      for (const end = this.#first[rank + 1] as number; i < runs.length && at < end;) {
        const to = Math.min(runs[i + 1] as number, end);
        here.push(at, to);
        work += to - at;
        for (; at < to; at++) if (this.#matches(at, asked)) matching++;
        if (at === runs[i + 1]) at = runs[(i += 2)] ?? 0;
      }
      const count = matching < 2 ? matching : matching - this.#repeats(here, asked);
      if (count > 0) {
        found.places.push(this.#placeAt[rank] as number);
        found.counts.push(count);
      }
      if (work < portion) continue;
      yield found;
      [found, work] = [{ places: [], counts: [] }, 0];
    }
    if (found.places.length > 0) yield found;
  }

  /**
   * The marks of a view and the placements that each stands for. A mark stands on the heaviest place of its cell, and
   * takes in the marks of neighbouring cells that are nearer than MARK_DISTANCE and lighter. Which marks there are depends
   * on all placements, not on those that match: a filter changes their counts and nothing else.
   */
  clusters(box: Box, zoom: number, filter: IndexFilter): IndexCluster[] {
    const cells = this.cells(box, zoom);
    const shares = this.shares(cells, ownersOf(cells), box, filter);
    return fullestFirst(
      [...shares].map(([owner, share]) => ({ anchor: cells.anchor[owner] as number, ...share })),
    );
  }

  /** What of some cells' placements each owner has: those in a box, and how many of them match. */
  shares(cells: Cells, owners: ArrayLike<number>, box: Box, filter: IndexFilter): Map<number, Share> {
    const { events, places, box: within } = filter;
    const wanted = events || places || within ? this.runs(filter) : null;
    const inView: number[] = [];
    const clips = lngRanges(box).map((range) => this.#clip(range, inView));
    const shares = new Map<number, { count: number; runs: number[] }>();
    // The runs of all shares, ascending, as cells are in Z-order.
    const all: number[] = [];
    const shareOf: { count: number }[] = [];
    for (let at = 0; at < cells.count; at++) {
      const [x, y] = [cells.x[at] as number, cells.y[at] as number];
      const [from, to] = [cells.first[at] as number, cells.last[at] as number];
      inView.length = 0;
      for (const clip of clips) this.#descend(clip, cells.level, x, y, codeOfCell(x, y), from, to);
      if (inView.length === 0) continue;
      // The two sides of a box across the antimeridian may lie in one cell.
      const sorted = clips.length > 1 ? sortedRuns(inView) : inView;
      const runs = wanted ? intersection(sorted, wanted) : sorted;
      if (runs.length === 0) continue;
      const owner = owners[at] as number;
      const share = shares.get(owner) ?? { count: 0, runs: [] };
      shares.set(owner, share);
      for (let i = 0; i < runs.length; i += 2) {
        append(share.runs, runs[i] as number, runs[i + 1] as number);
        all.push(runs[i] as number, runs[i + 1] as number);
        shareOf.push(share);
      }
    }
    const asked = this.#ask(filter);
    const found = this.#countEach(all, asked);
    shareOf.forEach((share, run) => (share.count += found[run] as number));
    for (let run = 0, at = 0, covering = this.#covering(all, asked); at < covering.length; at++) {
      while ((all[2 * run + 1] as number) <= (covering[at] as number)) run++;
      (shareOf[run] as { count: number }).count++;
    }
    return shares;
  }

  /**
   * The runs of all placements that a filter's places, box and events leave, whatever their times and kinds. Events
   * without a place are left where neither places nor a box are asked for.
   */
  runs({ box, places, events }: IndexFilter): number[] {
    const runs: number[] = [];
    if (events) {
      const found: number[] = [];
      for (const event of events) this.#eachPlacement(event, (at) => found.push(at));
      const wanted =
        box || places
          ? this.runs({ ...(box && { box }), ...(places && { places }) })
          : [0, this.placementCount];
      for (const at of Uint32Array.from(found).sort()) if (isWithin(wanted, at)) append(runs, at, at + 1);
    } else if (places) {
      const ranks = Uint32Array.from(places, (place) => this.#rankOfPlace[place] as number).sort();
      for (const rank of ranks)
        if (!box || this.#isInBox(rank, box)) this.#appendPlaces(runs, rank, rank + 1);
    } else if (box) {
      for (const range of lngRanges(box))
        this.#descend(this.#clip(range, runs), 0, 0, 0, 0, 0, this.placeCount);
      if (runs.length > 2) return sortedRuns(runs);
    } else append(runs, 0, this.placementCount);
    return runs;
  }

  /**
   * West, south, east, north of the matching placements of a cluster; of all its places in view, where it has more
   * placements than MANY.
   */
  boundsIn(runs: Runs, filter: IndexFilter): Box {
    const extent = new Extent();
    this.addExtent(extent, runs, filter);
    return extent.box();
  }

  /** Adds the same to an extent. */
  addExtent(extent: Extent, runs: Runs, filter: IndexFilter): void {
    const asked = this.#ask(filter);
    const isMany = sizeOf(runs) > MANY;
    for (let i = 0; i < runs.length; i += 2) {
      const [from, to] = [runs[i] as number, runs[i + 1] as number];
      if (isMany) {
        this.#addPlaces(extent, this.#rankAt(from), this.#rankAt(to - 1) + 1);
        continue;
      }
      for (let at = from; at < to;) {
        const rank = this.#rankAt(at);
        const next = Math.min(to, this.#first[rank + 1] as number);
        while (at < next && !this.#matches(at, asked)) at++;
        if (at < next) extent.add(this.#lng[rank] as number, this.#lat[rank] as number);
        at = next;
      }
    }
  }

  /** Adds places of ranks from one up to another to an extent, by whole blocks where it can. */
  #addPlaces(extent: Extent, from: number, to: number): void {
    for (let rank = from; rank < to;) {
      const isWhole = (rank & (2 ** EXTENT_BITS - 1)) === 0 && rank + 2 ** EXTENT_BITS <= to;
      if (isWhole) extent.addBlock(this.#parts.extents, rank >> EXTENT_BITS);
      else extent.add(this.#lng[rank] as number, this.#lat[rank] as number);
      rank += isWhole ? 2 ** EXTENT_BITS : 1;
    }
  }

  /** The lowest whole zoom above one at which a cluster of these bounds surely comes apart; null when it never does. */
  expansionZoom([west, south, east, north]: Box, above: number): number | null {
    const width = worldX(east) - worldX(west);
    const side = Math.max(width < 0 ? width + WORLD : width, worldY(south) - worldY(north));
    // Two marks that share a third are nearer to each other than twice the distance.
    const zoom = Math.ceil(Math.log2((2 * MARK_DISTANCE * WORLD) / 256 / side));
    return zoom > DEEPEST_ZOOM ? null : Math.max(Math.floor(above) + 1, zoom);
  }

  /** How many placements in these runs match at a place. */
  placementsAt(place: number, runs: Runs, filter: IndexFilter): number {
    const rank = this.#rankOfPlace[place] as number;
    const here = [this.#first[rank] as number, this.#first[rank + 1] as number];
    return this.placementsIn(intersection(here, runs), filter);
  }

  /** The ordinal of the first place in Z-order that has a matching placement in these runs; null when none has. */
  firstPlaceIn(runs: Runs, filter: IndexFilter): number | null {
    for (let i = 0; i < runs.length; i += 2) {
      const [from, to] = [runs[i] as number, runs[i + 1] as number];
      if (this.placementsIn([from, to], filter) === 0) continue;
      let [low, high] = [this.#rankAt(from), this.#rankAt(to - 1) + 1];
      while (high - low > 1) {
        const middle = (low + high) >>> 1;
        const border = Math.min(to, this.#first[middle] as number);
        if (border > from && this.placementsIn([from, border], filter) > 0) high = middle;
        else low = middle;
      }
      return this.#placeAt[low] ?? null;
    }
    return null;
  }

  /** The first matching events of a cluster, at most so many, in the order of adding. */
  eventsIn(runs: Runs, filter: IndexFilter, most: number): number[] {
    return this.events(filter, most, {}, runs);
  }

  /** Looks up the period of a filter among the ranks. */
  #ask({ from = -Infinity, to = Infinity, certainly = false, kinds }: IndexFilter): Asked {
    const isPeriod = from !== -Infinity || to !== Infinity;
    const isSure = isPeriod && certainly;
    // Undated events have the last of the starts, which no period reaches.
    const startsTo = isPeriod ? lowerBound(this.#starts, to) : this.#starts.length;
    const startsFrom = lowerBound(this.#starts, from);
    const endedByEnd = upperBound(this.#ends, to);
    const endedBy = upperBound(this.#ends, from);
    return {
      isPeriod,
      certainly: isSure,
      ...{ startsFrom, startsTo, endedBy, endedByEnd },
      plus: isSure && to !== Infinity ? { side: ENDS, rank: endedByEnd } : { side: STARTS, rank: startsTo },
      minus:
        isSure && from !== -Infinity ? { side: STARTS, rank: startsFrom } : { side: ENDS, rank: endedBy },
      mayCover: isSure && Number.isFinite(from) && Number.isFinite(to),
      length: to - from,
      kinds,
    };
  }

  /** The rank of a placement's place. */
  #rankAt(placement: number): number {
    const block = placement >> BLOCK_BITS;
    const { rankOfBlock } = this.#parts;
    return upperBound(this.#first, placement, rankOfBlock[block], (rankOfBlock[block + 1] as number) + 2) - 1;
  }

  /** A placement's start and end, UNDATED, -Infinity and OPEN among them. */
  #timesAt(placement: number): [start: number, end: number] {
    return [
      this.#starts[this.#times[2 * placement] as number] as number,
      this.#ends[this.#times[2 * placement + 1] as number] as number,
    ];
  }

  /** Whether one placement matches the filter's period and kinds. */
  #matches(at: number, asked: Asked): boolean {
    if (asked.kinds && !asked.kinds[this.#kind[at] as number]) return false;
    if (!asked.isPeriod) return true;
    return isInPeriod(this.#times[2 * at] as number, this.#times[2 * at + 1] as number, asked) === 1;
  }

  /** How many placements of some runs match, save those that `#covering` finds. */
  #sum(runs: Runs, asked: Asked): number {
    return this.#countEach(runs, asked).reduce((sum, count) => sum + count, 0);
  }

  /** How many placements match in each of some ascending runs, save those that `#covering` finds. */
  #countEach(runs: ArrayLike<number>, asked: Asked): Float64Array {
    const found = new Float64Array(runs.length / 2);
    if (asked.kinds) this.#countKinds(runs, asked, (run, _, count) => bump(found, run, count));
    else if (asked.isPeriod) this.#countAll(runs, asked, (run, count) => bump(found, run, count));
    else
      for (let run = 0; run < found.length; run++)
        found[run] = (runs[2 * run + 1] as number) - (runs[2 * run] as number);
    return found;
  }

  /** Adds up how many placements of each run are within the period, of whatever kind. */
  #countAll(runs: ArrayLike<number>, asked: Asked, add: (run: number, count: number) => void): void {
    const { plus, minus, certainly } = asked;
    const [first, second] = [this.#boundsOf(plus, null), this.#boundsOf(minus, null)];
    const countAt = (level: number): number =>
      (first.before[level] as number) - (second.before[level] as number);
    const times = this.#times;
    this.#tree.visit(runs, first, second, LOOKED_AT.some, {
      cover: (run, level) => add(run, countAt(level)),
      look: (run, from, to) => {
        let count = 0;
        for (let at = from; at < to; at++)
          count +=
            isBelow(times[2 * at + plus.side] as number, plus.rank) -
            isBelow(times[2 * at + minus.side] as number, minus.rank);
        add(run, count);
      },
      isVain: (level) => !certainly && countAt(level) === 0,
    });
  }

  /** Adds up how many placements of each run are of each wanted kind and within the period. */
  #countKinds(
    runs: ArrayLike<number>,
    asked: Asked,
    add: (run: number, kind: number, count: number) => void,
  ): void {
    const { plus, minus, certainly, kinds } = asked;
    const wanted = this.#kindsIn(kinds);
    const [first, second] = [this.#boundsOf(plus, wanted), this.#boundsOf(minus, wanted)];
    const countAt = (at: number): number => (first.before[at] as number) - (second.before[at] as number);
    const [times, kindAt] = [this.#times, this.#kind];
    this.#tree.visit(runs, first, second, LOOKED_AT.some + LOOKED_AT.perKind * wanted.length, {
      cover: (run, level) => {
        for (let i = 0, at = level * wanted.length; i < wanted.length; i++, at++) {
          const count = countAt(at);
          if (count !== 0) add(run, wanted[i] as number, count);
        }
      },
      look: (run, from, to) => {
        for (let at = from; at < to; at++) {
          const kind = kindAt[at] as number;
          if (kinds && kinds[kind] !== 1) continue;
          const count =
            isBelow(times[2 * at + plus.side] as number, plus.rank) -
            isBelow(times[2 * at + minus.side] as number, minus.rank);
          if (count !== 0) add(run, kind, count);
        }
      },
      isVain: (level) => {
        if (certainly) return false;
        for (let at = level * wanted.length, end = at + wanted.length; at < end; at++)
          if (countAt(at) !== 0) return false;
        return true;
      },
    });
  }

  #boundsOf({ side, rank }: TimeBound, kinds: readonly number[] | null): Bounds {
    return this.#orders[side].bounds([rank], kinds);
  }

  /** The wanted kinds; all, where none are said. */
  #kindsIn(kinds: Uint8Array | undefined): number[] {
    const all = Array.from({ length: this.kindCount }, (_, kind) => kind);
    return kinds ? all.filter((kind) => kinds[kind] === 1) : all;
  }

  /**
   * The wanted placements of some runs that start before the period and end after it: those that are taken off once too
   * often. Ascending. None where it isn't asked what is surely within.
   */
  #covering(runs: Runs, asked: Asked): number[] {
    if (!asked.mayCover) return [];
    const covers = (at: number): boolean =>
      (this.#times[2 * at] as number) < asked.startsFrom &&
      (this.#times[2 * at + 1] as number) >= asked.endedByEnd &&
      (!asked.kinds || asked.kinds[this.#kind[at] as number] === 1);
    return this.#longerIn(runs, asked.length).filter(covers);
  }

  /** The placements of some runs that last longer than a length, ascending. */
  #longerIn(runs: Runs, length: number): number[] {
    const { longest, longerThan, durations } = this.#parts;
    const longer = longerThan[upperBound(durations, length)] as number;
    const found: number[] = [];
    if (longer <= longest.length && longer < sizeOf(runs)) {
      for (let i = 0; i < longer; i++)
        if (isWithin(runs, longest[i] as number)) found.push(longest[i] as number);
      return found.sort((a, b) => a - b);
    }
    for (let i = 0; i < runs.length; i += 2)
      for (let at = runs[i] as number; at < (runs[i + 1] as number); at++) {
        const [start, end] = this.#timesAt(at);
        if (end !== UNDATED && end - start > length) found.push(at);
      }
    return found;
  }

  /**
   * What a timeline is made of: per edge how many events started before it and ended by it, and, where it is wanted, per
   * bin how many started before it and end after it.
   */
  #histogram(runs: Runs, filter: IndexFilter, edges: readonly number[], isCoveringWanted = false): Histogram {
    const { from: _from, to: _to, ...rest } = filter;
    const asked = this.#ask(rest);
    const starts = new Edges(edges, (edge) => lowerBound(this.#starts, edge), this.#starts.length);
    const ends = new Edges(edges, (edge) => upperBound(this.#ends, edge), this.#ends.length);
    const covering = new Float64Array(edges.length + 1);
    // Of the bins, those whose first edge lies after the start, and whose last edge before the end.
    const cover = (start: number, end: number, by: number): void => {
      const [first, last] = [starts.after(start), ends.after(end) - 1];
      if (first >= last) return;
      bump(covering, first, by);
      bump(covering, last, -by);
    };
    const times = this.#times;
    const kinds = asked.kinds ? this.#kindsIn(asked.kinds) : null;
    const [first, second] = [
      this.#orders[STARTS].bounds(starts.ranks, kinds),
      this.#orders[ENDS].bounds(ends.ranks, kinds),
    ];
    const [startedBefore, endedBy] = [new Float64Array(edges.length), new Float64Array(edges.length)];
    this.#tree.visit(runs, first, second, LOOKED_AT.some + LOOKED_AT.perEdge * first.count, {
      cover: (_, level) => {
        for (let at = level * first.count, end = at + first.count; at < end; at += edges.length)
          for (let edge = 0; edge < edges.length; edge++) {
            bump(startedBefore, edge, first.before[at + edge] as number);
            bump(endedBy, edge, second.before[at + edge] as number);
          }
      },
      look: (_, from, to) => {
        for (let at = from; at < to; at++) {
          if (asked.kinds && asked.kinds[this.#kind[at] as number] !== 1) continue;
          starts.add(times[2 * at] as number, 1);
          ends.add(times[2 * at + 1] as number, 1);
        }
      },
    });
    const { laterTimes } = this.#parts;
    const repeated = this.#repeated(runs, asked);
    for (let i = 0; i < repeated.length; i++) {
      const at = 2 * (repeated[i] as number);
      starts.add(laterTimes[at] as number, -1);
      ends.add(laterTimes[at + 1] as number, -1);
      if (isCoveringWanted) cover(laterTimes[at] as number, laterTimes[at + 1] as number, -1);
    }
    if (isCoveringWanted) {
      const widths = edges.slice(1).map((edge, bin) => edge - (edges[bin] as number));
      const shortest = Math.min(...widths.filter((width) => width > 0));
      for (const at of this.#longerIn(runs, shortest))
        if (!asked.kinds || asked.kinds[this.#kind[at] as number] === 1)
          cover(times[2 * at] as number, times[2 * at + 1] as number, 1);
    }
    for (let i = 1; i < covering.length; i++) bump(covering, i, covering[i - 1] as number);
    starts.addSums(startedBefore);
    ends.addSums(endedBy);
    return { startedBefore, endedBy, covering };
  }

  /** How many times the events of these runs are counted too often when their placements are. */
  #repeats(runs: Runs, asked: Asked): number {
    return this.#repeated(runs, asked).length;
  }

  /** Which of the later placements of events match and lie in these runs, like one before it. To be used at once. */
  #repeated(runs: Runs, asked: Asked): Uint32Array {
    const { several, severalBefore, later, laterBefore, laterTimes } = this.#parts;
    const [repeated, inView, { kinds, isPeriod }] = [this.#repeatScratch, this.#inView, asked];
    if (later.length === 0) return repeated;
    let count = 0;
    const entries = runs.map((at) => lowerBound(several, at));
    const isOfKind = (entry: number): boolean =>
      !kinds || kinds[this.#kind[several[entry] as number] as number] === 1;
    for (let i = 0, k = 0; i < entries.length; i += 2) {
      const [from, to] = [entries[i] as number, entries[i + 1] as number];
      fillSet(inView, from, to);
      k = lowerBound(later, from, k);
      for (const end = lowerBound(later, to, k); k < end; k++) {
        let before = (laterBefore[k] as number) & ~MORE;
        let isRepeated = bitAt(inView, before);
        if (kinds || (laterBefore[k] as number) > before) {
          if (kinds && !isOfKind(later[k] as number)) continue;
          while (before !== NONE && !(isInSet(inView, before) && isOfKind(before)))
            before = severalBefore[before] as number;
          isRepeated = Number(before !== NONE);
        }
        // What is true of an event's time is true of all its placements.
        if (isPeriod)
          isRepeated &= isInPeriod(laterTimes[2 * k] as number, laterTimes[2 * k + 1] as number, asked);
        // Stays when it is one, and is overwritten otherwise: half of all guesses at a branch would be wrong.
        repeated[count] = k;
        count += isRepeated;
      }
    }
    for (let i = 0; i < entries.length; i += 2)
      inView.fill(0, (entries[i] as number) >> 5, ((entries[i + 1] as number) >> 5) + 1);
    return repeated.subarray(0, count);
  }

  /** Gives the placements of an event, in Z-order. */
  #eachPlacement(event: number, give: (placement: number) => void): void {
    const first = this.#placementOf[event] ?? NONE;
    if (first === NONE) return;
    give(first);
    const entry = lowerBound(this.#several, first);
    if (this.#several[entry] !== first) return;
    for (
      let next = this.#severalNext[entry] as number;
      next !== NONE;
      next = this.#severalNext[next] as number
    )
      give(this.#several[next] as number);
  }

  #hasMatch(event: number, runs: Runs, asked: Asked): boolean {
    let has = false;
    this.#eachPlacement(event, (at) => {
      has ||= this.#matches(at, asked) && isWithin(runs, at);
    });
    return has;
  }

  /** Whether any event of a range of ordinals may overlap the filter's period. */
  #mayOverlap(first: number, last: number, { from = -Infinity, to = Infinity }: IndexFilter): boolean {
    if ((from === -Infinity && to === Infinity) || last - first < 2 ** BLOCK_BITS) return true;
    for (let block = first >> BLOCK_BITS; block <= last >> BLOCK_BITS; block++)
      if ((this.#parts.blocks.starts[block] ?? 0) < to && (this.#parts.blocks.ends[block] ?? 0) > from)
        return true;
    return false;
  }

  #appendPlaces(runs: number[], from: number, to: number): void {
    append(runs, this.#first[from] as number, this.#first[to] as number);
  }

  #isInBox(rank: number, box: Box): boolean {
    const [lng, lat] = [this.#lng[rank] as number, this.#lat[rank] as number];
    return lngRanges(box).some(
      ([west, south, east, north]) => lng >= west && lng <= east && lat >= south && lat <= north,
    );
  }

  /** Appends to runs, in Z-order, those of a cell's places that lie in a box which doesn't cross the antimeridian. */
  #clip([west, south, east, north]: Box, runs: number[]): Meet {
    const left = worldX(west);
    const right = east >= 180 ? Infinity : worldX(east);
    // Codes of latitudes are rounded, and beyond the map's edge they are all the same: only what is clear is taken whole.
    const upper = north >= 90 ? -Infinity : worldY(north) + 1;
    const lower = south <= -90 ? Infinity : worldY(south) - 1;
    return (level, x, y, from, to) => {
      const side = SIDE[level] as number;
      const x0 = x * side;
      const y0 = y * side;
      if (x0 > right || x0 + side <= Math.floor(left) || y0 > lower + 2 || y0 + side < upper - 2)
        return false;
      if (x0 >= left && x0 + side <= right && y0 >= upper && y0 + side <= lower) {
        this.#appendPlaces(runs, from, to);
        return false;
      }
      if (to - from > FEW && level < CODE_BITS) return true;
      for (let rank = from; rank < to; rank++) {
        const lng = this.#lng[rank] as number;
        const lat = this.#lat[rank] as number;
        if (lng >= west && lng <= east && lat >= south && lat <= north)
          this.#appendPlaces(runs, rank, rank + 1);
      }
      return false;
    };
  }

  /** Meets a cell that has places, and where that is wished its four quarters in Z-order, and theirs. */
  #descend(meet: Meet, level: number, x: number, y: number, cell: number, from: number, to: number): void {
    if (from === to || !meet(level, x, y, from, to)) return;
    const below = level + 1;
    let start = from;
    for (let quarter = 0; quarter < 4; quarter++) {
      const its = cell * 4 + quarter;
      const end = quarter === 3 ? to : this.#firstFrom(below, its + 1, start, to);
      this.#descend(meet, below, x * 2 + (quarter & 1), y * 2 + (quarter >> 1), its, start, end);
      start = end;
    }
  }

  /** The rank of the first place in a cell of a level, by the cell's code, or after it. */
  #firstFrom(level: number, cell: number, from: number, to: number): number {
    const { top, topBits } = this.#parts;
    if (level <= topBits) return top[cell << (2 * (topBits - level))] as number;
    return lowerBound(this.#code, cell * (CODES[level] as number), from, to);
  }

  /** The cells of 64 pixels at a zoom that hold places and lie in a box or near it, in Z-order. */
  cells(box: Box, zoom: number): Cells {
    const level = Math.min(Math.floor(zoom), DEEPEST_ZOOM) + CELL_BITS;
    const columns = 2 ** level;
    const side = SIDE[level] as number;
    const [west, south, east, north] = box;
    const left = Math.floor(worldX(west) / side) - MARGIN;
    const right = Math.floor(worldX(east) / side) + MARGIN + (west > east ? columns : 0);
    const top = Math.floor(worldY(north) / side) - MARGIN;
    const bottom = Math.floor(worldY(south) / side) + MARGIN;
    const isNear = (depth: number, x: number, y: number): boolean => {
      const scale = (SIDE[depth] as number) / side;
      const [x0, x1] = [x * scale, (x + 1) * scale - 1];
      const isAcross =
        (x0 <= right && x1 >= left) ||
        (x0 + columns <= right && x1 + columns >= left) ||
        (x0 - columns <= right && x1 - columns >= left);
      return isAcross && y * scale <= bottom && (y + 1) * scale - 1 >= top;
    };
    const cells: Cells = {
      level,
      count: 0,
      x: [],
      y: [],
      first: [],
      last: [],
      weight: [],
      anchor: [],
      markX: [],
      markY: [],
    };
    const collect: Meet = (depth, x, y, from, to) => {
      if (!isNear(depth, x, y)) return false;
      if (depth < level) return true;
      const anchor = this.#heaviest(from, to);
      const code = this.#code[anchor] as number;
      cells.x.push(x);
      cells.y.push(y);
      cells.first.push(from);
      cells.last.push(to);
      cells.weight.push((this.#first[to] as number) - (this.#first[from] as number));
      cells.anchor.push(this.#placeAt[anchor] as number);
      cells.markX.push(columnOf(code));
      cells.markY.push(columnOf(Math.floor(code / 2)));
      cells.count++;
      return false;
    };
    this.#descend(collect, 0, 0, 0, 0, 0, this.placeCount);
    return cells;
  }

  /** The rank of the place that the mark of a cell with these places stands on. */
  #heaviest(from: number, to: number): number {
    const [first, last] = [this.#first[from] as number, this.#first[to] as number];
    // Of many places, the one in the middle of their placements is likely to be heavy, and is found at once.
    if (to - from > FEW) return Math.min(to - 1, this.#rankAt((first + last) >>> 1));
    let [heaviest, most] = [from, 0];
    for (let rank = from; rank < to; rank++) {
      const weight = (this.#first[rank + 1] as number) - (this.#first[rank] as number);
      if (weight > most) [heaviest, most] = [rank, weight];
    }
    return heaviest;
  }
}

/** What is asked of one placement, in ranks of starts and ends. */
interface Asked {
  isPeriod: boolean;
  certainly: boolean;
  /** Starts of a rank from this on, and below this, are at or after the period's start, and before its end. */
  startsFrom: number;
  startsTo: number;
  /** Ends of a rank below this are at or before the period's start, and its end. */
  endedBy: number;
  endedByEnd: number;
  /**
   * What matches is what has a lower rank than one bound, less what has a lower one than another. Surely within are those that
   * have ended by the period's end, less those that start before it, save those that do neither, see `#covering`.
   */
  plus: TimeBound;
  minus: TimeBound;
  /** Whether an event may start before the period and end after it, and isn't surely within. */
  mayCover: boolean;
  length: number;
  kinds: Uint8Array | undefined;
}

/** Where a placement's start and end are among its times. */
const STARTS = 0;
const ENDS = 1;

/** A bound among the ranks of starts or of ends. */
interface TimeBound {
  side: typeof STARTS | typeof ENDS;
  rank: number;
}

interface Histogram {
  startedBefore: Float64Array;
  endedBy: Float64Array;
  covering: Float64Array;
}

/** Is given level, column and row of a cell and the ranks of its places, from and to; says whether to go on into it. */
type Meet = (level: number, x: number, y: number, from: number, to: number) => boolean;

/** 1 where an event of these ranks matches the period, 0 where it doesn't. */
function isInPeriod(start: number, end: number, asked: Asked): number {
  const isPossible = isBelow(start, asked.startsTo) & (1 - isBelow(end, asked.endedBy));
  if (!asked.certainly) return isPossible;
  return isPossible & (1 - isBelow(start, asked.startsFrom)) & isBelow(end, asked.endedByEnd);
}

/** 1 where a rank is below a bound, else 0: without a branch, which would be guessed wrong half of the time. */
const isBelow = (rank: number, bound: number): number => (rank - bound) >>> 31;

/** Clusters that stand for something, the fullest first. */
export function fullestFirst<Cluster extends { count: number; anchor: number }>(
  clusters: Cluster[],
): Cluster[] {
  return clusters.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count || a.anchor - b.anchor);
}

/** A filter of one kind. */
function only(kind: number, kinds: number): Uint8Array {
  const wanted = new Uint8Array(kinds);
  wanted[kind] = 1;
  return wanted;
}

/** The runs of several lists, ascending, and which list each is of. */
function joined(lists: readonly Runs[]): { runs: number[]; listOf: number[] } {
  const [only] = lists;
  if (only && lists.length === 1) return { runs: [...only], listOf: only.map(() => 0) };
  const each = lists.flatMap((runs, list) =>
    runs.flatMap((from, i) => (i % 2 === 0 ? [{ from, to: runs[i + 1] as number, list }] : [])),
  );
  each.sort((a, b) => a.from - b.from);
  return { runs: each.flatMap(({ from, to }) => [from, to]), listOf: each.map(({ list }) => list) };
}
