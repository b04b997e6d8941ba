import { BlockList, isIP } from 'node:net';
import { resolve } from 'node:path';
import { InputError } from './input-error.ts';
import { isPostgres, withoutPassword } from './store/database-url.ts';
import type { StoreLocation } from './store/store.ts';

/** The built-in atlas, and the folder that everything else of ours is found from. */
const HOME = resolve(import.meta.dirname, '..');

/** Every setting: an environment variable, its default and its meaning. The README's table is tested against it. */
export const SETTINGS = {
  PORT: { default: '4000', meaning: 'The port to listen on; 0 takes a free one.' },
  HOST: { default: '127.0.0.1', meaning: 'The address to listen on; `0.0.0.0` opens it to the network.' },
  DATABASE_URL: {
    default: 'file:dateline.sqlite',
    meaning:
      'Where the atlas is kept: `file:PATH` is an SQLite file, relative to the working folder; `postgres://USER:PASSWORD@HOST/NAME` a PostgreSQL database that several servers can share.',
  },
  DATABASE_READ_URL: {
    default: '',
    meaning:
      'A hot standby of that PostgreSQL database, to read from. Each server reads there what it has written itself as soon as the standby has it.',
  },
  DATABASE_LISTEN_URL: {
    default: '',
    meaning:
      'The PostgreSQL database itself, where `DATABASE_URL` is PgBouncer: servers are told of changes there. Without it they look twice a second.',
  },
  DATABASE_CONNECTIONS: {
    default: '10',
    meaning: 'The most connections that a server has at once to each PostgreSQL server.',
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
  QUERY_TOKENS: { default: '5000', meaning: 'Words and signs that a query may have.' },
  QUERY_DEPTH: { default: '10', meaning: 'Fields within fields that a query may have.' },
  QUERY_ALIASES: { default: '30', meaning: 'Aliases that a query may have.' },
  QUERY_COST: {
    default: '300000',
    meaning: 'What a query may cost: the fields that its answer may have, and what they take to be found.',
  },
  QUERY_SECONDS: {
    default: '5',
    meaning:
      'A query that takes longer is stopped and told so, by status 503 and the code `TIMEOUT`, and so are tiles, items of OGC, and files that have not begun.',
  },
  PAGE_SIZE: {
    default: '500',
    meaning: 'Rows that a page of a list or of counts may have; 500 or more, since the map reads by 500.',
  },
  BODY_BYTES: { default: '1048576', meaning: 'The longest body that is read.' },
  PERSISTED_QUERIES: {
    default: '10000',
    meaning:
      'Queries of other programs that may be asked for by their hash, those that were registered last.',
  },
  REQUESTS_PER_MINUTE: {
    default: '3000',
    meaning:
      'Requests that one address may send, an IPv6 network of 64 bits counting as one; 0 sets no limit. The files of the page and the health of the server are not counted.',
  },
  STREAMS_PER_ADDRESS: {
    default: '20',
    meaning: 'Streams of changes that one address may have open at once.',
  },
  TRUST_PROXY: {
    default: '',
    meaning:
      'The addresses of the proxies before the server, as in `127.0.0.1, 10.0.0.0/8`: their `X-Forwarded-For` is believed, and nobody else’s.',
  },
  METRICS_FROM: {
    default: '127.0.0.1, ::1',
    meaning: 'The addresses that may read `/metrics`. To others there is no such page.',
  },
  LOG_LEVEL: {
    default: 'warn',
    meaning:
      'How much is said on standard error, a line of JSON each: `error`, `warn`, `info` with a line per request, `debug` with its address in full.',
  },
} as const;

/** The settings as the program uses them. */
export interface Settings {
  port: number;
  host: string;
  database: StoreLocation;
  /** Path of the data package's folder. */
  atlas: string;
  /** Whether that is the built-in one. */
  isBuiltIn: boolean;
  tiles: { url: string; attribution: string } | null;
  limits: Limits;
  /** Addresses and networks of proxies. */
  trustProxy: string[];
  /** Who may read the metrics. */
  metricsFrom: BlockList;
  logLevel: (typeof LOG_LEVELS)[number];
}

/** How much may be asked of the server. */
export interface Limits {
  tokens: number;
  depth: number;
  aliases: number;
  cost: number;
  querySeconds: number;
  pageSize: number;
  bodyBytes: number;
  persistedQueries: number;
  /** 0 is no limit. */
  requestsPerMinute: number;
  /** Of one address at once. */
  streams: number;
}

const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'silent'] as const;

/**
 * Reads the settings from the environment. An empty variable counts as missing.
 * @throws InputError when one cannot be used.
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const value = (name: keyof typeof SETTINGS): string => environment[name] || SETTINGS[name].default;
  const port = Number(value('PORT'));
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InputError(`PORT is not a port: "${value('PORT')}". Give a whole number from 0 to 65535.`);
  const count = (name: keyof typeof SETTINGS, least = 1): number => {
    const number = Number(value(name));
    if (Number.isSafeInteger(number) && number >= least && number <= MOST_COUNT) return number;
    throw new InputError(
      `${name} is not a number that can be used: "${value(name)}". Give a whole number from ${least} to ${MOST_COUNT}.`,
    );
  };
  const logLevel = LOG_LEVELS.find((level) => level === value('LOG_LEVEL'));
  if (logLevel === undefined)
    throw new InputError(`unknown LOG_LEVEL: "${value('LOG_LEVEL')}". Known: ${LOG_LEVELS.join(', ')}.`);
  const tiles = value('TILES_URL');
  if (tiles !== '' && (!/^https?:\/\/[^/]+\/.*\{z\}/.test(tiles) || tileOrigin(tiles) === ''))
    throw new InputError(`TILES_URL is not a tile address: "${tiles}". Give https://HOST/{z}/{x}/{y}.png.`);
  return {
    port,
    host: value('HOST'),
    database: databaseOf(value, count('DATABASE_CONNECTIONS')),
    atlas: environment['ATLAS'] ? resolve(environment['ATLAS']) : resolve(HOME, SETTINGS.ATLAS.default),
    isBuiltIn: !environment['ATLAS'],
    tiles: tiles === '' ? null : { url: tiles, attribution: value('TILES_ATTRIBUTION') },
    limits: {
      tokens: count('QUERY_TOKENS'),
      depth: count('QUERY_DEPTH'),
      aliases: count('QUERY_ALIASES', 0),
      cost: count('QUERY_COST'),
      querySeconds: count('QUERY_SECONDS'),
      pageSize: count('PAGE_SIZE', 500),
      bodyBytes: count('BODY_BYTES'),
      persistedQueries: count('PERSISTED_QUERIES', 0),
      requestsPerMinute: count('REQUESTS_PER_MINUTE', 0),
      streams: count('STREAMS_PER_ADDRESS'),
    },
    trustProxy: networks('TRUST_PROXY', value('TRUST_PROXY')).map(({ text }) => text),
    metricsFrom: blockListOf(networks('METRICS_FROM', value('METRICS_FROM'))),
    logLevel,
  };
}

/** More would be no limit, and not every part of the program could count so far. */
const MOST_COUNT = 2 ** 31 - 1;

interface Network {
  text: string;
  address: string;
  bits: number;
  family: 'ipv4' | 'ipv6';
}

/** Reads a list of addresses and networks. Those of everybody are refused, and those of IPv4 within IPv6, which readers understand in different ways. */
function networks(name: keyof typeof SETTINGS, list: string): Network[] {
  const texts = list.split(',').map((each) => each.trim());
  return texts.filter(Boolean).map((text) => {
    const [address = '', bits, ...rest] = text.split('/');
    const version = isIP(address);
    const most = version === 4 ? 32 : 128;
    const length = bits === undefined ? most : Number(bits);
    const isKnown =
      version > 0 && rest.length === 0 && /^\d*$/.test(bits ?? '') && length >= 1 && length <= most;
    if (!isKnown || (version === 6 && /^::ffff:|\./i.test(address)))
      throw new InputError(
        `${name} has no address that can be used: "${text}". Give addresses such as 127.0.0.1 or ::1, and networks such as 10.0.0.0/8.`,
      );
    return { text, address, bits: length, family: version === 4 ? 'ipv4' : 'ipv6' };
  });
}

function blockListOf(all: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const { address, bits, family } of all) list.addSubnet(address, bits, family);
  return list;
}

/** Where tiles come from, as a content security policy names it: `https://*.tile.example` for `https://{s}.tile.example/…`. */
export function tileOrigin(tiles: string): string {
  const any = 'any-subdomain';
  const address = tiles.replace('{s}', any);
  return URL.canParse(address) ? new URL(address).origin.replace(new RegExp(`[^/.]*${any}[^.]*`), '*') : '';
}

/** @throws InputError when a database cannot be one */
function databaseOf(value: (name: keyof typeof SETTINGS) => string, connections: number): StoreLocation {
  const [url, readUrl, listenUrl] = [
    value('DATABASE_URL'),
    value('DATABASE_READ_URL'),
    value('DATABASE_LISTEN_URL'),
  ];
  const others = { DATABASE_READ_URL: readUrl, DATABASE_LISTEN_URL: listenUrl };
  for (const [name, other] of Object.entries(others))
    if (other !== '' && !(isPostgres(other) && isPostgres(url)))
      throw new InputError(
        `${name} is not of a kind that can be used: "${withoutPassword(other)}". Give postgres://USER:PASSWORD@HOST/NAME, as in DATABASE_URL.`,
      );
  const file = /^file:(?:\/\/)?(.+)$/.exec(url)?.[1];
  if (file === undefined && !isPostgres(url))
    throw new InputError(
      `DATABASE_URL is not of a kind that can be used: "${withoutPassword(url)}". Give file:PATH for an SQLite file, or postgres://USER:PASSWORD@HOST/NAME.`,
    );
  return {
    url: file === undefined ? url : `file:${resolve(file)}`,
    readUrl: readUrl || null,
    listenUrl: listenUrl || null,
    connections,
  };
}
