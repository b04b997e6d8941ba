/**
 * Wavelet matrices: Claude, Navarro and Ordóñez 2015, “The wavelet matrix: an efficient wavelet tree for large alphabets”.
 */
import type { Runs } from './runs.ts';

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
 * Where the values of a sequence of whole numbers lie, in one rank per bit of the numbers. Each level holds one bit of every
 * number, those of the level above that had a 0 before those that had a 1.
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
  return (bits[word] as number) + before - onesIn((bits[word | 1] as number) & ~(-1 << before));
}

/** The number of ones of a 32-bit word. */
export function onesIn(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
