import { PostgresStore } from './postgres.ts';
import { SqliteStore } from './sqlite.ts';
import type { Store, StoreLocation } from './store.ts';

/** Whether a DATABASE_URL is that of a server. */
export const isPostgres = (url: string): boolean => /^postgres(ql)?:\/\//.test(url);

/**
 * Opens the store of a location: PostgreSQL, or an SQLite file.
 * @throws InputError when it cannot be opened
 */
export const openStore = async (location: StoreLocation): Promise<Store> =>
  isPostgres(location.url)
    ? PostgresStore.open(location)
    : new SqliteStore(location.url.replace(/^file:/, ''));
