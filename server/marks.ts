import { CODE_BITS, WORLD } from './z-order.ts';

/** Cells per tile and axis, as a power of two: at every zoom a cell is 64 screen pixels wide. */
export const CELL_BITS = 2;

/** The least distance between two marks, in screen pixels; no mark is wider. Less than a cell, so only neighbours meet. */
export const MARK_DISTANCE = 44;

/** More cells than any view has: the order of cells of one weight fits below their weights in one number. */
const KEY = 2 ** 25;

/**
 * Cells of one level with places in them: column, row, ranks of the places from and to, placements, and the ordinal and
 * position of the place that a mark of the cell stands on.
 */
export interface Cells {
  level: number;
  count: number;
  x: number[];
  y: number[];
  first: number[];
  last: number[];
  weight: number[];
  anchor: number[];
  markX: number[];
  markY: number[];
}

/** For each cell the cell whose mark stands for it too: marks take in lighter neighbours, the heaviest first. */
export function ownersOf({
  level,
  count,
  x,
  y,
  weight,
  markX,
  markY,
}: Omit<Cells, 'first' | 'last' | 'anchor'>): Int32Array {
  const columns = 2 ** level;
  const distance = (MARK_DISTANCE / 256) * 2 ** (CODE_BITS - level + CELL_BITS);
  // A small open hash table from column and row to the cell.
  const bits = Math.ceil(Math.log2(count * 2 + 2));
  const mask = 2 ** bits - 1;
  const table = new Int32Array(2 ** bits).fill(-1);
  const slotOf = (column: number, row: number): number => {
    let slot = (Math.imul(column, 0x9e3779b1) ^ Math.imul(row, 0x85ebca6b)) >>> (32 - bits);
    for (let cell = table[slot] as number; cell !== -1; cell = table[slot] as number) {
      if (x[cell] === column && y[cell] === row) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  };
  // Keys of weight and order, ascending, to be read from the end: the heaviest first, of equals the first.
  const keys = new Float64Array(count);
  for (let cell = 0; cell < count; cell++) {
    table[slotOf(x[cell] as number, y[cell] as number)] = cell;
    keys[cell] = (weight[cell] as number) * KEY + (KEY - 1 - cell);
  }
  keys.sort();
  const owners = new Int32Array(count).fill(-1);
  for (let at = count - 1; at >= 0; at--) {
    const key = keys[at] as number;
    const cell = KEY - 1 - (key - Math.floor(key / KEY) * KEY);
    if (owners[cell] !== -1) continue;
    owners[cell] = cell;
    for (let dy = -1; dy <= 1; dy++)
      for (let dx = -1; dx <= 1; dx++) {
        const near = table[
          slotOf(((x[cell] as number) + dx + columns) % columns, (y[cell] as number) + dy)
        ] as number;
        if (near === -1 || owners[near] !== -1) continue;
        const across = Math.abs((markX[near] as number) - (markX[cell] as number));
        const down = (markY[near] as number) - (markY[cell] as number);
        const nearer = Math.min(across, WORLD - across);
        if (nearer * nearer + down * down < distance * distance) owners[near] = cell;
      }
  }
  return owners;
}
