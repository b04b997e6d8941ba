import type { Actor, Category, Event, Place, Source } from '../event.ts';
import type { Store } from '../store/store.ts';
import type { Batch } from './format.ts';

/** So many records of a kind are remembered. */
const MOST = 20_000;

/** The records that events name. Many events name the same ones, which are read once for as long as they are remembered. */
export class NamedRecords {
  readonly #places: Remembered<Place>;
  readonly #actors: Remembered<Actor>;
  readonly #sources: Remembered<Source>;

  constructor(store: Store) {
    this.#places = new Remembered((ids) => store.places(ids));
    this.#actors = new Remembered((ids) => store.actors(ids));
    this.#sources = new Remembered((ids) => store.sources(ids));
  }

  /** Events with all that they name. */
  async batchOf(events: Event[], categories: ReadonlyMap<string, Category>): Promise<Batch> {
    const [places, actors, sources] = [new Set<string>(), new Set<string>(), new Set<string>()];
    for (const { placements, participants, claims } of events) {
      for (const { place } of placements) places.add(place);
      for (const { actor } of participants) actors.add(actor);
      for (const { source } of claims) sources.add(source);
    }
    return {
      ...{ events, categories },
      places: await this.#places.get(places),
      actors: await this.#withAffiliations(actors),
      sources: await this.#sources.get(sources),
    };
  }

  async #withAffiliations(ids: Iterable<string>): Promise<Map<string, Actor>> {
    const actors = new Map<string, Actor>();
    let wanted = new Set(ids);
    while (wanted.size > 0) {
      const found = await this.#actors.get(wanted);
      wanted = new Set();
      for (const actor of found.values()) actors.set(actor.id, actor);
      for (const { affiliation } of found.values())
        if (affiliation !== null && !actors.has(affiliation)) wanted.add(affiliation);
    }
    return actors;
  }
}

/** Records by id, all of which are forgotten when there are too many. */
class Remembered<T> {
  readonly #read: (ids: readonly string[]) => Promise<(T | undefined)[]>;
  readonly #known = new Map<string, T>();

  constructor(read: (ids: readonly string[]) => Promise<(T | undefined)[]>) {
    this.#read = read;
  }

  /** Those that are there. */
  async get(ids: Iterable<string>): Promise<Map<string, T>> {
    const found = new Map<string, T>();
    const unknown: string[] = [];
    for (const id of ids) {
      const known = this.#known.get(id);
      if (known === undefined) unknown.push(id);
      else found.set(id, known);
    }
    if (unknown.length === 0) return found;
    if (this.#known.size + unknown.length > MOST) this.#known.clear();
    const read = await this.#read(unknown);
    unknown.forEach((id, at) => {
      const record = read[at];
      if (record === undefined) return;
      this.#known.set(id, record);
      found.set(id, record);
    });
    return found;
  }
}
