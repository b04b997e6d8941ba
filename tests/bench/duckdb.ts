import { DuckDBInstance, version } from '@duckdb/node-api';
import { join } from 'node:path';
import { UNDATED, type Columns } from './generator.ts';
import { FILE_COLUMNS, writePlacements } from './placement-file.ts';
import { cellBits, EDGES, type Question } from './questions.ts';
import type { Rival } from './rival.ts';

const IN_VIEW = 'x >= $left AND x < $right AND y >= $top AND y < $bottom';
const IN_PERIOD = 'starts < $to AND ends > $from';

/**
 * DuckDB in memory, in one table sorted along a Z-order curve, so that a view skips most row groups by their least and
 * greatest coordinates. It uses all cores.
 */
export async function openDuckdb(columns: Columns, folder: string): Promise<Rival> {
  const file = join(folder, 'placements.csv');
  writePlacements(columns, file);
  const database = await (await DuckDBInstance.create(':memory:')).connect();
  const types = FILE_COLUMNS.map((name) => `${name}: '${name === 'z' ? 'BIGINT' : 'INTEGER'}'`);
  await database.run(
    `CREATE TABLE placed AS SELECT x, y, starts, ends, kind::UTINYINT kind, event
     FROM read_csv('${file}', header = false, columns = {${types.join(', ')}}) ORDER BY z`,
  );
  const number = async (sql: string, question: Question): Promise<number> => {
    const result = await database.runAndReadAll(withValues(sql, question));
    return Number(result.getRows()[0]?.[0]);
  };
  // With the values in the text, and not bound to a prepared statement, DuckDB skips row groups: that is faster.
  const clusters = (question: Question): string =>
    withValues(
      `SELECT x >> $bits cx, y >> $bits cy, count(*)::INTEGER n FROM placed
       WHERE ${IN_VIEW} AND ${IN_PERIOD} GROUP BY ALL`,
      question,
    );
  return {
    version: version(),
    clusters: async (question) => {
      const result = await database.runAndReadAll(clusters(question));
      const counts = (result.getColumns()[2] ?? []) as number[];
      return { cells: counts.length, placements: counts.reduce((sum, count) => sum + count, 0) };
    },
    placementsOfKinds: (question) =>
      number(
        `SELECT count(*) FROM placed WHERE ${IN_VIEW} AND ${IN_PERIOD} AND kind IN (${question.kinds.join(', ')})`,
        question,
      ),
    events: (question) =>
      number(`SELECT count(DISTINCT event) FROM placed WHERE ${IN_VIEW} AND ${IN_PERIOD}`, question),
    timeline: async (question) => {
      const events = (within: string): string =>
        `(SELECT count(*) FROM seen WHERE ${within} AND starts < ${UNDATED})`;
      const result = await database.runAndReadAll(
        withValues(
          `WITH seen AS MATERIALIZED (SELECT DISTINCT event, starts, ends FROM placed WHERE ${IN_VIEW})
           ${EDGES.slice(1)
             .map(
               (to, bin) =>
                 `SELECT ${events(`starts < ${to} AND ends > ${EDGES[bin]}`)} possibly,
                  ${events(`starts >= ${EDGES[bin]} AND ends <= ${to}`)} certainly`,
             )
             .join(' UNION ALL ')}`,
          question,
        ),
      );
      const [possibly, certainly] = result.getColumns().map((column) => column.map(Number));
      return { possibly: possibly ?? [], certainly: certainly ?? [] };
    },
    close: () => database.closeSync(),
  };
}

/** Puts a question's numbers into a query. */
function withValues(sql: string, question: Question): string {
  const { left, right, top, bottom, from, to } = question;
  return Object.entries({ bits: cellBits(question), left, right, top, bottom, from, to }).reduce(
    (text, [name, value]) => text.replaceAll(`$${name}`, String(value)),
    sql,
  );
}
