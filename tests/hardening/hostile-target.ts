import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { AtlasIndex } from '../../server/atlas-index.ts';
import type { Atlas } from '../../server/event.ts';
import { Selection } from '../../server/export/format.ts';
import { EXPORT_FORMATS } from '../../server/export/formats.ts';
import { SqliteStore } from '../../server/store/sqlite.ts';
import { ServerProcess } from '../server-process.ts';
import { databaseIn, newFolder, Target } from './target.ts';

/** Starts a server on what comes of an atlas when it is written to a file of a format and imported by the command. */
export async function startImported(atlas: Atlas, format: string): Promise<Target> {
  const folder = newFolder();
  const file = join(folder, `events.${format}`);
  const store = new SqliteStore(':memory:');
  await store.replace(atlas);
  const [kind, summary] = [EXPORT_FORMATS.find(({ name }) => name === format), await store.summary()];
  assert.ok(kind && summary);
  const index = await AtlasIndex.read(store);
  const selection = new Selection(
    { store, index },
    { atlas: summary, home: 'https://atlas.example/', filter: {} },
  );
  writeFileSync(file, await buffer(Readable.from(kind.write(selection))));
  await store.close();
  const importing = new ServerProcess(databaseIn(folder), { args: ['import', file], folder });
  const { code, error } = await importing.ended;
  assert.equal(code, 0, error);
  return Target.start({}, folder);
}
