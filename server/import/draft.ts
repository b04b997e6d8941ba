import { hash } from 'node:crypto';
import type { Actor, Category, Claim, Event, Place, Source } from '../event.ts';
import { rememberedWords } from '../spelling.ts';

/** One event as it was read, with every record that it names. */
export interface Draft {
  event: Event;
  categories: Category[];
  sources: Source[];
  places: Place[];
  actors: Actor[];
}

/** A row that cannot be an event: which value of it, and why. */
export interface Fault {
  line: number;
  column: string | null;
  value: string;
  reason: string;
}

/** What became of a row. The values are the row's own, for the file of those that were set aside. */
export type Outcome = { line: number; values: () => Record<string, string> } & (
  { draft: Draft } | { fault: Fault }
);

/** Thrown by what reads a value of a row. */
export class RowFault extends Error {
  readonly column: string | null;
  readonly value: string;

  constructor(column: string | null, value: string, reason: string) {
    super(reason);
    this.column = column;
    this.value = value;
  }
}

/** Hexadecimal digits of a digest: of ten million things with one name no two are alike, but once in 400,000 imports. */
const DIGITS = 16;

/** An id that anybody can read and that is the same in every import: words of a name, and a digest of all that it is of. */
export function idOf(kind: string, name: string, ...of: (string | number | null)[]): string {
  const digest = hash('sha256', JSON.stringify([kind, name, ...of])).slice(0, DIGITS);
  const words = rememberedWords(name)
    .join('-')
    .replaceAll(/[^a-z0-9-]/g, '')
    .slice(0, 40);
  return [kind, words.replaceAll(/^-+|-+$/g, ''), digest].filter((part) => part !== '').join('-');
}

/** Records by all that they say, so many of them: the same actors, places and sources are named again and again. */
class Made<T extends object> {
  readonly #records = new Map<string, T>();
  readonly #most: number;
  readonly #isLasting: boolean;

  /** @param isLasting whether they stay long after what they were read from */
  constructor(most: number, isLasting: boolean) {
    this.#most = most;
    this.#isLasting = isLasting;
  }

  /** The record that says this, made where there is none yet. */
  of(key: string, make: () => T): T {
    const known = this.#records.get(key);
    if (known) return known;
    // Texts that are parts of a file's text would keep the whole of it.
    const record = this.#isLasting ? (JSON.parse(JSON.stringify(make())) as T) : make();
    if (this.#records.size >= this.#most) this.#records.clear();
    this.#records.set(key, record);
    return record;
  }
}

const CATEGORIES = new Made<Category>(10_000, true);
const PLACES = new Made<Place>(50_000, true);
const ACTORS = new Made<Actor>(50_000, true);
/** Most articles are of one event, or of a few that stand together. */
const SOURCES = new Made<Source>(2000, false);

/** Colours that stay apart for colour-blind people: Okabe and Ito (2008), darkened for paper. */
const COLOURS = ['#0072b2', '#b35900', '#00795a', '#a8447c', '#8a6d00', '#2a7fa8', '#7a4f9e', '#5b5b5b'];

/** Gathers the records that one event names. An id is of all that a record says, so no event changes another's. */
export class DraftBuilder {
  readonly #categories: Category[] = [];
  readonly #sources: Source[] = [];
  readonly #places: Place[] = [];
  readonly #actors: Actor[] = [];

  category(label: string): string {
    const category = CATEGORIES.of(label, () => {
      const id = idOf('category', label);
      const color = COLOURS[parseInt(id.slice(-8), 16) % COLOURS.length] as string;
      return { id, label, names: [], color };
    });
    return add(this.#categories, category);
  }

  place(place: Pick<Place, 'name' | 'position'> & Partial<Place>): string {
    const { name, position, country = null, precision = 'EXACT', radiusKm = null } = place;
    const { names = [], geonamesId = null } = place;
    const { lng, lat } = position;
    const make = (): Place => ({
      id: place.id ?? idOf('place', name, lng, lat, country, precision, radiusKm),
      ...{ name, names, country, position: { lng, lat }, precision, radiusKm, geonamesId },
    });
    const isOwn = place.id !== undefined || names.length > 0 || geonamesId !== null;
    const key = JSON.stringify([name, lng, lat, country, precision, radiusKm]);
    return add(this.#places, isOwn ? make() : PLACES.of(key, make));
  }

  actor(name: string, kind: Actor['kind'] = 'ORGANISATION'): string {
    const make = (): Actor => ({ id: idOf('actor', name, kind), name, names: [], kind, affiliation: null });
    return add(this.#actors, ACTORS.of(`${kind}\0${name}`, make));
  }

  source(source: Pick<Source, 'title'> & Partial<Source>): string {
    const { title, publisher = null, publishedOn = null, language = null, url = null } = source;
    const make = (): Source => ({
      id: source.id ?? idOf('source', title, publisher, publishedOn, language, url),
      ...{ title, publisher, publishedOn, language, url },
    });
    const key = JSON.stringify([title, publisher, publishedOn, language, url, source.id]);
    return add(this.#sources, SOURCES.of(key, make));
  }

  /** A claim's number makes its id, which is of its event. */
  claim(
    event: string,
    number: number,
    claim: Pick<Claim, 'aspect' | 'statement' | 'source'> & Partial<Claim>,
  ): Claim {
    // Written out: with spreads it is several objects, and most rows have a few claims.
    const { aspect, statement, source } = claim;
    const { question = null, value = null, locator = null, attributedTo = null } = claim;
    const id = `${event}-claim-${number}`;
    return { id, event, aspect, question, value, statement, source, locator, attributedTo };
  }

  draft(event: Event): Draft {
    return {
      event,
      ...{ categories: this.#categories, sources: this.#sources },
      ...{ places: this.#places, actors: this.#actors },
    };
  }
}

/** Adds a record where it isn't there, in the place of another with its id; gives the id. */
function add<T extends { id: string }>(records: T[], record: T): string {
  const at = records.findIndex((each) => each === record || each.id === record.id);
  if (at < 0) records.push(record);
  else records[at] = record;
  return record.id;
}
