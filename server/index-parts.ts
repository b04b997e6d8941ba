/** What an index is made of, and how it is made. */
import { addToSet, isInSet } from './bitset.ts';
import { distinct, groupedBy, ranksOf, taken } from './columns.ts';
import { extentsOf } from './extent.ts';
import { treeOf, type TreeParts } from './placement-tree.ts';
import { timeOrderOf, type TimeOrderParts } from './time-order.ts';
import { matrixOf, type MatrixParts } from './wavelet-matrix.ts';
import { CODE_BITS, codeOf, sortedByCode } from './z-order.ts';

/** Starts and ends of an event with no date at all: after all periods. An open end is before that, and after all else. */
export const UNDATED = Infinity;
export const OPEN = Number.MAX_VALUE;

/** Stands for an ordinal or position that there isn't. */
export const NONE = 0xffffffff;

/** Marks entries that have more than one before them. */
export const MORE = 2 ** 31;

/** Events per block whose times are kept together, and placements per block whose first place is kept, as a power of two. */
export const BLOCK_BITS = 10;

/** Per place lng and lat in degrees; per event starts and ends; per placement its event, place and kind. */
export interface Columns {
  lng: Float64Array;
  lat: Float64Array;
  starts: Float64Array;
  ends: Float64Array;
  event: Uint32Array;
  place: Uint32Array;
  kind: Uint16Array;
}

/**
 * All that an index holds, as plain typed arrays and numbers: to hand it to another thread, or to write it to a file and
 * take it from there.
 */
export interface IndexParts {
  placementCount: number;
  eventCount: number;
  kindCount: number;
  /** Per place in Z-order: its ordinal, its code, degrees, and the first placement on it (one more closes the last). */
  placeAt: Uint32Array;
  code: Float64Array;
  lng: Float64Array;
  lat: Float64Array;
  first: Uint32Array;
  /** Per block of placements the rank of the place of its first. */
  rankOfBlock: Uint32Array;
  /** Per place ordinal: where it stands in Z-order. */
  rankOfPlace: Uint32Array;
  /** Per placement in Z-order, those that are nowhere last: ordinal of its event, and its kind. */
  event: Uint32Array;
  kind: Uint8Array | Uint16Array;
  /** Per placement in Z-order two: ranks of its event's start and end among the distinct ones. */
  times: Uint32Array;
  /** The distinct starts and ends, ascending. */
  starts: Float64Array;
  ends: Float64Array;
  /** How the placements are split along the map, and the orders of their starts and ends. */
  tree: TreeParts;
  byStart: TimeOrderParts;
  byEnd: TimeOrderParts;
  /** Over the ordinals of the events in Z-order; earliest start and latest end of each block of them. */
  inOrder: MatrixParts;
  blocks: { starts: Float64Array; ends: Float64Array };
  /** Placements in Z-order whose events have several, and for each of these entries the event's entry before and after. */
  several: Uint32Array;
  severalBefore: Uint32Array;
  severalNext: Uint32Array;
  /** The entries that have one before them, that, with the sign bit where there is one before it too, and two times each. */
  later: Uint32Array;
  laterBefore: Uint32Array;
  laterTimes: Uint32Array;
  /** Per event its first placement in Z-order. */
  placementOf: Uint32Array;
  /**
   * The longer half of the placements by falling duration; how many last longer than the durations below a rank, and the
   * distinct durations, ascending.
   */
  longest: Uint32Array;
  longerThan: Uint32Array;
  durations: Float64Array;
  /** The extents of each so many places in Z-order. */
  extents: Float64Array;
  /** For each cell of some bits per axis, the rank of the first place in it or after it. */
  top: Uint32Array;
  topBits: number;
}

/** The buffers of an index's parts, to transfer them between threads instead of copying them. */
export function buffersOf(parts: object): ArrayBuffer[] {
  return Object.values(parts).flatMap((part: unknown) => {
    if (ArrayBuffer.isView(part)) return [part.buffer as ArrayBuffer];
    return typeof part === 'object' && part !== null ? buffersOf(part) : [];
  });
}

/** Makes the parts of an index. */
export function partsOf({ lng, lat, starts, ends, event, place, kind }: Columns): IndexParts {
  const [places, placements, events] = [lng.length, event.length, starts.length];
  const codes = new Float64Array(places);
  for (let i = 0; i < places; i++) codes[i] = codeOf(lng[i] as number, lat[i] as number);
  const placeAt = sortedByCode(codes);
  const rankOfPlace = new Uint32Array(places);
  for (let rank = 0; rank < places; rank++) rankOfPlace[placeAt[rank] as number] = rank;
  const code = taken(codes, placeAt);
  const lngs = taken(lng, placeAt);
  const lats = taken(lat, placeAt);

  // A counting sort of the placements by the rank of their place; those that are nowhere come behind the last place.
  const ranks = new Uint32Array(placements);
  for (let at = 0; at < placements; at++)
    ranks[at] = place[at] === NONE ? places : (rankOfPlace[place[at] as number] as number);
  const [first, zOrder] = groupedBy(ranks, places + 1);
  const eventAt = taken(event, zOrder);
  const kindAt = taken(kind, zOrder);
  const kindCount = kindAt.reduce((most, its) => Math.max(most, its), 0) + 1;

  const distinctStarts = distinct(starts);
  const distinctEnds = distinct(ends);
  const start = taken(ranksOf(starts, distinctStarts), eventAt);
  const end = taken(ranksOf(ends, distinctEnds), eventAt);
  const times = new Uint32Array(2 * placements);
  for (let at = 0; at < placements; at++) {
    times[2 * at] = start[at] as number;
    times[2 * at + 1] = end[at] as number;
  }
  const kindValues = Uint32Array.from(kindAt);
  const tree = treeOf(code, first);
  const placementOf = new Uint32Array(events).fill(NONE);
  for (let at = placements - 1; at >= 0; at--) placementOf[eventAt[at] as number] = at;
  const [topBits, top] = topCells(code);
  return {
    placementCount: placements,
    eventCount: events,
    kindCount,
    placeAt,
    code,
    lng: lngs,
    lat: lats,
    first,
    rankOfBlock: blockRanks(first, placements),
    rankOfPlace,
    event: eventAt,
    kind: kindCount > 256 ? kindAt : Uint8Array.from(kindAt),
    times,
    starts: distinctStarts,
    ends: distinctEnds,
    tree,
    byStart: timeOrderOf(tree, start, distinctStarts.length, kindValues, kindCount),
    byEnd: timeOrderOf(tree, end, distinctEnds.length, kindValues, kindCount),
    inOrder: matrixOf(eventAt, events),
    blocks: blockTimes(starts, ends),
    ...severalIn(eventAt, placementOf, times),
    placementOf,
    ...byDuration(starts, ends, eventAt),
    extents: extentsOf(lngs, lats),
    top,
    topBits,
  };
}

/** See the parts of an index. */
function severalIn(
  event: Uint32Array,
  placementOf: Uint32Array,
  times: Uint32Array,
): Pick<IndexParts, 'several' | 'severalBefore' | 'severalNext' | 'later' | 'laterBefore' | 'laterTimes'> {
  const hasSeveral = new Uint32Array((placementOf.length + 31) >> 5);
  for (let at = 0; at < event.length; at++)
    if (placementOf[event[at] as number] !== at) addToSet(hasSeveral, event[at] as number);
  const several = Uint32Array.from(
    (function* () {
      for (let at = 0; at < event.length; at++) if (isInSet(hasSeveral, event[at] as number)) yield at;
    })(),
  );
  const severalBefore = new Uint32Array(several.length).fill(NONE);
  const severalNext = new Uint32Array(several.length).fill(NONE);
  const last = new Map<number, number>();
  several.forEach((at, entry) => {
    const before = last.get(event[at] as number);
    if (before !== undefined) [severalBefore[entry], severalNext[before]] = [before, entry];
    last.set(event[at] as number, entry);
  });
  const later = several.map((_, entry) => entry).filter((entry) => severalBefore[entry] !== NONE);
  const laterBefore = later.map((entry) => {
    const before = severalBefore[entry] as number;
    return severalBefore[before] === NONE ? before : before + MORE;
  });
  const laterTimes = new Uint32Array(2 * later.length);
  later.forEach((entry, at) => {
    const placement = several[entry] as number;
    laterTimes.set(times.subarray(2 * placement, 2 * placement + 2), 2 * at);
  });
  return { several, severalBefore, severalNext, later, laterBefore, laterTimes };
}

/** See the parts of an index: a counting sort by falling duration. */
function byDuration(
  starts: Float64Array,
  ends: Float64Array,
  event: Uint32Array,
): Pick<IndexParts, 'longest' | 'longerThan' | 'durations'> {
  const lengths = ends.map((end, at) => (end === UNDATED ? 0 : end - (starts[at] as number)));
  const durations = distinct(lengths);
  const falling = ranksOf(lengths, durations).map((rank) => durations.length - 1 - rank);
  const [first, longest] = groupedBy(taken(falling, event), durations.length);
  // Those of a duration's rank from r on are the first so many.
  return { longest: longest.slice(0, (longest.length + 1) >> 1), longerThan: first.reverse(), durations };
}

/** For each cell of some bits per axis the rank of the first place in it or after it, of ascending codes. */
function topCells(code: Float64Array): [bits: number, ranks: Uint32Array] {
  const bits = Math.max(0, Math.min(11, Math.floor(Math.log2(code.length + 1) / 2)));
  const top = new Uint32Array(4 ** bits + 1);
  const size = 4 ** (CODE_BITS - bits);
  for (let cell = 0, rank = 0; cell < top.length; cell++) {
    while (rank < code.length && (code[rank] as number) < cell * size) rank++;
    top[cell] = rank;
  }
  return [bits, top];
}

/** See the parts of an index: `first` is per place the first placement, the placements that are nowhere after the last. */
function blockRanks(first: Uint32Array, placements: number): Uint32Array {
  const ranks = new Uint32Array((placements >> BLOCK_BITS) + 2);
  for (let block = 0, rank = 0; block < ranks.length; block++) {
    while (rank < first.length - 2 && (first[rank + 1] as number) <= block << BLOCK_BITS) rank++;
    ranks[block] = rank;
  }
  return ranks;
}

/** Earliest start and latest end of each block of events. */
function blockTimes(starts: Float64Array, ends: Float64Array): { starts: Float64Array; ends: Float64Array } {
  const blocks = (starts.length >> BLOCK_BITS) + 1;
  const times = {
    starts: new Float64Array(blocks).fill(Infinity),
    ends: new Float64Array(blocks).fill(-Infinity),
  };
  for (let event = 0; event < starts.length; event++) {
    const block = event >> BLOCK_BITS;
    times.starts[block] = Math.min(times.starts[block] as number, starts[event] as number);
    times.ends[block] = Math.max(times.ends[block] as number, ends[event] as number);
  }
  return times;
}
