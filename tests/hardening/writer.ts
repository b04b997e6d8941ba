import { writeSync } from 'node:fs';
import { SqliteStore } from '../../server/store/sqlite.ts';
import { eventOf, EMPTY } from './written.ts';

/** Writes events into a database, a change for each, and says each one's number when it is written: FILE FIRST COUNT. */
const [file = '', first, count] = process.argv.slice(2);
const store = new SqliteStore(file);
if (!(await store.version())) await store.replace(EMPTY);
for (let at = Number(first); at < Number(first) + Number(count); at++) {
  await store.change({ events: [eventOf(at)] });
  writeSync(1, `${at}\n`);
}
await store.close();
