import { randomUUID } from 'node:crypto';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  corroboration,
  type Actor,
  type Atlas,
  type Event,
  type Name,
  type Place,
  type Source,
} from '../event.ts';
import { factsOf } from '../filter.ts';
import { foldedWords } from '../spelling.ts';
import { nodeRow } from './sqlite-schema.ts';
import { NODE_KINDS, type AtlasChange, type NodeKind, type RecordKind } from './store.ts';

/** Where undated events stand in a list: after all others. */
export const UNDATED_SORT = Number.MAX_SAFE_INTEGER;

/** The table that says which events name a node, and its column. */
const NAMED_IN = { place: 'placement', actor: 'participant', source: 'claim' } as const;

/** The questions for keys, which are asked too often to be put together each time. */
const KEY_OF = {
  ...{ place: 'SELECT key FROM place WHERE id = ?', actor: 'SELECT key FROM actor WHERE id = ?' },
  ...{ source: 'SELECT key FROM source WHERE id = ?', event: 'SELECT key FROM event WHERE id = ?' },
  category: 'SELECT key FROM category WHERE id = ?',
};

/** What a change came to: how many events were new, different, and taken away. */
export interface Changed {
  isChanged: boolean;
  added: number;
  changed: number;
  removed: number;
}

/** Reads records that are there. */
export interface RecordReader {
  events(ids: readonly string[]): (Event | undefined)[];
  places(ids: readonly string[]): (Place | undefined)[];
  actors(ids: readonly string[]): (Actor | undefined)[];
  sources(ids: readonly string[]): (Source | undefined)[];
}

/** Writes records; a reference to nothing throws. The transactions are the caller's. */
export class SqliteWriter {
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  readonly #inserts = new Map<string, StatementSync>();
  /** Keys that were asked for while events are written, when none of them changes. */
  readonly #keys = {
    place: new Map<string, number>(),
    actor: new Map<string, number>(),
    source: new Map<string, number>(),
    category: new Map<string, number>(),
  };

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Writes a whole atlas into empty tables. */
  writeAtlas(atlas: Atlas): void {
    const { id, title, description, license, language, version } = atlas;
    this.#insert('atlas', id, title, description, license, language, version);
    const nodes = { place: atlas.places, actor: atlas.actors, source: atlas.sources };
    this.#writeCategories(atlas.categories);
    this.#writeNodes(nodes);
    const [places, actors] = [byId(atlas.places), byId(atlas.actors)];
    this.#writeEvents(atlas.events, places, actors);
  }

  /** Writes what is new or different, as a change of its own; gives what that was. */
  change(change: AtlasChange, read: RecordReader): Changed {
    const changed = this.changeMore(change, read);
    if (changed.isChanged) this.endChange();
    return changed;
  }

  /** Writes a part of a change that goes on until `endChange`. */
  changeMore(change: AtlasChange, read: RecordReader): Changed {
    const revision = this.#nextRevision();
    const categories = this.#writeCategories(change.categories ?? []);
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
    for (const event of read.events(others))
      if (event) {
        const relations = event.relations.filter(({ related }) => !gone.includes(related));
        put.set(event.id, { ...event, relations });
      }

    const relations = this.#relationsTo([...put.keys()]);
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
      if (this.#keyOf('event', event) !== undefined && !put.has(event))
        this.#insert('relation', this.#key('event', event), position, this.#key('event', related), kind);
    const isChanged =
      categories > 0 || gone.length > 0 || events.length > 0 || NODE_KINDS.some((kind) => nodes[kind].length);
    return { isChanged, added, changed, removed: gone.length };
  }

  /** Gives what was written since the last change a number and a stamp. */
  endChange(): void {
    this.#insert('revision', this.#nextRevision(), randomUUID().slice(0, 8));
  }

  #nextRevision(): number {
    return Number(this.#all('SELECT coalesce(max(number), 0) + 1 next FROM revision')[0]?.['next']);
  }

  /** Gives how many were new or different. */
  #writeCategories(categories: Atlas['categories']): number {
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

  #writeNodes({ place, actor, source }: { place: Place[]; actor: Actor[]; source: Source[] }): void {
    for (const s of source) {
      const key = this.#insert(
        'source',
        ...[null, s.id, s.publisher, s.title, s.publishedOn, s.language, s.url, sortName(s.title)],
      );
      this.#writeWords('source', key, [s.title, s.publisher ?? '']);
    }
    for (const p of place) {
      const { lng, lat } = p.position;
      const key = this.#insert(
        'place',
        ...[null, p.id, p.name, p.country, lng, lat, p.precision, p.radiusKm, p.geonamesId, sortName(p.name)],
      );
      this.#writeNames('place', key, p);
    }
    for (const a of actor) {
      const key = this.#insert('actor', null, a.id, a.name, a.kind, a.affiliation, sortName(a.name));
      this.#writeNames('actor', key, a);
    }
    for (const { affiliation } of actor) if (affiliation !== null) this.#key('actor', affiliation);
  }

  #writeNames(
    kind: 'place' | 'actor',
    owner: number,
    { name, names }: { name: string; names: Name[] },
  ): void {
    names.forEach((each, at) => this.#insert(`${kind}_name`, owner, at, each.language, each.name));
    this.#writeWords(kind, owner, [name, ...names.map((each) => each.name)]);
  }

  #writeWords(kind: NodeKind, key: number, names: string[]): void {
    const words = [...new Set(names.flatMap(foldedWords))];
    this.#insert('node_text (rowid, names)', nodeRow(kind, key), words.join(' '));
  }

  #writeEvents(
    events: Event[],
    places: ReadonlyMap<string, Place>,
    actors: ReadonlyMap<string, Actor>,
  ): void {
    for (const keys of Object.values(this.#keys)) keys.clear();
    for (const e of events) {
      const { edtf, from, to, precision } = e.when;
      const category = this.#knownKey('category', e.category);
      const owner = this.#insert(
        'event',
        ...[null, e.id, e.title, e.summary, category, e.status, edtf, from, to, precision],
        ...[corroboration(e.claims), from ?? to ?? UNDATED_SORT],
      );
      const { titleWords, words } = factsOf(e, places, actors);
      this.#insert('event_text (rowid, title, body)', owner, titleWords.join(' '), words.join(' '));
      e.placements.forEach((p, at) =>
        this.#insert('placement', owner, at, this.#knownKey('place', p.place), p.role),
      );
      e.participants.forEach((p, at) =>
        this.#insert('participant', owner, at, this.#knownKey('actor', p.actor), p.role),
      );
      e.claims.forEach((c, at) => {
        const { id, aspect, question, value, statement, locator, attributedTo } = c;
        const source = this.#knownKey('source', c.source);
        this.#insert(
          'claim',
          ...[owner, at, id, aspect, question, value, statement, source, locator, attributedTo],
        );
      });
    }
    for (const e of events)
      e.relations.forEach((r, at) =>
        this.#insert('relation', this.#key('event', e.id), at, this.#key('event', r.related), r.kind),
      );
  }

  #removeEvent(id: string, revision: number): void {
    const key = this.#keyOf('event', id);
    if (key === undefined) return;
    for (const table of ['placement', 'participant', 'claim', 'relation'])
      this.#run(`DELETE FROM ${table} WHERE event = ?`, key);
    this.#run('DELETE FROM relation WHERE related = ?', key);
    this.#run('DELETE FROM event_text WHERE rowid = ?', key);
    this.#remove('event', key, revision);
  }

  #removeNode(kind: NodeKind, id: string, revision: number): void {
    const key = this.#keyOf(kind, id);
    if (key === undefined) return;
    if (kind !== 'source') this.#run(`DELETE FROM ${kind}_name WHERE owner = ?`, key);
    this.#run('DELETE FROM node_text WHERE rowid = ?', nodeRow(kind, key));
    this.#remove(kind, key, revision);
  }

  #remove(kind: RecordKind, key: number, revision: number): void {
    this.#run(`DELETE FROM ${kind} WHERE key = ?`, key);
    this.#insert('removed', kind, key, revision);
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
    const found = this.#keyOf(kind, id);
    if (found === undefined) throw new Error(`no record "${id}" to refer to`);
    return found;
  }

  #knownKey(kind: keyof typeof NAMED_IN | 'category', id: string): number {
    const known = this.#keys[kind].get(id);
    if (known !== undefined) return known;
    const key = this.#key(kind, id);
    this.#keys[kind].set(id, key);
    return key;
  }

  #keyOf(kind: RecordKind | 'category', id: string): number | undefined {
    return this.#prepare(KEY_OF[kind]).get(id)?.['key'] as number | undefined;
  }

  /** Adds a row and gives its key, where its table has one. */
  #insert(table: string, ...values: SQLInputValue[]): number {
    let statement = this.#inserts.get(table);
    if (!statement) {
      statement = this.#db.prepare(`INSERT INTO ${table} VALUES (${values.map(() => '?').join(', ')})`);
      this.#inserts.set(table, statement);
    }
    return Number(statement.run(...values).lastInsertRowid);
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

const sortName = (name: string): string => foldedWords(name).join(' ');

const idsOf = (records: readonly { id: string }[]): string[] => records.map(({ id }) => id);

const byId = <T extends { id: string }>(records: readonly (T | undefined)[]): Map<string, T> =>
  new Map(records.flatMap((each) => (each ? [[each.id, each]] : [])));

/** The records that are not there as they are here; of several with one id, the last. */
function differing<T extends { id: string }>(
  records: readonly T[],
  read: (ids: string[]) => (T | undefined)[],
): T[] {
  const last = [...byId(records).values()];
  const there = read(idsOf(last));
  return last.filter(
    (each, at) => !there[at] || JSON.stringify(sorted(each)) !== JSON.stringify(sorted(there[at])),
  );
}

/** The same with the fields of each object in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, sorted(part)]),
  );
}
