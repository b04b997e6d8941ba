import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AtlasIndex } from './atlas-index.ts';
import type { IndexedChanges, IndexTask, NotThere } from './index-worker.ts';
import { indexColumns, IndexedEvents, type IndexedParts } from './indexed-events.ts';
import type { AtlasState, Store } from './store/store.ts';
import { StoreUnavailable } from './store/unavailable.ts';

/** So many new events are indexed in a few milliseconds; more are indexed on another thread. */
const FEW_EVENTS = 5000;

/** So many changes beside an index slow it down by a little; with more it is made anew. */
const MANY_CHANGES = 2000;

/**
 * Keeps the index of a store's atlas: what changed since it was made lies beside it, and when that has become much, all is
 * indexed anew on another thread and swapped in whole. A large index is kept in a file beside the database.
 */
export class IndexKeeper {
  readonly #store: Store;
  readonly #file: string | null;
  #base: Promise<IndexedEvents> | null = null;
  #kept: { version: string; index: Promise<AtlasIndex> } | null = null;
  #rebuilding: Promise<void> | null = null;
  readonly #workers = new Set<Worker>();
  /** The index that answers: its events, and since when, in milliseconds since 1970; null before the first question. */
  about: { events: number; since: number } | null = null;

  constructor(store: Store) {
    this.#store = store;
    const url = store.location?.url;
    this.#file = url?.startsWith('file:') ? `${url.slice('file:'.length)}-index` : null;
  }

  /** The index of the atlas as it is now. */
  async current(): Promise<AtlasIndex> {
    const state = await this.#store.state();
    if (this.#kept?.version !== state.version) {
      const made = { version: state.version, index: this.#indexOf(state) };
      this.#kept = made;
      void made.index.then(
        ({ eventCount }) => (this.about = { events: eventCount, since: Date.now() }),
        () => undefined,
      );
      // One that could not be made is not kept.
      made.index.catch(() => (this.#kept = this.#kept === made ? null : this.#kept));
    }
    return this.#kept.index;
  }

  /** Waits until nothing is being made anew. */
  async rebuilt(): Promise<void> {
    await this.#rebuilding;
  }

  /** Ends the work that goes on. */
  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  async #indexOf(state: AtlasState): Promise<AtlasIndex> {
    const whole = this.#currentBase(state);
    const made = this.#base;
    const base = await whole;
    if (base.state.version === state.version) return new AtlasIndex(this.#store, base, null);
    if (isMuch(base.state, state)) {
      // Whoever comes first has it made for all.
      if (this.#base === made) this.#base = this.#whole(state, false);
      return this.#indexOf(state);
    }
    const changes = await this.#changes(base, state);
    if (changes === null) {
      this.#base = null;
      return this.#indexOf(state);
    }
    const { added, removed } = changes;
    const index = new AtlasIndex(this.#store, base, { added: IndexedEvents.from(added), removed });
    if (added.event.length + removed.event.length > MANY_CHANGES) this.#rebuilding ??= this.#rebuild(state);
    return index;
  }

  async #currentBase(state: AtlasState): Promise<IndexedEvents> {
    const made = (this.#base ??= this.#whole(state, true));
    try {
      return await made;
    } catch (error) {
      if (this.#base === made) this.#base = null;
      throw error;
    }
  }

  /** Indexes everything while the old index answers on. */
  async #rebuild(state: AtlasState): Promise<void> {
    try {
      const base = await this.#whole(state, false);
      this.#base = Promise.resolve(base);
      this.#kept = null;
    } catch (error) {
      // The old index and what lies beside it are still right.
      process.emitWarning(`the index was not made anew: ${(error as Error).message}`);
    } finally {
      this.#rebuilding = null;
    }
  }

  async #whole(state: AtlasState, mayRead: boolean): Promise<IndexedEvents> {
    const { location } = this.#store;
    if (location === null || state.last.event < FEW_EVENTS)
      return IndexedEvents.of(await this.#store.columns());
    const task: IndexTask = { location, task: 'whole', file: this.#file, mayRead };
    return IndexedEvents.from(await this.#onThread<IndexedParts>(task));
  }

  async #changes(base: IndexedEvents, state: AtlasState): Promise<IndexedChanges | null> {
    const { location } = this.#store;
    if (location !== null && state.last.event - base.state.last.event >= FEW_EVENTS)
      return this.#onThread({ location, task: 'changes', since: base.state, kinds: base.kinds });
    const changes = await this.#store.changes(base.state);
    return changes && { ...changes, added: indexColumns(changes.added, base.kinds) };
  }

  /** Does a task on a thread of its own. */
  #onThread<T>(task: IndexTask): Promise<T> {
    const name = `./index-worker${extname(import.meta.filename)}`;
    const worker = new Worker(new URL(name, import.meta.url), { workerData: task });
    this.#workers.add(worker);
    return new Promise((done, failed) => {
      worker.once('message', (told: T | NotThere) => {
        if (told !== null && typeof told === 'object' && 'unavailable' in told)
          failed(new StoreUnavailable(told.unavailable));
        else done(told);
      });
      worker.once('error', failed);
      worker.once('exit', () => {
        this.#workers.delete(worker);
        failed(new Error('indexing was ended'));
      });
    });
  }
}

/** Whether so much is new that to index it beside the rest takes a good part of what it takes to index all, as is done then. */
function isMuch(since: AtlasState, now: AtlasState): boolean {
  const added = now.last.event - since.last.event;
  return added >= FEW_EVENTS && 2 * added >= since.last.event;
}
