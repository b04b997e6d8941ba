/** Milliseconds between two looks. */
const INTERVAL = 500;

/** Tells when a version is not what it was, by looking now and then, as long as somebody watches. */
export class VersionWatch {
  readonly #version: () => string | undefined;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;
  #seen: string | undefined;

  /** @param version cheap; one that it throws for is looked at the next time */
  constructor(version: () => string | undefined) {
    this.#version = version;
  }

  /** Gives what ends it. */
  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#timer === null) {
      this.#seen = this.#version();
      this.#timer = setInterval(() => this.look(), INTERVAL).unref();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.end();
    };
  }

  look(): void {
    if (this.#timer === null) return;
    let version: string | undefined;
    try {
      version = this.#version();
    } catch {
      return;
    }
    if (version === this.#seen) return;
    this.#seen = version;
    for (const listener of this.#listeners) listener();
  }

  end(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    this.#listeners.clear();
  }
}
