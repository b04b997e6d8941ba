import { randomUUID } from 'node:crypto';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Actor, Atlas, Event, Place, Source } from '../event.ts';
import { byId, idsOf, textOf } from './differing.ts';
import { preparedEvent } from './prepared-event.ts';
import { SqliteRows } from './sqlite-rows.ts';
import { nodeRow } from './node-numbers.ts';
import { NODE_KINDS, type AtlasChange, type AtlasHead, type Changed, type NodeKind } from './store.ts';
import type { RecordKind } from './store.ts';

/** The table that says which events name a node, and its column. */
const NAMED_IN = { place: 'placement', actor: 'participant', source: 'citation' } as const;

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
  events(ids: readonly string[]): (Event | undefined)[];
  places(ids: readonly string[]): (Place | undefined)[];
  actors(ids: readonly string[]): (Actor | undefined)[];
  sources(ids: readonly string[]): (Source | undefined)[];
  /** One by its key. */
  node(kind: NodeKind, key: number): Place | Actor | Source | undefined;
}

/** Writes records; a reference to nothing throws. The transactions are the caller's. */
export class SqliteWriter {
  readonly #db: DatabaseSync;
  readonly rows: SqliteRows;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.rows = new SqliteRows(db);
  }

  /** Writes a whole atlas into empty tables. */
  writeAtlas(atlas: Atlas): void {
    this.writeHead(atlas);
    this.writeCategories(atlas.categories);
    this.#writeNodes({ place: atlas.places, actor: atlas.actors, source: atlas.sources });
    this.#writeEvents(atlas.events, byId(atlas.places), byId(atlas.actors));
  }

  writeHead({ id, title, description, license, language, version }: AtlasHead): void {
    const sql = 'INSERT INTO atlas VALUES (?, ?, ?, ?, ?, ?)';
    this.#run(sql, id, title, description, license, language, version);
  }

  /** Writes what is new or different, as a change of its own; gives what that was. */
  change(change: AtlasChange, read: RecordReader): Changed {
    const changed = this.changeMore(change, read);
    if (changed.isChanged) this.endChange();
    return changed;
  }

  /** Writes a part of a change that goes on until `endChange`. */
  changeMore(change: AtlasChange, read: RecordReader): Rekeyed {
    const revision = this.#nextRevision();
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
    for (const id of [...gone, ...replaced, ...others]) this.#removeEvent(id, revision);
    for (const kind of NODE_KINDS)
      for (const id of this.#present(kind, idsOf(nodes[kind]))) this.#removeNode(kind, id, revision);
    this.#writeNodes(nodes);
    const events = [...put.values()];
    const named = {
      places: read.places([...new Set(events.flatMap((e) => e.placements.map(({ place }) => place)))]),
      actors: read.actors([...new Set(events.flatMap((e) => e.participants.map(({ actor }) => actor)))]),
    };
    this.#writeEvents(events, byId(named.places), byId(named.actors));
    for (const { event, position, related, kind } of relations)
      if (!put.has(event) && this.keyOf('event', event) !== undefined)
        this.rows.relation(this.#key('event', event), position, this.#key('event', related), kind);
    this.rows.flush();
    const isChanged =
      categories > 0 || gone.length > 0 || events.length > 0 || NODE_KINDS.some((kind) => nodes[kind].length);
    const rekeyed = new Map([...before].map(([id, key]) => [key, this.#key('event', id)]));
    return { isChanged, added, changed, removed: gone.length, rekeyed };
  }

  /** Gives what was written since the last change a number and a stamp. */
  endChange(): void {
    this.#run('INSERT INTO revision VALUES (?, ?)', this.#nextRevision(), randomUUID().slice(0, 8));
  }

  /** Gives how many were new or different. */
  writeCategories(categories: Atlas['categories']): number {
    return categories.reduce((changed, { id, label, names, color }) => {
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

  #nextRevision(): number {
    return Number(this.#all('SELECT coalesce(max(number), 0) + 1 next FROM revision')[0]?.['next']);
  }

  #writeNodes({ place, actor, source }: { place: Place[]; actor: Actor[]; source: Source[] }): void {
    for (const each of source) this.rows.source(each);
    for (const each of place) this.rows.place(each);
    for (const each of actor) this.rows.actor(each);
    this.rows.flush();
    for (const { affiliation } of actor) if (affiliation !== null) this.#key('actor', affiliation);
  }

  #writeEvents(
    events: Event[],
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
    for (const event of events) this.rows.event(preparedEvent(event, places, actors), keyOf);
    this.rows.flush();
    for (const { id, relations } of events)
      relations.forEach(({ related, kind }, at) =>
        this.rows.relation(this.#key('event', id), at, this.#key('event', related), kind),
      );
    this.rows.flush();
  }

  #removeEvent(id: string, revision: number): void {
    const key = this.keyOf('event', id);
    if (key === undefined) return;
    for (const table of ['record', 'placement', 'participant', 'citation', 'relation'])
      this.#run(`DELETE FROM ${table} WHERE event = ?`, key);
    this.#run('DELETE FROM relation WHERE related = ?', key);
    this.#run('DELETE FROM event_text WHERE rowid = ?', key);
    this.#remove('event', key, revision);
  }

  #removeNode(kind: NodeKind, id: string, revision: number): void {
    const key = this.keyOf(kind, id);
    if (key === undefined) return;
    if (kind !== 'source') this.#run(`DELETE FROM ${kind}_name WHERE owner = ?`, key);
    this.#run('DELETE FROM node_text WHERE rowid = ?', nodeRow(kind, key));
    this.#remove(kind, key, revision);
  }

  #remove(kind: RecordKind, key: number, revision: number): void {
    this.#run(`DELETE FROM ${kind} WHERE key = ?`, key);
    this.#run('INSERT INTO removed VALUES (?, ?, ?)', kind, key, revision);
  }

  #eventsNaming(kind: NodeKind, ids: string[]): string[] {
    return this.#all(
      `SELECT e.id FROM ${kind} n JOIN ${NAMED_IN[kind]} c ON c.${kind} = n.key JOIN event e ON e.key = c.event
       WHERE n.id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(ids),
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

/** The records that are not there as they are here; of several with one id, the last. */
function differing<T extends { id: string }>(
  records: readonly T[],
  read: (ids: string[]) => (T | undefined)[],
): T[] {
  const last = [...byId(records).values()];
  const there = read(idsOf(last));
  return last.filter((each, at) => !there[at] || textOf(each) !== textOf(there[at]));
}
