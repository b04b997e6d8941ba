import { hash } from 'node:crypto';
import type { Actor, Category, Claim, Event, Place, Source } from '../event.ts';
import { foldedWords } from '../spelling.ts';

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
export type Outcome = { line: number; values: Record<string, string> } & (
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

/** Ids that were made already: the same actors, places and sources are named again and again. */
const MADE = new Map<string, string>();
const MOST_MADE = 50_000;

/** An id that anybody can read and that is the same in every import: words of a name, and a digest of all that it is of. */
export function idOf(kind: string, name: string, ...of: (string | number | null)[]): string {
  const all = JSON.stringify([kind, name, ...of]);
  const made = MADE.get(all);
  if (made !== undefined) return made;
  const digest = hash('sha256', all).slice(0, 8);
  const words = foldedWords(name)
    .join('-')
    .replaceAll(/[^a-z0-9-]/g, '')
    .slice(0, 40);
  const id = [kind, words.replaceAll(/^-+|-+$/g, ''), digest].filter((part) => part !== '').join('-');
  if (MADE.size >= MOST_MADE) MADE.clear();
  MADE.set(all, id);
  return id;
}

/** Colours that stay apart for colour-blind people: Okabe and Ito (2008), darkened for paper. */
const COLOURS = ['#0072b2', '#b35900', '#00795a', '#a8447c', '#8a6d00', '#2a7fa8', '#7a4f9e', '#5b5b5b'];

/** Gathers the records that one event names. An id is of all that a record says, so no event changes another's. */
export class DraftBuilder {
  readonly #categories = new Map<string, Category>();
  readonly #sources = new Map<string, Source>();
  readonly #places = new Map<string, Place>();
  readonly #actors = new Map<string, Actor>();

  category(label: string): string {
    const id = idOf('category', label);
    const colour = COLOURS[parseInt(id.slice(-8), 16) % COLOURS.length] as string;
    this.#categories.set(id, { id, label, names: [], color: colour });
    return id;
  }

  place(place: Pick<Place, 'name' | 'position'> & Partial<Place>): string {
    const { name, position, country = null, precision = 'EXACT', radiusKm = null } = place;
    const id = place.id ?? idOf('place', name, position.lng, position.lat, country, precision, radiusKm);
    const { names = [], geonamesId = null } = place;
    this.#places.set(id, { id, name, names, country, position, precision, radiusKm, geonamesId });
    return id;
  }

  actor(name: string, kind: Actor['kind'] = 'ORGANISATION'): string {
    const id = idOf('actor', name, kind);
    this.#actors.set(id, { id, name, names: [], kind, affiliation: null });
    return id;
  }

  source(source: Pick<Source, 'title'> & Partial<Source>): string {
    const { title, publisher = null, publishedOn = null, language = null, url = null } = source;
    const id = source.id ?? idOf('source', title, publisher, publishedOn, url);
    this.#sources.set(id, { id, title, publisher, publishedOn, language, url });
    return id;
  }

  /** A claim's number makes its id, which is of its event. */
  claim(
    event: string,
    number: number,
    claim: Pick<Claim, 'aspect' | 'statement' | 'source'> & Partial<Claim>,
  ): Claim {
    const rest = { question: null, value: null, locator: null, attributedTo: null };
    return { ...rest, ...claim, id: `${event}-claim-${number}`, event };
  }

  draft(event: Event): Draft {
    return {
      event,
      categories: [...this.#categories.values()],
      sources: [...this.#sources.values()],
      places: [...this.#places.values()],
      actors: [...this.#actors.values()],
    };
  }
}
