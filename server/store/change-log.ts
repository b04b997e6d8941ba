import type { Event } from '../event.ts';
import { compareKeys, type SortKeys } from '../list.ts';
import { eventOfRecord } from './prepared-event.ts';
import type { AtlasHead, ChangeSet, EventChange, LogRange } from './store.ts';

/** Asks a database; its values are $1, $2 and so on. */
export type AskLog = <Row extends object>(sql: string, values: unknown[]) => Promise<Row[]>;

/** How a database has the tables that the log is read from. */
export interface LogTables {
  /** What stands before the names of tables. */
  schema: string;
  /** A query of the key, id, since and record of all events. */
  events: string;
  /** Queries of the texts, and of the whole numbers, of a list that is given as JSON. */
  list: (values: string) => string;
  numbers: (values: string) => string;
}

/** A time in which an event was as a record says. */
interface State {
  id: string;
  record: string;
  /** The change set that made it so, and the one that ended it; null where it is so still. */
  since: number;
  until: number | null;
}

/** A place in the log: what was overwritten there, or null where an event was added. */
interface Entry {
  number: number;
  key: number;
  id: string;
  record: string | null;
}

/**
 * Reads the log of a store, whichever it is. In the log stands what was: the record of each event that was overwritten, and
 * between which change sets it was so. What is new by a change set is told by keys, which are given in their order: an event was
 * added by the change set that gave it its first key. So nothing has to be written for the millions of events of a first import.
 *
 * The order of the log is that of change sets, and within each first of what was overwritten, by the keys of that, and then
 * of what was added, by the keys given. Nothing in it ever changes, so who reads on after a position misses and doubles nothing.
 */
export class ChangeLog {
  readonly #ask: AskLog;
  readonly #tables: LogTables;

  constructor(ask: AskLog, tables: LogTables) {
    this.#ask = ask;
    this.#tables = tables;
  }

  /** For each id, what became of its event, the last change first. @param most changes of each */
  async histories(ids: readonly string[], most: number): Promise<EventChange[][]> {
    const { schema, events, list } = this.#tables;
    const now = await this.#ask<State>(
      `SELECT e.id, e.since, NULL AS until, e.record FROM (${events}) e WHERE e.id IN (${list('$1')})`,
      [JSON.stringify(ids)],
    );
    // One more, to tell whether the last of them was the first.
    const earlier = await this.#ask<State>(
      `SELECT id, since, number AS until, record FROM (
         SELECT id, since, number, record, row_number() OVER (PARTITION BY id ORDER BY number DESC) AS nth
         FROM ${schema}gone WHERE kind = 'event' AND record IS NOT NULL AND id IN (${list('$1')})
       ) g WHERE nth <= $2 ORDER BY id, number DESC`,
      [JSON.stringify(ids), most + 1],
    );
    const states = Map.groupBy([...now, ...earlier], ({ id }) => id);
    const steps = ids.map((id) => stepsOf(states.get(id) ?? []).slice(0, most));
    const sets = await this.#sets(steps.flat().map(({ number }) => number));
    return ids.map((id, at) =>
      (steps[at] ?? []).map(({ number, before, after }) =>
        change(sets, { number, key: 0, id }, before?.record ?? null, after?.record ?? null),
      ),
    );
  }

  /** A part of the log, in its order. */
  async page(range: LogRange): Promise<{ changes: EventChange[]; total: number }> {
    const { schema } = this.#tables;
    const [counts] = await this.#ask<{ last: number; added: number; overwritten: number }>(
      `SELECT coalesce(max(number), 0) AS last, coalesce(sum(added), 0) AS added,
       coalesce(sum(overwritten), 0) AS overwritten FROM ${schema}change`,
      [],
    );
    const { last = 0, added = 0, overwritten = 0 } = counts ?? {};
    // What is written from now on is not of this page, whenever its parts are read.
    const end: SortKeys = [Number(last) + 1, 0];
    const part: Part = {
      after: (range.after ?? [0, 0]) as [number, number],
      before: (range.before && compareKeys(range.before, end) < 0 ? range.before : end) as [number, number],
      direction: range.from === 'START' ? 'ASC' : 'DESC',
      limit: range.limit,
    };
    const found = [
      ...(await this.#overwritten(part)),
      ...(range.isCorrections ? [] : await this.#added(part)),
    ].sort((a, b) => a.number - b.number || a.key - b.key);
    const entries =
      range.from === 'START'
        ? found.slice(0, range.limit)
        : found.slice(Math.max(0, found.length - range.limit));
    const total = Number(overwritten) + (range.isCorrections ? 0 : Number(added));
    return { changes: await this.#changes(entries), total };
  }

  async #overwritten({ after, before, direction, limit }: Part): Promise<Entry[]> {
    return this.#ask<Entry>(
      `SELECT number, key, id, record FROM ${this.#tables.schema}gone WHERE kind = 'event' AND record IS NOT NULL
       AND number BETWEEN $1 AND $3 AND (number, key) > ($1, $2) AND (number, key) < ($3, $4)
       ORDER BY number ${direction}, key ${direction} LIMIT $5`,
      [...after, ...before, limit],
    );
  }

  async #added(part: Part): Promise<Entry[]> {
    const { schema, events } = this.#tables;
    const { after, before, direction, limit } = part;
    const sets = await this.#ask<{ number: number; added: number; first: number; last: number }>(
      `SELECT c.number, c.added, coalesce(p.last_event, 0) AS first, c.last_event AS last FROM ${schema}change c
       LEFT JOIN ${schema}change p ON p.number = c.number - 1
       WHERE c.added > 0 AND c.number BETWEEN $1 AND $2 ORDER BY c.number ${direction} LIMIT $3`,
      [after[0], before[0], limit + 1],
    );
    // Of the set that a position lies in some are left, however many it has.
    let [wanted, entries] = [Math.min(1, sets.length), 0];
    for (; wanted < sets.length && entries < limit; wanted++) entries += sets[wanted]?.added ?? 0;
    if (wanted === 0) return [];
    const lowest = Math.min(...sets.slice(0, wanted).map(({ first }) => first));
    const highest = Math.max(...sets.slice(0, wanted).map(({ last }) => last));
    const of = (rows: string): string => `
      SELECT x.since AS number, x.key, x.id FROM (${rows}) x
      JOIN ${schema}change c ON c.number = x.since AND c.added > 0 AND c.last_event >= x.key
      WHERE x.key > $1 AND x.key <= $2 AND (x.since, x.key) > ($3, $4) AND (x.since, x.key) < ($5, $6)
      AND (c.overwritten = 0 OR NOT EXISTS (SELECT 1 FROM ${schema}gone g
        WHERE g.kind = 'event' AND g.id = x.id AND g.number = x.since AND g.record IS NOT NULL))
      ORDER BY x.key ${direction} LIMIT $7`;
    const values = [lowest, highest, ...after, ...before, limit];
    // Those that are there first: one that is taken away meanwhile is found by both.
    const there = await this.#ask<Entry>(of(events), values);
    const gone = await this.#ask<Entry>(
      of(`SELECT key, id, since, record FROM ${schema}gone WHERE kind = 'event' AND number > since`),
      values,
    );
    const byKey = new Map([...there, ...gone].map((entry) => [entry.key, { ...entry, record: null }]));
    return [...byKey.values()];
  }

  async #changes(entries: readonly Entry[]): Promise<EventChange[]> {
    if (entries.length === 0) return [];
    const { schema, events, list, numbers } = this.#tables;
    const wanted = [unique(entries.map(({ id }) => id)), unique(entries.map(({ number }) => number))].map(
      (values) => JSON.stringify(values),
    );
    const of = (rows: string): string =>
      `SELECT x.id, x.since, x.record FROM (${rows}) x WHERE x.id IN (${list('$1')}) AND x.since IN (${numbers('$2')})`;
    const after = new Map(
      [
        ...(await this.#ask<State>(of(events), wanted)),
        ...(await this.#ask<State>(
          of(`SELECT id, since, record FROM ${schema}gone WHERE kind = 'event' AND record IS NOT NULL`),
          wanted,
        )),
      ].map(({ id, since, record }) => [JSON.stringify([since, id]), record]),
    );
    const sets = await this.#sets(entries.map(({ number }) => number));
    return entries.map((entry) =>
      change(sets, entry, entry.record, after.get(JSON.stringify([entry.number, entry.id])) ?? null),
    );
  }

  async #sets(wanted: readonly number[]): Promise<Map<number, ChangeSet>> {
    const { schema, numbers } = this.#tables;
    const rows = await this.#ask<ChangeSet>(
      `SELECT number, at, origin, reason, dataset, token FROM ${schema}change WHERE number IN (${numbers('$1')})`,
      [JSON.stringify(unique(wanted))],
    );
    return new Map(rows.map((set) => [set.number, set]));
  }
}

/** Positions that a part of the log lies between, and how many entries of it are wanted from which end. */
interface Part {
  after: [number: number, key: number];
  before: [number: number, key: number];
  direction: 'ASC' | 'DESC';
  limit: number;
}

/** What the states of an event say of what became of it, both the last first. */
function stepsOf(states: readonly State[]): { number: number; before: State | null; after: State | null }[] {
  return states.flatMap((state, at) => {
    const [next, before] = [states[at - 1], states[at + 1]];
    const isRemoved = state.until !== null && next?.since !== state.until;
    return [
      ...(isRemoved ? [{ number: state.until ?? 0, before: state, after: null }] : []),
      { number: state.since, before: before?.until === state.since ? before : null, after: state },
    ];
  });
}

function change(
  sets: ReadonlyMap<number, ChangeSet>,
  { number, key, id }: Omit<Entry, 'record'>,
  before: string | null,
  after: string | null,
): EventChange {
  const set = sets.get(number);
  if (set === undefined) throw new Error(`the log has no change set ${number}`);
  const read = (record: string | null): Event | null => (record === null ? null : eventOfRecord(id, record));
  return { set, key, id, before: read(before), after: read(after) };
}

/** The reason of a change set that puts a whole atlas in. */
export const putIn = ({ version }: Pick<AtlasHead, 'version'>): string => `version ${version} was put in`;

/** How many changes have been made since an atlas was put in, by the version that it has now. */
export const changesIn = (version: string): number =>
  Number(/\+(\d{1,15})\.[0-9a-f]+$/.exec(version)?.[1] ?? 0);

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
