/** Sets of ordinals: bit e & 31 of word e >> 5 for the ordinal e. */

/** Whether an ordinal is in a bitset. */
export const isInSet = (set: Uint32Array, at: number): boolean => bitAt(set, at) === 1;

export const bitAt = (set: Uint32Array, at: number): number => ((set[at >> 5] as number) >>> (at & 31)) & 1;

/** Adds an ordinal to a bitset. */
export function addToSet(set: Uint32Array, at: number): void {
  set[at >> 5] = (set[at >> 5] as number) | (1 << (at & 31));
}

/** Adds the ordinals from one up to another to a bitset. */
export function fillSet(set: Uint32Array, from: number, to: number): void {
  if (from === to) return;
  const [first, last] = [from >> 5, (to - 1) >> 5];
  const [head, tail] = [-1 << (from & 31), -1 >>> (31 - ((to - 1) & 31))];
  if (first === last) set[first] = (set[first] as number) | (head & tail);
  else {
    set[first] = (set[first] as number) | head;
    set.fill(0xffffffff, first + 1, last);
    set[last] = (set[last] as number) | tail;
  }
}
