/**
 * How high the rows of a long list are: those that were measured as they are, all others as estimated. Differences from
 * the estimate are summed in a binary indexed tree (Fenwick 1994), which is empty where nothing was measured; so a list
 * of millions costs what was seen of it, and each question log₂ of its length.
 */
export class RowHeights {
  readonly #count: number;
  readonly #estimate: number;
  readonly #measured = new Map<number, number>();
  readonly #tree = new Map<number, number>();

  /** @param estimate in pixels, of a row that was not measured yet */
  constructor(count: number, estimate: number) {
    this.#count = count;
    this.#estimate = estimate;
  }

  /** Of one row, in pixels. */
  of(row: number): number {
    return this.#measured.get(row) ?? this.#estimate;
  }

  /** Takes a row's true height, and gives by how much it differs from what it was taken to be. */
  measure(row: number, height: number): number {
    const difference = height - this.of(row);
    if (difference === 0) return 0;
    this.#measured.set(row, height);
    for (let node = row + 1; node <= this.#count; node += node & -node)
      this.#tree.set(node, (this.#tree.get(node) ?? 0) + difference);
    return difference;
  }

  /** Where a row begins, in pixels from the first; of the one after the last, where all end. */
  top(row: number): number {
    let difference = 0;
    for (let node = row; node > 0; node -= node & -node) difference += this.#tree.get(node) ?? 0;
    return row * this.#estimate + difference;
  }

  /** The row at so many pixels from the first's beginning; the first before it, and the last behind. */
  at(y: number): number {
    let [row, top] = [0, 0];
    for (let step = 2 ** Math.floor(Math.log2(Math.max(1, this.#count))); step >= 1; step /= 2) {
      const height = step * this.#estimate + (this.#tree.get(row + step) ?? 0);
      if (row + step > this.#count || top + height > y) continue;
      row += step;
      top += height;
    }
    return Math.max(0, Math.min(row, this.#count - 1));
  }
}
