import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import { GEOPACKAGE_ID } from '../../export/geopackage-schema.ts';
import { InputError } from '../../input-error.ts';
import type { Outcome } from '../draft.ts';
import type { Format, Head, ReadOptions } from '../format.ts';
import { draftOfText, LONGEST_RECORD } from './exported.ts';
import { outcomeOf } from './table.ts';

/** A GeoPackage as `dateline export --format gpkg` writes it: a record in each row of its layer of events. */
export const exportedGeopackage: Format = {
  name: 'dateline-gpkg',
  title: 'GeoPackage of an atlas',
  recognise: ({ input: { head } }) => (isGeopackage(head) ? 1 : 0),
  read: readRecords,
};

/** Where the header of an SQLite file says whose it is. */
const APPLICATION_ID_AT = 68;

const isGeopackage = (head: Buffer): boolean =>
  head.length > APPLICATION_ID_AT + 4 &&
  head.subarray(0, 16).toString('latin1') === 'SQLite format 3\0' &&
  head.readUInt32BE(APPLICATION_ID_AT) === GEOPACKAGE_ID;

async function* readRecords({ input }: Head, { onRead }: ReadOptions): AsyncIterable<readonly Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'dateline-'));
  try {
    const file = join(folder, 'events.gpkg');
    await pipeline(input.bytes(onRead), createWriteStream(file));
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      for (const { fid, record } of rowsOf(db, input.name)) {
        const text = record ?? '';
        yield [
          outcomeOf(
            () => ({ record: text }),
            Number(fid),
            () => draftOfText(text),
          ),
        ];
      }
    } finally {
      db.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function* rowsOf(db: DatabaseSync, name: string): Generator<{ fid: number; record: string | null }, void> {
  try {
    // The file may be anybody's: what its schema calls is not run.
    db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
    const statement = db.prepare(
      `SELECT fid, CASE WHEN typeof(record) = 'text' AND length(record) <= ${LONGEST_RECORD} THEN record END record
       FROM events ORDER BY fid`,
    );
    yield* statement.iterate() as Iterable<unknown> as Iterable<{ fid: number; record: string | null }>;
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    if (code !== 'ERR_SQLITE_ERROR') throw error;
    throw new InputError(
      /no such (?:table|column)/.test(message)
        ? `${name} is a GeoPackage without the records that dateline writes. Convert it: ogr2ogr events.geojson ${name}.`
        : `${name} cannot be read: ${message}. It may be damaged; fetch it again.`,
    );
  }
}
