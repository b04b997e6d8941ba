import { eventOfRecord, recordOf } from './prepared-event.ts';
import { copyIn } from './postgres-copy.ts';
import { PostgresWriter } from './postgres-write.ts';
import type { PoolClient } from 'pg';
import type { AtlasHead, AtlasLoad, LoadBatch, LoadWrite, PreparedEvent, Put, Vanished } from './store.ts';

/** A load of records into an atlas, in one transaction that is the store's. */
export class PostgresLoad implements AtlasLoad {
  readonly #client: PoolClient;
  readonly #writer: PostgresWriter;
  readonly #write: LoadWrite;

  private constructor(client: PoolClient, writer: PostgresWriter, write: LoadWrite) {
    this.#client = client;
    this.#writer = writer;
    this.#write = write;
  }

  /** Waits until nobody else writes. */
  static async start(client: PoolClient, write: LoadWrite): Promise<PostgresLoad> {
    const writer = await PostgresWriter.begin(client);
    // What was read in this load, and relations of it to events that aren't there yet.
    await client.query(
      `CREATE TEMP TABLE seen (event text COLLATE "C" PRIMARY KEY) ON COMMIT DROP;
       CREATE TEMP TABLE waiting (place bigserial PRIMARY KEY, event text COLLATE "C" NOT NULL, record text NOT NULL)
       ON COMMIT DROP`,
    );
    return new PostgresLoad(client, writer, write);
  }

  async begin(head: AtlasHead): Promise<void> {
    const [there] = await this.#writer.ask('SELECT 1 FROM dateline.atlas');
    if (!there) await this.#writer.writeHead(head);
  }

  async put({ events, ...nodes }: LoadBatch): Promise<Put> {
    const isNew = await this.#see(events.map(({ id }) => id));
    const repeated = events.flatMap((_, at) => (isNew[at] ? [] : [at]));
    const first = events.filter((_, at) => isNew[at]);
    const { added, changed } = await this.#writer.putPrepared(nodes, await this.#withKnownRelations(first));
    return { added, changed, unchanged: first.length - added - changed, repeated };
  }

  async release(dataset: string, isReplaced: boolean): Promise<Vanished> {
    const gone = await this.#writer.ask<{ event: string }>(
      'SELECT event FROM dateline.release WHERE dataset = $1 AND event NOT IN (SELECT event FROM pg_temp.seen)',
      [dataset],
    );
    let [marked, removed] = [0, 0];
    for (let at = 0; at < gone.length; at += BATCH) {
      const ids = gone.slice(at, at + BATCH).map(({ event }) => event);
      if (isReplaced) removed += (await this.#writer.put({ removed: ids })).removed;
      else {
        const events = (await this.#writer.records.events(ids)).filter((event) => event !== undefined);
        marked += (
          await this.#writer.put({
            events: events.map((event) => ({ ...event, status: 'RETRACTED' as const })),
          })
        ).changed;
      }
    }
    if (isReplaced) await this.#writer.ask('DELETE FROM dateline.release WHERE dataset = $1', [dataset]);
    await this.#writer.ask(
      'INSERT INTO dateline.release SELECT $1, event FROM pg_temp.seen ON CONFLICT DO NOTHING',
      [dataset],
    );
    return { marked, removed };
  }

  async end(): Promise<void> {
    await this.#relateWaiting();
    if (this.#writer.isChanged) await this.#writer.end('IMPORT', this.#write, this.#write.dataset);
  }

  /** Whether each event is read for the first time in this load. */
  async #see(ids: readonly string[]): Promise<boolean[]> {
    const rows = await this.#writer.ask<{ event: string }>(
      'INSERT INTO pg_temp.seen SELECT DISTINCT unnest($1::text[]) ON CONFLICT DO NOTHING RETURNING event',
      [ids],
    );
    const fresh = new Set(rows.map(({ event }) => event));
    return ids.map((id) => fresh.delete(id));
  }

  /** Leaves out relations to events that may be read later, which `end` adds. */
  async #withKnownRelations(events: readonly PreparedEvent[]): Promise<PreparedEvent[]> {
    const related = [...new Set(events.flatMap(({ relations }) => relations.map((each) => each.related)))];
    if (related.length === 0) return [...events];
    const keys = await this.#writer.records.keys('event', related);
    const known = new Set([
      ...events.map(({ id }) => id),
      ...related.filter((_, at) => keys[at] !== undefined),
    ]);
    const isKnown = (each: { related: string }): boolean => known.has(each.related);
    const waiting = events.filter(({ relations }) => !relations.every(isKnown));
    await copyIn(
      this.#client,
      'pg_temp.waiting',
      ['event', 'record'],
      waiting.map(({ id, record }) => [id, record]),
    );
    return events.map((event) => {
      if (event.relations.every(isKnown)) return event;
      const relations = event.relations.filter(isKnown);
      return {
        ...event,
        relations,
        record: recordOf({ ...eventOfRecord(event.id, event.record), relations }),
      };
    });
  }

  /** Adds the relations whose events have been read since. One to an event that never was is no relation of this atlas. */
  async #relateWaiting(): Promise<void> {
    for (let after = 0; ;) {
      const rows = await this.#writer.ask<{ place: number; event: string; record: string }>(
        `SELECT place, event, record FROM pg_temp.waiting WHERE place > $1 ORDER BY place LIMIT ${BATCH}`,
        [after],
      );
      if (rows.length === 0) return;
      after = rows.at(-1)?.place ?? after;
      const wanted = rows.map(({ event, record }) => eventOfRecord(event, record));
      const related = [...new Set(wanted.flatMap(({ relations }) => relations.map((each) => each.related)))];
      const keys = await this.#writer.records.keys('event', related);
      const known = new Set(related.filter((_, at) => keys[at] !== undefined));
      // They may have been marked since they were read.
      const events = await this.#writer.records.events(wanted.map(({ id }) => id));
      await this.#writer.put({
        events: wanted.flatMap(({ relations }, at) => {
          const event = events[at];
          return event ? [{ ...event, relations: relations.filter((each) => known.has(each.related)) }] : [];
        }),
      });
    }
  }
}

/** So many events are looked at at once. */
const BATCH = 1000;
