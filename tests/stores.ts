import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openStore } from '../server/store/open-store.ts';
import type { Store, StoreLocation } from '../server/store/store.ts';
import { HAS_POSTGRESQL, newDatabase, NOT_TESTED } from './postgresql.ts';
import { tempFolder } from './temp.ts';

/** Every kind of store, for tests that all must pass. */
export const STORES = ['SQLite', 'PostgreSQL'] as const;
export type StoreKind = (typeof STORES)[number];

/** The kinds that can be tested here; where that is not all, it is said. */
export function testedStores(): StoreKind[] {
  if (HAS_POSTGRESQL) return [...STORES];
  console.warn(NOT_TESTED);
  return ['SQLite'];
}

/** Where a new, empty store of a kind can be opened, until the test ends. */
export async function newLocation(kind: StoreKind): Promise<StoreLocation> {
  if (kind === 'SQLite') return at(`file:${join(tempFolder(), 'atlas.sqlite')}`);
  const { url, drop } = await newDatabase();
  onTestFinished(drop);
  return at(url);
}

/** A location that is one address. */
export const at = (url: string): StoreLocation => ({ url, readUrl: null, listenUrl: null, connections: 10 });

/** Opens a store until the test ends. */
export async function opened(location: StoreLocation): Promise<Store> {
  const store = await openStore(location);
  onTestFinished(() => store.close());
  return store;
}
