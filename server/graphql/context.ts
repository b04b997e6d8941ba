import DataLoader from 'dataloader';
import type { AtlasIndex } from '../atlas-index.ts';
import type { Actor, Category, Event, Place, Source } from '../event.ts';
import { IndexKeeper } from '../index-keeper.ts';
import { mustBeWanted } from '../wanted.ts';
import type { Store } from '../store/store.ts';

/** What the resolvers of one request work with. Records are loaded in batches and once each. */
export interface Context {
  store: Store;
  /** Rows that a page may have. */
  pageSize: number;
  categories(): Promise<Category[]>;
  index(): Promise<AtlasIndex>;
  events: DataLoader<string, Event | undefined>;
  places: DataLoader<string, Place | undefined>;
  actors: DataLoader<string, Actor | undefined>;
  sources: DataLoader<string, Source | undefined>;
  relationsTo: DataLoader<string, { kind: string; event: string }[]>;
}

/** Makes the contexts of a server's requests. */
export function contextMaker(
  store: Store,
  { keeper = new IndexKeeper(store), pageSize = 500 }: { keeper?: IndexKeeper; pageSize?: number } = {},
): () => Context {
  // Loads nothing more for a request whose answer nobody waits for.
  const loader = <T>(load: (ids: readonly string[]) => Promise<T[]>): DataLoader<string, T> =>
    new DataLoader(async (ids) => {
      mustBeWanted();
      return load(ids);
    });
  return () => {
    let [categories, index]: [Promise<Category[]> | undefined, Promise<AtlasIndex> | undefined] = [
      undefined,
      undefined,
    ];
    return {
      store,
      pageSize,
      categories: () => (categories ??= store.categories()),
      // One for the whole request: all that it answers is of one moment.
      index: async () => {
        mustBeWanted();
        return (index ??= keeper.current());
      },
      events: loader((ids) => store.events(ids)),
      places: loader((ids) => store.places(ids)),
      actors: loader((ids) => store.actors(ids)),
      sources: loader((ids) => store.sources(ids)),
      relationsTo: loader((ids) => store.relationsTo(ids)),
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
