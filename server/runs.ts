/** Runs of positions: from and to of each, one after the other, ascending; no two touch or overlap. */
export type Runs = readonly number[];

/** Appends a run to ascending runs; one that begins where the last ends lengthens it. */
export function append(runs: number[], from: number, to: number): void {
  if (from === to) return;
  if (runs.length > 0 && runs[runs.length - 1] === from) runs[runs.length - 1] = to;
  else runs.push(from, to);
}

/** Runs that don't overlap, in ascending order. */
export function sortedRuns(runs: Runs): number[] {
  const starts = Float64Array.from(runs.filter((_, index) => index % 2 === 0)).sort();
  const ends = Float64Array.from(runs.filter((_, index) => index % 2 === 1)).sort();
  const sorted: number[] = [];
  starts.forEach((start, index) => append(sorted, start, ends[index] as number));
  return sorted;
}

/** Whether a position lies in one of some ascending runs. */
export function isWithin(runs: Runs, at: number): boolean {
  return upperBound(runs, at) % 2 === 1;
}

/** What two lists of ascending runs share, in a time that depends on what of the others lies beside the first. */
export function intersection(some: Runs, others: Runs): number[] {
  const shared: number[] = [];
  for (let i = 0, j = upperBound(others, some[0] ?? 0) & ~1; i < some.length && j < others.length;) {
    const from = Math.max(some[i] as number, others[j] as number);
    const to = Math.min(some[i + 1] as number, others[j + 1] as number);
    if (from < to) append(shared, from, to);
    if ((some[i + 1] as number) < (others[j + 1] as number)) i += 2;
    else j += 2;
  }
  return shared;
}

/** How many placements some runs have. */
export function sizeOf(runs: Runs): number {
  let size = 0;
  for (let i = 0; i < runs.length; i += 2) size += (runs[i + 1] as number) - (runs[i] as number);
  return size;
}

/** Some ascending runs without others, all of which lie inside them. */
export function difference(runs: Runs, without: Runs): number[] {
  const left: number[] = [];
  for (let i = 0, j = 0; i < runs.length; i += 2) {
    let from = runs[i] as number;
    const to = runs[i + 1] as number;
    for (; j < without.length && (without[j] as number) < to; j += 2) {
      append(left, from, without[j] as number);
      from = without[j + 1] as number;
    }
    append(left, from, to);
  }
  return left;
}

/** The first index in [from, to) of an ascending array whose value is not below a bound. */
export function lowerBound(array: ArrayLike<number>, bound: number, from = 0, to = array.length): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((array[middle] as number) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first index in [from, to) of an ascending array whose value is above a bound. */
export function upperBound(array: ArrayLike<number>, bound: number, from = 0, to = array.length): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((array[middle] as number) <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
