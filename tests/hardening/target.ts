import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { hash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { ServerProcess, type Ended } from '../server-process.ts';

export const POST = { 'content-type': 'application/json' };

/** What no answer may have in it: our files, our SQL, a stack. */
const SECRETS =
  /node_modules|\/server\/[\w/-]+\.[jt]s|\bat \S+ \(|SELECT .* FROM|SQLITE_|ENOENT|\/tmp\/|\.sqlite/i;

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'dateline-'));

/** The setting that names the database of a folder. */
export const databaseIn = (folder: string): { DATABASE_URL: string } => ({
  DATABASE_URL: `file:${join(folder, 'atlas.sqlite')}`,
});

/** An answer, its body read. */
export interface Got {
  status: number;
  headers: Headers;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any;
  /** Codes of its errors. */
  codes: string[];
  milliseconds: number;
}

/** A server that checks are tried on: the real program on a free port, with a database of its own. */
export class Target {
  readonly process: ServerProcess;
  readonly url: string;
  /** Holds the database, `atlas.sqlite`, and goes with the server. */
  readonly folder: string;

  private constructor(process: ServerProcess, url: string, folder: string) {
    this.process = process;
    this.url = url;
    this.folder = folder;
  }

  /** Starts one. It has no limit of requests per address unless the settings name one. */
  static async start(settings: Record<string, string> = {}, folder = newFolder()): Promise<Target> {
    const own = { ...databaseIn(folder), REQUESTS_PER_MINUTE: '0' };
    const started = new ServerProcess({ ...own, ...settings }, { folder });
    return new Target(started, (await started.address()).replace('localhost', '127.0.0.1'), folder);
  }

  /** Asks at a path. Whatever the answer is, it gives nothing away. */
  async get(path: string, options: RequestInit = {}): Promise<Got> {
    const start = performance.now();
    const response = await fetch(this.url + path, { redirect: 'manual', ...options });
    const text = await response.text();
    const milliseconds = performance.now() - start;
    const isJson = /[/+]json(;|$)/.test(response.headers.get('content-type') ?? '');
    const json = isJson && text !== '' ? JSON.parse(text) : undefined;
    if (isJson) mustGiveNothingAway(text);
    const codes = (json?.errors ?? []).map((each: { extensions?: { code?: string } }) =>
      String(each.extensions?.code),
    );
    return { status: response.status, headers: response.headers, text, json, codes, milliseconds };
  }

  /** Asks a query by POST. */
  async ask(query: string, variables: object = {}, options: RequestInit = {}): Promise<Got> {
    const body = JSON.stringify({ query, variables });
    return this.get('/graphql', { method: 'POST', headers: POST, body, ...options });
  }

  /** Asks by GET, as a page that may. */
  async askByGet(parameters: Record<string, string>): Promise<Got> {
    const headers = { 'apollo-require-preflight': 'true' };
    return this.get(`/graphql?${new URLSearchParams(parameters)}`, { headers });
  }

  /** Asks the same in every way that there is: by POST, by GET where it is not too long for that, and by its hash alone. */
  async askEveryWay(query: string, variables: object = {}): Promise<Got[]> {
    const parameters = { query, variables: JSON.stringify(variables) };
    const persistedQuery = { version: 1, sha256Hash: hash('sha256', query) };
    const extensions = { persistedQuery };
    const posted = await this.ask(query, variables);
    const isShort = new URLSearchParams(parameters).size < 8000 && query.length < 5000;
    const byGet = isShort ? [await this.askByGet(parameters)] : [];
    const post = (body: object): Promise<Got> =>
      this.get('/graphql', { method: 'POST', headers: POST, body: JSON.stringify(body) });
    const registering = await post({ query, variables, extensions });
    const byHash = await post({ variables, extensions });
    // One that was refused before it was kept is not known by its hash.
    const isKnown = !byHash.codes.includes('PERSISTED_QUERY_NOT_FOUND');
    return [posted, ...byGet, registering, ...(isKnown ? [byHash] : [])];
  }

  /** A connection to it, for what no client would send. */
  async connection(): Promise<Socket> {
    const { port } = new URL(this.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  /** Sends bytes as they are, and gives what came until the connection was closed. */
  async raw(bytes: string | Buffer): Promise<string> {
    const socket = await this.connection();
    socket.write(bytes);
    return received(socket);
  }

  /** The common rule: it answers within a second, as the process that it was, and no error went unhandled. */
  async mustBeWell(): Promise<void> {
    const within = { signal: AbortSignal.timeout(1000) };
    assert.equal((await this.get('/healthz', within)).status, 200, 'afterwards /healthz is not 200');
    const { status, json } = await this.ask('{ atlas { eventCount } }', {}, within);
    assert.equal(status, 200, 'afterwards a normal query is not answered');
    assert.ok(json.data.atlas.eventCount > 0, 'afterwards the atlas is gone');
    assert.equal(this.process.child.exitCode, null, 'the process ended');
    assert.doesNotMatch(this.process.said(), /unhandled|uncaught/i, 'an error went unhandled');
  }

  /** The memory of the process that is in use, in MB. */
  memory(): number {
    const status = readFileSync(`/proc/${this.process.child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  /** The processor time that the process has taken so far, in seconds. */
  processorTime(): number {
    const stat = readFileSync(`/proc/${this.process.child.pid}/stat`, 'utf8');
    const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14);
    return (Number(user) + Number(system)) / 100;
  }

  async stop(signal?: NodeJS.Signals): Promise<Ended> {
    const ended = await this.process.stop(signal);
    rmSync(this.folder, { recursive: true, force: true });
    return ended;
  }
}

/** Starts a server with these settings for one check, and stops it afterwards. */
export async function withTarget<T>(
  settings: Record<string, string>,
  work: (server: Target) => Promise<T>,
): Promise<T> {
  const server = await Target.start(settings);
  try {
    return await work(server);
  } finally {
    await server.stop('SIGKILL');
  }
}

/** All that comes by a connection until it is closed. */
export async function received(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  // However it was closed, what came is told.
  if (!socket.closed) await new Promise((done) => socket.once('close', done));
  return Buffer.concat(parts).toString();
}

/** The status of an answer as it came. */
export const statusIn = (answer: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);

export function mustGiveNothingAway(text: string): void {
  assert.doesNotMatch(text, SECRETS, `an answer gives something away: ${text.slice(0, 300)}`);
}
