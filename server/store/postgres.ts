import type { QueryResultRow } from 'pg';
import type { Actor, Atlas, Category, Event, Place, Source } from '../event.ts';
import { ChangeLog, putIn, type LogTables } from './change-log.ts';
import { readColumns } from './postgres-columns.ts';
import { PostgresFollower } from './postgres-follower.ts';
import { PostgresLoad } from './postgres-load.ts';
import { cannotOpen, PostgresPool, SEARCH_TIMEOUT } from './postgres-pool.ts';
import { PostgresRecords, type Ask } from './postgres-records.ts';
import { checkVersion, migrate, MIGRATIONS, schemaVersion } from './postgres-schema.ts';
import { numberOf, readState, type NumberedState } from './postgres-state.ts';
import { searchNodes, searchWords } from './postgres-words.ts';
import { PostgresWriter } from './postgres-write.ts';
import { InputError } from '../input-error.ts';
import * as Kept from './store.ts';
import { StoreUnavailable } from './unavailable.ts';

/** Milliseconds for which a state is believed while somebody watches, and for which a failure to ask for it is. */
const FRESH = 500;

/**
 * The store that several servers share: PostgreSQL 15 or later. Questions go to a hot standby, where there is one, as soon as
 * it has what this store has answered with before, its own changes included; else to the primary, which takes all changes.
 */
export class PostgresStore implements Kept.Store {
  readonly location: Kept.StoreLocation;
  readonly #primary: PostgresPool;
  readonly #standby: PostgresPool | null;
  readonly #records: PostgresRecords;
  readonly #follower: PostgresFollower;
  /** The last state that was seen, and when it was asked for. */
  #state: NumberedState | null = null;
  #askedAt = -Infinity;
  #asking: Promise<NumberedState | null> | null = null;
  #failure: { at: number; error: unknown } | null = null;
  /** The last change that the standby had; below any where it did not answer. */
  #standbyNumber = -1;

  private constructor(location: Kept.StoreLocation) {
    this.location = location;
    this.#primary = new PostgresPool(location.url, location.connections);
    this.#standby =
      location.readUrl === null ? null : new PostgresPool(location.readUrl, location.connections);
    this.#records = new PostgresRecords((text, values) => this.#ask(text, values));
    this.#follower = new PostgresFollower(location.listenUrl ?? location.url, FRESH, () => this.#lookAgain());
  }

  /**
   * Opens a database, and makes or migrates its tables.
   * @throws InputError when it cannot be opened: a wrong password, no server, tables of a newer program. It tells no password.
   */
  static async open(location: Kept.StoreLocation): Promise<PostgresStore> {
    const store = new PostgresStore(location);
    try {
      await store.#open();
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#follower.close();
    await Promise.all([this.#primary.end(), this.#standby?.end()]);
  }

  async summary(): Promise<Kept.AtlasSummary | undefined> {
    const sql = 'SELECT head, version, (SELECT count(*) FROM dateline.source) AS sources FROM dateline.atlas';
    const [row] = await this.#ask<{ head: string; version: string; sources: number }>(sql);
    const version = await this.version();
    if (!row || version === undefined) return undefined;
    const head = JSON.parse(row.head) as Omit<Kept.AtlasHead, 'version'>;
    return { ...head, version, packageVersion: row.version, sourceCount: row.sources };
  }

  async version(): Promise<string | undefined> {
    return (await this.#currentState())?.version;
  }

  async state(): Promise<Kept.AtlasState> {
    return plain(await this.#currentState());
  }

  categories(): Promise<Category[]> {
    return this.#records.categories();
  }

  events(ids: readonly string[]): Promise<(Event | undefined)[]> {
    return this.#records.events(ids);
  }

  eventsAt(keys: readonly number[]): Promise<(Event | undefined)[]> {
    return this.#records.eventsAt(keys);
  }

  places(ids: readonly string[]): Promise<(Place | undefined)[]> {
    return this.#records.places(ids);
  }

  actors(ids: readonly string[]): Promise<(Actor | undefined)[]> {
    return this.#records.actors(ids);
  }

  sources(ids: readonly string[]): Promise<(Source | undefined)[]> {
    return this.#records.sources(ids);
  }

  histories(ids: readonly string[], most: number): Promise<Kept.EventChange[][]> {
    return this.#logged((log) => log.histories(ids, most));
  }

  log(range: Kept.LogRange): Promise<{ changes: Kept.EventChange[]; total: number }> {
    return this.#logged((log) => log.page(range));
  }

  relationsTo(ids: readonly string[]): Promise<{ kind: string; event: string }[][]> {
    return this.#records.relationsTo(ids);
  }

  keys(kind: Kept.RecordKind, ids: readonly string[]): Promise<(number | undefined)[]> {
    return this.#records.keys(kind, ids);
  }

  rows(kind: Kept.RecordKind, keys: readonly number[]): Promise<(Kept.RecordRow | undefined)[]> {
    return this.#records.rows(kind, keys);
  }

  search(words: readonly string[]): Promise<Kept.Found> {
    return this.#reading((pool) => searchWords(pool, words));
  }

  searchNodes(words: readonly string[]): Promise<Kept.NodeKey[]> {
    return this.#reading((pool) => searchNodes(pool, words));
  }

  columns(): Promise<Kept.AtlasColumns> {
    return this.#reading((pool) =>
      pool.read(async (client) => {
        const ask: Ask = async (text, values) => (await client.query(text, values)).rows;
        return readColumns(client, plain(await readState(ask)), NONE);
      }),
    );
  }

  changes({ version, last }: Kept.AtlasState): Promise<Kept.AtlasChanges | null> {
    return this.#reading((pool) =>
      pool.read(async (client) => {
        const ask: Ask = async (text, values) => (await client.query(text, values)).rows;
        const since = await numberOf(ask, version);
        if (since === undefined) return null;
        const gone = await ask<{ kind: Kept.RecordKind; key: number }>(
          'SELECT kind, key FROM dateline.gone WHERE number > $1',
          [since],
        );
        const removed = (kind: Kept.RecordKind): Uint32Array =>
          Uint32Array.from(
            gone.filter((each) => each.kind === kind && each.key <= last[kind]).map(({ key }) => key),
          );
        const state = plain(await readState(ask));
        return { added: await readColumns(client, state, last), removed: Kept.ofEachKind(removed) };
      }),
    );
  }

  async replace(atlas: Atlas): Promise<void> {
    await this.#write(async (writer) => {
      // Of servers that start at one time the first puts it in.
      if (writer.version === atlas.version) return;
      await writer.writeAtlas(atlas);
      await writer.end('PACKAGE', { reason: putIn(atlas) });
    });
  }

  async desk(kind: Kept.DeskKind, ids?: readonly string[]): Promise<Kept.DeskRecord[]> {
    // Of the primary: what was revoked a moment ago holds no more.
    const rows = await this.#primary.ask<{ id: string; value: string }>(
      'SELECT id, value FROM dateline.desk WHERE kind = $1 AND ($2::text[] IS NULL OR id = ANY ($2)) ORDER BY id',
      [kind, ids ?? null],
    );
    return rows.map(({ id, value }) => ({ id, value: JSON.parse(value) as unknown }));
  }

  async change(change: Kept.AtlasChange, write: Kept.Write = {}): Promise<void> {
    await this.#write(async (writer) => {
      await writer.expect(write.basedOn ?? new Map());
      await writer.writeDesk(write.desk ?? []);
      await writer.put(change);
      if (writer.isChanged) await writer.end('DESK', write);
    });
  }

  async load<T>(
    work: (load: Kept.AtlasLoad) => Promise<T>,
    { isKept = true, ...write }: Kept.LoadWrite = {},
  ): Promise<T> {
    const done = await this.#primary.write(
      async (client) => work(await PostgresLoad.start(client, write)),
      isKept,
    );
    await this.look();
    return done;
  }

  watch(listener: () => void): () => void {
    return this.#follower.watch(listener);
  }

  /** Of the primary, which has all that was written. */
  async look(): Promise<void> {
    const before = this.#state?.version;
    this.#saw(await readState((text, values) => this.#primary.ask(text, values)), performance.now());
    if (this.#state?.version !== before) this.#follower.tell();
  }

  async #open(): Promise<void> {
    const { url, readUrl } = this.location;
    try {
      const version = await schemaVersion((text, values) => this.#primary.ask(text, values));
      if (version !== MIGRATIONS.length) await this.#primary.write(migrate);
    } catch (error) {
      // Without its primary an atlas can still be read.
      if (!(error instanceof StoreUnavailable) || !(await this.#isStandbyReady()))
        throw cannotOpen(url, 'DATABASE_URL', error);
    }
    if (this.#standby === null || readUrl === null) return;
    try {
      await this.#refreshed();
      await checkVersion((text, values) => (this.#standby as PostgresPool).ask(text, values));
    } catch (error) {
      // One that is away, or doesn't have yet what the primary has, is asked again when it does.
      if (!(error instanceof StoreUnavailable) && !(error instanceof InputError))
        throw cannotOpen(readUrl, 'DATABASE_READ_URL', error);
    }
  }

  async #isStandbyReady(): Promise<boolean> {
    const standby = this.#standby;
    if (standby === null) return false;
    return checkVersion((text, values) => standby.ask(text, values)).then(
      () => true,
      () => false,
    );
  }

  async #write(work: (writer: PostgresWriter) => Promise<void>): Promise<void> {
    await this.#primary.write(async (client) => work(await PostgresWriter.begin(client)));
    await this.look();
  }

  /** The state of the atlas: as it is, or while somebody watches as it was a moment ago. */
  async #currentState(): Promise<NumberedState | null> {
    if (!this.#follower.isFollowing) return this.#refreshed();
    const now = performance.now();
    if (now - this.#askedAt < 2 * FRESH) return this.#state;
    // It is being asked for all the time: whoever comes meanwhile need not wait for another failure.
    if (this.#failure && now - this.#failure.at < FRESH) throw this.#failure.error;
    return this.#refreshed();
  }

  async #lookAgain(): Promise<boolean> {
    const before = this.#state?.version;
    return (await this.#refreshed())?.version !== before;
  }

  /** Asks for the state; who asks meanwhile is told the same. */
  #refreshed(): Promise<NumberedState | null> {
    return (this.#asking ??= this.#refresh().finally(() => (this.#asking = null)));
  }

  async #refresh(): Promise<NumberedState | null> {
    const askedAt = performance.now();
    try {
      const ofStandby = await this.#standbyState();
      const isBehind = ofStandby === null || ofStandby.number < (this.#state?.number ?? 0);
      return this.#saw(isBehind ? await this.#primaryState(ofStandby) : ofStandby, askedAt);
    } catch (error) {
      this.#failure = { at: performance.now(), error };
      throw error;
    }
  }

  async #standbyState(): Promise<NumberedState | null> {
    const standby = this.#standby;
    if (standby === null) return null;
    const state = await readState((text, values) => standby.ask(text, values)).catch(() => null);
    this.#standbyNumber = state?.number ?? -1;
    return state;
  }

  /** @param otherwise what to go on with when the primary is away: better behind than not at all */
  async #primaryState(otherwise: NumberedState | null): Promise<NumberedState | null> {
    try {
      return await readState((text, values) => this.#primary.ask(text, values));
    } catch (error) {
      if (otherwise === null || !(error instanceof StoreUnavailable)) throw error;
      return otherwise;
    }
  }

  #saw(state: NumberedState | null, askedAt: number): NumberedState | null {
    // An answer that was on its way while a newer one came says nothing.
    if (askedAt < this.#askedAt) return this.#state;
    [this.#state, this.#askedAt, this.#failure] = [state, askedAt, null];
    return state;
  }

  #ask<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]> {
    return this.#reading((pool) => pool.ask<Row>(text, values));
  }

  /** Reads the log at one moment. */
  #logged<T>(read: (log: ChangeLog) => Promise<T>): Promise<T> {
    return this.#reading((pool) =>
      pool.read(
        (client) =>
          read(new ChangeLog(async (sql, values) => (await client.query(sql, values)).rows, POSTGRES_LOG)),
        SEARCH_TIMEOUT,
      ),
    );
  }

  /** Asks the standby where it has what was answered with before, and the primary where it has not or does not answer. */
  async #reading<T>(read: (pool: PostgresPool) => Promise<T>): Promise<T> {
    const standby = this.#standby;
    if (standby === null || this.#standbyNumber < (this.#state?.number ?? 0)) return read(this.#primary);
    try {
      return await read(standby);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.#standbyNumber = -1;
      return read(this.#primary);
    }
  }
}

const POSTGRES_LOG: LogTables = {
  schema: 'dateline.',
  events: 'SELECT key, id, since, record FROM dateline.event',
  list: (values) => `SELECT json_array_elements_text(${values}::json)`,
  numbers: (values) => `SELECT json_array_elements_text(${values}::json)::bigint`,
};

/** Before there is an atlas. */
const plain = (state: NumberedState | null): Kept.AtlasState =>
  state ? { version: state.version, last: state.last } : { version: '', last: NONE };

const NONE = Kept.ofEachKind(() => 0);
