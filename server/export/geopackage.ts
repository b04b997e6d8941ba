import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Place } from '../event.ts';
import { COLUMNS, rowOf, type ColumnName, type Row } from './columns.ts';
import { licenseLine } from './description.ts';
import type { ExportFormat, Selection } from './format.ts';
import { EVENTS, EVENTS_TABLE, GEOPACKAGE_SCHEMA, INDEX_TRIGGERS } from './geopackage-schema.ts';
import { recordText } from './record.ts';

/** WGS 84 as GeoPackage numbers it; its coordinates are longitude first, whatever EPSG says. */
const WGS_84 = 4326;

/** Those of a table of events that its geometry doesn't tell already. */
const TOLD = Object.keys(COLUMNS).filter(
  (name) => name !== 'latitude' && name !== 'longitude',
) as ColumnName[];

/**
 * A GeoPackage (OGC 12-128r18, version 1.3): a layer of events as MultiPoints with a spatial index, the columns that a
 * table has, and each event's whole record, so that it can be imported again. It is made in a temporary file, since its
 * first page tells of the whole.
 */
export const geopackage: ExportFormat = {
  name: 'gpkg',
  mediaType: 'application/geopackage+sqlite3',
  async *write(selection) {
    const folder = mkdtempSync(join(tmpdir(), 'dateline-'));
    const file = join(folder, 'events.gpkg');
    try {
      const db = new DatabaseSync(file);
      try {
        await fill(db, selection);
      } finally {
        db.close();
      }
      yield* createReadStream(file) as AsyncIterable<Uint8Array>;
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function fill(db: DatabaseSync, selection: Selection): Promise<void> {
  // A file that isn't whole is never given to anybody.
  db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN; ${GEOPACKAGE_SCHEMA};
    ${EVENTS_TABLE(TOLD)}`);
  const columns = ['geom', ...TOLD, 'starts', 'ends', 'record'];
  const insertEvent = db.prepare(
    `INSERT INTO ${EVENTS} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  const insertExtent = db.prepare(`INSERT INTO rtree_${EVENTS}_geom VALUES (?, ?, ?, ?, ?)`);
  const all: Extent = [Infinity, -Infinity, Infinity, -Infinity];
  for await (const batch of selection.batches())
    for (const event of batch.events) {
      const row = rowOf(event, batch, selection);
      const extent = extentOf(row.places);
      const { from, to } = event.when;
      const { lastInsertRowid: id } = insertEvent.run(
        extent && geometryOf(row.places, extent),
        ...TOLD.map((name) => COLUMNS[name](row) ?? null),
        ...[dateTime(from), dateTime(to), `{${recordText(event, batch, true)}}`],
      );
      if (extent === null) continue;
      insertExtent.run(id, ...extent);
      extent.forEach((bound, at) => (all[at] = Math[at % 2 === 0 ? 'min' : 'max'](all[at] as number, bound)));
    }
  describe(db, selection, Number.isFinite(all[0]) ? all : null);
  db.exec(`${INDEX_TRIGGERS}; COMMIT`);
}

/** What the layer and the file are, whose they are, and under what licence. */
function describe(db: DatabaseSync, selection: Selection, extent: Extent | null): void {
  const { id, title, description, license, language } = selection.atlas;
  const about = [description, licenseLine(selection)].filter((line) => line !== null).join('\n');
  const [minX, maxX, minY, maxY] = extent ?? [null, null, null, null];
  // When something of it was last changed isn't known, and the same atlas gives the same file.
  db.prepare(
    `INSERT INTO gpkg_contents VALUES ('${EVENTS}', 'features', ?, ?, '1970-01-01T00:00:00.000Z', ?, ?, ?, ?, ${WGS_84})`,
  ).run(title, about, minX, minY, maxX, maxY);
  db.prepare(`INSERT INTO gpkg_geometry_columns VALUES ('${EVENTS}', 'geom', 'MULTIPOINT', ?, 0, 0)`).run(
    WGS_84,
  );
  const metadata = JSON.stringify({ dateline: { id, title, description, license, language } });
  db.prepare(
    "INSERT INTO gpkg_metadata VALUES (1, 'dataset', 'https://www.rfc-editor.org/rfc/rfc8259', 'application/json', ?)",
  ).run(metadata);
  db.exec(
    "INSERT INTO gpkg_metadata_reference VALUES ('geopackage', NULL, NULL, NULL, '1970-01-01T00:00:00.000Z', 1, NULL)",
  );
}

/** The least and the greatest longitude, then latitude. */
type Extent = [minX: number, maxX: number, minY: number, maxY: number];

function extentOf(places: Row['places']): Extent | null {
  if (places.length === 0) return null;
  const lngs = places.map(({ position }) => position.lng);
  const lats = places.map(({ position }) => position.lat);
  return [Math.min(...lngs), Math.max(...lngs), Math.min(...lats), Math.max(...lats)];
}

/** A MultiPoint in GeoPackage's binary form: its header with the extent, and well-known binary, little-endian. */
function geometryOf(places: readonly Place[], extent: Extent): Uint8Array {
  const [head, point] = [8 + 4 * 8, 1 + 4 + 2 * 8];
  const bytes = new DataView(new ArrayBuffer(head + 9 + places.length * point));
  const LITTLE = true;
  bytes.setUint16(0, 0x4750); // "GP", and then version 1 as 0
  bytes.setUint8(3, 0b0000_0011); // an extent of x and y, little-endian
  bytes.setInt32(4, WGS_84, LITTLE);
  extent.forEach((bound, at) => bytes.setFloat64(8 + 8 * at, bound, LITTLE));
  bytes.setUint8(head, 1);
  bytes.setUint32(head + 1, 4, LITTLE); // MultiPoint
  bytes.setUint32(head + 5, places.length, LITTLE);
  places.forEach(({ position: { lng, lat } }, nth) => {
    const at = head + 9 + nth * point;
    bytes.setUint8(at, 1);
    bytes.setUint32(at + 1, 1, LITTLE); // Point
    bytes.setFloat64(at + 5, lng, LITTLE);
    bytes.setFloat64(at + 13, lat, LITTLE);
  });
  return new Uint8Array(bytes.buffer);
}

/** As GeoPackage writes moments, which knows no years of other than four digits. */
function dateTime(moment: number | null): string | null {
  const text = moment === null ? '' : new Date(moment).toISOString();
  return /^\d{4}-/.test(text) ? text : null;
}
