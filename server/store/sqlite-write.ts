import { randomUUID } from 'node:crypto';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Actor, Atlas, Category, Event, Place, Source } from '../event.ts';
import { byId, idsOf, isSame, textOf, textsOf } from './differing.ts';
import { preparedEvent, recordOf } from './prepared-event.ts';
import { nodeRow } from './node-numbers.ts';
import { keysNaming } from './sqlite-postings.ts';
import { SqliteRows } from './sqlite-rows.ts';
import { NODE_KINDS, type AtlasChange, type AtlasHead, type Changed, type ChangeOrigin } from './store.ts';
import type { NodeKind, RecordKind, Told } from './store.ts';

/** The questions for keys, which are asked too often to be put together each time. */
const KEY_OF = {
  ...{ place: 'SELECT key FROM place WHERE id = ?', actor: 'SELECT key FROM actor WHERE id = ?' },
  ...{ source: 'SELECT key FROM source WHERE id = ?', event: 'SELECT key FROM event WHERE id = ?' },
  category: 'SELECT key FROM category WHERE id = ?',
};

/** What a change came to, and the events that have another key than before, by what it was. */
export interface Rekeyed extends Changed {
  rekeyed: Map<number, number>;
}

/** Reads records that are there. */
export interface RecordReader {
  categories(): Category[];
  events(ids: readonly string[]): (Event | undefined)[];
  places(ids: readonly string[]): (Place | undefined)[];
  actors(ids: readonly string[]): (Actor | undefined)[];
  sources(ids: readonly string[]): (Source | undefined)[];
  /** Some of a kind by their keys. */
  nodes(kind: NodeKind, keys: readonly number[]): (Place | Actor | Source | undefined)[];
}

/** Writes records as one change set; a reference to nothing throws. The transaction is the caller's, and begins before this. */
export class SqliteWriter {
  readonly #db: DatabaseSync;
  readonly #read: RecordReader;
  readonly rows: SqliteRows;
  /** The number of the change set that is written. */
  readonly number: number;
  /** The highest keys that were given before it. */
  readonly #before: Record<NodeKind, number>;
  readonly #prepared = new Map<string, StatementSync>();
  /** The categories as they were before it, by id. */
  #categories: Map<string, Category> | null = null;
  /** Events that are new by it, and that it took away. */
  #added = 0;
  #removed = 0;

  constructor(db: DatabaseSync, read: RecordReader) {
    this.#db = db;
    this.#read = read;
    this.rows = new SqliteRows(db);
    this.number = Number(this.#all('SELECT coalesce(max(number), 0) + 1 AS next FROM change')[0]?.['next']);
    this.#before = {
      place: this.rows.last('place'),
      actor: this.rows.last('actor'),
      source: this.rows.last('source'),
    };
  }

  /** Writes a whole atlas into empty tables. @param before the records of the events that were there, by id */
  writeAtlas(atlas: Atlas, before: ReadonlyMap<string, EventBefore> = new Map()): void {
    this.writeHead(atlas, this.number);
    this.writeCategories(atlas.categories);
    this.#writeNodes({ place: atlas.places, actor: atlas.actors, source: atlas.sources });
    const since = (event: Event): number => {
      const there = before.get(event.id);
      return there?.isKept ? there.since : this.number;
    };
    this.#writeEvents(atlas.events, since, byId(atlas.places), byId(atlas.actors));
    this.#added = atlas.events.filter(({ id }) => !before.has(id)).length;
  }

  /** @param since the number of the change that gives the atlas this version */
  writeHead({ id, title, description, license, language, version }: AtlasHead, since: number): void {
    const sql = 'INSERT INTO atlas VALUES (?, ?, ?, ?, ?, ?, ?)';
    this.#run(sql, id, title, description, license, language, version, since);
  }

  /**
   * Keeps what is there and what another atlas will not have, or not as it is; gives how the events are. Their tables can be
   * emptied then.
   */
  keepAll(next: Atlas): Map<string, EventBefore> {
    const records = new Map(next.events.map((event) => [event.id, recordOf(event)]));
    const before = new Map<string, EventBefore>();
    for (const row of this.#prepare(
      'SELECT e.key, e.id, e.since, r.record FROM event e JOIN record r ON r.event = e.key',
    ).iterate()) {
      const { key, id, since, record } = row as { key: number; id: string; since: number; record: string };
      const isKept = records.get(id) === record;
      before.set(id, { since, isKept });
      this.#keep('event', key, id, isKept ? null : record, since);
    }
    const nodes = { place: textsOf(next.places), actor: textsOf(next.actors), source: textsOf(next.sources) };
    for (const kind of NODE_KINDS)
      for (const { key } of this.#all(`SELECT key FROM ${kind}`)) {
        const [node] = this.#read.nodes(kind, [key as number]);
        const text = node && textOf(node);
        if (node && text !== undefined)
          this.#keep(kind, key as number, node.id, nodes[kind].get(node.id) === text ? null : text, null);
      }
    const categories = textsOf(next.categories);
    for (const category of this.#read.categories())
      if (categories.get(category.id) !== textOf(category)) this.#keepCategory(category);
    return before;
  }

  /** Writes what is new or different, as all of the change set; gives what that was. */
  change(change: AtlasChange, told: Told): Changed {
    const changed = this.changeMore(change);
    if (changed.isChanged) this.end('DESK', told);
    return changed;
  }

  /** Writes a part of the change set. */
  changeMore(change: AtlasChange): Rekeyed {
    const read = this.#read;
    const categories = this.writeCategories(change.categories ?? []);
    const nodes = {
      place: differing(change.places ?? [], (ids) => read.places(ids)),
      actor: differing(change.actors ?? [], (ids) => read.actors(ids)),
      source: differing(change.sources ?? [], (ids) => read.sources(ids)),
    };
    const put = byId(differing(change.events ?? [], (ids) => read.events(ids)));
    const replaced = this.#present('event', [...put.keys()]);
    const [added, changed] = [put.size - replaced.length, replaced.length];
    const gone = this.#present('event', change.removed ?? []);
    for (const id of gone) put.delete(id);
    const naming = NODE_KINDS.flatMap((kind) => this.#eventsNaming(kind, idsOf(nodes[kind])));
    const others = [...new Set(naming)].filter((id) => !put.has(id) && !gone.includes(id));
    for (const event of read.events(others)) if (event) put.set(event.id, event);
    // The events that say something of one that is removed say it no more.
    const toGone = this.#relationsTo(gone).filter(({ event }) => !gone.includes(event));
    for (const event of read.events([...new Set(toGone.map((each) => each.event))]))
      if (event && !put.has(event.id)) {
        others.push(event.id);
        put.set(event.id, event);
      }
    for (const [id, event] of put) {
      const relations = event.relations.filter(({ related }) => !gone.includes(related));
      if (relations.length < event.relations.length) put.set(id, { ...event, relations });
    }

    const relations = this.#relationsTo([...put.keys()]);
    const before = new Map([...replaced, ...others].map((id) => [id, this.#key('event', id)]));
    const since = new Map<string, number>();
    for (const id of [...gone, ...replaced, ...others]) {
      const event = put.get(id);
      since.set(id, this.#removeEvent(id, event ? recordOf(event) : null));
    }
    for (const kind of NODE_KINDS)
      for (const id of this.#present(kind, idsOf(nodes[kind]))) this.#removeNode(kind, id);
    this.#writeNodes(nodes);
    const events = [...put.values()];
    const named = {
      places: read.places([...new Set(events.flatMap((e) => e.placements.map(({ place }) => place)))]),
      actors: read.actors([...new Set(events.flatMap((e) => e.participants.map(({ actor }) => actor)))]),
    };
    const sinceOf = ({ id }: Event): number => since.get(id) ?? this.number;
    this.#writeEvents(events, sinceOf, byId(named.places), byId(named.actors));
    for (const { event, position, related, kind } of relations)
      if (!put.has(event) && this.keyOf('event', event) !== undefined)
        this.rows.relation(this.#key('event', event), position, this.#key('event', related), kind);
    this.rows.flush();
    this.#added += added;
    this.#removed += gone.length;
    const isChanged =
      categories > 0 || gone.length > 0 || events.length > 0 || NODE_KINDS.some((kind) => nodes[kind].length);
    const rekeyed = new Map([...before].map(([id, key]) => [key, this.#key('event', id)]));
    return { isChanged, added, changed, removed: gone.length, rekeyed };
  }

  /** Says that events were added in other ways than by a change. */
  countAdded(events: number): void {
    this.#added += events;
  }

  /** Enters all that was written into the log. @param dataset what was read */
  end(origin: ChangeOrigin, { reason = null, token = null }: Told, dataset: string | null = null): void {
    this.rows.flushPostings();
    const [counts] = this.#all(
      `SELECT count(*) AS overwritten, count(e.key) AS there FROM gone g
       LEFT JOIN event e ON e.id = g.id AND e.since = g.number
       WHERE g.number = ? AND g.kind = 'event' AND g.record IS NOT NULL`,
      this.number,
    );
    const { overwritten, there } = counts as { overwritten: number; there: number };
    // What was taken away and is there all the same was added again: it is overwritten, and not new.
    const again = Math.max(0, this.#removed - (overwritten - there));
    this.#run(
      'INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[this.number, randomUUID().slice(0, 8), Date.now(), origin, reason, dataset, token],
      ...[this.rows.last('event'), this.#added - again, overwritten],
    );
  }

  /** Gives how many were new or different. */
  writeCategories(categories: Atlas['categories']): number {
    this.#categories ??= byId(this.#read.categories());
    return categories.reduce((changed, category) => {
      const { id, label, names, color } = category;
      const there = this.#categories?.get(id);
      if (there && textOf(there) !== textOf(category)) this.#keepCategory(there);
      const changes = this.#run(
        `INSERT INTO category (id, label, names, color) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
         SET label = excluded.label, names = excluded.names, color = excluded.color
         WHERE (label, names, color) <> (excluded.label, excluded.names, excluded.color)`,
        ...[id, label, JSON.stringify(names.map(({ language, name }) => ({ language, name }))), color],
      );
      return changed + changes;
    }, 0);
  }

  keyOf(kind: RecordKind | 'category', id: string): number | undefined {
    return this.#prepare(KEY_OF[kind]).get(id)?.['key'] as number | undefined;
  }

  #writeNodes({ place, actor, source }: { place: Place[]; actor: Actor[]; source: Source[] }): void {
    for (const each of source) this.rows.source(each);
    for (const each of place) this.rows.place(each);
    for (const each of actor) this.rows.actor(each);
    this.rows.flush();
    for (const { affiliation } of actor) if (affiliation !== null) this.#key('actor', affiliation);
  }

  /** @param since gives the number of the change that made an event what it is */
  #writeEvents(
    events: Event[],
    since: (event: Event) => number,
    places: ReadonlyMap<string, Place>,
    actors: ReadonlyMap<string, Actor>,
  ): void {
    const known = new Map<string, number>();
    const keyOf = (kind: NodeKind | 'category', id: string): number => {
      const name = `${kind} ${id}`;
      const key = known.get(name) ?? this.#key(kind, id);
      known.set(name, key);
      return key;
    };
    for (const event of events) this.rows.event(preparedEvent(event, places, actors), since(event), keyOf);
    this.rows.flush();
    for (const { id, relations } of events)
      relations.forEach(({ related, kind }, at) =>
        this.rows.relation(this.#key('event', id), at, this.#key('event', related), kind),
      );
    this.rows.flush();
  }

  /**
   * Takes an event away, and keeps what it was.
   * @param next the record that it has afterwards; null where it has none
   * @returns the number of the change that made it what it is then
   */
  #removeEvent(id: string, next: string | null): number {
    const [row] = this.#all(
      'SELECT e.key, e.since, r.record FROM event e JOIN record r ON r.event = e.key WHERE e.id = ?',
      id,
    );
    if (row === undefined) return this.number;
    const { key, since, record } = row as { key: number; since: number; record: string };
    for (const table of ['record', 'relation']) this.#run(`DELETE FROM ${table} WHERE event = ?`, key);
    this.#run('DELETE FROM relation WHERE related = ?', key);
    this.rows.removePostings('event', key);
    this.#run('DELETE FROM event WHERE key = ?', key);
    // What came in this change set and goes in it nobody has seen.
    this.#keep('event', key, id, record === next || since === this.number ? null : record, since);
    return record === next ? since : this.number;
  }

  #removeNode(kind: NodeKind, id: string): void {
    const key = this.keyOf(kind, id);
    const [node] = key === undefined ? [] : this.#read.nodes(kind, [key]);
    if (key === undefined || node === undefined) return;
    if (kind !== 'source') this.#run(`DELETE FROM ${kind}_name WHERE owner = ?`, key);
    this.rows.removePostings(kind, key);
    this.#run(`DELETE FROM ${kind} WHERE key = ?`, key);
    this.#keep(kind, key, id, key > this.#before[kind] ? null : textOf(node), null);
  }

  /** Categories keep their keys, and are kept as they were before the change set, once. */
  #keepCategory(category: Category): void {
    const key = this.#key('category', category.id);
    const sql = "INSERT OR IGNORE INTO gone VALUES ('category', ?, ?, ?, ?, NULL)";
    this.#run(sql, key, this.number, category.id, textOf(category));
  }

  /** Enters into the log that a key is gone. @param record what it stood for, where nothing that is there is equal to it */
  #keep(kind: RecordKind, key: number, id: string, record: string | null, since: number | null): void {
    this.#run('INSERT INTO gone VALUES (?, ?, ?, ?, ?, ?)', kind, key, this.number, id, record, since);
  }

  #eventsNaming(kind: NodeKind, ids: string[]): string[] {
    const keys = ids.flatMap((id) => this.keyOf(kind, id) ?? []);
    if (keys.length === 0) return [];
    this.rows.flushPostings();
    const events = keysNaming(
      this.#db,
      keys.map((key) => nodeRow(kind, key)),
    );
    return this.#all(
      'SELECT id FROM event WHERE key IN (SELECT value FROM json_each(?))',
      JSON.stringify([...events]),
    ).map(({ id }) => id as string);
  }

  #relationsTo(ids: string[]): { event: string; position: number; related: string; kind: string }[] {
    return this.#all(
      `SELECT e.id event, c.position, r.id related, c.kind FROM relation c JOIN event e ON e.key = c.event
       JOIN event r ON r.key = c.related WHERE r.id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(ids),
    ) as { event: string; position: number; related: string; kind: string }[];
  }

  #present(kind: RecordKind, ids: readonly string[]): string[] {
    const sql = `SELECT id FROM ${kind} WHERE id IN (SELECT value FROM json_each(?))`;
    return this.#all(sql, JSON.stringify(ids)).map(({ id }) => id as string);
  }

  #key(kind: RecordKind | 'category', id: string): number {
    const found = this.keyOf(kind, id);
    if (found === undefined) throw new Error(`no record "${id}" to refer to`);
    return found;
  }

  #run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#prepare(sql).all(...values);
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#prepared.get(sql) ?? this.#db.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}

/** An event as it was before another atlas took the place of its own: since which change, and whether it stays so. */
export interface EventBefore {
  since: number;
  isKept: boolean;
}

/** The records that are not there as they are here; of several with one id, the last. */
function differing<T extends { id: string }>(
  records: readonly T[],
  read: (ids: string[]) => (T | undefined)[],
): T[] {
  const last = [...byId(records).values()];
  const there = read(idsOf(last));
  return last.filter((each, at) => !there[at] || !isSame(each, there[at]));
}
