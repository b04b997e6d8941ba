import type { Actor, Category, Claim, Event, Name, Place, Source } from '../../event.ts';
import { unguarded } from '../../export/csv.ts';
import { InputError } from '../../input-error.ts';
import { ROLES, STATUSES } from '../../store/store.ts';
import { readWhen, type When } from '../../time.ts';
import { DraftBuilder, RowFault, type Draft, type Outcome } from '../draft.ts';
import type { Format, Head, ReadOptions } from '../format.ts';
import { readNumber, readPosition, type Values } from '../values.ts';
import { outcomeOf, readTable } from './table.ts';

/** Lines as `dateline export --format ndjson` writes them: a record each, with all that belongs to an event. */
export const exportedNdjson: Format = {
  name: 'dateline-ndjson',
  title: 'records of an atlas',
  recognise: ({ text }) => (text.startsWith(ATLAS) ? 1 : 0),
  read: (head, options) =>
    readLines(head, options, (line) =>
      line === '' || line.startsWith(ATLAS) ? null : () => JSON.parse(line),
    ),
};

/** The same as GeoJSON: a feature on each line, whose properties are a record. */
export const exportedGeojson: Format = {
  name: 'dateline-geojson',
  title: 'GeoJSON of an atlas',
  recognise: ({ text }) =>
    /^\{"type":"FeatureCollection","dateline":\{[^\n]*\},"features":\[\n/.test(text) ? 1 : 0,
  read: (head, options) =>
    readLines(head, options, (line) => {
      if (!line.startsWith('{"type":"Feature",')) return null;
      return () => {
        const { id, properties } = JSON.parse(line.replace(/,$/, ''));
        return { ...properties, id };
      };
    }),
};

/** A table as `dateline export --format csv` writes it, with as much of an event as a row holds. */
export const exportedCsv: Format = {
  name: 'dateline-csv',
  title: 'table of an atlas',
  recognise: ({ layout }) => (COLUMNS.every((name) => layout?.header?.includes(name)) ? 1 : 0),
  read: (head, options) => readTable(head, options, COLUMNS, draftOfRow),
};

/** How the first line of records begins. */
const ATLAS = '{"dateline":';

const COLUMNS = [
  ...['atlas_id', 'title', 'summary', 'category', 'status', 'date', 'latitude', 'longitude', 'place'],
  ...['country', 'precision', 'radius_km', 'role', 'actors', 'source', 'publisher', 'published', 'url'],
];

const PRECISIONS = ['EXACT', 'SETTLEMENT', 'REGION', 'COUNTRY'] as const;
const ACTOR_KINDS = ['PERSON', 'STATE', 'ORGANISATION', 'ARMED_GROUP'] as const;
const ASPECTS = [
  ...(['TIME', 'PLACE', 'PARTICIPANTS', 'TOLL', 'CAUSE'] as const),
  ...(['RESPONSIBILITY', 'OUTCOME', 'STATUS', 'OTHER'] as const),
];

/** In characters; the longest record of any atlas is far shorter. */
export const LONGEST_RECORD = 2 ** 24;

/** @param recordIn what reads the record of a line; null of a line without one */
async function* readLines(
  { input }: Head,
  { onRead }: ReadOptions,
  recordIn: (line: string) => (() => unknown) | null,
): AsyncIterable<readonly Outcome[]> {
  const decoder = new TextDecoder();
  let [line, rest] = [0, ''];
  for await (const piece of withEnd(input.bytes(onRead))) {
    // Only these ends: others may stand inside a text.
    const lines = (rest + (piece === null ? '\n' : decoder.decode(piece as Buffer, { stream: true }))).split(
      '\n',
    );
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_RECORD)
      throw new InputError(
        `${input.name} has a line of more than ${LONGEST_RECORD} characters. Write one record on each.`,
      );
    for (const text of lines) {
      line++;
      const read = recordIn(text.trim());
      if (read)
        yield [
          outcomeOf(
            () => ({ record: text }),
            line,
            () => draftOfRecord(new Fields(parsed(read), '')),
          ),
        ];
    }
  }
}

async function* withEnd<T>(pieces: AsyncIterable<T>): AsyncGenerator<T | null, void> {
  yield* pieces;
  yield null;
}

function parsed(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    throw new RowFault(null, '', `not a record: ${(error as Error).message}`);
  }
}

/** A record that is written as JSON. @throws RowFault */
export const draftOfText = (text: string): Draft =>
  draftOfRecord(
    new Fields(
      parsed(() => JSON.parse(text)),
      '',
    ),
  );

function draftOfRecord(record: Fields): Draft {
  const categories = record.list('categories').map(categoryOf);
  const places = record.list('places').map(placeOf);
  const actors = record.list('actors').map(actorOf);
  const sources = record.list('sources').map(sourceOf);
  const one = (of: Fields, name: string, known: readonly { id: string }[]): string =>
    of.oneOf(
      name,
      known.map(({ id }) => id),
    );
  for (const { affiliation } of actors)
    if (affiliation !== null && !actors.some(({ id }) => id === affiliation))
      throw new RowFault('actors', affiliation, 'an affiliation that the record does not hold');
  const id = record.text('id');
  const event: Event = {
    id,
    title: record.text('title'),
    summary: record.maybe('summary'),
    category: one(record, 'category', categories),
    status: record.oneOf('status', STATUSES),
    when: record.when('when'),
    placements: record
      .list('placements')
      .map((each) => ({ place: one(each, 'place', places), role: each.oneOf('role', ROLES) })),
    participants: record
      .list('participants')
      .map((each) => ({ actor: one(each, 'actor', actors), role: each.maybe('role') })),
    claims: record.list('claims').map((each): Claim => ({
      id: each.text('id'),
      event: id,
      aspect: each.oneOf('aspect', ASPECTS),
      question: each.maybe('question'),
      value: each.maybe('value'),
      statement: each.text('statement'),
      source: one(each, 'source', sources),
      locator: each.maybe('locator'),
      attributedTo: each.maybe('attributedTo'),
    })),
    relations: record
      .list('relations')
      .map((each) => ({ kind: each.text('kind'), related: each.text('related') })),
  };
  return { event, categories, places, actors, sources };
}

const categoryOf = (of: Fields): Category => ({
  id: of.text('id'),
  label: of.text('label'),
  names: namesOf(of),
  color: of.text('color'),
});

function placeOf(of: Fields): Place {
  const position = of.fields('position');
  return {
    id: of.text('id'),
    name: of.text('name'),
    names: namesOf(of),
    country: of.maybe('country'),
    position: { lng: position.number('lng', 180), lat: position.number('lat', 90) },
    precision: of.oneOf('precision', PRECISIONS),
    radiusKm: of.maybeNumber('radiusKm'),
    geonamesId: of.maybeNumber('geonamesId'),
  };
}

const actorOf = (of: Fields): Actor => ({
  id: of.text('id'),
  name: of.text('name'),
  names: namesOf(of),
  kind: of.oneOf('kind', ACTOR_KINDS),
  affiliation: of.maybe('affiliation'),
});

const sourceOf = (of: Fields): Source => ({
  id: of.text('id'),
  publisher: of.maybe('publisher'),
  title: of.text('title'),
  publishedOn: of.when('publishedOn').edtf || null,
  language: of.maybe('language'),
  url: of.maybe('url'),
});

const namesOf = (of: Fields): Name[] =>
  of.list('names').map((each) => ({ language: each.text('language'), name: each.text('name') }));

/** The fields of a JSON object, each read as what it must be. @throws RowFault */
class Fields {
  readonly #values: Record<string, unknown>;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new RowFault(path || null, shown(value), 'not an object');
    this.#values = value as Record<string, unknown>;
    this.#path = path;
  }

  text(name: string): string {
    const text = this.maybe(name);
    if (text === null || text === '') throw this.#fault(name, 'a text is missing');
    return text;
  }

  maybe(name: string): string | null {
    const value = this.#value(name);
    if (value !== null && typeof value !== 'string') throw this.#fault(name, 'not a text');
    return value;
  }

  oneOf<T extends string>(name: string, known: readonly T[]): T {
    const value = this.#value(name);
    const found = known.find((each) => each === value);
    if (found === undefined)
      throw this.#fault(name, `none of those that there are (${known.slice(0, 10).join(', ')})`);
    return found;
  }

  when(name: string): When {
    try {
      return readWhen(this.maybe(name) ?? '');
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw this.#fault(name, 'not a date in EDTF');
    }
  }

  number(name: string, most: number): number {
    const value = this.maybeNumber(name);
    if (value === null || Math.abs(value) > most) throw this.#fault(name, `not a number up to ${most}`);
    return value;
  }

  maybeNumber(name: string): number | null {
    const value = this.#value(name);
    if (value !== null && typeof value !== 'number') throw this.#fault(name, 'not a number');
    return value;
  }

  fields(name: string): Fields {
    return new Fields(this.#value(name), this.#pathOf(name));
  }

  list(name: string): Fields[] {
    const value = this.#value(name);
    if (!Array.isArray(value)) throw this.#fault(name, 'not a list');
    return value.map((each, at) => new Fields(each, `${this.#pathOf(name)}/${at}`));
  }

  #value(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? (this.#values[name] ?? null) : null;
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}/${name}`;
  }

  #fault(name: string, reason: string): RowFault {
    return new RowFault(this.#pathOf(name), shown(this.#value(name)), reason);
  }
}

const shown = (value: unknown): string => (value === null ? '' : String(JSON.stringify(value)).slice(0, 200));

function draftOfRow(row: Values, line: number): Draft {
  const value = (column: string): string | null => unguarded(row[column] ?? '') || null;
  const text = (column: string): string => {
    const found = value(column);
    if (found === null) throw new RowFault(column, '', 'a text is missing');
    return found;
  };
  const oneOf = <T extends string>(column: string, known: readonly T[]): T => {
    const found = known.find((each) => each === row[column]);
    if (found === undefined) throw new RowFault(column, row[column] ?? '', `none of ${known.join(', ')}`);
    return found;
  };
  const when = (column: string): When => new Fields({ [column]: value(column) }, '').when(column);
  const builder = new DraftBuilder();
  const [id, title, source] = [text('atlas_id'), text('title'), value('source')];
  const position = readPosition(row, ['latitude', 'longitude']);
  const radius = value('radius_km');
  const place =
    position &&
    builder.place({
      ...{ name: text('place'), position, country: value('country') },
      precision: oneOf('precision', PRECISIONS),
      radiusKm: radius === null ? null : readNumber('radius_km', radius),
    });
  const url = value('url');
  const [publisher, publishedOn] = [value('publisher'), when('published').edtf || null];
  const cited = source && builder.source({ title: source, publisher, publishedOn, url });
  const statement = { aspect: 'OTHER', statement: title, locator: `line ${line}` } as const;
  return builder.draft({
    ...{ id, title, summary: value('summary'), category: builder.category(text('category')) },
    status: oneOf('status', STATUSES),
    when: when('date'),
    placements: place ? [{ place, role: oneOf('role', ROLES) }] : [],
    participants: (value('actors') ?? '')
      .split('; ')
      .filter((name) => name !== '')
      .map((name) => ({ actor: builder.actor(name), role: null })),
    claims: cited ? [builder.claim(id, 1, { ...statement, source: cited })] : [],
    relations: [],
  });
}
