import { hash } from 'node:crypto';
import { join } from 'node:path';
import type { Event } from '../../server/event.ts';
import { InputError } from '../../server/input-error.ts';
import { SqliteStore } from '../../server/store/sqlite.ts';

/** What an atlas is found to be: the version that it says it is of, and a digest of its events. */
export interface State {
  version: string | undefined;
  events: string;
}

/** What came of opening a database. */
export type Opened = State | { refused: string } | { broken: string };

/** Equal for equal events, whatever their order. */
export const digestOf = (events: readonly Event[]): string =>
  hash('sha256', JSON.stringify(events.map(({ id, title, summary }) => [id, title, summary]).sort()));

/** Opens the database of a folder as a server does, and reads all of it in three ways. */
async function read(folder: string): Promise<Opened> {
  let store: SqliteStore | undefined;
  try {
    store = new SqliteStore(join(folder, 'atlas.sqlite'), 'server');
    const { event: keys } = await store.columns();
    const events = (await store.eventsAt([...keys])).filter((each) => each !== undefined);
    const found = await store.search(['event']);
    if (events.length !== keys.length || found.keys.length !== keys.length)
      return {
        broken: `${keys.length} events are indexed, ${events.length} read and ${found.keys.length} found`,
      };
    return { version: await store.version(), events: digestOf(events) };
  } catch (error) {
    if (error instanceof InputError) return { refused: error.message };
    return { broken: String(error) };
  } finally {
    await store?.close();
  }
}

// A process of its own, a line of JSON for each folder: what is opened here may do anything.
if (import.meta.main)
  for (const folder of process.argv.slice(2)) console.log(JSON.stringify(await read(folder)));
