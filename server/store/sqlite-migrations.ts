import type { DatabaseSync } from 'node:sqlite';
import { InputError } from '../input-error.ts';
import { SCHEMA_VERSION } from './sqlite-schema.ts';

/** Takes a file's schema from one version to the next. */
export interface Migration {
  /** The version that it is for. */
  from: number;
  /** Runs in a transaction of its own; foreign keys are checked at its end. */
  run(db: DatabaseSync): void;
}

/** The schema of the first release. */
export const FIRST_RELEASED = 7;

/**
 * The steps from each released schema to the next, oldest first. What has been released is never changed: each version's
 * tables are in tests/fixtures/schema, and the tests hold what a step makes of them against what `SCHEMA` makes.
 */
export const MIGRATIONS: readonly Migration[] = [];

/**
 * Takes a file's schema forward to a version, a step and a transaction at a time: where it is interrupted it goes on next time.
 * @throws InputError when the file is of a version that there is no way from
 */
export function migrate(db: DatabaseSync, file: string, migrations = MIGRATIONS, to = SCHEMA_VERSION): void {
  for (;;) {
    db.exec('PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE');
    try {
      // Asked where no other process can be at it too.
      const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
      if (version === to) return;
      const step = migrations.find(({ from }) => from === version);
      if (!step) throw new InputError(noWay(file, version, to));
      step.run(db);
      const [broken] = db.prepare('PRAGMA foreign_key_check').all();
      if (broken)
        throw new Error(`migration from ${version} leaves a reference to nothing in ${broken['table']}`);
      db.exec(`PRAGMA user_version = ${version + 1}; COMMIT`);
    } finally {
      if (db.isTransaction) db.exec('ROLLBACK');
      db.exec('PRAGMA foreign_keys = ON');
    }
  }
}

/** @throws InputError when a file is of a version that there is no way from */
export function mustBeKnown(version: number, file: string): void {
  if (version < FIRST_RELEASED || version > SCHEMA_VERSION)
    throw new InputError(noWay(file, version, SCHEMA_VERSION));
}

const noWay = (file: string, version: number, known: number): string =>
  version > known
    ? `the database ${file} is of a newer version of dateline (schema ${version}, and this one knows ${known}). Run that version, or name another file.`
    : `the database ${file} is of a version of dateline before its first release (schema ${version}). Import into a new file instead.`;
