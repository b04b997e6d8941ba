import type { Format } from './format.ts';
import { csv } from './formats/csv.ts';
import { ucdp } from './formats/ucdp.ts';

/** All formats that events are read from. A file is of the one that is surest. */
export const FORMATS: readonly Format[] = [ucdp, csv];
