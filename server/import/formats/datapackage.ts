import type { Outcome } from '../draft.ts';
import { packageInFolder, readSoundPackage, type PackageFiles } from '../data-package.ts';
import type { Format, Head, ReadOptions } from '../format.ts';
import { isZip, unzipped } from '../unzip.ts';
import type { Atlas } from '../../event.ts';

/** A whole atlas as a Data Package: a folder, or an archive of one. It is right as a whole or refused, with all that is wrong. */
export const datapackage: Format = {
  name: 'datapackage',
  title: 'data package',
  recognise: ({ input }) => (input.folder !== null ? 1 : isZip(input) ? 0.5 : 0),
  about: async (head) => {
    const { id, title, description, license, language } = await readSoundPackage(await filesOf(head));
    return { id, title, description, license, language };
  },
  async *read(head, options) {
    yield* outcomesOf(await readSoundPackage(await filesOf(head, options)));
  },
};

async function filesOf({ input }: Head, { onRead }: Partial<ReadOptions> = {}): Promise<PackageFiles> {
  if (input.folder !== null) return packageInFolder(input.folder);
  const files = await unzipped(input, (path) => /(?:^|\/)datapackage\.json$|\.csv$/.test(path), onRead);
  // What was packed may be the folder and not what is in it.
  const root =
    [...files.keys()].find((path) => /^(?:[^/]+\/)?datapackage\.json$/.test(path)) ?? 'datapackage.json';
  const folder = root.slice(0, -'datapackage.json'.length);
  return {
    name: input.name,
    read: async (path) => {
      const bytes = files.get(folder + path);
      return bytes && Buffer.from(bytes);
    },
  };
}

/** Each event as a row, the first with every record that events or others name. */
function* outcomesOf({ events, categories, sources, places, actors }: Atlas): Generator<Outcome, void> {
  for (const [at, event] of events.entries()) {
    const named =
      at === 0
        ? { categories, sources, places, actors }
        : { categories: [], sources: [], places: [], actors: [] };
    yield { line: at + 2, values: {}, draft: { event, ...named } };
  }
}
