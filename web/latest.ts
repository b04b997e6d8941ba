/**
 * Does one piece of work at a time, and of those that are asked for meanwhile only the last: what follows a dragging hand
 * shows what it had reached a moment ago, and never falls behind.
 */
export class Latest {
  #busy: AbortController | null = null;
  #next: ((signal: AbortSignal) => Promise<void>) | null = null;

  /** Whether something is being done. */
  get isBusy(): boolean {
    return this.#busy !== null;
  }

  run(work: (signal: AbortSignal) => Promise<void>): void {
    if (this.#busy) this.#next = work;
    else void this.#start(work);
  }

  /** Drops what is being done, and what was to follow it. */
  drop(): void {
    this.#next = null;
    this.#busy?.abort();
  }

  async #start(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#busy = new AbortController();
    try {
      await work(this.#busy.signal);
    } finally {
      this.#busy = null;
      const next = this.#next;
      this.#next = null;
      if (next) void this.#start(next);
    }
  }
}
