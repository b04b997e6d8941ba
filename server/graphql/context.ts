import DataLoader from 'dataloader';
import type { AtlasIndex } from '../atlas-index.ts';
import { Desk, type Draft } from '../desk/desk.ts';
import type { Token } from '../desk/token.ts';
import type { Actor, Category, Event, Place, Source } from '../event.ts';
import { IndexKeeper } from '../index-keeper.ts';
import { LiveChanges } from '../live-changes.ts';
import { mustBeWanted } from '../wanted.ts';
import type { EventChange, Store } from '../store/store.ts';

/** What the resolvers of one request work with. Records are loaded in batches and once each. */
export interface Context {
  store: Store;
  desk: Desk;
  /** The token that the request came with; null without one. */
  token: Token | null;
  live: LiveChanges;
  /** What a subscription is told by: when its reader is gone, and when it is ready for more; null for other operations. */
  stream: { signal: AbortSignal; ready: () => Promise<void> } | null;
  /** Rows that a page may have. */
  pageSize: number;
  categories(): Promise<Category[]>;
  index(): Promise<AtlasIndex>;
  events: DataLoader<string, Event | undefined>;
  places: DataLoader<string, Place | undefined>;
  actors: DataLoader<string, Actor | undefined>;
  sources: DataLoader<string, Source | undefined>;
  relationsTo: DataLoader<string, { kind: string; event: string }[]>;
  /** What became of an event, the last change first: as many changes as a page has rows. */
  histories: DataLoader<string, EventChange[]>;
  /** Forgets what was loaded, since something was written. */
  forget(): void;
  /** Has the rest of the request find a draft, and the records that come with it. */
  bring(draft: Draft): void;
}

/** Makes the contexts of a server's requests. */
export function contextMaker(
  store: Store,
  {
    keeper = new IndexKeeper(store),
    live = new LiveChanges(store),
    pageSize = 500,
  }: { keeper?: IndexKeeper; live?: LiveChanges; pageSize?: number } = {},
): (token?: Token | null, stream?: Context['stream']) => Context {
  const desk = new Desk(store);
  // Loads nothing more for a request whose answer nobody waits for.
  const loader = <T>(load: (ids: readonly string[]) => Promise<T[]>): DataLoader<string, T> =>
    new DataLoader(async (ids) => {
      mustBeWanted();
      return load(ids);
    });
  return (token = null, stream = null) => {
    let [categories, index]: [Promise<Category[]> | undefined, Promise<AtlasIndex> | undefined] = [
      undefined,
      undefined,
    ];
    let brought: Category[] = [];
    const loaders = {
      events: loader((ids) => store.events(ids)),
      places: loader((ids) => store.places(ids)),
      actors: loader((ids) => store.actors(ids)),
      sources: loader((ids) => store.sources(ids)),
      relationsTo: loader((ids) => store.relationsTo(ids)),
      histories: loader((ids) => store.histories(ids, pageSize)),
    };
    return {
      store,
      desk,
      token,
      live,
      stream,
      pageSize,
      categories: async () => [...(await (categories ??= store.categories())), ...brought],
      // One for the whole request: all that it answers is of one moment.
      index: async () => {
        mustBeWanted();
        return (index ??= keeper.current());
      },
      ...loaders,
      forget: () => {
        [categories, index, brought] = [undefined, undefined, []];
        for (const each of Object.values(loaders)) each.clearAll();
      },
      bring: ({ event, categories: own, places, actors, sources }) => {
        brought = [...brought, ...own];
        loaders.events.clear(event.id).prime(event.id, event);
        for (const each of places) loaders.places.clear(each.id).prime(each.id, each);
        for (const each of actors) loaders.actors.clear(each.id).prime(each.id, each);
        for (const each of sources) loaders.sources.clear(each.id).prime(each.id, each);
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
