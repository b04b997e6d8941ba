import { changesIn } from './change-log.ts';
import type { Ask } from './postgres-records.ts';
import type { AtlasState, RecordKind } from './store.ts';

/** A state, and the number of the change that led to it. */
export interface NumberedState extends AtlasState {
  number: number;
}

/** The state of the atlas, by one statement; null before there is one. */
export async function readState(ask: Ask): Promise<NumberedState | null> {
  const [row] = await ask<StateRow>(
    `SELECT a.version, a.since, c.* FROM (SELECT number, stamp, last_event, last_place, last_actor, last_source
       FROM dateline.change ORDER BY number DESC LIMIT 1) c LEFT JOIN dateline.atlas a ON true`,
  );
  if (!row || row.version === null) return null;
  const { number, since } = row;
  // The version that was put in, and behind it the number and the stamp of the last change since.
  const version = number === since ? row.version : `${row.version}+${number - since}.${row.stamp}`;
  return { version, number, last: lastOf(row) };
}

/** The number of the change that led to a version; undefined where it is not of this atlas's past. */
export async function numberOf(ask: Ask, version: string): Promise<number | undefined> {
  const [row] = await ask<{ number: number }>(
    `SELECT c.number FROM dateline.atlas a JOIN dateline.change c ON c.number IN (a.since, a.since + $2::bigint) WHERE
     $1 = CASE WHEN c.number = a.since THEN a.version ELSE a.version || '+' || (c.number - a.since) || '.' || c.stamp END`,
    [version, changesIn(version)],
  );
  return row?.number;
}

interface StateRow {
  version: string | null;
  since: number;
  number: number;
  stamp: string;
  last_event: number;
  last_place: number;
  last_actor: number;
  last_source: number;
}

const lastOf = (row: StateRow): Record<RecordKind, number> => ({
  ...{ place: row.last_place, actor: row.last_actor, source: row.last_source, event: row.last_event },
});
