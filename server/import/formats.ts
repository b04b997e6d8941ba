import type { Format } from './format.ts';
import { acled } from './formats/acled.ts';
import { csv } from './formats/csv.ts';
import { datapackage } from './formats/datapackage.ts';
import { exportedCsv, exportedGeojson, exportedNdjson } from './formats/exported.ts';
import { gdelt } from './formats/gdelt.ts';
import { exportedGeopackage } from './formats/geopackage.ts';
import { geojson } from './formats/geojson.ts';
import { icews } from './formats/icews.ts';
import { kml } from './formats/kml.ts';
import { timemap } from './formats/timemap.ts';
import { ucdp } from './formats/ucdp.ts';

/** All formats that events are read from. A file is of the one that is surest. */
export const FORMATS: readonly Format[] = [
  ...[csv, geojson, kml, datapackage, ucdp, acled, gdelt, icews, timemap],
  ...[exportedCsv, exportedGeojson, exportedNdjson, exportedGeopackage],
];
