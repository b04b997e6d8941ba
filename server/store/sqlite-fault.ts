import { InputError } from '../input-error.ts';
import { StoreUnavailable } from './unavailable.ts';

/** SQLite's result codes that say what is wrong with the file or its disk, rather than with us. */
const BUSY = 5;
const READ_ONLY = 8;
const DISK_FAILED = 10;
const DAMAGED = 11;
const FULL = 13;
const NO_DATABASE = 26;

/** SQLite's result code of an error, without what is added to it for details; 0 where it is none of SQLite's. */
export const resultCode = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) % 256;

export const isBusy = (error: unknown): boolean => resultCode(error) === BUSY;

/** Whether a file is so damaged, or so foreign, that SQLite does not read it. */
export const isUnreadable = (error: unknown): boolean => [DAMAGED, NO_DATABASE].includes(resultCode(error));

/** What is told of a database that is damaged. @param what was found */
export const damaged = (file: string, what: string): InputError =>
  new InputError(
    `the database ${file} is damaged: ${what}. Put a backup in its place with dateline restore FILE.`,
  );

/** Why a file could not be opened as a database, and what to do. */
export function cannotOpen(file: string, error: Error): Error {
  if (error instanceof InputError) return error;
  const code = resultCode(error);
  if (code === DAMAGED) return damaged(file, error.message);
  const remedy =
    code === NO_DATABASE
      ? 'Name another file in DATABASE_URL, or put a backup in its place with dateline restore FILE.'
      : 'Check that the folder exists and can be written, or name another file in DATABASE_URL.';
  return new InputError(`cannot open the database ${file}: ${error.message}. ${remedy}`);
}

/** Why a change could not be written, where that is not a fault of ours: in each case all is as it was. */
export function cannotWrite(file: string, error: unknown): unknown {
  const message = {
    [BUSY]: `another process is writing into the database ${file}. Wait until it has ended, and try again.`,
    [READ_ONLY]: `the database ${file} cannot be written. Give this user the right to write it and its folder.`,
    [DISK_FAILED]: `the disk of the database ${file} failed (${(error as Error).message}); it is as it was. Check the disk, and try again.`,
    [FULL]: `the disk of the database ${file} is full; it is as it was. Make room there, and try again.`,
  }[resultCode(error)];
  return message === undefined ? error : new StoreUnavailable(message, { cause: error });
}
