import { isPostgres } from './database-url.ts';
import { PostgresStore } from './postgres.ts';
import type { Purpose } from './sqlite-hold.ts';
import { SqliteStore } from './sqlite.ts';
import type { Store, StoreLocation } from './store.ts';

/**
 * Opens the store of a location: PostgreSQL, or an SQLite file.
 * @param purpose what to hold a file for, against other processes that would do the same
 * @throws InputError when it cannot be opened
 */
export const openStore = async (location: StoreLocation, purpose: Purpose | null = null): Promise<Store> =>
  isPostgres(location.url)
    ? PostgresStore.open(location)
    : new SqliteStore(location.url.slice('file:'.length), purpose);
