/** The layer of a GeoPackage that has the events. */
export const EVENTS = 'events';

/** "GPKG" in ASCII, which marks an SQLite file as a GeoPackage. */
export const GEOPACKAGE_ID = 0x47504b47;

/** What every GeoPackage has, and what the extensions for spatial indexes and metadata add (OGC 12-128r18, annexes C and F). */
export const GEOPACKAGE_SCHEMA = `
PRAGMA application_id = ${GEOPACKAGE_ID};
PRAGMA user_version = 10300;

CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT
);
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined Cartesian coordinate reference system'),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
  ('WGS 84 geodetic', 4326, 'EPSG', 4326,
   'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]',
   'longitude and latitude in degrees');

CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id)
);

CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id)
);

CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
INSERT INTO gpkg_extensions VALUES
  ('${EVENTS}', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only'),
  ('gpkg_metadata', NULL, 'gpkg_metadata', 'http://www.geopackage.org/spec120/#extension_metadata', 'read-write'),
  ('gpkg_metadata_reference', NULL, 'gpkg_metadata', 'http://www.geopackage.org/spec120/#extension_metadata', 'read-write');

CREATE TABLE gpkg_metadata (
  id INTEGER PRIMARY KEY, md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL,
  mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT ''
);

CREATE TABLE gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')), md_file_id INTEGER NOT NULL,
  md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id)
);

CREATE VIRTUAL TABLE rtree_${EVENTS}_geom USING rtree(id, minx, maxx, miny, maxy);
`;

const NUMBERS: Record<string, string> = { radius_km: 'DOUBLE', claims: 'INTEGER' };

/** The layer itself; texts where nothing else is said. */
export const EVENTS_TABLE = (columns: readonly string[]): string => `
CREATE TABLE ${EVENTS} (
  fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom MULTIPOINT,
  ${columns.map((name) => `${name} ${NUMBERS[name] ?? 'TEXT'}`).join(', ')},
  starts DATETIME, ends DATETIME, record TEXT NOT NULL
);`;

const [TABLE, INDEX] = [EVENTS, `rtree_${EVENTS}_geom`];
const IS_THERE = 'new.geom NOT NULL AND NOT ST_IsEmpty(new.geom)';
const IS_NONE = '(new.geom ISNULL OR ST_IsEmpty(new.geom))';
const PUT = `INSERT OR REPLACE INTO ${INDEX}
  VALUES (new.fid, ST_MinX(new.geom), ST_MaxX(new.geom), ST_MinY(new.geom), ST_MaxY(new.geom));`;

/** Keep the index right when another program changes the layer; that program has the functions (annex F.3). */
export const INDEX_TRIGGERS = `
CREATE TRIGGER ${INDEX}_insert AFTER INSERT ON ${TABLE} WHEN ${IS_THERE} BEGIN ${PUT} END;
CREATE TRIGGER ${INDEX}_update1 AFTER UPDATE OF geom ON ${TABLE} WHEN old.fid = new.fid AND ${IS_THERE} BEGIN ${PUT} END;
CREATE TRIGGER ${INDEX}_update2 AFTER UPDATE OF geom ON ${TABLE} WHEN old.fid = new.fid AND ${IS_NONE}
  BEGIN DELETE FROM ${INDEX} WHERE id = old.fid; END;
CREATE TRIGGER ${INDEX}_update3 AFTER UPDATE ON ${TABLE} WHEN old.fid != new.fid AND ${IS_THERE}
  BEGIN DELETE FROM ${INDEX} WHERE id = old.fid; ${PUT} END;
CREATE TRIGGER ${INDEX}_update4 AFTER UPDATE ON ${TABLE} WHEN old.fid != new.fid AND ${IS_NONE}
  BEGIN DELETE FROM ${INDEX} WHERE id IN (old.fid, new.fid); END;
CREATE TRIGGER ${INDEX}_delete AFTER DELETE ON ${TABLE} WHEN old.geom NOT NULL
  BEGIN DELETE FROM ${INDEX} WHERE id = old.fid; END;
`;
