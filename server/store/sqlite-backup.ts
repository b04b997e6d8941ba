import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { InputError } from '../input-error.ts';
import { cannotOpen, cannotWrite, isUnreadable } from './sqlite-fault.ts';
import { SqliteHold } from './sqlite-hold.ts';
import { mustBeKnown } from './sqlite-migrations.ts';
import { openDatabase, versionOf } from './sqlite-open.ts';

/** Milliseconds to wait for another process that has the file for a moment. */
const MOMENT = 1000;

/** All pages at once: so the copy is of one moment. */
const ALL = 2 ** 31 - 1;

/**
 * Writes what a database holds at this moment to a new file, whoever serves it or writes into it meanwhile. The file is
 * there when all of it is on the disk.
 * @throws InputError when there is no database, or the file cannot be written or is there already
 */
export function writeBackup(database: string, file: string): void {
  if (!existsSync(database))
    throw new InputError(`there is no database ${database}. Name one in DATABASE_URL.`);
  if (existsSync(file)) throw new InputError(`${file} is there already. Name a file that is not.`);
  const db = opened(database);
  const unfinished = `${file}.${process.pid}`;
  try {
    db.prepare('VACUUM INTO ?').run(unfinished);
    synchronise(unfinished);
    renameSync(unfinished, file);
    if (process.platform !== 'win32') synchronise(dirname(resolve(file)));
  } catch (error) {
    rmSync(unfinished, { force: true });
    const { message } = error as Error;
    throw new InputError(
      `cannot write the backup ${file}: ${message}. Check that its folder exists, can be written and has room.`,
    );
  } finally {
    db.close();
  }
}

/**
 * Puts a backup in the place of what a database holds, in one transaction. A database that is damaged beyond reading is moved
 * aside first.
 * @returns where a damaged database was moved to; null where none was
 * @throws InputError when the file is no sound backup, or a process serves the database or writes into it
 */
export async function restoreBackup(file: string, database: string): Promise<string | null> {
  if (!existsSync(file)) throw new InputError(`there is no backup ${file}. Name one that there is.`);
  const source = opened(file);
  const holds: SqliteHold[] = [];
  try {
    mustBeSound(source, file);
    for (const purpose of ['server', 'writer'] as const) holds.push(new SqliteHold(database, purpose));
    const moved = await copyOver(source, database);
    // Brings it forward, where it is of an earlier release.
    openDatabase(database, null).db.close();
    for (const hold of holds) hold.release();
    return moved;
  } catch (error) {
    for (const hold of holds)
      if (hold.isAfterUncleanStop) hold.abandon();
      else hold.release();
    throw error;
  } finally {
    source.close();
  }
}

async function copyOver(source: DatabaseSync, database: string): Promise<string | null> {
  try {
    await backup(source, database, { rate: ALL });
    return null;
  } catch (error) {
    if (!isUnreadable(error)) throw cannotWrite(database, error);
    const aside = `${database}-damaged`;
    renameSync(database, aside);
    for (const log of ['-wal', '-shm']) rmSync(database + log, { force: true });
    await backup(source, database, { rate: ALL });
    return aside;
  }
}

/** @throws InputError when it is not a whole database that this program knows */
function mustBeSound(db: DatabaseSync, file: string): void {
  const version = versionOf(db);
  if (version === null) throw new InputError(`${file} is empty. Name a file that dateline backup wrote.`);
  mustBeKnown(version, file);
  const fault = faultIn(db);
  if (fault !== null) throw new InputError(`the backup ${file} is damaged: ${fault}. Name another one.`);
}

/** What SQLite finds wrong first; null where all is well. Some damage it tells by failing. */
function faultIn(db: DatabaseSync): string | null {
  try {
    const found = String(db.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check']);
    if (found !== 'ok') return found.split('\n').at(-1) ?? found;
    return db.prepare('PRAGMA foreign_key_check').get() ? 'a reference leads to nothing' : null;
  } catch (error) {
    if (isUnreadable(error)) return (error as Error).message;
    throw error;
  }
}

/** Opens a database of ours as it is. @throws InputError when it is none */
function opened(file: string): DatabaseSync {
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(file, { timeout: MOMENT });
    versionOf(db);
    return db;
  } catch (error) {
    db?.close();
    throw cannotOpen(file, error as Error);
  }
}

/** Waits until a file, or the names in a folder, are on the disk. */
function synchronise(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
