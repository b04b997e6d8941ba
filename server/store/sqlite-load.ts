import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Event, Relation } from '../event.ts';
import { eventOfRecord } from './prepared-event.ts';
import { SqliteWriter, type Changed, type RecordReader } from './sqlite-write.ts';
import type { AtlasChange, AtlasHead, AtlasLoad, LoadBatch, Put, Vanished } from './store.ts';

/** A load of records into an atlas, in one transaction that is the store's. */
export class SqliteLoad implements AtlasLoad {
  readonly #db: DatabaseSync;
  readonly #writer: SqliteWriter;
  readonly #read: RecordReader;
  readonly #see: StatementSync;
  readonly #find: StatementSync;
  /** Keeps the relations of an event, some of which are to events that aren't there yet. */
  readonly #wait: StatementSync;
  #isChanged = false;

  constructor(db: DatabaseSync, read: RecordReader) {
    this.#db = db;
    this.#writer = new SqliteWriter(db);
    this.#read = read;
    db.exec(
      `DROP TABLE IF EXISTS temp.seen; CREATE TEMP TABLE seen (event TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
       DROP TABLE IF EXISTS temp.waiting; CREATE TEMP TABLE waiting (event TEXT PRIMARY KEY, relations TEXT) STRICT`,
    );
    this.#see = db.prepare('INSERT OR IGNORE INTO seen VALUES (?)');
    this.#find = db.prepare('SELECT 1 FROM event WHERE id = ?');
    this.#wait = db.prepare('INSERT OR IGNORE INTO waiting VALUES (?, ?)');
  }

  async begin(head: AtlasHead): Promise<void> {
    if (this.#db.prepare('SELECT 1 FROM atlas').get()) return;
    this.#writer.writeAtlas({ ...head, categories: [], sources: [], places: [], actors: [], events: [] });
  }

  async put({ events, ...nodes }: LoadBatch): Promise<Put> {
    const repeated: number[] = [];
    const put = events.filter(({ id }, at) => {
      const isFirst = Number(this.#see.run(id).changes) > 0;
      if (!isFirst) repeated.push(at);
      return isFirst;
    });
    const { added, changed } = this.#put({
      ...nodes,
      events: put.map(({ id, record }) => eventOfRecord(id, record)),
    });
    return { added, changed, unchanged: put.length - added - changed, repeated };
  }

  #put(change: AtlasChange): Changed {
    const changed = this.#writer.changeMore(this.#withKnownRelations(change), this.#read);
    this.#isChanged ||= changed.isChanged;
    return changed;
  }

  /** Leaves out relations to events that may be read later, which `end` adds. */
  #withKnownRelations(change: AtlasChange): AtlasChange {
    const now = new Set(change.events?.map(({ id }) => id));
    const isThere = (id: string): boolean => now.has(id) || this.#find.get(id) !== undefined;
    const events = change.events?.map((event) => {
      const relations = event.relations.filter(({ related }) => isThere(related));
      if (relations.length === event.relations.length) return event;
      this.#wait.run(event.id, JSON.stringify(event.relations));
      return { ...event, relations };
    });
    return events ? { ...change, events } : change;
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
      const events = this.#read.events([...found.keys()]).filter((event) => event !== undefined);
      this.#put({ events: events.map((event) => ({ ...event, relations: found.get(event.id) ?? [] })) });
    }
  }

  async release(dataset: string, isReplaced: boolean): Promise<Vanished> {
    const gone = this.#db
      .prepare('SELECT event FROM release WHERE dataset = ? AND event NOT IN (SELECT event FROM seen)')
      .all(dataset)
      .map(({ event }) => event as string);
    let [marked, removed] = [0, 0];
    for (let at = 0; at < gone.length; at += 1000) {
      const ids = gone.slice(at, at + 1000);
      if (isReplaced) removed += this.#put({ removed: ids }).removed;
      else {
        const events = this.#read.events(ids).filter((event): event is Event => event !== undefined);
        marked += this.#put({
          events: events.map((event) => ({ ...event, status: 'RETRACTED' as const })),
        }).changed;
      }
    }
    if (isReplaced) this.#db.prepare('DELETE FROM release WHERE dataset = ?').run(dataset);
    this.#db.prepare('INSERT OR IGNORE INTO release SELECT ?, event FROM seen').run(dataset);
    return { marked, removed };
  }

  async end(): Promise<void> {
    this.#relateWaiting();
    if (this.#isChanged) this.#writer.endChange();
    this.#db.exec('DROP TABLE temp.seen; DROP TABLE temp.waiting');
  }
}
