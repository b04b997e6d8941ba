import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { lookup as resolveName } from 'node:dns/promises';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { InputError } from '../input-error.ts';

/** What a file from the web may come to. */
export interface FetchLimits {
  bytes: number;
  milliseconds: number;
  redirects: number;
}

const LIMITS: FetchLimits = { bytes: 4 * 2 ** 30, milliseconds: 30 * 60_000, redirects: 3 };

/** How names become addresses, and which addresses and ports may be asked. Tests have their own server on this machine. */
export interface FetchRules {
  resolve(host: string): Promise<string[]>;
  isAllowed(address: string, port: number): boolean;
}

const RULES: FetchRules = {
  resolve: async (host) => (await resolveName(host, { all: true })).map(({ address }) => address),
  isAllowed: (address, port) => isPublic(address) && (port === 80 || port === 443),
};

/** A file that was fetched. */
export interface Fetched {
  path: string;
  name: string;
  /** Takes it away. */
  close(): void;
}

/** Whether a file's name is an address on the web. */
export const isUrl = (path: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(path);

/**
 * Fetches a file from the web into a temporary one. No address of this machine or its network is asked, whatever name it goes
 * by: a name is looked up once for each hop, what it comes to is checked, and that address is the one that is connected to.
 * @throws InputError with what is wrong, before anything is asked of an address that may not be
 */
export async function fetched(
  address: string,
  rules: FetchRules = RULES,
  limits: FetchLimits = LIMITS,
): Promise<Fetched> {
  const deadline = AbortSignal.timeout(limits.milliseconds);
  const folder = mkdtempSync(join(tmpdir(), 'dateline-'));
  const close = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const { response, url } = await follow(address, rules, limits, deadline);
    const path = join(folder, 'input');
    const isTooLong = Number(response.headers['content-length'] ?? 0) > limits.bytes;
    if (isTooLong) throw tooLong(address, limits);
    await pipeline(response, atMost(limits, address), createWriteStream(path), { signal: deadline });
    return { path, name: basename(decodeURIComponent(url.pathname)) || url.hostname, close };
  } catch (error) {
    close();
    if (error instanceof InputError) throw error;
    throw new InputError(
      deadline.aborted
        ? `${address} took longer than ${limits.milliseconds / 1000} s. Fetch it yourself, and give the file.`
        : `${address} cannot be fetched: ${(error as Error).message}. Look whether it opens in a browser.`,
    );
  }
}

async function follow(
  address: string,
  rules: FetchRules,
  { redirects }: FetchLimits,
  signal: AbortSignal,
): Promise<{ response: IncomingMessage; url: URL }> {
  let url = checked(address);
  for (let hop = 0; hop <= redirects; hop++) {
    const response = await ask(url, rules, signal);
    const { statusCode = 0, headers } = response;
    if (statusCode >= 200 && statusCode < 300) return { response, url };
    response.destroy();
    if (statusCode < 300 || statusCode >= 400 || !headers.location)
      throw new InputError(`${address} answers with ${statusCode}. Open it in a browser, and give the file.`);
    url = checked(new URL(headers.location, url).href);
  }
  throw new InputError(
    `${address} leads on to others more than ${redirects} times. Give the address that it ends at.`,
  );
}

/** @throws InputError for an address that is none of the web's */
function checked(address: string): URL {
  const refuse = (why: string): InputError =>
    new InputError(
      `${address} may not be fetched: ${why}. Give a public http or https address, or fetch the file yourself.`,
    );
  if (!URL.canParse(address)) throw refuse('it is no address');
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse(`${url.protocol} is not read`);
  if (url.username !== '' || url.password !== '') throw refuse('it has a name or a password in it');
  return url;
}

async function ask(url: URL, rules: FetchRules, signal: AbortSignal): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const isOurs = /(?:^|\.)localhost\.?$/i.test(host);
  const found = isIP(host) ? [host] : isOurs ? [] : await rules.resolve(host);
  const [first] = found;
  if (first === undefined || !found.every((each) => rules.isAllowed(each, port)))
    throw new InputError(
      `${url.href} may not be fetched: ${host}:${port} is not a public address of the web. Give a public http or https address, or fetch the file yourself.`,
    );
  // What was checked is what is connected to, whatever the name comes to by then.
  const lookup: LookupFunction = (_, options, done) => {
    const family = isIP(first);
    if (options.all) done(null, [{ address: first, family }]);
    else done(null, first, family);
  };
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const headers = { 'user-agent': 'dateline', accept: '*/*', 'accept-encoding': 'identity' };
  return new Promise((done, failed) => {
    request(url, { lookup, headers, signal, agent: false }, done).on('error', failed).end();
  });
}

/** Passes on so many bytes and fails beyond. */
function atMost(limits: FetchLimits, address: string): Transform {
  let bytes = 0;
  return new Transform({
    transform(piece: Buffer, _, done) {
      bytes += piece.length;
      if (bytes > limits.bytes) done(tooLong(address, limits));
      else done(null, piece);
    },
  });
}

const tooLong = (address: string, { bytes }: FetchLimits): InputError =>
  new InputError(
    `${address} is more than ${Math.round(bytes / 2 ** 20)} MB. Fetch it yourself, and give the file.`,
  );

/** What is not of the public internet (iana.org/assignments: special-purpose address registries). */
const SPECIAL = new BlockList();
for (const [net, prefix] of [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 3],
  ] as const),
])
  SPECIAL.addSubnet(net, prefix, 'ipv4');
/** Of IPv6 only global unicast is public, and not the parts of it that stand for IPv4 or for nothing. */
const GLOBAL = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  SPECIAL.addSubnet(net, prefix, 'ipv6');

/** Whether an IP address is one of the public internet. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !SPECIAL.check(address, 'ipv4');
  return isIP(address) === 6 && GLOBAL.check(address, 'ipv6') && !SPECIAL.check(address, 'ipv6');
}
