import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerProcess, type Ended } from '../server-process.ts';

export const POST = { 'content-type': 'application/json' };

/** What no answer may have in it: our files, our SQL, a stack. */
const SECRETS =
  /node_modules|\/server\/[\w/-]+\.[jt]s|\bat \S+ \(|SELECT .* FROM|SQLITE_|ENOENT|\/tmp\/|\.sqlite/i;

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
  static async start(
    settings: Record<string, string> = {},
    folder = mkdtempSync(join(tmpdir(), 'dateline-')),
  ): Promise<Target> {
    const own = { DATABASE_URL: `file:${join(folder, 'atlas.sqlite')}`, RATE_LIMIT: '0' };
    const started = new ServerProcess({ ...own, ...settings }, { folder });
    return new Target(started, (await started.address()).replace('localhost', '127.0.0.1'), folder);
  }

  /** Asks at a path. Whatever the answer is, it gives nothing away. */
  async get(path: string, options: RequestInit = {}): Promise<Got> {
    const start = performance.now();
    const response = await fetch(this.url + path, { redirect: 'manual', ...options });
    const text = await response.text();
    const milliseconds = performance.now() - start;
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
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

  /** The common rule: it answers within a second, as the process that it was, and no error went unhandled. */
  async mustBeWell(): Promise<void> {
    const within = { signal: AbortSignal.timeout(1000) };
    assert.equal((await this.get('/healthz', within)).status, 200, 'afterwards /healthz is not 200');
    const { status, json } = await this.ask('{ atlas { eventCount } }', {}, within);
    assert.equal(status, 200, 'afterwards a normal query is not answered');
    assert.ok(json.data.atlas.eventCount > 0, 'afterwards the atlas is gone');
    assert.equal(this.process.child.exitCode, null, 'the process ended');
    assert.doesNotMatch(this.process.said(), /unhandled|uncaught|ERR_/i, 'an error went unhandled');
  }

  /** The memory of the process that is in use, in MB. */
  memory(): number {
    const status = readFileSync(`/proc/${this.process.child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
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

export function mustGiveNothingAway(text: string): void {
  assert.doesNotMatch(text, SECRETS, `an answer gives something away: ${text.slice(0, 300)}`);
}
