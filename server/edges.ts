import { bump } from './columns.ts';

/** Of so many bits of a rank, most leave no choice of edges. */
const TABLE_BITS = 10;

/** The edges of a timeline's bins, as ascending ranks, and how many events each of them is the first to come after. */
export class Edges {
  readonly ranks: Uint32Array;
  /** The last is for those that no edge comes after. */
  readonly #differences: Float64Array;
  /** For each so many ranks the first edge that may come after them. */
  readonly #table = new Uint16Array(2 ** TABLE_BITS + 1);
  readonly #shift: number;

  /** `most` is more than any rank. */
  constructor(edges: readonly number[], rankOf: (edge: number) => number, most: number) {
    this.ranks = Uint32Array.from(edges, rankOf);
    this.#differences = new Float64Array(edges.length + 1);
    this.#shift = Math.max(0, Math.ceil(Math.log2(most + 1)) - TABLE_BITS);
    for (let part = 0, edge = 0; part < this.#table.length; part++) {
      while (edge < edges.length && (this.ranks[edge] as number) < part * 2 ** this.#shift) edge++;
      this.#table[part] = edge;
    }
  }

  /** The first edge above a rank; their number, where there is none. */
  after(rank: number): number {
    let edge = this.#table[rank >> this.#shift] as number;
    while (edge < this.ranks.length && (this.ranks[edge] as number) <= rank) edge++;
    return edge;
  }

  /** Adds so many events of a rank. */
  add(rank: number, many: number): void {
    const edge = this.after(rank);
    this.#differences[edge] = (this.#differences[edge] as number) + many;
  }

  /** Adds per edge how many events of a rank below it were added. */
  addSums(sums: Float64Array): void {
    let sum = 0;
    for (let edge = 0; edge < sums.length; edge++)
      bump(sums, edge, (sum += this.#differences[edge] as number));
  }
}
