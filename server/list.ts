/** Where a row stands in a list: its sort keys, its id last. All ascend. */
export type SortKeys = (string | number)[];

/** Rows strictly between two positions, the first or the last so many of them. */
export interface Range {
  after: SortKeys | null;
  before: SortKeys | null;
  from: 'START' | 'END';
  limit: number;
}

export interface ListRow {
  id: string;
  keys: SortKeys;
}

/** A page of a list. */
export interface Listed {
  /** In the order of the list, whichever end they were taken from. */
  rows: ListRow[];
  /** Of the whole list, cursors aside. */
  total: number;
}

/** The order of two positions in a list. Text goes by its bytes in UTF-8, as databases have it. */
export function compareKeys(some: SortKeys, others: SortKeys): number {
  for (const [at, one] of some.entries()) {
    const other = others[at] as string | number;
    const order =
      typeof one === 'number'
        ? one - (other as number)
        : Buffer.compare(Buffer.from(one), Buffer.from(String(other)));
    if (order !== 0) return order;
  }
  return 0;
}

/** The first or last rows of several ordered pages of the same range together. */
export function mergedRows(pages: ListRow[][], { from, limit }: Pick<Range, 'from' | 'limit'>): ListRow[] {
  const [only, ...others] = pages.filter(({ length }) => length > 0);
  const rows = others.length === 0 ? (only ?? []) : pages.flat().sort((a, b) => compareKeys(a.keys, b.keys));
  return from === 'START' ? rows.slice(0, limit) : rows.slice(Math.max(0, rows.length - limit));
}

/** The first position from which on something holds no more, of positions below a length. */
export function lowerBound(length: number, holds: (at: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
