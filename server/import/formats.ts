import type { Format } from './format.ts';
import { acled } from './formats/acled.ts';
import { csv } from './formats/csv.ts';
import { exportedCsv, exportedGeojson, exportedNdjson } from './formats/exported.ts';
import { gdelt } from './formats/gdelt.ts';
import { icews } from './formats/icews.ts';
import { ucdp } from './formats/ucdp.ts';

/** All formats that events are read from. A file is of the one that is surest. */
export const FORMATS: readonly Format[] = [
  exportedNdjson,
  exportedGeojson,
  exportedCsv,
  ucdp,
  acled,
  gdelt,
  icews,
  csv,
];
