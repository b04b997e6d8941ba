import { DatabaseSync } from 'node:sqlite';
import type { Columns } from './generator.ts';
import { cellBits } from './questions.ts';
import type { Rival } from './rival.ts';

/** SQLite in memory, with an R*Tree of whole numbers over the place and the time of each placement. */
export function openSqlite({ x, y, starts, ends, event, place }: Columns): Rival {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE VIRTUAL TABLE placed USING rtree_i32 (id, x0, x1, y0, y1, starts, ends); BEGIN');
  const insert = database.prepare('INSERT INTO placed VALUES (?, ?, ?, ?, ?, ?, ?)');
  for (let at = 0; at < event.length; at++) {
    const [e, p] = [event[at] as number, place[at] as number];
    const [atX, atY] = [x[p] as number, y[p] as number];
    insert.run(at, atX, atX, atY, atY, starts[e] as number, ends[e] as number);
  }
  database.exec('COMMIT; ANALYZE');
  const clusters = database.prepare(
    `SELECT count(*) n FROM placed
     WHERE x0 >= ? AND x1 < ? AND y0 >= ? AND y1 < ? AND starts < ? AND ends > ? GROUP BY x0 >> ?, y0 >> ?`,
  );
  return {
    version: process.versions['sqlite'] ?? 'of Node',
    clusters: (question) => {
      const { left, right, top, bottom, from, to } = question;
      const bits = cellBits(question);
      const cells = clusters.all(left, right, top, bottom, to, from, bits, bits) as { n: number }[];
      return { cells: cells.length, placements: cells.reduce((sum, { n }) => sum + n, 0) };
    },
    close: () => database.close(),
  };
}
