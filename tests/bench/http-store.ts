import { SqliteStore } from '../../server/store/sqlite.ts';
import { generateAtlas } from './generated-atlas.ts';
import { onTask } from './own-process.ts';

/** The file to make, and of how many events. */
export interface StoreTask {
  file: string;
  events: number;
}

onTask(async ({ file, events }: StoreTask) => {
  const store = new SqliteStore(file);
  await store.replace(generateAtlas(events));
  await store.close();
  return 'made';
});
