import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SearchTask } from './sqlite-search-worker.ts';
import type { Found, NodeKey } from './store.ts';

/** Searches a database file on a thread of its own, which is there from the first search on. */
export class SqliteSearcher {
  readonly #file: string;
  #thread: Thread | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  async events(words: readonly string[]): Promise<Found> {
    return (await this.#search('events', words)) as Found;
  }

  async nodes(words: readonly string[]): Promise<NodeKey[]> {
    return (await this.#search('nodes', words)) as NodeKey[];
  }

  /** Ends the searches under way: they fail with "the search was ended". A later search starts another thread. */
  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    await thread?.end();
  }

  #search(among: SearchTask['among'], words: readonly string[]): Promise<unknown> {
    return (this.#thread ??= this.#start()).search(among, words);
  }

  #start(): Thread {
    const thread = new Thread(this.#file);
    // One that died by itself is replaced by the next search.
    thread.worker.once('exit', () => (this.#thread = this.#thread === thread ? null : this.#thread));
    return thread;
  }
}

class Thread {
  readonly worker: Worker;
  readonly #waiting = new Map<number, { done: (found: unknown) => void; failed: (error: unknown) => void }>();
  #asked = 0;

  constructor(file: string) {
    const name = `./sqlite-search-worker${extname(import.meta.filename)}`;
    this.worker = new Worker(new URL(name, import.meta.url), { workerData: file });
    this.worker.on('message', ({ id, found, error }: { id: number; found?: unknown; error?: unknown }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.worker.unref();
      if (found) waiting?.done(found);
      else waiting?.failed(error);
    });
    this.worker.on('error', (error) => this.#fail(error));
    this.worker.on('exit', () => this.#fail(ended()));
  }

  /** Fails what is waiting at once, so that no answer that is on its way decides otherwise. */
  async end(): Promise<void> {
    this.#fail(ended());
    await this.worker.terminate();
  }

  #fail(error: unknown): void {
    for (const { failed } of this.#waiting.values()) failed(error);
    this.#waiting.clear();
  }

  search(among: SearchTask['among'], words: readonly string[]): Promise<unknown> {
    const task: SearchTask = { id: ++this.#asked, among, words };
    // A process ends when nothing but an idle thread is left.
    this.worker.ref();
    return new Promise((done, failed) => {
      this.#waiting.set(task.id, { done, failed });
      this.worker.postMessage(task);
    });
  }
}

const ended = (): Error => new Error('the search was ended');
