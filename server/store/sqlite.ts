import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { resolve } from 'node:path';
import type { Actor, Atlas, Category, Event, Name, Place, Source } from '../event.ts';
import { ChangeLog, changesIn, putIn, type LogTables } from './change-log.ts';
import { eventOfRecord, eventVersion, recordOf } from './prepared-event.ts';
import { readColumns } from './sqlite-columns.ts';
import { cannotWrite } from './sqlite-fault.ts';
import type { Purpose, SqliteHold } from './sqlite-hold.ts';
import { emptyTables, openDatabase } from './sqlite-open.ts';
import { searchNodes, searchWords } from './sqlite-search.ts';
import { SqliteSearcher } from './sqlite-searcher.ts';
import { SqliteLoad } from './sqlite-load.ts';
import { SqliteWriter, type RecordReader } from './sqlite-write.ts';
import * as Kept from './store.ts';
import { VersionWatch } from './version-watch.ts';

/** Searching fewer events than this takes less than asking another thread. */
const FEW_EVENTS = 5000;

/**
 * The embedded store: one SQLite file, written in transactions that are on disk when they return.
 * @throws InputError when the file is not a database, is another program's or cannot be opened.
 */
export class SqliteStore implements Kept.Store {
  readonly location: Kept.StoreLocation | null;
  readonly #file: string;
  readonly #db: DatabaseSync;
  readonly #hold: SqliteHold | null;
  readonly #searcher: SqliteSearcher | null;
  readonly #prepared = new Map<string, StatementSync>();
  readonly #log = new ChangeLog(async (sql, values) => {
    const named = Object.fromEntries(values.map((value, at) => [`$${at + 1}`, value as SQLInputValue]));
    return this.#prepare(sql).all(named) as never;
  }, SQLITE_LOG);
  /** What is not kept yet is no version. */
  readonly #watch = new VersionWatch(() => {
    if (this.#db.isTransaction) throw new Error('a change is being written');
    return this.#version();
  });

  /** @param purpose what to hold the file for until the store is closed, against others that would do the same */
  constructor(file: string, purpose: Purpose | null = null) {
    const { db, hold } = openDatabase(file, purpose);
    this.#db = db;
    this.#hold = hold;
    this.#file = file;
    const isAlone = file === ':memory:';
    const url = `file:${resolve(file)}`;
    this.location = isAlone ? null : { url, readUrl: null, listenUrl: null, connections: 1 };
    this.#searcher = this.location === null ? null : new SqliteSearcher(file);
  }

  watch(listener: () => void): () => void {
    return this.#watch.add(listener);
  }

  async look(): Promise<void> {
    this.#watch.look();
  }

  async close(): Promise<void> {
    this.#watch.end();
    await this.#searcher?.close();
    this.#db.close();
    this.#hold?.release();
  }

  async summary(): Promise<Kept.AtlasSummary | undefined> {
    const row = this.#one('SELECT *, (SELECT count(*) FROM source) sources FROM atlas');
    const version = this.#version();
    if (!row || version === undefined) return undefined;
    return {
      id: row['id'] as string,
      title: row['title'] as string,
      description: row['description'] as string | null,
      license: row['license'] as string | null,
      language: row['language'] as string | null,
      version,
      packageVersion: row['version'] as string,
      sourceCount: row['sources'] as number,
    };
  }

  async version(): Promise<string | undefined> {
    return this.#version();
  }

  async state(): Promise<Kept.AtlasState> {
    return this.#state();
  }

  async categories(): Promise<Category[]> {
    return this.#categories();
  }

  #categories(): Category[] {
    return this.#all('SELECT id, label, names, color FROM category ORDER BY key').map((row) => ({
      id: row['id'] as string,
      label: row['label'] as string,
      names: JSON.parse(row['names'] as string) as Name[],
      color: row['color'] as string,
    }));
  }

  async places(ids: readonly string[]): Promise<(Place | undefined)[]> {
    return this.#places(ids);
  }

  async actors(ids: readonly string[]): Promise<(Actor | undefined)[]> {
    return this.#actors(ids);
  }

  async sources(ids: readonly string[]): Promise<(Source | undefined)[]> {
    return this.#sources(ids);
  }

  async events(ids: readonly string[]): Promise<(Event | undefined)[]> {
    return this.#events(ids);
  }

  async eventsAt(keys: readonly number[]): Promise<(Event | undefined)[]> {
    const events = this.#eventsAt(keys);
    return keys.map((key) => events.get(key));
  }

  #places(wanted: readonly Wanted[], by: 'id' | 'key' = 'id'): (Place | undefined)[] {
    const names = this.#namesOf('place', wanted, by);
    return this.#each('place', wanted, by, (row) => ({
      id: row['id'] as string,
      name: row['name'] as string,
      names: names.get(row['key'] as number) ?? [],
      country: row['country'] as string | null,
      position: { lng: row['lng'] as number, lat: row['lat'] as number },
      precision: row['precision'] as Place['precision'],
      radiusKm: row['radius_km'] as number | null,
      geonamesId: row['geonames_id'] as number | null,
    }));
  }

  #actors(wanted: readonly Wanted[], by: 'id' | 'key' = 'id'): (Actor | undefined)[] {
    const names = this.#namesOf('actor', wanted, by);
    return this.#each('actor', wanted, by, (row) => ({
      id: row['id'] as string,
      name: row['name'] as string,
      names: names.get(row['key'] as number) ?? [],
      kind: row['kind'] as Actor['kind'],
      affiliation: row['affiliation'] as string | null,
    }));
  }

  #sources(wanted: readonly Wanted[], by: 'id' | 'key' = 'id'): (Source | undefined)[] {
    // Exports read one or more for each event. Rows as lists take less than as objects.
    const statement = this.#prepare(
      `SELECT ${by}, id, publisher, title, published_on, language, url FROM source
       WHERE ${by} IN (SELECT value FROM json_each(?))`,
    );
    statement.setReturnArrays(true);
    const found = new Map<Wanted, Source>();
    for (const row of statement.all(JSON.stringify(wanted)) as unknown as SourceRow[]) {
      const [asked, id, publisher, title, publishedOn, language, url] = row;
      found.set(asked, { id, publisher, title, publishedOn, language, url });
    }
    return wanted.map((each) => found.get(each));
  }

  #events(ids: readonly string[]): (Event | undefined)[] {
    const events = this.#eventsBy('id', ids);
    return ids.map((id) => events.get(id));
  }

  #eventsAt(keys: readonly number[]): Map<number, Event> {
    return this.#eventsBy('key', keys) as Map<number, Event>;
  }

  /** Events by their ids or keys. */
  #eventsBy(column: 'id' | 'key', wanted: readonly Wanted[]): Map<Wanted, Event> {
    const statement = this.#prepare(
      `SELECT e.${column}, e.id, r.record FROM event e JOIN record r ON r.event = e.key
       WHERE e.${column} IN (SELECT value FROM json_each(?))`,
    );
    statement.setReturnArrays(true);
    const rows = statement.all(JSON.stringify(wanted)) as unknown as [Wanted, string, string][];
    return new Map(rows.map(([by, id, record]) => [by, eventOfRecord(id, record)]));
  }

  async histories(ids: readonly string[], most: number): Promise<Kept.EventChange[][]> {
    return this.#log.histories(ids, most);
  }

  async log(range: Kept.LogRange): Promise<{ changes: Kept.EventChange[]; total: number }> {
    return this.#log.page(range);
  }

  async relationsTo(ids: readonly string[]): Promise<{ kind: string; event: string }[][]> {
    const rows = this.#all(
      `SELECT r.id related, e.id event, c.kind FROM relation c JOIN event e ON e.key = c.event
       JOIN event r ON r.key = c.related WHERE r.id IN (SELECT value FROM json_each(?)) ORDER BY e.sort, e.id`,
      [JSON.stringify(ids)],
    );
    const byRelated = Map.groupBy(rows, (row) => row['related'] as string);
    return ids.map((id) =>
      (byRelated.get(id) ?? []).map((row) => ({
        kind: row['kind'] as string,
        event: row['event'] as string,
      })),
    );
  }

  async keys(kind: Kept.RecordKind, ids: readonly string[]): Promise<(number | undefined)[]> {
    return this.#rows(kind, 'id', ids).map((row) => row?.['key'] as number | undefined);
  }

  async rows(kind: Kept.RecordKind, keys: readonly number[]): Promise<(Kept.RecordRow | undefined)[]> {
    return this.#rows(kind, 'key', keys).map(
      (row) => row && { id: row['id'] as string, sortName: (row['sort_name'] as string | undefined) ?? '' },
    );
  }

  async search(words: readonly string[]): Promise<Kept.Found> {
    return this.#largeSearcher()?.events(words) ?? searchWords(this.#db, words);
  }

  async searchNodes(words: readonly string[]): Promise<Kept.NodeKey[]> {
    return this.#largeSearcher()?.nodes(words) ?? searchNodes(this.#db, words);
  }

  async columns(): Promise<Kept.AtlasColumns> {
    return this.#atOneMoment(() => readColumns(this.#db, this.#state(), NONE));
  }

  async changes({ version, last }: Kept.AtlasState): Promise<Kept.AtlasChanges | null> {
    return this.#atOneMoment(() => {
      const since = this.#numberOf(version);
      if (since === undefined) return null;
      const removed = (kind: Kept.RecordKind): Uint32Array =>
        Uint32Array.from(
          this.#all('SELECT key FROM gone WHERE number > ? AND kind = ? AND key <= ?', [
            ...[since, kind, last[kind]],
          ]),
          ({ key }) => key as number,
        );
      return { added: readColumns(this.#db, this.#state(), last), removed: Kept.ofEachKind(removed) };
    });
  }

  async replace(atlas: Atlas): Promise<void> {
    this.#transaction(() => {
      const before = new SqliteWriter(this.#db, this.#reader).keepAll(atlas);
      emptyTables(this.#db);
      const writer = new SqliteWriter(this.#db, this.#reader);
      writer.writeAtlas(atlas, before);
      writer.end('PACKAGE', { reason: putIn(atlas) });
    });
    this.#watch.look();
  }

  async desk(kind: Kept.DeskKind, ids?: readonly string[]): Promise<Kept.DeskRecord[]> {
    return this.#all(
      'SELECT id, value FROM desk WHERE kind = ?1 AND (?2 IS NULL OR id IN (SELECT value FROM json_each(?2))) ORDER BY id',
      [kind, ids === undefined ? null : JSON.stringify(ids)],
    ).map(({ id, value }) => ({ id: String(id), value: JSON.parse(String(value)) as unknown }));
  }

  async change(change: Kept.AtlasChange, write: Kept.Write = {}): Promise<void> {
    const { basedOn = new Map<string, string | null>(), desk = [] } = write;
    this.#transaction(() => {
      for (const [id, version] of basedOn) {
        const [event] = this.#events([id]);
        if ((event ? eventVersion(recordOf(event)) : null) !== version) throw new Kept.Conflict(id);
      }
      for (const each of desk) this.#writeDesk(each);
      // What is deleted is written again under another key before the end.
      this.#db.exec('PRAGMA defer_foreign_keys = ON');
      new SqliteWriter(this.#db, this.#reader).change(change, write);
    });
    this.#watch.look();
  }

  #writeDesk({ kind, id, value, was }: Kept.DeskWrite): void {
    const there = this.#one('SELECT value FROM desk WHERE kind = ? AND id = ?', [kind, id])?.['value'];
    if (was !== undefined && (there ?? 'null') !== JSON.stringify(was)) throw new Kept.Conflict(id);
    if (value === null) this.#prepare('DELETE FROM desk WHERE kind = ? AND id = ?').run(kind, id);
    else this.#prepare('INSERT OR REPLACE INTO desk VALUES (?, ?, ?)').run(kind, id, JSON.stringify(value));
  }

  /** Where a search takes longer than asking another thread. */
  #largeSearcher(): SqliteSearcher | null {
    return this.#last('event') < FEW_EVENTS ? null : this.#searcher;
  }

  async load<T>(
    work: (load: Kept.AtlasLoad) => Promise<T>,
    { isKept = true, ...write }: Kept.LoadWrite = {},
  ): Promise<T> {
    const isFirst = this.#last('event') === 0;
    // References are to keys just given.
    this.#db.exec('PRAGMA foreign_keys = OFF');
    // Into an empty file pages are written once and not twice, and a journal of the few that there were undoes it.
    if (isFirst) this.#journal('TRUNCATE');
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const done = await work(new SqliteLoad(this.#db, this.#reader, write));
      this.#db.exec(isKept ? 'COMMIT' : 'ROLLBACK');
      return done;
    } catch (error) {
      throw this.#undone(error);
    } finally {
      if (isFirst) this.#journal('WAL');
      this.#db.exec('PRAGMA foreign_keys = ON');
    }
  }

  /** Changes how writing is made safe, where no other connection is open that would have to change too. */
  #journal(mode: 'WAL' | 'TRUNCATE'): void {
    try {
      this.#db.exec(`PRAGMA journal_mode = ${mode}`);
    } catch (error) {
      if (!/locked/.test((error as Error).message)) throw error;
    }
  }

  readonly #reader: RecordReader = {
    categories: () => this.#categories(),
    events: (ids) => this.#events(ids),
    places: (ids) => this.#places(ids),
    actors: (ids) => this.#actors(ids),
    sources: (ids) => this.#sources(ids),
    nodes: (kind, keys) =>
      ({
        place: () => this.#places(keys, 'key'),
        actor: () => this.#actors(keys, 'key'),
        source: () => this.#sources(keys, 'key'),
      })[kind](),
  };

  #state(): Kept.AtlasState {
    return { version: this.#version() ?? '', last: Kept.ofEachKind((kind) => this.#last(kind)) };
  }

  /** The version that was put in, and behind it the number and the stamp of the last change since. */
  #version(): string | undefined {
    const row = this.#one(
      `SELECT ${VERSION} AS version FROM atlas a JOIN change c ORDER BY c.number DESC LIMIT 1`,
    );
    return row?.['version'] as string | undefined;
  }

  /** The number of the change that led to a version; undefined where this is not of this atlas's past. */
  #numberOf(version: string): number | undefined {
    const row = this.#one(
      `SELECT c.number FROM atlas a JOIN change c ON c.number IN (a.since, a.since + ?) WHERE ${VERSION} = ?`,
      [changesIn(version), version],
    );
    return row?.['number'] as number | undefined;
  }

  /** The highest key that was given to a record of a kind, 0 before there was any. */
  #last(kind: Kept.RecordKind): number {
    const row = this.#one('SELECT seq FROM sqlite_sequence WHERE name = ?', [kind]);
    return (row?.['seq'] as number | undefined) ?? 0;
  }

  #transaction(work: () => void): void {
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      work();
      this.#db.exec('COMMIT');
    } catch (error) {
      throw this.#undone(error);
    }
  }

  /** Takes back what a failed change has done: some failures, such as a full disk, have done so already. */
  #undone(error: unknown): unknown {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    return cannotWrite(this.#file, error);
  }

  /** Reads in one transaction, so that what another process writes meanwhile is seen in all of it or none. */
  #atOneMoment<T>(read: () => T): T {
    this.#db.exec('BEGIN');
    try {
      return read();
    } finally {
      this.#db.exec('COMMIT');
    }
  }

  #prepare(sql: string): StatementSync {
    const statement = this.#prepared.get(sql) ?? this.#db.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }

  #all(sql: string, values: SQLInputValue[] = []): Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  #one(sql: string, values: SQLInputValue[] = []): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined;
  }

  #each<T>(
    table: string,
    wanted: readonly Wanted[],
    by: 'id' | 'key',
    read: (row: Row) => T,
  ): (T | undefined)[] {
    return this.#rows(table, by, wanted).map((row) => row && read(row));
  }

  #rows(table: string, column: 'id' | 'key', wanted: readonly Wanted[]): (Row | undefined)[] {
    const columns = table === 'event' ? 'key, id' : '*';
    const sql = `SELECT ${columns} FROM ${table} WHERE ${column} IN (SELECT value FROM json_each(?))`;
    const found = new Map(this.#all(sql, [JSON.stringify(wanted)]).map((row) => [row[column], row]));
    return wanted.map((each) => found.get(each));
  }

  /** The names of places or actors, by their keys. */
  #namesOf(table: 'place' | 'actor', wanted: readonly Wanted[], by: 'id' | 'key'): Map<number, Name[]> {
    const rows = this.#all(
      `SELECT n.owner, n.language, n.name FROM ${table} o JOIN ${table}_name n ON n.owner = o.key
       WHERE o.${by} IN (SELECT value FROM json_each(?)) ORDER BY n.owner, n.position`,
      [JSON.stringify(wanted)],
    );
    return new Map(
      [...Map.groupBy(rows, (row) => row['owner'] as number)].map(([owner, names]) => [
        owner,
        names.map((row) => ({ language: row['language'] as string, name: row['name'] as string })),
      ]),
    );
  }
}

/** The version of an atlas after a change of it. */
const VERSION =
  "CASE WHEN c.number = a.since THEN a.version ELSE a.version || '+' || (c.number - a.since) || '.' || c.stamp END";

/** What a record is asked for by: its id or its key. */
type Wanted = string | number;

type SourceRow = [
  ...[asked: Wanted, id: string, publisher: string | null, title: string],
  ...[publishedOn: string | null, language: string | null, url: string | null],
];

type Row = Record<string, string | number | null>;

const SQLITE_LOG: LogTables = {
  schema: '',
  events: 'SELECT e.key, e.id, e.since, r.record FROM event e JOIN record r ON r.event = e.key',
  list: (values) => `SELECT value FROM json_each(${values})`,
  numbers: (values) => `SELECT value FROM json_each(${values})`,
};

const NONE = Kept.ofEachKind(() => 0);
