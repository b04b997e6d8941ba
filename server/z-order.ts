/** The Z-order (Morton) curve over Web Mercator: the code of a cell begins with the codes of all that it lies in. */
import { bump } from './columns.ts';

/** Bits per axis of a Morton code: a cell is then 0.6 m wide, and a code fits a double. */
export const CODE_BITS = 26;
export const WORLD = 2 ** CODE_BITS;

/** Per level the side of a cell in units of codes' axes, and how many codes it holds. */
export const SIDE = Float64Array.from({ length: CODE_BITS + 1 }, (_, level) => 2 ** (CODE_BITS - level));
export const CODES = SIDE.map((side) => side * side);

/** The indexes of codes below 2^52, ascending by code: a radix sort by 13 bits at a time, which keeps equals in order. */
export function sortedByCode(codes: Float64Array): Uint32Array {
  let order: Uint32Array = new Uint32Array(codes.length);
  let spare: Uint32Array = new Uint32Array(codes.length);
  for (let i = 0; i < codes.length; i++) order[i] = i;
  const digits = new Uint16Array(codes.length);
  for (let shift = 0; shift < 2 * CODE_BITS; shift += 13) {
    const next = new Uint32Array(8193);
    for (let i = 0; i < codes.length; i++) {
      const digit = Math.floor((codes[i] as number) / 2 ** shift) % 8192;
      digits[i] = digit;
      bump(next, digit + 1);
    }
    for (let i = 0; i < 8192; i++) bump(next, i + 1, next[i] as number);
    for (let i = 0; i < codes.length; i++) {
      const index = order[i] as number;
      spare[bump(next, digits[index] as number)] = index;
    }
    [order, spare] = [spare, order];
  }
  return order;
}

/** Web Mercator's x, from 0 at longitude -180 to 2^26; and y, from 0 at the map's upper edge. */
export const worldX = (lng: number): number => Math.min(WORLD - 1, (lng / 360 + 0.5) * WORLD);

export function worldY(lat: number): number {
  const sine = Math.sin((lat * Math.PI) / 180);
  const y = (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * WORLD;
  return Math.max(0, Math.min(WORLD - 1, y));
}

export const codeOf = (lng: number, lat: number): number =>
  codeOfCell(Math.floor(worldX(lng)), Math.floor(worldY(lat)));

/** The Morton code of a column and a row of at most 26 bits. */
export const codeOfCell = (x: number, y: number): number =>
  (spread(x >>> 13) + 2 * spread(y >>> 13)) * 2 ** 26 + spread(x & 8191) + 2 * spread(y & 8191);

/** Thirteen bits with a zero before each. */
function spread(bits: number): number {
  let word = (bits | (bits << 8)) & 0x00ff00ff;
  word = (word | (word << 4)) & 0x0f0f0f0f;
  word = (word | (word << 2)) & 0x33333333;
  return (word | (word << 1)) & 0x55555555;
}

/** The column of a Morton code; of half of it, the row. */
export const columnOf = (code: number): number =>
  gather(Math.floor(code / 2 ** 26)) * 8192 + gather(code % 2 ** 26);

/** Every second of 26 bits, from the lowest. */
function gather(bits: number): number {
  let word = bits & 0x55555555;
  word = (word | (word >>> 1)) & 0x33333333;
  word = (word | (word >>> 2)) & 0x0f0f0f0f;
  word = (word | (word >>> 4)) & 0x00ff00ff;
  return (word | (word >>> 8)) & 0x0000ffff;
}
