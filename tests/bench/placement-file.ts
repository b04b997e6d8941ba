import { closeSync, openSync, writeSync } from 'node:fs';
import type { Columns } from './generator.ts';

/** The columns of the file, all whole numbers; `z` is the place along a Z-order curve, for sorting. */
export const FILE_COLUMNS = ['z', 'x', 'y', 'starts', 'ends', 'kind', 'event'] as const;

/** Writes all placements as comma-separated values without a head, for databases to read. */
export function writePlacements(columns: Columns, path: string): void {
  const { x, y, starts, ends, kind, event, place } = columns;
  const z = Float64Array.from(x, (each, at) => spread(each) + 2 * spread(y[at] as number));
  const file = openSync(path, 'w');
  let lines = '';
  for (let at = 0; at < event.length; at++) {
    const [e, p] = [event[at] as number, place[at] as number];
    lines += `${z[p]},${x[p]},${y[p]},${starts[e]},${ends[e]},${kind[e]},${e}\n`;
    if (lines.length > 1 << 20 || at === event.length - 1) {
      writeSync(file, lines);
      lines = '';
    }
  }
  closeSync(file);
}

/** The 26 bits of a coordinate with a zero before each, as one double. */
function spread(coordinate: number): number {
  let code = 0;
  for (let bit = 0; bit < 26; bit++) if ((coordinate >>> bit) & 1) code += 4 ** bit;
  return code;
}
