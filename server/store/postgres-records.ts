import type { QueryResultRow } from 'pg';
import type { Actor, Category, Event, Place, Source } from '../event.ts';
import { eventOfRecord } from './prepared-event.ts';
import type { RecordKind, RecordRow } from './store.ts';

/** Asks a database, or one transaction of it. */
export type Ask = <Row extends QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>;

/** Reads records; each list is of one moment. */
export class PostgresRecords {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  async categories(): Promise<Category[]> {
    const rows = await this.#ask<{ record: string }>('SELECT record FROM dateline.category ORDER BY key');
    return rows.map(({ record }) => JSON.parse(record) as Category);
  }

  places(ids: readonly string[]): Promise<(Place | undefined)[]> {
    return this.#nodes('place', ids);
  }

  actors(ids: readonly string[]): Promise<(Actor | undefined)[]> {
    return this.#nodes('actor', ids);
  }

  sources(ids: readonly string[]): Promise<(Source | undefined)[]> {
    return this.#nodes('source', ids);
  }

  async events(ids: readonly string[]): Promise<(Event | undefined)[]> {
    return (await this.eventRecords(ids)).map((row) => row && eventOfRecord(row.id, row.record));
  }

  async eventsAt(keys: readonly number[]): Promise<(Event | undefined)[]> {
    const sql = 'SELECT key, id, record FROM dateline.event WHERE key = ANY ($1)';
    const rows = inOrder(keys, await this.#ask<KeptRecord>(sql, [keys]), ({ key }) => key);
    return rows.map((row) => row && eventOfRecord(row.id, row.record));
  }

  /** Events as they are kept. */
  async eventRecords(ids: readonly string[]): Promise<(KeptEvent | undefined)[]> {
    const sql = 'SELECT key, id, record, since FROM dateline.event WHERE id = ANY ($1)';
    return inOrder(ids, await this.#ask<KeptEvent>(sql, [known(ids)]), ({ id }) => id);
  }

  async relationsTo(ids: readonly string[]): Promise<{ kind: string; event: string }[][]> {
    const rows = await this.#ask<{ related: string; event: string; kind: string }>(
      `SELECT c.related, e.id event, c.kind FROM dateline.relation c JOIN dateline.event e ON e.key = c.event
       WHERE c.related = ANY ($1) ORDER BY e.sort, e.id, c.position`,
      [known(ids)],
    );
    const byRelated = Map.groupBy(rows, ({ related }) => related);
    return ids.map((id) => (byRelated.get(id) ?? []).map(({ kind, event }) => ({ kind, event })));
  }

  async keys(kind: RecordKind | 'category', ids: readonly string[]): Promise<(number | undefined)[]> {
    const sql = `SELECT key, id FROM dateline.${kind} WHERE id = ANY ($1)`;
    const rows = await this.#ask<{ key: number; id: string }>(sql, [known(ids)]);
    return inOrder(ids, rows, ({ id }) => id).map((row) => row?.key);
  }

  async rows(kind: RecordKind, keys: readonly number[]): Promise<(RecordRow | undefined)[]> {
    const name = kind === 'event' ? "''" : 'sort_name';
    const rows = await this.#ask<RecordRow & { key: number }>(
      `SELECT key, id, ${name} AS "sortName" FROM dateline.${kind} WHERE key = ANY ($1)`,
      [keys],
    );
    return inOrder(keys, rows, ({ key }) => key).map((row) => row && { id: row.id, sortName: row.sortName });
  }

  async #nodes<T>(kind: RecordKind, ids: readonly string[]): Promise<(T | undefined)[]> {
    const sql = `SELECT key, id, record FROM dateline.${kind} WHERE id = ANY ($1)`;
    const rows = await this.#ask<KeptRecord>(sql, [known(ids)]);
    return inOrder(ids, rows, ({ id }) => id).map((row) => row && (JSON.parse(row.record) as T));
  }
}

/** A record with its key, as text. */
export interface KeptRecord extends QueryResultRow {
  key: number;
  id: string;
  record: string;
}

/** An event, and the number of the change that made it what it is. */
export interface KeptEvent extends KeptRecord {
  since: number;
}

/** An id with a NUL is not one that PostgreSQL can be asked for, and none that is there. */
const known = (ids: readonly string[]): string[] => ids.filter((id) => !id.includes('\0'));

/** The rows of what was wanted, in its order. */
function inOrder<Wanted, Row>(
  wanted: readonly Wanted[],
  rows: readonly Row[],
  of: (row: Row) => Wanted,
): (Row | undefined)[] {
  const found = new Map(rows.map((row) => [of(row), row]));
  return wanted.map((each) => found.get(each));
}
