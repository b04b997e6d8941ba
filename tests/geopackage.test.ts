import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { AtlasIndex } from '../server/atlas-index.ts';
import type { Atlas } from '../server/event.ts';
import { Selection } from '../server/export/format.ts';
import { EXPORT_FORMATS } from '../server/export/formats.ts';
import { geopackage } from '../server/export/geopackage.ts';
import { readSoundPackage } from '../server/import/data-package.ts';
import { importFiles, type FileSummary } from '../server/import/importer.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import type { Store } from '../server/store/store.ts';
import { hostileAtlas } from './hostile-atlas.ts';
import { BUILT_IN } from './server.ts';
import { tempFolder } from './temp.ts';

async function storeOf(atlas: Atlas): Promise<SqliteStore> {
  const store = new SqliteStore(':memory:');
  await store.replace(atlas);
  return store;
}

async function exported(store: Store, format = geopackage): Promise<string> {
  const atlas = await store.summary();
  if (!atlas) throw new Error('no atlas');
  const about = { atlas, home: 'https://atlas.example/', filter: {} };
  const selection = new Selection({ store, index: await AtlasIndex.read(store) }, about);
  const path = join(tempFolder(), `events.${format.name}`);
  writeFileSync(path, await buffer(Readable.from(format.write(selection))));
  return path;
}

async function imported(file: string): Promise<[SqliteStore, FileSummary]> {
  const store = new SqliteStore(':memory:');
  const plan = { files: [file], format: null, columns: new Map(), dates: null, dataset: null };
  const [summary] = await importFiles(
    store,
    { ...plan, isReplaced: false, isDry: false, rejectsFolder: null },
    () => {},
  );
  if (!summary) throw new Error('nothing was imported');
  return [store, summary];
}

const ATLASES: [string, () => Promise<Atlas>][] = [
  ['the built-in atlas', () => readSoundPackage(BUILT_IN)],
  ['an atlas of hostile texts', async () => hostileAtlas()],
];

test.each(ATLASES)(
  'a GeoPackage of %s is imported as the same events as the other records are',
  async (_, read) => {
    const store = await storeOf(await read());
    const [again, summary] = await imported(await exported(store));
    const { events } = await read();
    expect(summary).toMatchObject({
      format: 'GeoPackage of an atlas',
      rows: events.length,
      added: events.length,
      setAside: 0,
    });
    const ndjson = EXPORT_FORMATS.find(({ name }) => name === 'ndjson');
    const records = async (of: Store): Promise<string[]> =>
      readFileSync(await exported(of, ndjson), 'utf8')
        .split('\n')
        .slice(1);
    expect(await records(again)).toEqual(await records(store));
  },
);

test('the same atlas is the same GeoPackage to the byte', async () => {
  const store = await storeOf(await readSoundPackage(BUILT_IN));
  expect(readFileSync(await exported(store)).equals(readFileSync(await exported(store)))).toBe(true);
});

test('a GeoPackage has the tables, the index and the metadata that its standard asks for', async () => {
  const db = new DatabaseSync(await exported(await storeOf(hostileAtlas())), { readOnly: true });
  const all = (sql: string): unknown[] =>
    db
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  expect(all('PRAGMA application_id')).toEqual([{ application_id: 0x47504b47 }]);
  expect(all('PRAGMA user_version')).toEqual([{ user_version: 10300 }]);
  expect(all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect(all('PRAGMA foreign_key_check')).toEqual([]);
  expect(all('SELECT srs_id FROM gpkg_spatial_ref_sys ORDER BY srs_id')).toEqual([
    { srs_id: -1 },
    { srs_id: 0 },
    { srs_id: 4326 },
  ]);
  expect(all('SELECT table_name, geometry_type_name, srs_id FROM gpkg_geometry_columns')).toEqual([
    { table_name: 'events', geometry_type_name: 'MULTIPOINT', srs_id: 4326 },
  ]);
  expect(all('SELECT count(*) n FROM rtree_events_geom')).toEqual(
    all('SELECT count(*) n FROM events WHERE geom NOT NULL'),
  );
  expect(all('SELECT count(*) n FROM events WHERE geom IS NULL')).not.toEqual([{ n: 0 }]);
  const [{ metadata }] = all('SELECT metadata FROM gpkg_metadata') as [{ metadata: string }];
  expect(JSON.parse(metadata).dateline.license).toBe(hostileAtlas().license);
  // The extent of each geometry, as its header has it, is the index's; R*Trees hold it in 32 bits.
  const rows = db
    .prepare('SELECT geom, minx, maxx, miny, maxy FROM events JOIN rtree_events_geom ON id = fid')
    .all();
  for (const { geom, ...extent } of rows as Record<string, never>[]) {
    const bytes = Buffer.from(geom as unknown as Uint8Array);
    expect(bytes.subarray(0, 4).toString('hex')).toBe('47500003');
    Object.values(extent).forEach((bound, at) =>
      expect(bytes.readDoubleLE(8 + 8 * at)).toBeCloseTo(bound, 4),
    );
    const points = bytes.readUInt32LE(45);
    expect(bytes).toHaveLength(49 + points * 21);
  }
  db.close();
});

test('a GeoPackage of another program, and one that is damaged, are refused with what would work', async () => {
  const file = await exported(await storeOf(hostileAtlas()));
  const db = new DatabaseSync(file);
  db.exec('ALTER TABLE events DROP COLUMN record');
  db.close();
  await expect(imported(file)).rejects.toThrow(
    'a GeoPackage without the records that dateline writes. Convert it: ogr2ogr',
  );
  const damaged = await exported(await storeOf(hostileAtlas()));
  writeFileSync(damaged, readFileSync(damaged).subarray(0, 3000));
  await expect(imported(damaged)).rejects.toThrow('It may be damaged; fetch it again.');
});

const hasGdal = spawnSync('ogrinfo', ['--version']).status === 0;

test.skipIf(!hasGdal)('GDAL opens a GeoPackage (skipped where there is no ogrinfo)', async () => {
  const file = await exported(await storeOf(await readSoundPackage(BUILT_IN)));
  const { events } = await readSoundPackage(BUILT_IN);
  const { status, stdout, stderr } = spawnSync('ogrinfo', ['-al', '-so', file], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain('Layer name: events');
  expect(stdout).toContain('Geometry: Multi Point');
  expect(stdout).toContain(`Feature Count: ${events.length}`);
  expect(stdout).toContain('starts: DateTime');
  expect(stdout).toContain('Licence: CC-BY-4.0');
  // By the index, and by another program's own reading of the points.
  const script = ['-ro', '-q', file, '-spat', '36', '35', '38', '37', 'events', '-geom=YES', '-fields=NO'];
  expect(execFileSync('ogrinfo', script, { encoding: 'utf8' })).toContain('MULTIPOINT');
});
