import DataLoader from 'dataloader';
import type { AtlasIndex } from '../atlas-index.ts';
import type { Actor, Category, Event, Place, Source } from '../event.ts';
import { IndexKeeper } from '../index-keeper.ts';
import type { Store } from '../store/store.ts';

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
}

/** Makes the contexts of a server's requests. */
export function contextMaker(store: Store, keeper = new IndexKeeper(store)): () => Context {
  return () => {
    let [categories, index]: [Promise<Category[]> | undefined, Promise<AtlasIndex> | undefined] = [
      undefined,
      undefined,
    ];
    return {
      store,
      categories: () => (categories ??= store.categories()),
      // One for the whole request: all that it answers is of one moment.
      index: () => (index ??= keeper.current()),
      events: new DataLoader((ids) => store.events(ids)),
      places: new DataLoader((ids) => store.places(ids)),
      actors: new DataLoader((ids) => store.actors(ids)),
      sources: new DataLoader((ids) => store.sources(ids)),
      relationsTo: new DataLoader((ids) => store.relationsTo(ids)),
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
