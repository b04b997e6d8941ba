/** Keeps the values that were used last, as many as its limits allow. */
export class LruCache<Value> {
  readonly #most: { entries: number; weight: number };
  /** In order of use: a map keeps the order in which its keys were set. */
  readonly #kept = new Map<string, { value: Value; weight: number }>();
  #weight = 0;

  /** @param most the most entries, and the most that they may weigh together, in whatever unit they are set with */
  constructor(most: { entries: number; weight?: number }) {
    this.#most = { weight: Infinity, ...most };
  }

  get size(): number {
    return this.#kept.size;
  }

  get(key: string): Value | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.value;
  }

  /** Keeps a value, unless it alone weighs more than all may. */
  set(key: string, value: Value, weight = 0): void {
    this.delete(key);
    if (weight > this.#most.weight) return;
    this.#kept.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most.entries && this.#weight <= this.#most.weight) break;
      this.delete(oldest);
    }
  }

  delete(key: string): boolean {
    this.#weight -= this.#kept.get(key)?.weight ?? 0;
    return this.#kept.delete(key);
  }
}
