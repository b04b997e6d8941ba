/** Columns: a value for each position, in typed arrays. */
import { lowerBound } from './runs.ts';

/** The distinct values, ascending. */
export function distinct(values: Float64Array): Float64Array {
  // Most neighbours are equal: to sort what is left is quicker.
  const sorted = values.filter((value, i) => i === 0 || value !== values[i - 1]).sort();
  let count = 0;
  for (let i = 0; i < sorted.length; i++)
    if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[count++] = sorted[i] as number;
  return sorted.slice(0, count);
}

/** Where each value stands among ascending ones. */
export function ranksOf(values: Float64Array, sorted: Float64Array): Uint32Array {
  const ranks = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) ranks[i] = lowerBound(sorted, values[i] as number);
  return ranks;
}

/** The values at some positions. */
export function taken<Values extends Uint32Array | Uint16Array | Float64Array>(
  values: Values,
  positions: Uint32Array,
): Values {
  const found = new (values.constructor as new (length: number) => Values)(positions.length);
  for (let i = 0; i < positions.length; i++) found[i] = values[positions[i] as number] as number;
  return found;
}

/** Positions grouped by their value: those of a value are from its first on, up to the first of the next. */
export function groupedBy(values: Uint32Array, count: number): [first: Uint32Array, positions: Uint32Array] {
  const first = new Uint32Array(count + 1);
  for (let at = 0; at < values.length; at++) bump(first, (values[at] as number) + 1);
  for (let value = 0; value < count; value++) bump(first, value + 1, first[value] as number);
  const next = first.slice();
  const positions = new Uint32Array(values.length);
  for (let at = 0; at < values.length; at++) positions[bump(next, values[at] as number)] = at;
  return [first, positions];
}

/** Adds to an entry and gives what it was. */
export function bump(array: Uint32Array | Float64Array, at: number, by = 1): number {
  const before = array[at] as number;
  array[at] = before + by;
  return before;
}
