import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BUILT_IN } from './server.ts';
import { tempFolder } from './temp.ts';

const LANGUAGES = ['en', 'ar', 'fa', 'ru', 'tr', 'fr'];
const named = (id: string, name: string): string[] =>
  LANGUAGES.map((language) => `${id},${language},${name},`);

/** The rows of a small package with nothing wrong, by file: one of each kind of record. Line 1 is the header. */
const SOUND: Record<string, string[]> = {
  'categories.csv': ['id,label,color', 'call,Call,#a574d1'],
  'category_names.csv': ['category,language,name', ...LANGUAGES.map((language) => `call,${language},Call`)],
  'sources.csv': ['id,publisher,title,published_on,language,url', 'wire,Wire,On the call,2016-10-13~,en,'],
  'places.csv': [
    'id,name,country,lng,lat,precision,radius_km,geonames_id',
    'aleppo,Aleppo,SY,37.16,36.2,SETTLEMENT,,170063',
  ],
  'place_names.csv': ['place,language,name,note', ...named('aleppo', 'Halab')],
  'actors.csv': ['id,name,kind,affiliation', 'iran,Iran,STATE,'],
  'actor_names.csv': ['actor,language,name,note', ...named('iran', 'Iran')],
  'events.csv': [
    'id,title,summary,category,status,when',
    'call-1,A call,They spoke.,call,OCCURRED,2016-10-13',
  ],
  'placements.csv': ['event,place,role', 'call-1,aleppo,SUBJECT'],
  'participants.csv': ['event,actor,role', 'call-1,iran,'],
  'claims.csv': [
    'id,event,aspect,question,value,statement,source,locator,attributed_to',
    'claim-1,call-1,TIME,day,2016-10-13,On Thursday.,wire,paragraph 1,',
  ],
  'relations.csv': ['event,related,kind'],
};

export interface Resource {
  name: string;
  path: string;
  schema: { fields: { name: string; constraints?: object }[]; foreignKeys?: object[]; primaryKey?: unknown };
}

/** A data package's descriptor, as far as tests change it. */
export interface Descriptor {
  name: string;
  version?: string;
  resources: Resource[];
  [more: string]: unknown;
}

export const builtInDescriptor = (): Descriptor =>
  JSON.parse(readFileSync(join(BUILT_IN, 'datapackage.json'), 'utf8'));

/**
 * Writes the small package to a new folder and returns it.
 * @param changes by file: its whole text; or line numbers (the header is 1) with what stands there instead or, past
 *   the end, besides
 */
export function writePackage(
  changes: Record<string, string | Record<number, string>> = {},
  descriptor: unknown = builtInDescriptor(),
): string {
  const folder = join(tempFolder(), 'atlas');
  mkdirSync(folder);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write('datapackage.json', typeof descriptor === 'string' ? descriptor : JSON.stringify(descriptor));
  for (const [path, rows] of Object.entries(SOUND)) {
    const change = changes[path] ?? {};
    const lines = [...rows];
    if (typeof change === 'object')
      for (const [line, text] of Object.entries(change)) lines[Number(line) - 1] = text;
    write(path, typeof change === 'string' ? change : `${lines.join('\n')}\n`);
  }
  for (const [path, text] of Object.entries(changes)) if (!(path in SOUND)) write(path, String(text));
  return folder;
}
