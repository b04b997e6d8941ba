import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { Actor, Atlas, Category, Event, Place, Source } from '../event.ts';
import { foldedWords } from '../spelling.ts';
import { byId, idsOf, sortName, textOf, textsOf } from './differing.ts';
import { nodeRow } from './node-numbers.ts';
import { copyIn, type Copied } from './postgres-copy.ts';
import { PostgresRecords, type Ask, type KeptEvent, type KeptRecord } from './postgres-records.ts';
import { CHANNEL, NAMED_IN, WRITE_LOCK } from './postgres-schema.ts';
import { readState, type NumberedState } from './postgres-state.ts';
import { wordVector } from './postgres-words.ts';
import { eventOfRecord, eventVersion, preparedEvent, recordOf } from './prepared-event.ts';
import { Conflict, NODE_KINDS, UNDATED_SORT } from './store.ts';
import type { AtlasChange, AtlasHead, Changed, ChangeOrigin, DeskWrite, NodeKind } from './store.ts';
import type { PreparedEvent, RecordKind, Told } from './store.ts';

type Keys = Record<RecordKind, number>;

/** Nodes to write, and what is there of them. */
interface NodeChange {
  put: Record<NodeKind, Node[]>;
  there: Record<NodeKind, KeptRecord[]>;
}

type Node = Place | Actor | Source;

/** Writes records in one transaction, which is the caller's; nobody else writes until it ends. A reference to nothing throws. */
export class PostgresWriter {
  readonly records: PostgresRecords;
  readonly #client: PoolClient;
  /** The number of the change that is written. */
  readonly #number: number;
  /** The highest keys given before it, and by now. */
  readonly #before: Readonly<Keys>;
  readonly #last: Keys;
  /** The version before the change; null before there was an atlas. */
  readonly version: string | null;
  isChanged = false;
  /** Events that are new by the change, and that it took away. */
  #added = 0;
  #removed = 0;

  private constructor(client: PoolClient, state: NumberedState | null) {
    this.#client = client;
    this.#before = state?.last ?? { place: 0, actor: 0, source: 0, event: 0 };
    this.#last = { ...this.#before };
    this.version = state?.version ?? null;
    this.#number = state ? state.number + 1 : 1;
    this.records = new PostgresRecords(this.ask);
  }

  /** Waits until nobody else writes. */
  static async begin(client: PoolClient): Promise<PostgresWriter> {
    await client.query(`SELECT pg_advisory_xact_lock(${WRITE_LOCK})`);
    const ask: Ask = async (text, values) => (await client.query(text, values)).rows;
    return new PostgresWriter(client, await readState(ask));
  }

  readonly ask: Ask = async <Row extends object>(text: string, values?: unknown[]) =>
    (await this.#client.query<Row>(text, values)).rows;

  /** Puts a whole atlas in the place of what is there. */
  async writeAtlas(atlas: Atlas): Promise<void> {
    const before = await this.#takeAll(atlas);
    await this.writeHead(atlas);
    await this.#writeCategories(atlas.categories);
    await this.#writeNodes({ source: atlas.sources, place: atlas.places, actor: atlas.actors });
    const [places, actors] = [byId(atlas.places), byId(atlas.actors)];
    for (let at = 0; at < atlas.events.length; at += BATCH)
      await this.#writeEvents(
        atlas.events.slice(at, at + BATCH).map((event) => preparedEvent(event, places, actors)),
        before,
      );
    await this.#checkRelated(atlas.events);
    this.#added = atlas.events.filter(({ id }) => !before.has(id)).length;
  }

  /** Says what the atlas is, from this change on. */
  async writeHead({ id, title, description, license, language, version }: AtlasHead): Promise<void> {
    const head = JSON.stringify({ id, title, description, license, language });
    await copyIn(
      this.#client,
      'dateline.atlas',
      ['head', 'version', 'since'],
      [[head, version, this.#number]],
    );
    this.isChanged = true;
  }

  /** @throws Conflict for an event that is of another version, by their ids; null is not to be there */
  async expect(versions: ReadonlyMap<string, string | null>): Promise<void> {
    const there = byId(await this.records.eventRecords([...versions.keys()]));
    for (const [id, version] of versions) {
      const record = there.get(id)?.record;
      if ((record === undefined ? null : eventVersion(record)) !== version) throw new Conflict(id);
    }
  }

  /** @throws Conflict for a record that was not as it should be */
  async writeDesk(records: readonly DeskWrite[]): Promise<void> {
    for (const { kind, id, value, was } of records) {
      const key = [kind, id];
      const sql = 'SELECT value FROM dateline.desk WHERE kind = $1 AND id = $2';
      const [there] = await this.ask<{ value: string }>(sql, key);
      if (was !== undefined && (there?.value ?? 'null') !== JSON.stringify(was)) throw new Conflict(id);
      await this.ask('DELETE FROM dateline.desk WHERE kind = $1 AND id = $2', key);
      if (value !== null)
        await this.ask('INSERT INTO dateline.desk VALUES ($1, $2, $3)', [...key, JSON.stringify(value)]);
    }
  }

  /** Writes what is new or different, as a part of the change. */
  async put(change: AtlasChange): Promise<Changed> {
    const events = [...byId(change.events ?? []).values()];
    const there = byId(await this.records.eventRecords(idsOf(events)));
    const differing = events.filter((event) => there.get(event.id)?.record !== recordOf(event));
    const changed = await this.#apply(change, differing, there, () => this.#prepared(differing));
    await this.#checkRelated(differing);
    return changed;
  }

  /** The same of events that are prepared, each once; what they relate to is the caller's to see to. */
  async putPrepared(change: AtlasChange, events: readonly PreparedEvent[]): Promise<Changed> {
    const there = byId(await this.records.eventRecords(idsOf(events)));
    const differing = events.filter((event) => there.get(event.id)?.record !== event.record);
    return this.#apply(change, differing, there, async () => differing);
  }

  /** Enters all that was written into the log, and tells who follows. @param dataset what was read */
  async end(
    origin: ChangeOrigin,
    { reason = null, token = null }: Told,
    dataset: string | null = null,
  ): Promise<void> {
    const { event, place, actor, source } = this.#last;
    const [counts] = await this.ask<{ overwritten: number; there: number }>(
      `SELECT count(*) AS overwritten, count(e.key) AS there FROM dateline.gone g
       LEFT JOIN dateline.event e ON e.id = g.id AND e.since = g.number
       WHERE g.number = $1 AND g.kind = 'event' AND g.record IS NOT NULL`,
      [this.#number],
    );
    const { overwritten = 0, there = 0 } = counts ?? {};
    // What was taken away and is there all the same was added again: it is overwritten, and not new.
    const again = Math.max(0, this.#removed - (overwritten - there));
    await copyIn(
      this.#client,
      'dateline.change',
      [
        ...['number', 'stamp', 'at', 'origin', 'reason', 'dataset', 'token'],
        ...['last_event', 'last_place', 'last_actor', 'last_source', 'added', 'overwritten'],
      ],
      [
        [
          ...[this.#number, randomUUID().slice(0, 8), Date.now(), origin, reason, dataset, token],
          ...[event, place, actor, source, this.#added - again, overwritten],
        ],
      ],
    );
    await this.#client.query('SELECT pg_notify($1, $2)', [CHANNEL, String(this.#number)]);
  }

  /** @param prepare gives the differing events as they are written, when the nodes are there that they name */
  async #apply(
    change: AtlasChange,
    differing: readonly { id: string }[],
    there: ReadonlyMap<string, KeptEvent>,
    prepare: () => Promise<readonly PreparedEvent[]>,
  ): Promise<Changed> {
    const categories = await this.#writeCategories(change.categories ?? []);
    const nodes = await this.#differingNodes(change);
    const removed = byId(await this.records.eventRecords(change.removed ?? []));
    const replaced = differing.flatMap(({ id }) => there.get(id) ?? []);
    const put = new Set(idsOf(differing.filter(({ id }) => !removed.has(id))));
    const named = await this.#eventsNaming(nodes.there);
    const relating = await this.#eventsRelatingTo([...removed.keys()]);
    const others = byId(
      (await this.records.eventRecords([...new Set([...named, ...relating])])).filter(
        (event) => event && !put.has(event.id) && !removed.has(event.id),
      ),
    );
    const rewritten = [...others.values()].map(({ id, record }) => {
      const event = eventOfRecord(id, record);
      return { ...event, relations: event.relations.filter(({ related }) => !removed.has(related)) };
    });

    const isTheSame = (event: Event): boolean => recordOf(event) === others.get(event.id)?.record;
    const kept = byId(rewritten.filter(isTheSame).flatMap(({ id }) => others.get(id) ?? []));
    await this.#takeEvents(
      [...removed.values(), ...replaced.filter(({ id }) => put.has(id)), ...others.values()],
      kept,
    );
    for (const kind of NODE_KINDS) await this.#takeNodes(kind, nodes.there[kind]);
    await this.#writeNodes(nodes.put);
    const prepared = (await prepare()).filter(({ id }) => put.has(id));
    await this.#writeEvents([...prepared, ...(await this.#prepared(rewritten))], kept);
    this.#added += differing.length - replaced.length;
    this.#removed += removed.size;
    const isChanged =
      categories +
        removed.size +
        put.size +
        NODE_KINDS.reduce((sum, kind) => sum + nodes.put[kind].length, 0) >
      0;
    this.isChanged ||= isChanged;
    return {
      isChanged,
      added: differing.length - replaced.length,
      changed: replaced.length,
      removed: removed.size,
    };
  }

  /** Events with what is derived of them and of the nodes that they name. */
  async #prepared(events: readonly Event[]): Promise<PreparedEvent[]> {
    const places = unique(events.flatMap(({ placements }) => placements.map(({ place }) => place)));
    const actors = unique(events.flatMap(({ participants }) => participants.map(({ actor }) => actor)));
    const [placesById, actorsById] = [
      byId(await this.records.places(places)),
      byId(await this.records.actors(actors)),
    ];
    return events.map((event) => preparedEvent(event, placesById, actorsById));
  }

  /** Gives how many were new or different. */
  async #writeCategories(categories: readonly Category[]): Promise<number> {
    const last = [...byId(categories).values()];
    if (last.length === 0) return 0;
    const ids = idsOf(last);
    const there = byId(
      await this.ask<KeptRecord>('SELECT key, id, record FROM dateline.category WHERE id = ANY ($1)', [ids]),
    );
    const differing = last.filter((each) => there.get(each.id)?.record !== textOf(each));
    await this.#keepCategories(differing.flatMap(({ id }) => there.get(id) ?? []));
    for (const category of differing)
      await this.#client.query(
        `INSERT INTO dateline.category (key, id, record)
         VALUES ((SELECT coalesce(max(key), 0) + 1 FROM dateline.category), $1, $2)
         ON CONFLICT (id) DO UPDATE SET record = $2`,
        [category.id, textOf(category)],
      );
    return differing.length;
  }

  async #differingNodes(change: AtlasChange): Promise<NodeChange> {
    const wanted = { source: change.sources ?? [], place: change.places ?? [], actor: change.actors ?? [] };
    const changes: NodeChange = {
      put: { source: [], place: [], actor: [] },
      there: { source: [], place: [], actor: [] },
    };
    for (const kind of NODE_KINDS) {
      const last: Node[] = [...byId<Node>(wanted[kind]).values()];
      if (last.length === 0) continue;
      const sql = `SELECT key, id, record FROM dateline.${kind} WHERE id = ANY ($1)`;
      const there = byId(await this.ask<KeptRecord>(sql, [idsOf(last)]));
      changes.put[kind] = last.filter((node) => there.get(node.id)?.record !== textOf(node));
      changes.there[kind] = changes.put[kind].flatMap(({ id }) => there.get(id) ?? []);
    }
    return changes;
  }

  async #writeNodes(nodes: Record<NodeKind, readonly Node[]>): Promise<void> {
    for (const kind of NODE_KINDS) {
      const [rows, words]: [Copied[][], Copied[][]] = [[], []];
      for (const node of nodes[kind]) {
        const key = ++this.#last[kind];
        const [name = '', ...others] = namesOf(node);
        const position = 'position' in node ? [node.position.lng, node.position.lat] : [];
        rows.push([key, node.id, textOf(node), sortName(name), ...position]);
        words.push([nodeRow(kind, key), wordVector([name, ...others].flatMap(foldedWords))]);
      }
      const columns = ['key', 'id', 'record', 'sort_name', ...(kind === 'place' ? ['lng', 'lat'] : [])];
      await copyIn(this.#client, `dateline.${kind}`, columns, rows);
      await copyIn(this.#client, 'dateline.node_text', ['node', 'words'], words);
    }
    const affiliations = nodes.actor.flatMap((each) => (each as Actor).affiliation ?? []);
    await this.#keysOf('actor', affiliations);
  }

  /** @param kept events that are the same as they were, with the change that made them so */
  async #writeEvents(
    events: readonly PreparedEvent[],
    kept: ReadonlyMap<string, { since: number }>,
  ): Promise<void> {
    if (events.length === 0) return;
    const categories = await this.#keysOf(
      'category',
      events.map(({ category }) => category),
    );
    const places = await this.#keysOf(
      'place',
      events.flatMap((e) => e.placements.map(({ place }) => place)),
    );
    const actors = await this.#keysOf(
      'actor',
      events.flatMap((e) => e.actors),
    );
    const sources = await this.#keysOf(
      'source',
      events.flatMap((e) => e.sources),
    );
    const [rows, texts, placements]: [Copied[][], Copied[][], Copied[][]] = [[], [], []];
    const [participants, claims, relations]: [Copied[][], Copied[][], Copied[][]] = [[], [], []];
    for (const e of events) {
      const key = ++this.#last.event;
      const category = categories.get(e.category) as number;
      const sort = e.from ?? e.to ?? UNDATED_SORT;
      const since = kept.get(e.id)?.since ?? this.#number;
      rows.push([key, e.id, e.record, category, e.status, e.corroboration, e.from, e.to, sort, since]);
      texts.push([key, wordVector(e.otherWords, e.titleWords)]);
      e.placements.forEach(({ place, role }, at) =>
        placements.push([key, at, places.get(place) as number, role]),
      );
      for (const actor of e.actors) participants.push([key, actors.get(actor) as number]);
      for (const source of e.sources) claims.push([key, sources.get(source) as number]);
      e.relations.forEach(({ related, kind }, at) => relations.push([key, at, related, kind]));
    }
    const columns = [
      'key',
      'id',
      'record',
      'category',
      'status',
      'corroboration',
      'starts',
      'ends',
      'sort',
      'since',
    ];
    await copyIn(this.#client, 'dateline.event', columns, rows);
    await copyIn(this.#client, 'dateline.event_text', ['event', 'words'], texts);
    await copyIn(this.#client, 'dateline.placement', ['event', 'position', 'place', 'role'], placements);
    await copyIn(this.#client, 'dateline.participant', ['event', 'actor'], participants);
    await copyIn(this.#client, 'dateline.claim', ['event', 'source'], claims);
    await copyIn(this.#client, 'dateline.relation', ['event', 'position', 'related', 'kind'], relations);
  }

  /** @throws Error for a relation to an event that is not there */
  async #checkRelated(events: readonly Event[]): Promise<void> {
    await this.#keysOf(
      'event',
      events.flatMap(({ relations }) => relations.map(({ related }) => related)),
    );
  }

  /** Takes events away, with all that they hold. @param kept those that are there again afterwards, as they were */
  async #takeEvents(events: readonly KeptEvent[], kept: ReadonlyMap<string, KeptEvent>): Promise<void> {
    if (events.length === 0) return;
    await this.#keep(
      'event',
      events.map((event) => ({
        ...event,
        // What came in this change and goes in it nobody has seen.
        record: kept.has(event.id) || event.since === this.#number ? null : event.record,
      })),
    );
    const keys = [events.map(({ key }) => key)];
    for (const table of ['placement', 'participant', 'claim', 'relation', 'event_text'])
      await this.#client.query(`DELETE FROM dateline.${table} WHERE event = ANY ($1)`, keys);
    await this.#client.query('DELETE FROM dateline.event WHERE key = ANY ($1)', keys);
  }

  async #takeNodes(kind: NodeKind, nodes: readonly KeptRecord[]): Promise<void> {
    if (nodes.length === 0) return;
    await this.#keep(
      kind,
      nodes.map((node) => ({ ...node, record: node.key > this.#before[kind] ? null : node.record })),
    );
    const keys = nodes.map(({ key }) => key);
    const rows = keys.map((key) => nodeRow(kind, key));
    await this.#client.query('DELETE FROM dateline.node_text WHERE node = ANY ($1)', [rows]);
    await this.#client.query(`DELETE FROM dateline.${kind} WHERE key = ANY ($1)`, [keys]);
  }

  /** Enters into the log that keys are gone, with what they stood for, where nothing that is there is equal to it. */
  async #keep(kind: RecordKind, records: readonly Gone[]): Promise<void> {
    const rows = records.map(({ key, id, record, since = null }): Copied[] => [
      ...[kind, key, this.#number, id, record, since],
    ]);
    await copyIn(this.#client, 'dateline.gone', ['kind', 'key', 'number', 'id', 'record', 'since'], rows);
  }

  /** Categories keep their keys, and are kept as they were before the change, once. */
  async #keepCategories(categories: readonly KeptRecord[]): Promise<void> {
    for (const { key, id, record } of categories)
      await this.ask(
        "INSERT INTO dateline.gone VALUES ('category', $1, $2, $3, $4, NULL) ON CONFLICT DO NOTHING",
        [key, this.#number, id, record],
      );
  }

  /**
   * Empties the tables of the atlas, and keeps what another will not have, or not as it was; gives since when events are what
   * they are, by their ids.
   */
  async #takeAll(next: Atlas): Promise<Map<string, { since: number }>> {
    const since = new Map<string, { since: number }>();
    const texts: Record<RecordKind, ReadonlyMap<string, string>> = {
      event: new Map(next.events.map((event) => [event.id, recordOf(event)])),
      ...{ place: textsOf(next.places), actor: textsOf(next.actors), source: textsOf(next.sources) },
    };
    for (const kind of [...NODE_KINDS, 'event'] as const)
      for (let after = 0, rows: (KeptRecord & Gone)[]; ; after = rows.at(-1)?.key ?? after) {
        const its = kind === 'event' ? ', since' : '';
        rows = await this.ask<KeptRecord & Gone>(
          `SELECT key, id, record${its} FROM dateline.${kind} WHERE key > $1 ORDER BY key LIMIT ${BATCH}`,
          [after],
        );
        if (rows.length === 0) break;
        const isKept = ({ id, record }: KeptRecord): boolean => texts[kind].get(id) === record;
        if (kind === 'event')
          for (const row of rows) since.set(row.id, { since: isKept(row) ? (row.since ?? 0) : this.#number });
        await this.#keep(
          kind,
          rows.map((row) => ({ ...row, record: isKept(row) ? null : row.record })),
        );
      }
    const categories = textsOf(next.categories);
    const there = await this.ask<KeptRecord>('SELECT key, id, record FROM dateline.category');
    await this.#keepCategories(there.filter(({ id, record }) => categories.get(id) !== record));
    for (const table of TABLES) await this.#client.query(`DELETE FROM dateline.${table}`);
    return since;
  }

  /** The ids of events that name some nodes. */
  async #eventsNaming(nodes: NodeChange['there']): Promise<string[]> {
    const found: string[] = [];
    for (const kind of NODE_KINDS) {
      if (nodes[kind].length === 0) continue;
      const rows = await this.ask<{ id: string }>(
        `SELECT DISTINCT e.key, e.id FROM dateline.${NAMED_IN[kind]} c JOIN dateline.event e ON e.key = c.event
         WHERE c.${kind} = ANY ($1) ORDER BY e.key`,
        [nodes[kind].map(({ key }) => key)],
      );
      found.push(...idsOf(rows));
    }
    return found;
  }

  async #eventsRelatingTo(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    return idsOf(
      await this.ask<{ id: string }>(
        `SELECT DISTINCT e.key, e.id FROM dateline.relation c JOIN dateline.event e ON e.key = c.event
         WHERE c.related = ANY ($1) ORDER BY e.key`,
        [ids],
      ),
    );
  }

  /** The keys of records that must be there, by their ids. @throws Error for one that is not */
  async #keysOf(kind: RecordKind | 'category', ids: readonly string[]): Promise<Map<string, number>> {
    const wanted = unique(ids);
    if (wanted.length === 0) return new Map();
    const keys = await this.records.keys(kind, wanted);
    return new Map(
      wanted.map((id, at) => {
        const key = keys[at];
        if (key === undefined) throw new Error(`no record "${id}" to refer to`);
        return [id, key];
      }),
    );
  }
}

/** What a key stood for that is gone. */
interface Gone {
  key: number;
  id: string;
  record: string | null;
  since?: number | null;
}

/** So many events are written, or looked at, at once. */
const BATCH = 1000;

/** All that an atlas is in, but not the log. */
const TABLES = [
  ...['relation', 'claim', 'participant', 'placement', 'event_text', 'event', 'node_text', 'actor', 'place'],
  ...['source', 'category', 'release', 'atlas'],
];

const unique = (ids: readonly string[]): string[] => [...new Set(ids)];

/** All that a node is found by: what it is listed by, and the others. */
function namesOf(node: Node): string[] {
  if ('title' in node) return [node.title, node.publisher ?? ''];
  return [node.name, ...node.names.map(({ name }) => name)];
}
