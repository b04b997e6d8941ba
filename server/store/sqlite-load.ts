import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Actor, Event, Place, Relation, Source } from '../event.ts';
import { isSame } from './differing.ts';
import { IdTable } from './id-table.ts';
import { KeySet } from './key-set.ts';
import { eventOfRecord, recordOf } from './prepared-event.ts';
import { INDEXES } from './sqlite-schema.ts';
import { SqliteWriter, type RecordReader } from './sqlite-write.ts';
import type { AtlasChange, AtlasHead, AtlasLoad, LoadBatch, LoadWrite, NodeKind } from './store.ts';
import type { PreparedEvent, Put, RecordKind, Vanished } from './store.ts';

/** So many nodes of a kind are remembered: the same places and actors are named again and again. */
const MOST_KNOWN = 50_000;

/** So few events are looked up one by one. */
const FEW = 10_000;

/**
 * A load of records into an atlas, in one transaction that is the store's. What is new goes in as it comes; what differs from
 * what is there is a change, which is the writer's. Where there was nothing at all, the indexes are made at the end, and
 * until then a table in memory says which ids are there.
 */
export class SqliteLoad implements AtlasLoad {
  readonly #db: DatabaseSync;
  readonly #writer: SqliteWriter;
  readonly #read: RecordReader;
  readonly #write: LoadWrite;
  /** In place of the indexes of ids, as long as there are none. */
  #ids: Record<RecordKind, IdTable> | null = null;
  /** The keys of nodes by their ids. */
  readonly #keys: Record<NodeKind, Map<string, number>> = {
    ...{ place: new Map(), actor: new Map(), source: new Map() },
  };
  readonly #categories = new Map<string, number>();
  /** The keys of events that this load has put, and of those that the file read last has. */
  readonly #put = new KeySet();
  readonly #released = new KeySet();
  readonly #find: StatementSync;
  readonly #wait: StatementSync;
  #isChanged = false;

  constructor(db: DatabaseSync, read: RecordReader, write: LoadWrite) {
    this.#db = db;
    this.#writer = new SqliteWriter(db, read);
    this.#read = read;
    this.#write = write;
    // Relations of events, some of which are to events that aren't there yet.
    db.exec(
      `DROP TABLE IF EXISTS temp.waiting;
       CREATE TEMP TABLE waiting (event TEXT PRIMARY KEY, relations TEXT NOT NULL) STRICT`,
    );
    this.#wait = db.prepare('INSERT OR REPLACE INTO waiting VALUES (?, ?)');
    this.#find = db.prepare(
      'SELECT e.key, r.record FROM event e JOIN record r ON r.event = e.key WHERE e.id = ?',
    );
  }

  async begin(head: AtlasHead): Promise<void> {
    if (!this.#db.prepare('SELECT 1 FROM atlas').get()) {
      // Its version has a stamp from the first: other files have other events under the same one.
      this.#writer.writeHead(head, this.#writer.number - 1);
      this.#isChanged = true;
    }
    const isEmpty = (['event', 'place', 'actor', 'source'] as const).every(
      (kind) => !this.#db.prepare(`SELECT 1 FROM ${kind}`).get(),
    );
    if (isEmpty) this.#leaveIndexes();
  }

  async put({ categories, events, ...nodes }: LoadBatch): Promise<Put> {
    if (this.#writer.writeCategories(categories) > 0) this.#isChanged = true;
    const places = this.#addNodes('place', nodes.places);
    const actors = this.#addNodes('actor', nodes.actors);
    const sources = this.#addNodes('source', nodes.sources);
    this.#writer.rows.flush();
    if (places.length + actors.length + sources.length > 0) this.#change({ places, actors, sources });
    const differing: Event[] = [];
    const fresh: PreparedEvent[] = [];
    const repeated: number[] = [];
    const inBatch = new Set(events.map(({ id }) => id));
    const seen = new Set<string>();
    let unchanged = 0;
    events.forEach((whole, at) => {
      const there = this.#there(whole.id);
      if (seen.has(whole.id) || (there && this.#put.has(there.key))) {
        repeated.push(at);
        return;
      }
      seen.add(whole.id);
      const event = this.#withKnownRelations(whole, inBatch);
      if (!there) fresh.push(event);
      else if (there.record === event.record) {
        unchanged++;
        this.#mark(there.key);
      } else differing.push(eventOfRecord(event.id, event.record));
    });
    this.#addEvents(fresh);
    if (differing.length > 0) this.#change({ events: differing });
    for (const { id } of differing) this.#mark(this.#eventKey(id));
    // New ones and those that differed may be related to each other.
    this.#addRelations(fresh);
    return { added: fresh.length, changed: differing.length, unchanged, repeated };
  }

  async release(dataset: string, isReplaced: boolean): Promise<Vanished> {
    this.#makeIndexes();
    this.#db.prepare('INSERT OR IGNORE INTO dataset (name) VALUES (?)').run(dataset);
    const key = Number(this.#db.prepare('SELECT key FROM dataset WHERE name = ?').get(dataset)?.['key']);
    const before = this.#db.prepare(
      'SELECT e.id, e.key FROM release r JOIN event e ON e.id = r.event WHERE r.dataset = ?',
    );
    const [gone, outdated]: [string[], string[]] = [[], []];
    for (const row of before.iterate(key)) {
      const [event, id] = [row['key'] as number, row['id'] as string];
      if (!this.#put.has(event)) gone.push(id);
      // What is there of the release need not be put there again.
      if (!this.#released.delete(event)) outdated.push(id);
    }
    let [marked, removed] = [0, 0];
    for (let at = 0; at < gone.length; at += 1000) {
      const ids = gone.slice(at, at + 1000);
      if (isReplaced) removed += this.#change({ removed: ids }).removed;
      else {
        const events = this.#read.events(ids).filter((event): event is Event => event !== undefined);
        const retracted = events.map((event) => ({ ...event, status: 'RETRACTED' as const }));
        marked += this.#change({ events: retracted }).changed;
      }
    }
    const forget = this.#db.prepare('DELETE FROM release WHERE dataset = ? AND event = ?');
    if (isReplaced) for (const id of outdated) forget.run(key, id);
    this.#keepReleased(key);
    return { marked, removed };
  }

  #keepReleased(dataset: number): void {
    if (this.#released.size < FEW) {
      const add = this.#db.prepare('INSERT OR IGNORE INTO release SELECT ?, id FROM event WHERE key = ?');
      for (const key of this.#released) add.run(dataset, key);
    } else {
      // In the order of the ids, so that each row goes in beside the last one.
      this.#db.function('is_released', (key) => (this.#released.has(key as number) ? 1 : 0));
      this.#db
        .prepare('INSERT OR IGNORE INTO release SELECT ?, id FROM event WHERE is_released(key) ORDER BY id')
        .run(dataset);
    }
    this.#released.clear();
  }

  async end(): Promise<void> {
    this.#makeIndexes();
    this.#relateWaiting();
    if (this.#isChanged) this.#writer.end('IMPORT', this.#write, this.#write.dataset);
    this.#db.exec('DROP TABLE temp.waiting');
  }

  /** Adds the nodes that aren't there, and gives those that are there otherwise. */
  #addNodes<K extends NodeKind>(kind: K, nodes: readonly Nodes[K][]): Nodes[K][] {
    const keys = nodes.map(({ id }) => this.#keyOf(kind, id));
    const known = keys.filter((key) => key !== undefined);
    const present = known.length > 0 ? this.#read.nodes(kind, known) : [];
    const { rows } = this.#writer;
    const add = { place: rows.place, actor: rows.actor, source: rows.source }[kind] as (
      node: Nodes[K],
    ) => number;
    let at = 0;
    return nodes.filter((node, index) => {
      const key = keys[index] ?? add.call(rows, node);
      this.#remember(kind, node.id, key);
      if (keys[index] !== undefined) return !isSame(node, present[at++] as Nodes[K]);
      this.#ids?.[kind].add(node.id, key);
      this.#isChanged = true;
      return false;
    });
  }

  #remember(kind: NodeKind, id: string, key: number): void {
    const keys = this.#keys[kind];
    if (keys.size >= MOST_KNOWN) keys.clear();
    keys.set(id, key);
  }

  #keyOf(kind: RecordKind, id: string): number | undefined {
    return this.#ids ? this.#ids[kind].get(id) : this.#writer.keyOf(kind, id);
  }

  /** The event of an id as it is in the tables. */
  #there(id: string): { key: number; record: string | null } | undefined {
    if (this.#ids) {
      const key = this.#ids.event.get(id);
      // Without indexes there is nothing but what this load has put.
      return key === undefined ? undefined : { key, record: null };
    }
    return this.#find.get(id) as { key: number; record: string } | undefined;
  }

  #mark(key: number): void {
    this.#put.add(key);
    this.#released.add(key);
  }

  /** Adds events that aren't there, without their relations. */
  #addEvents(events: readonly PreparedEvent[]): void {
    const keyOf = (kind: NodeKind | 'category', id: string): number => {
      const key =
        kind === 'category' ? this.#categoryKey(id) : (this.#keys[kind].get(id) ?? this.#keyOf(kind, id));
      if (key === undefined) throw new Error(`no record "${id}" to refer to`);
      return key;
    };
    for (const event of events) {
      const key = this.#writer.rows.event(event, this.#writer.number, keyOf);
      this.#ids?.event.add(event.id, key);
      this.#mark(key);
    }
    this.#writer.rows.flush();
    if (events.length > 0) this.#isChanged = true;
    this.#writer.countAdded(events.length);
  }

  #addRelations(events: readonly PreparedEvent[]): void {
    for (const { id, relations } of events)
      relations.forEach(({ related, kind }, at) =>
        this.#writer.rows.relation(this.#eventKey(id), at, this.#eventKey(related), kind),
      );
    this.#writer.rows.flush();
  }

  #eventKey(id: string): number {
    const key = this.#keyOf('event', id);
    if (key === undefined) throw new Error(`no event "${id}" to refer to`);
    return key;
  }

  #categoryKey(id: string): number | undefined {
    const key = this.#categories.get(id) ?? this.#writer.keyOf('category', id);
    if (key !== undefined) this.#categories.set(id, key);
    return key;
  }

  /** What is there is changed, and events that name what is changed have other keys then. */
  #change(change: AtlasChange): { changed: number; removed: number } {
    this.#makeIndexes();
    const changed = this.#writer.changeMore(change);
    for (const set of [this.#put, this.#released])
      for (const [from, to] of changed.rekeyed) if (set.has(from)) set.add(to);
    for (const keys of Object.values(this.#keys)) keys.clear();
    this.#isChanged ||= changed.isChanged;
    return changed;
  }

  /** Leaves out relations to events that may be read later, which `end` adds. */
  #withKnownRelations(event: PreparedEvent, inBatch: ReadonlySet<string>): PreparedEvent {
    if (event.relations.length === 0) return event;
    const isThere = (id: string): boolean => inBatch.has(id) || this.#keyOf('event', id) !== undefined;
    const relations = event.relations.filter(({ related }) => isThere(related));
    if (relations.length === event.relations.length) return event;
    this.#wait.run(event.id, JSON.stringify(event.relations));
    const record = recordOf({ ...eventOfRecord(event.id, event.record), relations });
    return { ...event, record, relations };
  }

  /** Adds the relations whose events have been read since. One to an event that never was is no relation of this atlas. */
  #relateWaiting(): void {
    const waiting = this.#db.prepare(
      'SELECT event, relations FROM waiting ORDER BY rowid LIMIT 1000 OFFSET ?',
    );
    for (let at = 0; ; at += 1000) {
      const found = new Map(
        waiting
          .all(at)
          .map(({ event, relations }) => [event as string, JSON.parse(relations as string) as Relation[]]),
      );
      if (found.size === 0) return;
      const isThere = ({ related }: Relation): boolean => this.#keyOf('event', related) !== undefined;
      const events = this.#read.events([...found.keys()]).filter((event) => event !== undefined);
      this.#change({
        events: events.map((event) => ({
          ...event,
          relations: (found.get(event.id) ?? []).filter(isThere),
        })),
      });
    }
  }

  #leaveIndexes(): void {
    for (const name of Object.keys(INDEXES)) this.#db.exec(`DROP INDEX ${name}`);
    const table = (kind: RecordKind): IdTable => {
      const statement = this.#db.prepare(`SELECT id FROM ${kind} WHERE key = ?`);
      return new IdTable((key) => statement.get(key)?.['id'] as string | undefined);
    };
    this.#ids = {
      ...{ place: table('place'), actor: table('actor'), source: table('source'), event: table('event') },
    };
  }

  #makeIndexes(): void {
    if (this.#ids === null) return;
    this.#ids = null;
    for (const index of Object.values(INDEXES)) this.#db.exec(`CREATE ${index}`);
  }
}

interface Nodes {
  place: Place;
  actor: Actor;
  source: Source;
}
