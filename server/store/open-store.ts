import { SqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';

/**
 * Opens the store of a DATABASE_URL.
 * @throws InputError when it cannot be opened
 */
export const openStore = (location: string): Store => new SqliteStore(location.replace(/^file:/, ''));
