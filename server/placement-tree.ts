/**
 * Counts of what comes before a bound in one order and lies in a run of another: how many placements in this part of the map
 * started before then. A wavelet tree (Grossi, Gupta and Vitter 2003) turned round: it holds the order of time, and is split
 * along the map. A bound is one position in the order, which is taken down the tree once for all runs; where a run covers a
 * node the position there is the count. The splits follow the cells of a quadtree, so the cells of a map are nodes, most of
 * them near the root: a count costs about as much as there are cells to look at.
 */
import { lowerBound, upperBound } from './runs.ts';
import { onesIn } from './wavelet-matrix.ts';

/** Nodes of so few placements are not split: to look at each is quicker. */
const LEAF = 128;

/** How the placements in Z-order are split, in nodes: a node comes before its left half, and that before its right half. */
export interface TreeParts {
  /** Per node the first placement of its right half, and the node of that; 0 where it is not split. */
  middle: Uint32Array;
  right: Uint32Array;
  /** Where in the words of an order those of the node begin, and how many words there are in all. */
  at: Uint32Array;
  words: number;
  /** The most nodes above a node. */
  depth: number;
}

/**
 * Splits places in Z-order by their codes, the placements of each being from its first up to the first of the next; what is
 * nowhere comes behind the last place and is split off first.
 */
export function treeOf(code: Float64Array, first: Uint32Array): TreeParts {
  const [middle, right, at]: [number[], number[], number[]] = [[], [], []];
  let [words, deepest] = [0, 0];
  const split = (low: number, high: number, depth: number): void => {
    const node = middle.length;
    const [from, to] = [first[low] as number, first[high] as number];
    const parting = to - from <= LEAF ? low : partingOf(code, first, low, high);
    middle.push(parting === low ? 0 : (first[parting] as number));
    right.push(0);
    at.push(words);
    if (parting === low) return;
    words += wordsOf(to - from);
    deepest = Math.max(deepest, depth + 1);
    split(low, parting, depth + 1);
    right[node] = middle.length;
    split(parting, high, depth + 1);
  };
  split(0, first.length - 1, 0);
  return {
    ...{ middle: Uint32Array.from(middle), right: Uint32Array.from(right), at: Uint32Array.from(at) },
    ...{ words, depth: deepest },
  };
}

/** The place at which places are parted so that both halves have placements; the first of them, where there is none. */
function partingOf(code: Float64Array, first: Uint32Array, from: number, to: number): number {
  let [low, high] = [from, to];
  for (;;) {
    if (high - low < 2) return from;
    const [begin, end] = [first[low] as number, first[high] as number];
    // A place that has more than half of the placements is parted from the others, or would be taken along at every level.
    const heaviest = upperBound(first, (begin + end) >>> 1, low, high) - 1;
    const [before, after] = [first[heaviest] as number, first[heaviest + 1] as number];
    if (2 * (after - before) > end - begin) {
      if (after - before === end - begin) return from;
      return before - begin >= end - after ? heaviest : heaviest + 1;
    }
    const parting = high === first.length - 1 ? high - 1 : cellsApart(code, low, high);
    if (first[parting] === begin) low = parting;
    else if (first[parting] === end) high = parting;
    else return parting;
  }
}

/** The first place in the second of the two largest cells that places of ascending codes lie in. */
function cellsApart(code: Float64Array, low: number, high: number): number {
  const [one, other] = [code[low] as number, code[high - 1] as number];
  if (one === other) return (low + high) >>> 1;
  const [upper, otherUpper] = [Math.floor(one / HALF), Math.floor(other / HALF)];
  const border =
    upper === otherUpper
      ? otherUpper * HALF + highestOnly(one % HALF, other % HALF)
      : highestOnly(upper, otherUpper) * HALF;
  return lowerBound(code, border, low, high);
}

/** Codes have two halves of so many values, which fit the operators for 32 bits. */
const HALF = 2 ** 26;

/** The larger of two numbers, without the bits behind the first in which they differ. */
function highestOnly(smaller: number, larger: number): number {
  const bit = 31 - Math.clz32(smaller ^ larger);
  return (larger >>> bit) << bit;
}

/** Two words for each 32 placements: how many before them go to the left, and for each whether it goes to the right. */
const wordsOf = (size: number): number => 2 * ((size >> 5) + 1);

/** What a tree knows of an order: `order` are the placements in it, and is of no further use. */
export function wordsOfOrder({ middle, right, at, words }: TreeParts, order: Uint32Array): Uint32Array {
  const bits = new Uint32Array(words);
  const fill = (node: number, from: number, to: number, source: Uint32Array, spare: Uint32Array): void => {
    const next = right[node] as number;
    if (next === 0) return;
    const half = middle[node] as number;
    let [low, high, word] = [from, half, at[node] as number];
    for (let start = from; start <= to; start += 32, word += 2) {
      bits[word] = low - from;
      let rights = 0;
      for (let i = start, end = Math.min(start + 32, to); i < end; i++) {
        const placement = source[i] as number;
        if (placement < half) spare[low++] = placement;
        else {
          spare[high++] = placement;
          rights |= 1 << (i - start);
        }
      }
      bits[word + 1] = rights;
    }
    fill(node + 1, from, half, spare, source);
    fill(next, half, to, spare, source);
  };
  fill(0, 0, order.length, order, new Uint32Array(order.length));
  return bits;
}

/** Positions in an order, and what becomes of them on the way down a tree. */
export class Bounds {
  readonly count: number;
  readonly words: Uint32Array;
  /** Per level, from the root to the node that is visited, how many of the node's placements come before each bound. */
  readonly before: Uint32Array;

  /** @param positions how many of the order's placements come before each bound */
  constructor(tree: PlacementTree, words: Uint32Array, positions: ArrayLike<number>) {
    this.count = positions.length;
    this.words = words;
    this.before = new Uint32Array((tree.depth + 1) * positions.length);
    this.before.set(positions);
  }
}

/** What is done on a visit. */
export interface Visitor {
  /** A run covers the node that is visited: what comes before the bounds is in their `before`, from level × count on. */
  cover(run: number, level: number): void;
  /** A part of a run is left to be looked at. */
  look(run: number, from: number, to: number): void;
  /** Whether nothing more can be found below the node that is visited. */
  isVain?(level: number): boolean;
}

/** See the head of this file. */
export class PlacementTree {
  readonly #middle: Uint32Array;
  readonly #right: Uint32Array;
  readonly #at: Uint32Array;
  readonly depth: number;
  readonly #size: number;

  constructor({ middle, right, at, depth }: TreeParts, size: number) {
    this.#middle = middle;
    this.#right = right;
    this.#at = at;
    this.depth = depth;
    this.#size = size;
  }

  /**
   * Takes two lists of bounds down to the nodes that ascending runs cover. Of what is left where a node is not split, or a run or
   * node has at most `few` placements, each is to be looked at.
   */
  visit(runs: ArrayLike<number>, one: Bounds, other: Bounds, few: number, visitor: Visitor): void {
    const [middle, right, at] = [this.#middle, this.#right, this.#at];
    const go = (node: number, from: number, to: number, first: number, last: number, level: number): void => {
      if (last - first === 1) {
        const begin = Math.max(from, runs[2 * first] as number);
        const end = Math.min(to, runs[2 * first + 1] as number);
        if (end - begin === to - from) return visitor.cover(first, level);
        if (end - begin <= few) return visitor.look(first, begin, end);
      }
      if (visitor.isVain?.(level)) return;
      const next = right[node] as number;
      if (next === 0 || to - from <= few) {
        for (let run = first; run < last; run++)
          visitor.look(
            run,
            Math.max(from, runs[2 * run] as number),
            Math.min(to, runs[2 * run + 1] as number),
          );
        return;
      }
      const half = middle[node] as number;
      let [low, high] = [first, last];
      while (low < high) {
        const run = (low + high) >>> 1;
        if ((runs[2 * run] as number) < half) low = run + 1;
        else high = run;
      }
      goLeft(one, at[node] as number, level);
      goLeft(other, at[node] as number, level);
      if (low > first) go(node + 1, from, half, first, low, level + 1);
      const across = low > first && (runs[2 * low - 1] as number) > half ? low - 1 : low;
      if (across === last) return;
      goRight(one, level);
      goRight(other, level);
      go(next, half, to, across, last, level + 1);
    };
    if (runs.length > 0) go(0, 0, this.#size, 0, runs.length / 2, 0);
  }
}

/** From the positions at a node those at its left half. */
function goLeft({ count, words, before }: Bounds, start: number, level: number): void {
  for (let i = level * count, end = i + count; i < end; i++) {
    const position = before[i] as number;
    const word = start + 2 * (position >>> 5);
    const inWord = position & 31;
    before[i + count] =
      (words[word] as number) + inWord - onesIn((words[word + 1] as number) & ~(-1 << inWord));
  }
}

/** From the positions at a node and at its left half those at its right half. */
function goRight({ count, before }: Bounds, level: number): void {
  for (let i = level * count, end = i + count; i < end; i++)
    before[i + count] = (before[i] as number) - (before[i + count] as number);
}
