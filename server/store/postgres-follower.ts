import { Client } from 'pg';
import { CHANNEL } from './postgres-schema.ts';

/** Milliseconds to wait before a connection that broke is made anew. */
const AGAIN = 1000;

/**
 * Tells when something was written to a database. It looks for that itself every now and then, so that nothing depends on
 * being told; and it listens on a connection of its own, so that it need not wait for it. The connection must lead to the
 * primary itself, since what stands between would give it to others.
 */
export class PostgresFollower {
  readonly #url: string;
  readonly #interval: number;
  /** Looks for what is new; gives whether there was any. */
  readonly #look: () => Promise<boolean>;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;
  #again: NodeJS.Timeout | null = null;
  #connection: Client | null = null;

  constructor(url: string, interval: number, look: () => Promise<boolean>) {
    this.#url = url;
    this.#interval = interval;
    this.#look = look;
  }

  get isFollowing(): boolean {
    return this.#timer !== null;
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#stop();
    };
  }

  /** Tells all who watch. */
  tell(): void {
    for (const listener of this.#listeners) listener();
  }

  close(): void {
    this.#listeners.clear();
    this.#stop();
  }

  #start(): void {
    this.#timer = setInterval(() => void this.#lookNow(), this.#interval).unref();
    void this.#listen();
  }

  #stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    if (this.#again) clearTimeout(this.#again);
    [this.#timer, this.#again] = [null, null];
    const connection = this.#connection;
    this.#connection = null;
    connection?.end().catch(() => {});
  }

  async #lookNow(): Promise<void> {
    // What cannot be asked now is asked again soon.
    if (await this.#look().catch(() => false)) this.tell();
  }

  async #listen(): Promise<void> {
    const connection = new Client({
      connectionString: this.#url,
      connectionTimeoutMillis: 3000,
      keepAlive: true,
      application_name: 'dateline follows',
    });
    this.#connection = connection;
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      connection.end().catch(() => {});
      if (this.#connection !== connection) return;
      this.#again = setTimeout(() => void this.#listen(), AGAIN).unref();
    };
    connection.on('error', over);
    connection.on('end', over);
    connection.on('notification', () => void this.#lookNow());
    try {
      await connection.connect();
      await connection.query(`LISTEN ${CHANNEL}`);
      // Nothing waits for it alone.
      (connection as Client & { unref(): void }).unref();
      // What was written while nobody listened.
      await this.#lookNow();
    } catch {
      over();
    }
  }
}
