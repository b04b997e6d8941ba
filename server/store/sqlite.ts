import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { Actor, Atlas, Category, Claim, Event, Name, Participant } from '../event.ts';
import type { Place, Placement, Relation, Source } from '../event.ts';
import type { EventFilter } from '../filter.ts';
import { InputError } from '../input-error.ts';
import type { When } from '../time.ts';
import { eventCondition, placementCondition, relevanceOf, type Sql } from './sqlite-filter.ts';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './sqlite-schema.ts';
import { writeAtlas } from './sqlite-write.ts';
import * as Kept from './store.ts';

/**
 * The embedded store: one SQLite file, written in transactions that are on disk when they return.
 * @throws InputError when the file is not a database, is another program's or cannot be opened.
 */
export class SqliteStore implements Kept.Store {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    try {
      this.#db = new DatabaseSync(file);
      const isOurs = this.#pragma('application_id') === APPLICATION_ID;
      if (!isOurs && this.#all('SELECT 1 FROM sqlite_schema LIMIT 1').length > 0)
        throw new Error('it holds the data of another program');
      this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
      if (!isOurs || this.#pragma('user_version') !== SCHEMA_VERSION)
        this.#transaction(() => this.#createTables());
    } catch (error) {
      const remedy = 'Check that the folder exists and can be written, or name another file in DATABASE_URL.';
      throw new InputError(`cannot open the database ${file}: ${(error as Error).message}. ${remedy}`);
    }
  }

  async close(): Promise<void> {
    this.#db.close();
  }

  async summary(): Promise<Kept.AtlasSummary | undefined> {
    const row = this
      .#one(`SELECT *, (SELECT count(*) FROM event) events, (SELECT count(*) FROM source) sources,
      (SELECT min(starts) FROM event) first, (SELECT max(coalesce(ends, starts)) FROM event) last FROM atlas`);
    if (!row) return undefined;
    const [first, last] = [row['first'] as number | null, row['last'] as number | null];
    return {
      id: row['id'] as string,
      title: row['title'] as string,
      description: row['description'] as string | null,
      license: row['license'] as string | null,
      version: row['version'] as string,
      eventCount: row['events'] as number,
      sourceCount: row['sources'] as number,
      bounds: JSON.parse(row['bounds'] as string),
      during: first === null && last === null ? null : { from: first, to: last },
    };
  }

  async version(): Promise<string | undefined> {
    return this.#one('SELECT version FROM atlas')?.['version'] as string | undefined;
  }

  async categories(): Promise<Category[]> {
    return this.#all('SELECT id, label, color FROM category ORDER BY key') as unknown as Category[];
  }

  async places(ids: readonly string[]): Promise<(Place | undefined)[]> {
    const names = this.#namesOf('place', ids);
    return this.#byIds('place', ids, (row) => ({
      id: row['id'] as string,
      name: row['name'] as string,
      names: names.get(row['id'] as string) ?? [],
      country: row['country'] as string | null,
      position: { lng: row['lng'] as number, lat: row['lat'] as number },
      precision: row['precision'] as Place['precision'],
      radiusKm: row['radius_km'] as number | null,
      geonamesId: row['geonames_id'] as number | null,
    }));
  }

  async actors(ids: readonly string[]): Promise<(Actor | undefined)[]> {
    const names = this.#namesOf('actor', ids);
    return this.#byIds('actor', ids, (row) => ({
      id: row['id'] as string,
      name: row['name'] as string,
      names: names.get(row['id'] as string) ?? [],
      kind: row['kind'] as Actor['kind'],
      affiliation: row['affiliation'] as string | null,
    }));
  }

  async sources(ids: readonly string[]): Promise<(Source | undefined)[]> {
    return this.#byIds('source', ids, (row) => ({
      id: row['id'] as string,
      publisher: row['publisher'] as string | null,
      title: row['title'] as string,
      publishedOn: row['published_on'] as string | null,
      language: row['language'] as string | null,
      url: row['url'] as string | null,
    }));
  }

  async events(ids: readonly string[]): Promise<(Event | undefined)[]> {
    const placements = this.#children(
      'placement',
      'l.id place, c.role',
      'JOIN place l ON l.key = c.place',
      ids,
    );
    const participants = this.#children(
      'participant',
      'a.id actor, c.role',
      'JOIN actor a ON a.key = c.actor',
      ids,
    );
    const claims = this.#children(
      'claim',
      'c.id, e.id event, c.aspect, c.question, c.value, c.statement, s.id source, c.locator, c.attributed_to AS attributedTo',
      'JOIN source s ON s.key = c.source',
      ids,
    );
    const relations = this.#children(
      'relation',
      'r.id related, c.kind',
      'JOIN event r ON r.key = c.related',
      ids,
    );
    const of = <T>(children: Map<string, Row[]>, id: string): T[] => (children.get(id) ?? []) as T[];
    const categories = new Map(
      this.#all('SELECT key, id FROM category').map((row) => [row['key'], row['id']]),
    );
    return this.#byIds('event', ids, (row) => {
      const id = row['id'] as string;
      return {
        id,
        title: row['title'] as string,
        summary: row['summary'] as string | null,
        category: categories.get(row['category'] as number) as string,
        status: row['status'] as Event['status'],
        when: {
          edtf: row['edtf'] as string,
          from: row['starts'] as number | null,
          to: row['ends'] as number | null,
          precision: row['precision'] as When['precision'],
        },
        placements: of<Placement>(placements, id),
        participants: of<Participant>(participants, id),
        claims: of<Claim>(claims, id),
        relations: of<Relation>(relations, id),
      };
    });
  }

  async relationsTo(ids: readonly string[]): Promise<{ kind: string; event: string }[][]> {
    const rows = this.#all(
      `SELECT r.id related, e.id event, c.kind FROM relation c JOIN event e ON e.key = c.event
       JOIN event r ON r.key = c.related WHERE r.id IN (SELECT value FROM json_each(?)) ORDER BY e.sort_asc, e.id`,
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

  async listEvents(filter: EventFilter, order: Kept.EventOrder, range: Kept.Range): Promise<Kept.Listed> {
    const relevance = relevanceOf(filter.words ?? []);
    const keys: Sql[] = {
      WHEN_ASC: [plain('e.sort_asc')],
      WHEN_DESC: [plain('e.sort_desc')],
      RELEVANCE: [{ text: `-(${relevance.text})`, values: relevance.values }, plain('e.sort_asc')],
    }[order];
    return this.#list('event e', 'e.id', keys, eventCondition(filter), range);
  }

  async listEventsAt(
    places: readonly string[],
    filter: EventFilter,
    range: Kept.Range,
  ): Promise<Kept.Listed[]> {
    return Promise.all(
      places.map((place) => this.listEvents({ ...filter, places: [place] }, 'WHEN_ASC', range)),
    );
  }

  async listNodes(kind: Kept.NodeKind, filter: EventFilter, range: Kept.Range): Promise<Kept.Listed> {
    const isAll = Object.values(filter).every((part) => part === undefined);
    return this.#list(
      `${kind} n`,
      'n.id',
      [plain('n.sort_name')],
      isAll ? plain('TRUE') : named(kind, filter),
      range,
    );
  }

  async facets(filter: EventFilter): Promise<Kept.FacetCounts> {
    const event = eventCondition(filter);
    const placed = placementCondition(filter) ?? plain('TRUE');
    const count = (column: string, joins: string, { text, values }: Sql): Kept.Count[] =>
      this.#all(
        `SELECT ${column} id, count(DISTINCT e.key) count FROM event e ${joins} WHERE ${text} GROUP BY 1 ORDER BY 2 DESC, 1`,
        values,
      ) as unknown as Kept.Count[];
    return {
      total: this.#one(`SELECT count(*) total FROM event e WHERE ${event.text}`, event.values)?.[
        'total'
      ] as number,
      categories: count('n.id', 'JOIN category n ON n.key = e.category', event),
      actors: count('n.id', 'JOIN participant c ON c.event = e.key JOIN actor n ON n.key = c.actor', event),
      places: count(
        'l.id',
        'JOIN placement p ON p.event = e.key JOIN place l ON l.key = p.place',
        both(event, placed),
      ),
      sources: count('n.id', 'JOIN claim c ON c.event = e.key JOIN source n ON n.key = c.source', event),
    };
  }

  async columns(): Promise<Kept.AtlasColumns> {
    const size = (table: string): number =>
      this.#one(`SELECT count(*) count FROM ${table}`)?.['count'] as number;
    const [places, events, placements] = [size('place'), size('event'), size('placement')];
    const columns: Kept.AtlasColumns = {
      placeIds: [],
      lng: new Float64Array(places),
      lat: new Float64Array(places),
      eventKeys: new Uint32Array(events),
      starts: new Float64Array(events),
      ends: new Float64Array(events),
      category: new Uint16Array(events),
      status: new Uint8Array(events),
      corroboration: new Uint8Array(events),
      placementEvent: new Uint32Array(placements),
      placementPlace: new Uint32Array(placements),
      placementRole: new Uint8Array(placements),
    };
    const each = (sql: string): Iterable<Row> => this.#db.prepare(sql).iterate() as Iterable<Row>;
    const categories = this.#ordinals('category');
    const placeOf = new Map<number, number>();
    for (const row of each('SELECT key, id, lng, lat FROM place')) {
      const at = columns.placeIds.push(row['id'] as string) - 1;
      placeOf.set(row['key'] as number, at);
      columns.lng[at] = row['lng'] as number;
      columns.lat[at] = row['lat'] as number;
    }
    let at = 0;
    const eventOf = new Map<number, number>();
    for (const row of each('SELECT * FROM event ORDER BY sort_asc, id')) {
      eventOf.set(row['key'] as number, at);
      columns.eventKeys[at] = row['key'] as number;
      columns.starts[at] = (row['starts'] as number | null) ?? NaN;
      columns.ends[at] = (row['ends'] as number | null) ?? NaN;
      columns.category[at] = categories.get(row['category'] as number) as number;
      columns.status[at] = Kept.STATUSES.indexOf(row['status'] as Event['status']);
      columns.corroboration[at] = (Kept.CORROBORATIONS as readonly unknown[]).indexOf(row['corroboration']);
      at++;
    }
    at = 0;
    for (const row of each('SELECT event, place, role FROM placement')) {
      columns.placementEvent[at] = eventOf.get(row['event'] as number) as number;
      columns.placementPlace[at] = placeOf.get(row['place'] as number) as number;
      columns.placementRole[at] = (Kept.ROLES as readonly unknown[]).indexOf(row['role']);
      at++;
    }
    return columns;
  }

  async eventKeys(filter: EventFilter): Promise<Uint32Array> {
    const { text, values } = eventCondition(filter);
    const rows = this.#all(`SELECT e.key FROM event e WHERE ${text}`, values);
    return Uint32Array.from(rows, (row) => row['key'] as number);
  }

  async eventIds(keys: readonly number[]): Promise<string[]> {
    const rows = this.#all('SELECT key, id FROM event WHERE key IN (SELECT value FROM json_each(?))', [
      JSON.stringify(keys),
    ]);
    const ids = new Map(rows.map((row) => [row['key'] as number, row['id'] as string]));
    return keys.map((key) => ids.get(key) as string);
  }

  async replace(atlas: Atlas): Promise<void> {
    this.#transaction(() => {
      this.#createTables();
      writeAtlas(this.#db, atlas);
    });
  }

  #pragma(name: string): number {
    return this.#one(`PRAGMA ${name}`)?.[name] as number;
  }

  /** Empty tables in the place of whatever the file held. */
  #createTables(): void {
    const tables = this.#all(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       AND name NOT LIKE 'event\\_text\\_%' ESCAPE '\\'`,
    );
    this.#db.exec('PRAGMA defer_foreign_keys = ON');
    for (const { name } of tables) this.#db.exec(`DROP TABLE "${String(name).replaceAll('"', '""')}"`);
    this.#db.exec(
      `${SCHEMA}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`,
    );
  }

  #transaction(work: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** The place of each record in the order of keys, by key. */
  #ordinals(table: string): Map<number, number> {
    const rows = this.#all(`SELECT key FROM ${table} ORDER BY key`);
    return new Map(rows.map((row, at) => [row['key'] as number, at]));
  }

  #all(sql: string, values: SQLInputValue[] = []): Row[] {
    return this.#db.prepare(sql).all(...values) as Row[];
  }

  #one(sql: string, values: SQLInputValue[] = []): Row | undefined {
    return this.#db.prepare(sql).get(...values) as Row | undefined;
  }

  #byIds<T>(table: string, ids: readonly string[], read: (row: Row) => T): (T | undefined)[] {
    const rows = this.#all(`SELECT * FROM ${table} WHERE id IN (SELECT value FROM json_each(?))`, [
      JSON.stringify(ids),
    ]);
    const found = new Map(rows.map((row) => [row['id'] as string, read(row)]));
    return ids.map((id) => found.get(id));
  }

  /** The rows that belong to some events, by the event's id and in their order. */
  #children(table: string, columns: string, joins: string, ids: readonly string[]): Map<string, Row[]> {
    const rows = this.#all(
      `SELECT e.id owner, ${columns} FROM event e JOIN ${table} c ON c.event = e.key ${joins}
       WHERE e.id IN (SELECT value FROM json_each(?)) ORDER BY c.event, c.position`,
      [JSON.stringify(ids)],
    );
    const byEvent = Map.groupBy(rows, (row) => row['owner'] as string);
    for (const row of rows) delete row['owner'];
    return byEvent;
  }

  #namesOf(table: 'place' | 'actor', ids: readonly string[]): Map<string, Name[]> {
    const rows = this.#all(
      `SELECT o.id, n.language, n.name FROM ${table} o JOIN ${table}_name n ON n.owner = o.key
       WHERE o.id IN (SELECT value FROM json_each(?)) ORDER BY n.owner, n.position`,
      [JSON.stringify(ids)],
    );
    return new Map(
      [...Map.groupBy(rows, (row) => row['id'] as string)].map(([id, names]) => [
        id,
        names.map((row) => ({ language: row['language'] as string, name: row['name'] as string })),
      ]),
    );
  }

  /** A page of a list that is ordered by some keys and then by id, all ascending; from the end, it is read backwards. */
  #list(
    table: string,
    id: string,
    keys: Sql[],
    where: Sql,
    { after, before, from, limit }: Kept.Range,
  ): Kept.Listed {
    const total = this.#one(`SELECT count(*) total FROM ${table} WHERE ${where.text}`, where.values);
    const columns = keys.map((_, index) => `k${index}`);
    const order = [...columns, 'id'];
    const bound = (position: Kept.Keys | null, sign: '<' | '>'): Sql =>
      position === null
        ? plain('TRUE')
        : { text: `(${order.join(', ')}) ${sign} (${order.map(() => '?').join(', ')})`, values: position };
    const within = both(bound(after, '>'), bound(before, '<'));
    const rows = this.#all(
      `SELECT * FROM (SELECT ${id} id, ${keys.map(({ text }, index) => `${text} k${index}`).join(', ')} FROM ${table}
        WHERE ${where.text}) WHERE ${within.text}
       ORDER BY ${order.map((column) => `${column} ${from === 'END' ? 'DESC' : 'ASC'}`).join(', ')} LIMIT ?`,
      [...keys.flatMap(({ values }) => values), ...where.values, ...within.values, limit],
    ).map((row) => ({
      id: row['id'] as string,
      keys: order.map((column) => row[column] as string | number),
    }));
    return { rows: from === 'END' ? rows.reverse() : rows, total: total?.['total'] as number };
  }
}

type Row = Record<string, string | number | null>;

const plain = (text: string): Sql => ({ text, values: [] });

const both = (one: Sql, other: Sql): Sql => ({
  text: `${one.text} AND ${other.text}`,
  values: [...one.values, ...other.values],
});

/** The nodes that the events which match name, as a condition on a table `n`. A place counts by a placement that matches. */
function named(kind: Kept.NodeKind, filter: EventFilter): Sql {
  const event = eventCondition(filter);
  const [joins, column] = {
    place: ['JOIN placement p ON p.event = e.key JOIN place l ON l.key = p.place', 'p.place'],
    actor: ['JOIN participant c ON c.event = e.key', 'c.actor'],
    source: ['JOIN claim c ON c.event = e.key', 'c.source'],
  }[kind] as [string, string];
  const { text, values } = both(event, (kind === 'place' && placementCondition(filter)) || plain('TRUE'));
  return { text: `n.key IN (SELECT ${column} FROM event e ${joins} WHERE ${text})`, values };
}
