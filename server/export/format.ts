import type { AtlasIndex } from '../atlas-index.ts';
import type { Actor, Category, Event, Place, Source } from '../event.ts';
import type { EventFilter } from '../filter.ts';
import { byId } from '../store/differing.ts';
import type { AtlasSummary, NodeKind, Store } from '../store/store.ts';
import { NamedRecords } from './named-records.ts';

/** Some events with every record that they name. */
export interface Batch {
  events: Event[];
  categories: ReadonlyMap<string, Category>;
  places: ReadonlyMap<string, Place>;
  /** Those that others are affiliated with come too. */
  actors: ReadonlyMap<string, Actor>;
  sources: ReadonlyMap<string, Source>;
}

/** A file that events are written to. */
export interface ExportFormat {
  /** What it is called in an address and on the command line, and how its file's name ends. */
  name: string;
  mediaType: string;
  /** The file, in pieces. Nothing is kept of what was given, and to stop early is to return. */
  write(selection: Selection): AsyncIterable<string | Uint8Array>;
}

/** So many events are read at once: of more, each takes hardly less, and everybody else waits longer. */
const BATCH = 200;

/** The events of an atlas that a filter selects, to be read from the first to the last. */
export class Selection {
  readonly atlas: AtlasSummary;
  /** The address of the map, with a slash at its end: links lead there. */
  readonly home: string;
  readonly #store: Store;
  readonly #index: AtlasIndex;
  readonly #filter: EventFilter;
  #found: ReturnType<AtlasIndex['matching']> | null = null;

  constructor(
    { store, index }: { store: Store; index: AtlasIndex },
    { atlas, home, filter }: { atlas: AtlasSummary; home: string; filter: EventFilter },
  ) {
    this.atlas = atlas;
    this.home = home;
    this.#store = store;
    this.#index = index;
    this.#filter = filter;
  }

  /** Whether it is the whole atlas. */
  get isWhole(): boolean {
    return Object.keys(this.#filter).length === 0;
  }

  categories(): Promise<Category[]> {
    return this.#store.categories();
  }

  /** Finds the events, which takes as long as their words are looked for; what follows reads one after the other. */
  find(): ReturnType<AtlasIndex['matching']> {
    return (this.#found ??= this.#index.matching(this.#filter));
  }

  /** The events in the order of dates, undated last. One that was removed meanwhile is left out. */
  async *batches(order: 'WHEN_ASC' | 'WHEN_DESC' = 'WHEN_ASC'): AsyncGenerator<Batch, void> {
    const named = new NamedRecords(this.#store);
    const categories = byId(await this.#store.categories());
    for await (const events of this.#index.portions(await this.find(), order, BATCH))
      yield named.batchOf(events, categories);
  }

  /** All records of a kind that the atlas has, named by events or not, in the order of their names. */
  async *nodes<Kind extends NodeKind>(kind: Kind): AsyncGenerator<NodeRecords[Kind][], void> {
    const read = {
      place: (ids: readonly string[]) => this.#store.places(ids),
      actor: (ids: readonly string[]) => this.#store.actors(ids),
      source: (ids: readonly string[]) => this.#store.sources(ids),
    };
    let after: (string | number)[] | null = null;
    for (;;) {
      const { rows } = await this.#index.nodes(
        kind,
        {},
        { after, before: null, from: 'START', limit: BATCH },
      );
      after = rows.at(-1)?.keys ?? null;
      if (after === null) return;
      yield present((await read[kind](rows.map(({ id }) => id))) as (NodeRecords[Kind] | undefined)[]);
    }
  }
}

interface NodeRecords {
  place: Place;
  actor: Actor;
  source: Source;
}

const present = <T>(found: (T | undefined)[]): T[] => found.filter((each) => each !== undefined);
