import { groupedBy, taken } from './columns.ts';
import { Bounds, wordsOfOrder, type PlacementTree, type TreeParts } from './placement-tree.ts';
import { matrixOf, WaveletMatrix, type MatrixParts } from './wavelet-matrix.ts';

/** Placements in the order of their starts, or of their ends. */
export interface TimeOrderParts {
  /** Per rank, and behind the last, how many placements have a lower one. */
  below: Uint32Array;
  /** The kinds in that order. */
  kinds: MatrixParts;
  /** What the tree knows of that order, and of the same grouped by kind, each kind where the matrix has its entries. */
  all: Uint32Array;
  ofKinds: Uint32Array;
}

/** @param ranks per placement that of its start or end, below `rankCount`; and per placement its kind */
export function timeOrderOf(
  tree: TreeParts,
  ranks: Uint32Array,
  rankCount: number,
  kind: Uint32Array,
  kindCount: number,
): TimeOrderParts {
  const [below, order] = groupedBy(ranks, rankCount);
  const kindAt = taken(kind, order);
  const kinds = matrixOf(kindAt, kindCount);
  const ofKinds = wordsOfOrder(tree, groupedByKind(order, kindAt, kindCount, new WaveletMatrix(kinds)));
  return { below, kinds, ofKinds, all: wordsOfOrder(tree, order) };
}

function groupedByKind(
  order: Uint32Array,
  kindAt: Uint32Array,
  kindCount: number,
  kinds: WaveletMatrix,
): Uint32Array {
  const [first, positions] = groupedBy(kindAt, kindCount);
  const grouped = new Uint32Array(order.length);
  for (let kind = 0; kind < kindCount; kind++)
    grouped.set(taken(order, positions.subarray(first[kind], first[kind + 1])), kinds.down(0, kind));
  return grouped;
}

/** Bounds in the order of starts or of ends. */
export class TimeOrder {
  readonly #parts: TimeOrderParts;
  readonly #kinds: WaveletMatrix;
  readonly #tree: PlacementTree;

  constructor(parts: TimeOrderParts, tree: PlacementTree) {
    this.#parts = parts;
    this.#kinds = new WaveletMatrix(parts.kinds);
    this.#tree = tree;
  }

  /**
   * Bounds behind all placements of lower ranks than these. Of some kinds, where they are given: for one kind after the other
   * the same ranks, each behind those of the kind and behind some others, which are equally many in the order of starts
   * and in that of ends. So only the difference of two such bounds means something.
   */
  bounds(ranks: ArrayLike<number>, kinds: readonly number[] | null): Bounds {
    const { below, all, ofKinds } = this.#parts;
    const positions = Array.from(ranks, (rank) => below[rank] as number);
    if (!kinds) return new Bounds(this.#tree, all, positions);
    const ofEach = kinds.flatMap((kind) => positions.map((position) => this.#kinds.down(position, kind)));
    return new Bounds(this.#tree, ofKinds, ofEach);
  }
}
