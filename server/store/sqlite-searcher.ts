import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { wantedSignal } from '../wanted.ts';
import type { SearchAnswer, SearchTask } from './sqlite-search-worker.ts';
import type { Found, NodeKey } from './store.ts';

/** A search, and who waits for it. */
interface Search {
  task: SearchTask;
  done: (found: unknown) => void;
  failed: (error: unknown) => void;
  signal: AbortSignal | undefined;
  onAbort: () => void;
}

/**
 * Searches a database file on a thread of its own, which is there from the first search on. One search is done at a time. A search
 * that nobody waits for any more is stopped with its thread, and another thread goes on with the others.
 */
export class SqliteSearcher {
  readonly #file: string;
  #thread: Worker | null = null;
  /** In the order in which they were asked for; the thread is at the first. */
  #searches: Search[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  async events(words: readonly string[]): Promise<Found> {
    return (await this.#search({ among: 'events', words })) as Found;
  }

  async nodes(words: readonly string[]): Promise<NodeKey[]> {
    return (await this.#search({ among: 'nodes', words })) as NodeKey[];
  }

  /** Ends the searches under way: they fail with "the search was ended". A later search starts another thread. */
  async close(): Promise<void> {
    // At once, so that no answer that is on its way decides otherwise.
    const thread = this.#thread;
    this.#failAll(ended());
    this.#thread = null;
    await thread?.terminate();
  }

  #search(task: SearchTask): Promise<unknown> {
    const signal = wantedSignal();
    signal?.throwIfAborted();
    return new Promise((done, failed) => {
      const search: Search = { task, done, failed, signal, onAbort: () => this.#stop(search) };
      signal?.addEventListener('abort', search.onAbort);
      if (this.#searches.push(search) === 1) this.#next();
    });
  }

  /** Begins with the first of the searches that are left; a process ends when nothing but an idle thread is left. */
  #next(): void {
    const [first] = this.#searches;
    if (first === undefined) {
      this.#thread?.unref();
      return;
    }
    this.#thread ??= this.#start();
    this.#thread.ref();
    this.#thread.postMessage(first.task);
  }

  #start(): Worker {
    const name = `./sqlite-search-worker${extname(import.meta.filename)}`;
    const thread = new Worker(new URL(name, import.meta.url), { workerData: this.#file });
    thread.on('message', ({ found, error }: SearchAnswer) => {
      if (thread !== this.#thread) return;
      const search = this.#searches.shift();
      search?.signal?.removeEventListener('abort', search.onAbort);
      if (found) search?.done(found);
      else search?.failed(error);
      this.#next();
    });
    // One that died by itself is replaced by the next search.
    const died = (error: unknown): void => {
      if (thread !== this.#thread) return;
      this.#thread = null;
      this.#failAll(error);
    };
    thread.on('error', died);
    thread.on('exit', () => died(ended()));
    return thread;
  }

  #stop(search: Search): void {
    const isUnderWay = this.#searches[0] === search;
    this.#searches = this.#searches.filter((each) => each !== search);
    search.failed(search.signal?.reason);
    if (!isUnderWay) return;
    const thread = this.#thread;
    this.#thread = null;
    void thread?.terminate();
    this.#next();
  }

  #failAll(error: unknown): void {
    const searches = this.#searches;
    this.#searches = [];
    for (const { signal, onAbort, failed } of searches) {
      signal?.removeEventListener('abort', onAbort);
      failed(error);
    }
  }
}

const ended = (): Error => new Error('the search was ended');
