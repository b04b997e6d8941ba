import { resolve } from 'node:path';
import { InputError } from './input-error.ts';

/** The built-in atlas, and the folder that everything else of ours is found from. */
const HOME = resolve(import.meta.dirname, '..');

/** Every setting: an environment variable, its default and its meaning. The README's table is tested against it. */
export const SETTINGS = {
  PORT: { default: '4000', meaning: 'The port to listen on; 0 takes a free one.' },
  HOST: { default: '127.0.0.1', meaning: 'The address to listen on; `0.0.0.0` opens it to the network.' },
  DATABASE_URL: {
    default: 'file:dateline.sqlite',
    meaning: 'Where the atlas is kept: `file:PATH` is an SQLite file, relative to the working folder.',
  },
  ATLAS: {
    default: 'data',
    meaning:
      'The data package to serve: a folder with a `datapackage.json`. The default is the built-in atlas.',
  },
  TILES_URL: {
    default: '',
    meaning:
      'Online map tiles under the data, such as `https://tile.example/{z}/{x}/{y}.png`; without it the map needs no internet.',
  },
  TILES_ATTRIBUTION: { default: '', meaning: 'The credit that the tiles ask for, as plain text.' },
} as const;

/** The settings as the program uses them. */
export interface Settings {
  port: number;
  host: string;
  /** Path of the SQLite file. */
  databaseFile: string;
  /** Path of the data package's folder. */
  atlas: string;
  /** Whether that is the built-in one. */
  isBuiltIn: boolean;
  tiles: { url: string; attribution: string } | null;
}

/**
 * Reads the settings from the environment. An empty variable counts as missing.
 * @throws InputError when one cannot be used.
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const value = (name: keyof typeof SETTINGS): string => environment[name] || SETTINGS[name].default;
  const port = Number(value('PORT'));
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InputError(`PORT is not a port: "${value('PORT')}". Give a whole number from 0 to 65535.`);
  const database = /^file:(?:\/\/)?(.+)$/.exec(value('DATABASE_URL'))?.[1];
  if (database === undefined)
    throw new InputError(
      `DATABASE_URL is not of a kind that can be used: "${withoutPassword(value('DATABASE_URL'))}". Give file:PATH for an SQLite file.`,
    );
  const tiles = value('TILES_URL');
  if (tiles !== '' && (!/^https?:\/\/[^/]+\/.*\{z\}/.test(tiles) || tileOrigin(tiles) === ''))
    throw new InputError(`TILES_URL is not a tile address: "${tiles}". Give https://HOST/{z}/{x}/{y}.png.`);
  return {
    port,
    host: value('HOST'),
    databaseFile: resolve(database),
    atlas: environment['ATLAS'] ? resolve(environment['ATLAS']) : resolve(HOME, SETTINGS.ATLAS.default),
    isBuiltIn: !environment['ATLAS'],
    tiles: tiles === '' ? null : { url: tiles, attribution: value('TILES_ATTRIBUTION') },
  };
}

/** Where tiles come from, as a content security policy names it: `https://*.tile.example` for `https://{s}.tile.example/…`. */
export function tileOrigin(tiles: string): string {
  const any = 'any-subdomain';
  const address = tiles.replace('{s}', any);
  return URL.canParse(address) ? new URL(address).origin.replace(new RegExp(`[^/.]*${any}[^.]*`), '*') : '';
}

const withoutPassword = (url: string): string => url.replace(/:[^:@/]*@/, ':…@');
