import DataLoader from 'dataloader';
import { AtlasIndex } from '../atlas-index.ts';
import type { Actor, Category, Event, Place, Source } from '../event.ts';
import type { EventFilter } from '../filter.ts';
import type { Listed, Range, Store } from '../store/store.ts';

/** What the resolvers of one request work with. Records are loaded in batches and once each. */
export interface Context {
  store: Store;
  categories(): Promise<Category[]>;
  index(): Promise<AtlasIndex>;
  events: DataLoader<string, Event | undefined>;
  places: DataLoader<string, Place | undefined>;
  actors: DataLoader<string, Actor | undefined>;
  sources: DataLoader<string, Source | undefined>;
  relationsTo: DataLoader<string, { kind: string; event: string }[]>;
  /** By the store's keys. */
  eventIds: DataLoader<number, string>;
  /** By place, for one filter and range. */
  eventsAt(filter: EventFilter, range: Range): DataLoader<string, Listed>;
}

/** Makes the contexts of a server's requests. What depends on the atlas alone is kept while its version stays. */
export function contextMaker(store: Store): () => Context {
  let kept: { version: string | undefined; index: Promise<AtlasIndex> } | undefined;
  const index = async (): Promise<AtlasIndex> => {
    const version = await store.version();
    if (kept === undefined || kept.version !== version) {
      const made = { version, index: AtlasIndex.read(store) };
      kept = made;
      // One that could not be made is not kept.
      made.index.catch(() => (kept = kept === made ? undefined : kept));
    }
    return kept.index;
  };
  return () => {
    let categories: Promise<Category[]> | undefined;
    const eventsAt = new Map<string, DataLoader<string, Listed>>();
    return {
      store,
      categories: () => (categories ??= store.categories()),
      index,
      events: new DataLoader((ids) => store.events(ids)),
      places: new DataLoader((ids) => store.places(ids)),
      actors: new DataLoader((ids) => store.actors(ids)),
      sources: new DataLoader((ids) => store.sources(ids)),
      relationsTo: new DataLoader((ids) => store.relationsTo(ids)),
      eventIds: new DataLoader((keys) => store.eventIds(keys)),
      eventsAt: (filter, range) => {
        const asked = JSON.stringify([filter, range]);
        const loader = eventsAt.get(asked) ?? new DataLoader((ids) => store.listEventsAt(ids, filter, range));
        eventsAt.set(asked, loader);
        return loader;
      },
    };
  };
}

/** A record that another names, and so is there: the store refuses references to nothing. */
export async function loaded<T>(loader: DataLoader<string, T | undefined>, id: string): Promise<T> {
  const found = await loader.load(id);
  if (found === undefined) throw new Error(`a record names "${id}", which is not there`);
  return found;
}

/** Records that others name, in order. */
export const allLoaded = <T>(
  loader: DataLoader<string, T | undefined>,
  ids: readonly string[],
): Promise<T[]> => Promise.all(ids.map((id) => loaded(loader, id)));
