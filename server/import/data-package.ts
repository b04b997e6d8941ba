import { isUtf8 } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import type { ActorKind, Atlas, ClaimAspect, EventStatus, Name } from '../event.ts';
import type { PlacementRole, PlacePrecision } from '../event.ts';
import { InputError } from '../input-error.ts';
import { readWhen, type When } from '../time.ts';
import { ATLAS_TABLES } from './atlas-tables.ts';
import { checkReferences, checkTable, problemText, readTable } from './table-schema.ts';
import type { Problem, Row, Table, TableSchema } from './table-schema.ts';

/** The part of a Data Package (specs.frictionlessdata.io/data-package) that is read. */
interface Descriptor {
  name: string;
  title?: string;
  description?: string;
  version?: string;
  licenses?: { name?: string; path?: string }[];
  /** Ours: what the titles, summaries and statements are written in, a BCP 47 tag. */
  language?: string;
  resources: { name: string; path: string; schema: TableSchema }[];
}

/** An atlas as it was read, with all that is wrong with its files. It can be used only when nothing is. */
export interface ReadPackage {
  atlas: Atlas;
  tables: ReadonlyMap<string, Table>;
  problems: Problem[];
}

/** Where the files of a data package are. */
export interface PackageFiles {
  /** For people. */
  name: string;
  /** A file's bytes, by its path beside datapackage.json; undefined where it is not there. */
  read(path: string): Promise<Buffer | undefined>;
}

/** The files of a folder; what is outside it is not read. */
export const packageInFolder = (folder: string): PackageFiles => ({
  name: folder,
  read: async (path) => readFile(join(folder, path)).catch(() => undefined),
});

/**
 * Reads the data package in a folder and checks it: each table against its schema, each reference, each date, and that
 * ids are unique across all kinds of records. The version is made of the files' content, so it changes when they do.
 * @throws InputError when there is no data package in the folder.
 */
export async function readDataPackage(from: string | PackageFiles): Promise<ReadPackage> {
  const files = typeof from === 'string' ? packageInFolder(from) : from;
  const { descriptor, digest } = await readDescriptor(files);
  const problems: Problem[] = [];
  const tables = new Map<string, Table>();
  for (const { name, path, schema } of descriptor.resources) {
    const table = readTable(basename(path), await readInside(files, path, digest), problems);
    tables.set(name, table);
    checkTable(table, schema, problems);
  }
  for (const { name, schema } of descriptor.resources) {
    const table = tables.get(name);
    if (table) checkReferences(table, schema, tables, problems);
  }
  checkNeeds(tables, problems);
  checkIds(tables, problems);
  return { atlas: buildAtlas(descriptor, versionOf(descriptor, digest), tables, problems), tables, problems };
}

/**
 * The version that a data package's atlas has, from its files' content alone: cheaper than reading it.
 * @throws InputError when there is no data package in the folder.
 */
export async function packageVersion(folder: string): Promise<string> {
  const files = packageInFolder(folder);
  const { descriptor, digest } = await readDescriptor(files);
  for (const { path } of descriptor.resources) await readInside(files, path, digest);
  return versionOf(descriptor, digest);
}

/** Reads a data package that must be right. @throws InputError that lists what is wrong. */
export async function readSoundPackage(from: string | PackageFiles): Promise<Atlas> {
  const { atlas, problems } = await readDataPackage(from);
  if (problems.length === 0) return atlas;
  const shown = problems.slice(0, 20).map(problemText);
  const more = problems.length > shown.length ? [`… and ${problems.length - shown.length} more`] : [];
  const name = typeof from === 'string' ? from : from.name;
  throw new InputError([`${name} cannot be served:`, ...shown, ...more].join('\n  '));
}

/** The package's own version, and a part that changes with any byte of its files. */
const versionOf = ({ version }: Descriptor, digest: Hash): string =>
  [...(version ? [version] : []), digest.digest('hex').slice(0, 12)].join('-');

async function readDescriptor(files: PackageFiles): Promise<{ descriptor: Descriptor; digest: Hash }> {
  const path = join(files.name, 'datapackage.json');
  const remedy = 'Give the folder of a data package: datapackage.json with its CSV files.';
  const text = (await files.read('datapackage.json'))?.toString();
  if (text === undefined) throw new InputError(`no data package: cannot read ${path}. ${remedy}`);
  let descriptor: Descriptor;
  try {
    descriptor = JSON.parse(text);
  } catch (error) {
    throw new InputError(`not JSON: ${path} (${(error as Error).message}). ${remedy}`);
  }
  if (typeof descriptor?.name !== 'string' || !Array.isArray(descriptor.resources))
    throw new InputError(`${path} has no name or no list of resources. ${remedy}`);
  for (const [at, each] of descriptor.resources.entries())
    if (
      ![each?.name, each?.path].every((part) => typeof part === 'string') ||
      !Array.isArray(each.schema?.fields)
    )
      throw new InputError(
        `${path}: resource ${at + 1} lacks a name, a path or a schema with fields. ${remedy}`,
      );
  if (descriptor.language !== undefined && !isLanguageTag(descriptor.language))
    throw new InputError(
      `${path}: not a language: ${JSON.stringify(descriptor.language)}. Give a BCP 47 tag, such as "en" or "zh-Hant".`,
    );
  const names = descriptor.resources.map(({ name }) => name);
  for (const needed of ['categories', 'events'])
    if (!names.includes(needed)) throw new InputError(`${path} has no resource "${needed}". ${remedy}`);
  return { descriptor, digest: createHash('sha256').update(text) };
}

function isLanguageTag(tag: unknown): boolean {
  try {
    return typeof tag === 'string' && Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** The text of a resource; one that points outside its package is refused. */
async function readInside(files: PackageFiles, path: string, digest: Hash): Promise<string> {
  const file = resolve(files.name, path);
  if (!file.startsWith(resolve(files.name) + sep))
    throw new InputError(`resource outside its package: "${path}". Keep the files beside datapackage.json.`);
  const bytes = await files.read(path);
  if (!bytes)
    throw new InputError(`cannot read ${file}, which datapackage.json names. Add it, or take it out there.`);
  if (!isUtf8(bytes)) throw new InputError(`not UTF-8: ${file}. Save it as CSV in UTF-8.`);
  digest.update(`${path} ${bytes.length}\n`).update(bytes);
  return bytes.toString();
}

/** What the atlas itself needs of its tables, should their own schemas ask for less. A fault is told once. */
function checkNeeds(tables: ReadonlyMap<string, Table>, problems: Problem[]): void {
  const found: Problem[] = [];
  for (const [name, schema] of Object.entries(ATLAS_TABLES)) {
    const table = tables.get(name) ?? { file: `${name}.csv`, rows: [] };
    checkTable(table, schema, found);
    checkReferences(table, schema, tables, found);
  }
  const where = ({ file, line, column }: Problem): string => JSON.stringify([file, line, column]);
  const isSaid = new Set(problems.map(where));
  problems.push(...found.filter((each) => !isSaid.has(where(each))));
}

const KINDS_WITH_ID = ['categories', 'sources', 'places', 'actors', 'events'];

/** `node(id)` finds a record of any kind, so an id may be used once in the whole atlas. */
function checkIds(tables: ReadonlyMap<string, Table>, problems: Problem[]): void {
  const owner = new Map<string, string>();
  for (const kind of KINDS_WITH_ID)
    for (const { line, cells } of tables.get(kind)?.rows ?? []) {
      const id = cells['id'] ?? '';
      const file = tables.get(kind)?.file ?? kind;
      const other = owner.get(id);
      if (other !== undefined && other !== file) {
        const message = `"${id}" is an id in ${other} too. Ids are unique in the whole atlas: rename one.`;
        problems.push({ file, line, column: 'id', message });
      }
      owner.set(id, file);
    }
}

function buildAtlas(
  descriptor: Descriptor,
  version: string,
  tables: ReadonlyMap<string, Table>,
  problems: Problem[],
): Atlas {
  const rows = (name: string): Row[] => tables.get(name)?.rows ?? [];
  const children = (name: string, parent: string): Map<string, Row[]> =>
    Map.groupBy(rows(name), ({ cells }) => cells[parent] ?? '');
  const [placeNames, actorNames] = [children('place_names', 'place'), children('actor_names', 'actor')];
  const categoryNames = children('category_names', 'category');
  const [placements, participants] = [children('placements', 'event'), children('participants', 'event')];
  const [claims, relations] = [children('claims', 'event'), children('relations', 'event')];
  const names = (found: Row[] | undefined): Name[] =>
    (found ?? []).map((row) => ({ language: text(row, 'language'), name: text(row, 'name') }));

  const when = (kind: string, row: Row, column: string): When => {
    try {
      return readWhen(text(row, column));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push({ file: tables.get(kind)?.file ?? kind, line: row.line, column, message: error.message });
      return readWhen('');
    }
  };
  const oneOf = <T extends string>(kind: string, row: Row, column: string, known: readonly T[]): T => {
    const value = text(row, column) as T;
    const file = tables.get(kind)?.file ?? kind;
    const isSaid = problems.some(
      (each) => each.file === file && each.line === row.line && each.column === column,
    );
    if (!known.includes(value) && !isSaid)
      problems.push({
        file,
        line: row.line,
        column,
        message: `unknown: "${value}". Known: ${known.join(', ')}.`,
      });
    return value;
  };

  const license = descriptor.licenses?.[0];
  return {
    id: descriptor.name,
    title: descriptor.title ?? descriptor.name,
    description: descriptor.description ?? null,
    license: license?.name ?? license?.path ?? null,
    language: descriptor.language ?? null,
    version,
    categories: rows('categories').map((row) => ({
      id: text(row, 'id'),
      label: text(row, 'label'),
      names: names(categoryNames.get(text(row, 'id'))),
      color: text(row, 'color'),
    })),
    sources: rows('sources').map((row) => ({
      id: text(row, 'id'),
      publisher: maybe(row, 'publisher'),
      title: text(row, 'title'),
      publishedOn: when('sources', row, 'published_on').edtf || null,
      language: maybe(row, 'language'),
      url: maybe(row, 'url'),
    })),
    places: rows('places').map((row) => ({
      id: text(row, 'id'),
      name: text(row, 'name'),
      names: names(placeNames.get(text(row, 'id'))),
      country: maybe(row, 'country'),
      position: { lng: Number(text(row, 'lng')), lat: Number(text(row, 'lat')) },
      precision: oneOf<PlacePrecision>('places', row, 'precision', [
        'EXACT',
        'SETTLEMENT',
        'REGION',
        'COUNTRY',
      ]),
      radiusKm: maybeNumber(row, 'radius_km'),
      geonamesId: maybeNumber(row, 'geonames_id'),
    })),
    actors: rows('actors').map((row) => ({
      id: text(row, 'id'),
      name: text(row, 'name'),
      names: names(actorNames.get(text(row, 'id'))),
      kind: oneOf<ActorKind>('actors', row, 'kind', ['PERSON', 'STATE', 'ORGANISATION', 'ARMED_GROUP']),
      affiliation: maybe(row, 'affiliation'),
    })),
    events: rows('events').map((row) => {
      const id = text(row, 'id');
      return {
        id,
        title: text(row, 'title'),
        summary: maybe(row, 'summary'),
        category: text(row, 'category'),
        status: oneOf<EventStatus>('events', row, 'status', [
          'OCCURRED',
          'PLANNED',
          'CANCELLED',
          'RETRACTED',
        ]),
        when: when('events', row, 'when'),
        placements: (placements.get(id) ?? []).map((each) => ({
          place: text(each, 'place'),
          role: oneOf<PlacementRole>('placements', each, 'role', ['VENUE', 'SUBJECT']),
        })),
        participants: (participants.get(id) ?? []).map((each) => ({
          actor: text(each, 'actor'),
          role: maybe(each, 'role'),
        })),
        claims: (claims.get(id) ?? []).map((each) => ({
          id: text(each, 'id'),
          event: id,
          aspect: oneOf<ClaimAspect>('claims', each, 'aspect', ASPECTS),
          question: maybe(each, 'question'),
          value: maybe(each, 'value'),
          statement: text(each, 'statement'),
          source: text(each, 'source'),
          locator: maybe(each, 'locator'),
          attributedTo: maybe(each, 'attributed_to'),
        })),
        relations: (relations.get(id) ?? []).map((each) => ({
          kind: text(each, 'kind').replaceAll('_', ' '),
          related: text(each, 'related'),
        })),
      };
    }),
  };
}

const ASPECTS: readonly ClaimAspect[] = [
  ...([
    'TIME',
    'PLACE',
    'PARTICIPANTS',
    'TOLL',
    'CAUSE',
    'RESPONSIBILITY',
    'OUTCOME',
    'STATUS',
    'OTHER',
  ] as const),
];

const text = ({ cells }: Row, column: string): string => cells[column] ?? '';
const maybe = (row: Row, column: string): string | null => text(row, column) || null;
const maybeNumber = (row: Row, column: string): number | null =>
  text(row, column) === '' ? null : Number(text(row, column));
