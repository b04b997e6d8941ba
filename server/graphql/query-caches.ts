import type { DocumentNode } from 'graphql';
import { LruCache } from './lru-cache.ts';
import { WEB_QUERIES } from './web-queries.generated.ts';

/** A cache as Apollo asks for one. */
interface ApolloCache<Value> {
  get(key: string): Promise<Value | undefined>;
  set(key: string, value: Value): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/** Of the queries that strangers register, in characters: two million are at most 4 MB. */
const HEAVIEST_REGISTERED = 2_000_000;

/** Of parsed documents, in characters of their text: each takes 126 bytes of memory, so 13 MB. */
const MOST_PARSED = { entries: 1000, weight: 100_000 };

/** The queries that may be asked for by their hash alone: always the web's, and so many that were registered last. */
export function persistedQueries(entries: number): ApolloCache<string> {
  const kept = new LruCache<string>({ entries, weight: HEAVIEST_REGISTERED });
  const registered = asApolloAsks(kept, (query) => query.length);
  return {
    ...registered,
    get: async (key) => WEB_QUERIES.get(key.slice('apq:'.length)) ?? registered.get(key),
  };
}

/** The documents that were parsed and found valid last. */
export const parsedDocuments = (): ApolloCache<DocumentNode> =>
  asApolloAsks(new LruCache<DocumentNode>(MOST_PARSED), ({ loc }) => loc?.end ?? Infinity);

const asApolloAsks = <Value>(
  cache: LruCache<Value>,
  weightOf: (value: Value) => number,
): ApolloCache<Value> => ({
  get: async (key) => cache.get(key),
  set: async (key, value) => cache.set(key, value, weightOf(value)),
  delete: async (key) => cache.delete(key),
});
