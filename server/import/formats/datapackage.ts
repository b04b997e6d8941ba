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
    yield outcomesOf(await readSoundPackage(await filesOf(head, options)));
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

/** Each event as a row with all records that it names, the first with those that none names too. */
function outcomesOf({ events, categories, sources, places, actors }: Atlas): Outcome[] {
  const byId = <T extends { id: string }>(records: T[]): ((id: string) => T[]) => {
    const found = new Map(records.map((record) => [record.id, record]));
    return (id) => {
      const record = found.get(id);
      return record ? [record] : [];
    };
  };
  const [sourceOf, placeOf, actorOf] = [byId(sources), byId(places), byId(actors)];
  return events.map((event, at) => {
    const named = {
      ...{ categories: [], sources: event.claims.flatMap(({ source }) => sourceOf(source)) },
      places: event.placements.flatMap(({ place }) => placeOf(place)),
      actors: event.participants.flatMap(({ actor }) => actorOf(actor)),
    };
    const all = at === 0 ? { categories, sources, places, actors } : named;
    return { line: at + 2, values: () => ({}), draft: { event, ...all } };
  });
}
