/**
 * Wavelet matrices: Claude, Navarro and Ordóñez 2015, “The wavelet matrix: an efficient wavelet tree for large alphabets”.
 */
import { lowerBound, upperBound, type Runs } from './runs.ts';

/**
 * Runs that are counted together, each from and to, and what was found in each: that many steps of one level don't wait for one
 * another is what makes counting them fast.
 */
export class Batch {
  count = 0;
  from = new Uint32Array(64);
  to = new Uint32Array(64);
  found = new Float64Array(64);
  /** Scratch for the levels of a wavelet matrix. */
  a = new Uint32Array(64);
  b = new Uint32Array(64);

  cleared(): this {
    this.count = 0;
    return this;
  }

  add(from: number, to: number): void {
    if (this.count === this.from.length) {
      const size = 2 * this.count;
      [this.from, this.to] = [lengthened(this.from, size), lengthened(this.to, size)];
      const { found } = this;
      this.found = new Float64Array(size);
      this.found.set(found);
      [this.a, this.b] = [new Uint32Array(size), new Uint32Array(size)];
    }
    this.from[this.count] = from;
    this.to[this.count] = to;
    this.found[this.count++] = 0;
  }

  sizeAt(at: number): number {
    return (this.to[at] as number) - (this.from[at] as number);
  }
}

/**
 * Values of a wavelet matrix from a base on: the bounds inside, from first to last, of which those from split to after
 * part its halves; how many values are below it; and its runs.
 */
interface Node {
  first: number;
  split: number;
  after: number;
  last: number;
  base: number;
  below: number;
  start: number;
  end: number;
}

const nodeOf = (
  first: number,
  last: number,
  base: number,
  below: number,
  start: number,
  end: number,
): Node => ({ first, split: first, after: first, last, base, below, start, end });

/** Per level of a wavelet matrix, 32 bits a word, each behind the number of zeros before it; and the zeros of the level. */
export interface MatrixParts {
  bits: Uint32Array[];
  zeros: number[];
}

/** The wavelet matrix of values below `most`. */
export function matrixOf(values: Uint32Array, most: number): MatrixParts {
  const matrix: MatrixParts = { bits: [], zeros: [] };
  const { length } = values;
  let level = Math.max(1, Math.ceil(Math.log2(Math.max(2, most)))) - 1;
  let zeros = 0;
  for (let i = 0; i < length; i++) zeros += 1 - (((values[i] as number) >>> level) & 1);
  let current = values;
  let spare: Uint32Array = new Uint32Array(length);
  for (; level >= 0; level--) {
    const bits = new Uint32Array(2 * ((length >> 5) + 1));
    const below = Math.max(0, level - 1);
    let [zero, one, zerosBelow] = [0, zeros, 0];
    for (let from = 0; from <= length; from += 32) {
      bits[from >> 4] = zero;
      let word = 0;
      for (let i = from, to = Math.min(from + 32, length); i < to; i++) {
        const value = current[i] as number;
        zerosBelow += 1 - ((value >>> below) & 1);
        if ((value >>> level) & 1) {
          word |= 1 << (i & 31);
          spare[one++] = value;
        } else spare[zero++] = value;
      }
      bits[(from >> 4) | 1] = word;
    }
    matrix.bits.push(bits);
    matrix.zeros.push(zeros);
    zeros = zerosBelow;
    [current, spare] = [spare, current === values ? new Uint32Array(length) : current];
  }
  return matrix;
}

/**
 * Counts of values below a bound in any run of a sequence of whole numbers, in one rank per bit of the numbers. Each level
 * holds one bit of every number, those of the level above that had a 0 before those that had a 1.
 */
export class WaveletMatrix {
  readonly #levels: number;
  readonly #bits: readonly Uint32Array[];
  readonly #zeros: readonly number[];

  constructor({ bits, zeros }: MatrixParts) {
    this.#levels = bits.length;
    this.#bits = bits;
    this.#zeros = zeros;
  }

  /** Adds to what was found in each run of a batch so many times how many of it are below a value. */
  addBelow(batch: Batch, value: number, times: number): void {
    const { count, from, to, found, a: as, b: bs } = batch;
    if (value >= 2 ** this.#levels) {
      for (let i = 0; i < count; i++) found[i] = (found[i] as number) + times * batch.sizeAt(i);
      return;
    }
    for (let i = 0; i < count; i++) {
      as[i] = from[i] as number;
      bs[i] = to[i] as number;
    }
    let left = value;
    // Nothing is below a value whose further bits are all 0.
    for (let level = 0; left > 0; level++) {
      const bits = this.#bits[level] as Uint32Array;
      const zeros = this.#zeros[level] as number;
      const bit = 2 ** (this.#levels - level - 1);
      const isOne = left >= bit;
      if (isOne) left -= bit;
      for (let i = 0; i < count; i++) {
        const [a, b] = [as[i] as number, bs[i] as number];
        if (a === b) continue;
        const [a0, b0] = [zerosBefore(bits, a), zerosBefore(bits, b)];
        if (isOne) found[i] = (found[i] as number) + times * (b0 - a0);
        as[i] = isOne ? zeros + a - a0 : a0;
        bs[i] = isOne ? zeros + b - b0 : b0;
      }
    }
  }

  /** Where a position comes to stand among the entries of one value, when all entries are grouped by value. */
  down(at: number, value: number): number {
    let position = at;
    for (let i = 0; i < this.#levels; i++) {
      const zeros = zerosBefore(this.#bits[i] as Uint32Array, position);
      position =
        (value >>> (this.#levels - 1 - i)) & 1 ? (this.#zeros[i] as number) + position - zeros : zeros;
    }
    return position;
  }

  /** Adds to each sum how many values of the runs of a batch are below each of the ascending bounds. */
  belowEach(batch: Batch, bounds: Uint32Array, sums: Float64Array): void {
    const { count, from, to } = batch;
    const first = upperBound(bounds, 0);
    const last = lowerBound(bounds, 2 ** this.#levels);
    for (let i = 0; i < count; i++)
      for (let bound = last; bound < bounds.length; bound++)
        sums[bound] = (sums[bound] as number) + batch.sizeAt(i);
    if (first === last) return;
    // Each node has a bound inside, so no level has more nodes than bounds. In one half stand the runs of nodes whose last bit
    // is 0, in the other those of a 1.
    const half = 2 * count * (last - first);
    let [here, next] = [new Uint32Array(2 * half), new Uint32Array(2 * half)];
    for (let i = 0; i < count; i++) {
      here[2 * i] = from[i] as number;
      here[2 * i + 1] = to[i] as number;
    }
    let nodes = [nodeOf(first, last, 0, 0, 0, 2 * count)];
    for (let level = 0; nodes.length > 0; level++) {
      const bits = this.#bits[level] as Uint32Array;
      const zeros = this.#zeros[level] as number;
      const children: Node[] = [];
      let [low, high] = [0, half];
      // Sought for all nodes first, so that guesses gone wrong don't hold up the reading of memory below.
      for (const node of nodes) {
        const middle = node.base + 2 ** (this.#levels - level - 1);
        node.split = lowerBound(bounds, middle, node.first, node.last);
        node.after = upperBound(bounds, middle, node.split, node.last);
      }
      for (const { first, split, after, last, base, below, start, end } of nodes) {
        const [lowFrom, highFrom] = [low, high];
        let lows = 0;
        for (let i = start; i < end; i += 2) {
          const [a, b] = [here[i] as number, here[i + 1] as number];
          const [a0, b0] = [zerosBefore(bits, a), zerosBefore(bits, b)];
          lows += b0 - a0;
          if (first < split && a0 < b0) {
            next[low++] = a0;
            next[low++] = b0;
          }
          if (after < last && a - a0 < b - b0) {
            next[high++] = zeros + a - a0;
            next[high++] = zeros + b - b0;
          }
        }
        for (let bound = split; bound < after; bound++) sums[bound] = (sums[bound] as number) + below + lows;
        const middle = base + 2 ** (this.#levels - level - 1);
        if (first < split) children.push(nodeOf(first, split, base, below, lowFrom, low));
        if (after < last) children.push(nodeOf(after, last, middle, below + lows, highFrom, high));
      }
      nodes = children;
      [here, next] = [next, here];
    }
  }

  /**
   * Visits the distinct values of some runs in order, or from the largest on, leaving out ranges of values that nobody wants,
   * until a visit gives false.
   */
  walk(
    runs: Runs,
    fromEnd: boolean,
    isWanted: (first: number, last: number) => boolean,
    visit: (value: number) => boolean,
  ): void {
    const go = (level: number, value: number, here: Runs): boolean => {
      if (here.length === 0) return true;
      const size = 2 ** (this.#levels - level);
      if (!isWanted(value, value + size - 1)) return true;
      if (level === this.#levels) return visit(value);
      const bits = this.#bits[level] as Uint32Array;
      const zeros = this.#zeros[level] as number;
      const [low, high]: [number[], number[]] = [[], []];
      for (let i = 0; i < here.length; i += 2) {
        const [a, b] = [here[i] as number, here[i + 1] as number];
        const [a0, b0] = [zerosBefore(bits, a), zerosBefore(bits, b)];
        if (a0 < b0) low.push(a0, b0);
        if (a - a0 < b - b0) high.push(zeros + a - a0, zeros + b - b0);
      }
      return fromEnd
        ? go(level + 1, value + size / 2, high) && go(level + 1, value, low)
        : go(level + 1, value, low) && go(level + 1, value + size / 2, high);
    };
    go(0, 0, runs);
  }
}

/** How many bits before a position are zero, in words that are each behind the number of zeros before them. */
function zerosBefore(bits: Uint32Array, at: number): number {
  const word = (at >> 4) & ~1;
  const before = at & 31;
  return (bits[word] as number) + before - ones((bits[word | 1] as number) & ~(-1 << before));
}

/** The number of ones of a 32-bit word. */
function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function lengthened(array: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(length);
  longer.set(array);
  return longer;
}
