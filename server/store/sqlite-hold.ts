import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { InputError } from '../input-error.ts';
import { isBusy } from './sqlite-fault.ts';

/** What one process at a time may hold a database for: to serve it, or to write into it for longer than a moment. */
export type Purpose = 'server' | 'writer';

const PURPOSES: readonly Purpose[] = ['server', 'writer'];

/** Milliseconds to wait for who only looks whether a database is held. */
const LOOK = 1000;

/** Tells this process from others that have or had its number. */
const OURS = randomUUID();

interface Holder {
  pid: number;
  stamp: string;
}

/**
 * Holds a database for a purpose until it is let go or the process ends, however it ends. A file beside the database, itself
 * one of SQLite's, is locked by the operating system for that time, and has in it who holds it. Letting go empties it, so
 * what stands in one that is not locked was left by a process that did not come to its end.
 */
export class SqliteHold {
  /** Whether a process that held the database for any purpose did not let it go. */
  readonly isAfterUncleanStop: boolean;
  readonly #lock: DatabaseSync;

  /** @throws InputError that names who holds it for the same purpose */
  constructor(file: string, purpose: Purpose) {
    this.#lock = openLock(file, purpose);
    try {
      const left = take(this.#lock);
      const others = PURPOSES.filter((other) => other !== purpose && clear(file, other));
      this.isAfterUncleanStop = left || others.length > 0;
    } catch (error) {
      const holder = isBusy(error) ? holderIn(this.#lock) : undefined;
      this.#lock.close();
      throw holder ? new InputError(heldBy(file, purpose, holder.pid)) : error;
    }
  }

  /** Lets go: the last stop was a clean one. */
  release(): void {
    try {
      this.#lock.exec('DELETE FROM holder; COMMIT');
    } catch {
      // A full disk: then the next start looks at the database more closely than it need.
    }
    this.#lock.close();
  }

  /** Lets go as a process does that is killed. */
  abandon(): void {
    this.#lock.close();
  }
}

/** The number of the other process that holds a database for a purpose; null where none does. */
export function holderOf(file: string, purpose: Purpose): number | null {
  if (!existsSync(lockFile(file, purpose))) return null;
  const lock = openLock(file, purpose);
  try {
    lock.exec('BEGIN IMMEDIATE; ROLLBACK');
    return null;
  } catch (error) {
    const holder = isBusy(error) ? holderIn(lock) : undefined;
    return holder === undefined || holder.stamp === OURS ? null : holder.pid;
  } finally {
    lock.close();
  }
}

const lockFile = (file: string, purpose: Purpose): string => `${file}-${purpose}`;

const openLock = (file: string, purpose: Purpose): DatabaseSync =>
  new DatabaseSync(lockFile(file, purpose), { timeout: LOOK });

/** Takes a lock for as long as it stays open; gives whether one who had it did not let it go. */
function take(lock: DatabaseSync): boolean {
  for (let left = false; ;) {
    lock.exec(
      'BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL, stamp TEXT NOT NULL)',
    );
    left ||= holderIn(lock) !== undefined;
    lock.exec('DELETE FROM holder');
    lock.prepare('INSERT INTO holder VALUES (?, ?)').run(process.pid, OURS);
    // Who we are can be read once it is committed; and for the moment until we have the lock again, another may take it.
    lock.exec('COMMIT; BEGIN IMMEDIATE');
    if (holderIn(lock)?.stamp === OURS) return left;
    lock.exec('ROLLBACK');
  }
}

/** Takes note of one who did not let go: gives whether there was one, and forgets it. */
function clear(file: string, purpose: Purpose): boolean {
  if (!existsSync(lockFile(file, purpose))) return false;
  const lock = openLock(file, purpose);
  try {
    lock.exec('BEGIN IMMEDIATE');
    const left = holderIn(lock) !== undefined;
    lock.exec(left ? 'DELETE FROM holder; COMMIT' : 'ROLLBACK');
    return left;
  } catch (error) {
    if (isBusy(error)) return false;
    throw error;
  } finally {
    lock.close();
  }
}

function holderIn(lock: DatabaseSync): Holder | undefined {
  const hasTable = lock.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'holder'`).get();
  return hasTable && (lock.prepare('SELECT pid, stamp FROM holder').get() as Holder | undefined);
}

const heldBy = (file: string, purpose: Purpose, pid: number): string =>
  purpose === 'server'
    ? `process ${pid} serves the database ${file} already. Stop that one, or name another database in DATABASE_URL.`
    : `process ${pid} is writing into the database ${file}. Wait until it has ended, and try again.`;
