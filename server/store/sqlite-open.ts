import { DatabaseSync } from 'node:sqlite';
import { InputError } from '../input-error.ts';
import { cannotOpen, damaged } from './sqlite-fault.ts';
import { holderOf, SqliteHold, type Purpose } from './sqlite-hold.ts';
import { migrate } from './sqlite-migrations.ts';
import { APPLICATION_ID, LASTING_SCHEMA, SCHEMA, SCHEMA_VERSION } from './sqlite-schema.ts';

/** Milliseconds to wait for another process that has the file for a moment, as the last one that closes it does. */
const MOMENT = 1000;

/** The log beside the file is cut to this when all of it is in the file, however long a change has made it. */
const LOG_BYTES = 32 * 2 ** 20;

/**
 * How much of the file is kept in memory while it is read, in SQLite's units: records are looked up by ids in no order, and of
 * its usual 2 MB not even the inner pages of an index stay. What does not fit is asked of the system, which keeps files itself.
 */
export const READING_CACHE = -32 * 1024;

/** An open database, and what holds it. */
export interface Opened {
  db: DatabaseSync;
  hold: SqliteHold | null;
}

/**
 * Opens a database of ours with its tables as they are now: a new file gets them, and one of an earlier release is brought
 * forward. After a stop that was not clean it is looked through first.
 * @param purpose what to hold it for; null where it is only read, or written for a moment
 * @throws InputError when it cannot be opened, is damaged, another program's or of a newer version, or held by another process
 */
export function openDatabase(file: string, purpose: Purpose | null): Opened {
  refuseFaulty(process.versions['sqlite'] ?? '');
  let hold: SqliteHold | null = null;
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(file, { timeout: MOMENT });
    const version = versionOf(db);
    hold = purpose === null || file === ':memory:' ? null : new SqliteHold(file, purpose);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
      PRAGMA journal_size_limit = ${LOG_BYTES}; PRAGMA cache_size = ${READING_CACHE}`);
    if (hold?.isAfterUncleanStop) lookThrough(db, file);
    if (version === null) createTables(db);
    else if (version !== SCHEMA_VERSION) bringForward(db, file);
    return { db, hold };
  } catch (error) {
    db?.close();
    // What was left by an unclean stop is still to be looked through.
    if (hold?.isAfterUncleanStop) hold.abandon();
    else hold?.release();
    throw cannotOpen(file, error as Error);
  }
}

/** Empty tables in the place of those of the atlas that the file held. Keys go on. The transaction is the caller's. */
export function emptyTables(db: DatabaseSync): void {
  const tables = db
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       AND name NOT IN ('desk', 'change', 'gone')`,
    )
    .all();
  const last = tables.length > 0 ? db.prepare('SELECT name, seq FROM sqlite_sequence').all() : [];
  db.exec('PRAGMA defer_foreign_keys = ON');
  for (const { name } of tables) db.exec(`DROP TABLE "${String(name).replaceAll('"', '""')}"`);
  db.exec(
    `${SCHEMA}; ${LASTING_SCHEMA}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`,
  );
  const goOn = db.prepare('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)');
  for (const { name, seq } of last) goOn.run(String(name), Number(seq));
}

/** The version of the schema; null where the file is empty. @throws Error where it is not ours */
export function versionOf(db: DatabaseSync): number | null {
  const number = (name: string): number => Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
  if (number('application_id') === APPLICATION_ID) return number('user_version');
  if (db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get())
    throw new Error('it holds the data of another program');
  return null;
}

/** @throws InputError with what is wrong first, where a look through the whole file finds something */
export function lookThrough(db: DatabaseSync, file: string): void {
  console.error(`dateline: the last stop was not a clean one, so ${file} is looked through.`);
  const found = String(db.prepare('PRAGMA quick_check(1)').get()?.['quick_check']);
  if (found !== 'ok') throw damaged(file, found.split('\n').at(-1) ?? found);
}

function createTables(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE');
  // Another process may have made them since.
  if (versionOf(db) === null) emptyTables(db);
  db.exec('COMMIT');
}

function bringForward(db: DatabaseSync, file: string): void {
  const server = holderOf(file, 'server');
  if (server !== null)
    throw new InputError(
      `process ${server} serves the database ${file} with another version of dateline. Stop that one first, and start this one.`,
    );
  migrate(db, file);
}

/**
 * SQLite before 3.51.3 can damage a database that several processes write at one moment (sqlite.org/wal.html#walresetbug).
 * @throws InputError for such a version
 */
export function refuseFaulty(version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major * 1e6 + minor * 1e3 + patch >= 3_051_003) return;
  throw new InputError(
    `this Node ${process.versions.node} has SQLite ${version}, which can damage a database that two processes write. Use a newer Node 24.`,
  );
}
