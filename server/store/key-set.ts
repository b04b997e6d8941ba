/** A set of keys, whole numbers from 0, in a bit for each up to the highest. */
export class KeySet {
  #bits = new Uint32Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(key: number): boolean {
    return (((this.#bits[key >>> 5] ?? 0) >>> (key & 31)) & 1) === 1;
  }

  add(key: number): void {
    const at = key >>> 5;
    if (at >= this.#bits.length) {
      const bits = new Uint32Array(Math.max(at + 1, this.#bits.length * 2));
      bits.set(this.#bits);
      this.#bits = bits;
    }
    if (!this.has(key)) this.#size++;
    this.#bits[at] = (this.#bits[at] as number) | (1 << (key & 31));
  }

  /** Gives whether it was there. */
  delete(key: number): boolean {
    if (!this.has(key)) return false;
    this.#size--;
    this.#bits[key >>> 5] = (this.#bits[key >>> 5] as number) & ~(1 << (key & 31));
    return true;
  }

  clear(): void {
    this.#bits.fill(0);
    this.#size = 0;
  }

  /** Ascending. */
  *[Symbol.iterator](): Generator<number, void> {
    for (const [at, bits] of this.#bits.entries())
      for (let bit = 0; bit < 32 && bits >>> bit !== 0; bit++) if ((bits >>> bit) & 1) yield at * 32 + bit;
  }
}
