import { createReadStream, createWriteStream, mkdtempSync, rmSync, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Actor, Name, Place, Source } from '../event.ts';
import { ATLAS_TABLES } from '../import/atlas-tables.ts';
import { csvRow } from './csv.ts';
import type { Batch, ExportFormat, Selection } from './format.ts';
import { zip, type ZipEntry } from './zip.ts';

/** The columns of each table, as `data/` has them. */
const COLUMNS = {
  categories: ['id', 'label', 'color'],
  category_names: ['category', 'language', 'name'],
  sources: ['id', 'publisher', 'title', 'published_on', 'language', 'url'],
  places: ['id', 'name', 'country', 'lng', 'lat', 'precision', 'radius_km', 'geonames_id'],
  place_names: ['place', 'language', 'name'],
  actors: ['id', 'name', 'kind', 'affiliation'],
  actor_names: ['actor', 'language', 'name'],
  events: ['id', 'title', 'summary', 'category', 'status', 'when'],
  placements: ['event', 'place', 'role'],
  participants: ['event', 'actor', 'role'],
  claims: [
    ...['id', 'event', 'aspect', 'question', 'value', 'statement'],
    ...['source', 'locator', 'attributed_to'],
  ],
  relations: ['event', 'related', 'kind'],
};

type TableName = keyof typeof COLUMNS;
type Values = (string | number | null)[];

const NUMBERS = ['lng', 'lat', 'radius_km', 'geonames_id'];

/**
 * The whole of what is selected as a Data Package in a ZIP archive: the same tables that an atlas is read from. The tables
 * are made in one pass over the events, those that come later in the archive on disk.
 */
export const dataPackage: ExportFormat = {
  name: 'datapackage.zip',
  mediaType: 'application/zip',
  async *write(selection) {
    const folder = mkdtempSync(join(tmpdir(), 'dateline-'));
    const tables = new Tables(folder);
    try {
      yield* zip(entries(selection, tables));
    } finally {
      tables.close();
      rmSync(folder, { recursive: true });
    }
  },
};

async function* entries(selection: Selection, tables: Tables): AsyncGenerator<ZipEntry, void> {
  yield ['datapackage.json', only(descriptor(selection))];
  yield ['events.csv', events(selection, tables)];
  for (const { id, label, names, color } of await selection.categories()) {
    await tables.write('categories', [[id, label, color]]);
    await tables.write('category_names', nameRows(id, names));
  }
  if (selection.isWhole) {
    for await (const places of selection.nodes('place')) await tables.writePlaces(places);
    for await (const actors of selection.nodes('actor')) await tables.writeActors(actors);
    for await (const sources of selection.nodes('source')) await tables.writeSources(sources);
  }
  for (const name of Object.keys(COLUMNS) as TableName[])
    if (name !== 'events') yield [`${name}.csv`, tables.read(name)];
}

/** The table of events; what belongs to them and what they name goes to the other tables on the way. */
async function* events(selection: Selection, tables: Tables): AsyncGenerator<string, void> {
  yield csvRow(COLUMNS.events);
  for await (const batch of selection.batches()) {
    await writeParts(batch, tables);
    await tables.writePlaces(batch.places.values());
    await tables.writeActors(batch.actors.values());
    await tables.writeSources(batch.sources.values());
    yield batch.events
      .map(({ id, title, summary, category, status, when }) =>
        csvRow([id, title, summary, category, status, when.edtf]),
      )
      .join('');
  }
}

async function writeParts({ events }: Batch, tables: Tables): Promise<void> {
  const rows = (of: (event: Batch['events'][0]) => Values[]): Values[] => events.flatMap(of);
  await tables.write(
    'placements',
    rows(({ id, placements }) => placements.map(({ place, role }) => [id, place, role])),
  );
  await tables.write(
    'participants',
    rows(({ id, participants }) => participants.map(({ actor, role }) => [id, actor, role])),
  );
  await tables.write(
    'claims',
    rows(({ id: event, claims }) =>
      claims.map(({ id, aspect, question, value, statement, source, locator, attributedTo }) => [
        ...[id, event, aspect, question, value, statement, source, locator, attributedTo],
      ]),
    ),
  );
  for (const { id, relations } of events)
    for (const { related, kind } of relations) tables.relate(id, related, kind.replaceAll(' ', '_'));
  tables.haveEvents(events.map(({ id }) => id));
}

/** The tables of a package while it is made, each a file in a folder; and which records they have. */
class Tables {
  readonly #folder: string;
  readonly #files = new Map<TableName, WriteStream>();
  /** In a temporary file, so that it may be as large as the atlas. */
  readonly #seen = new DatabaseSync('');
  readonly #insertRecord: StatementSync;
  readonly #insertRelation: StatementSync;

  constructor(folder: string) {
    this.#folder = folder;
    this.#seen.exec(`BEGIN;
      CREATE TABLE record (kind TEXT, id TEXT, PRIMARY KEY (kind, id)) STRICT, WITHOUT ROWID;
      CREATE TABLE relation (event TEXT, related TEXT, kind TEXT) STRICT;`);
    this.#insertRecord = this.#seen.prepare('INSERT OR IGNORE INTO record VALUES (?, ?)');
    this.#insertRelation = this.#seen.prepare('INSERT INTO relation VALUES (?, ?, ?)');
  }

  close(): void {
    for (const file of this.#files.values()) file.destroy();
    this.#seen.close();
  }

  async write(table: TableName, rows: Values[]): Promise<void> {
    if (rows.length === 0) return;
    const file = this.#files.get(table) ?? createWriteStream(this.#path(table));
    this.#files.set(table, file);
    if (!file.write(rows.map(csvRow).join(''))) await once(file, 'drain');
  }

  async writePlaces(places: Iterable<Place>): Promise<void> {
    for (const { id, name, names, country, position, precision, radiusKm, geonamesId } of places)
      if (this.#isNew('place', id)) {
        const { lng, lat } = position;
        await this.write('places', [[id, name, country, lng, lat, precision, radiusKm, geonamesId]]);
        await this.write('place_names', nameRows(id, names));
      }
  }

  async writeActors(actors: Iterable<Actor>): Promise<void> {
    for (const { id, name, names, kind, affiliation } of actors)
      if (this.#isNew('actor', id)) {
        await this.write('actors', [[id, name, kind, affiliation]]);
        await this.write('actor_names', nameRows(id, names));
      }
  }

  async writeSources(sources: Iterable<Source>): Promise<void> {
    for (const { id, publisher, title, publishedOn, language, url } of sources)
      if (this.#isNew('source', id))
        await this.write('sources', [[id, publisher, title, publishedOn, language, url]]);
  }

  /** Keeps a relation until it is known which events there are: one to an event that isn't selected cannot be told. */
  relate(...relation: [event: string, related: string, kind: string]): void {
    this.#insertRelation.run(...relation);
  }

  haveEvents(ids: readonly string[]): void {
    for (const id of ids) this.#isNew('event', id);
  }

  /** A table from its beginning. Nothing is written to it any more. */
  async *read(table: TableName): AsyncGenerator<string | Uint8Array, void> {
    yield csvRow(COLUMNS[table]);
    if (table === 'relations') yield* this.#relations();
    const file = this.#files.get(table);
    if (!file) return;
    file.end();
    await once(file, 'close');
    yield* createReadStream(this.#path(table)) as AsyncIterable<Uint8Array>;
  }

  *#relations(): Generator<string, void> {
    const found = this.#seen.prepare(
      `SELECT event, related, kind FROM relation
       WHERE EXISTS (SELECT 1 FROM record WHERE record.kind = 'event' AND id = related) ORDER BY rowid`,
    );
    for (const { event, related, kind } of found.iterate()) yield csvRow([event, related, kind] as Values);
  }

  #isNew(kind: string, id: string): boolean {
    return this.#insertRecord.run(kind, id).changes > 0;
  }

  #path(table: TableName): string {
    return join(this.#folder, `${table}.csv`);
  }
}

const nameRows = (id: string, names: readonly Name[]): Values[] =>
  names.map(({ language, name }) => [id, language, name]);

/** The descriptor (specs.frictionlessdata.io/data-package), with a schema for each table. */
function descriptor({ atlas }: Selection): string {
  const { id, title, description, license, language, packageVersion } = atlas;
  // Reading a package adds a digest to its version, and would add another.
  const version = packageVersion.replace(/-[0-9a-f]{12}$/, '');
  const resources = (Object.keys(COLUMNS) as TableName[]).map((name) => ({
    name,
    path: `${name}.csv`,
    profile: 'tabular-data-resource',
    format: 'csv',
    mediatype: 'text/csv',
    encoding: 'utf-8',
    schema: {
      fields: COLUMNS[name].map((column) => ({
        name: column,
        type: NUMBERS.includes(column) ? 'number' : 'string',
        ...constraintsOf(name, column),
      })),
      foreignKeys: ATLAS_TABLES[name]?.foreignKeys ?? [],
    },
  }));
  const about = {
    ...{ profile: 'tabular-data-package', name: id, title },
    ...(description !== null && { description }),
    ...{ version },
    ...(language !== null && { language }),
    ...(license !== null && { licenses: [{ name: license }] }),
  };
  return `${JSON.stringify({ ...about, resources }, null, 2)}\n`;
}

function constraintsOf(table: TableName, column: string): object {
  const { constraints } = ATLAS_TABLES[table]?.fields.find(({ name }) => name === column) ?? {};
  return constraints ? { constraints } : {};
}

async function* only(text: string): AsyncGenerator<string, void> {
  yield text;
}
