import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { inject } from 'vitest';

/**
 * PostgreSQL for tests: the server that TEST_DATABASE_URL names by a user who may create databases, or one of our own on a
 * temporary cluster and a free port, which the first test that needs it starts and all share, until the run ends.
 */
export const NOT_TESTED =
  'PostgreSQL was not tested: it is not installed. Install it (Debian: apt-get install postgresql), or name a server in TEST_DATABASE_URL.';

/** Whether there is a server, or the programs of one and somebody to run them. */
export const HAS_POSTGRESQL: boolean =
  Boolean(process.env['TEST_DATABASE_URL']) || (programsFolder() !== null && unprivileged() !== null);

/** Settings for databases that are thrown away: nothing waits for a disk. */
const SETTINGS = {
  ...{ listen_addresses: '127.0.0.1', fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  ...{ max_wal_size: '1GB', shared_buffers: '64MB', max_connections: '200', jit: 'off' },
};

/** A new, empty database: its address, and what drops it. */
export async function newDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const server = process.env['TEST_DATABASE_URL'] || (await sharedServer(inject('postgresqlFolder')));
  const name = `dateline_test_${randomBytes(8).toString('hex')}`;
  await administer(server, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** Asks something of a server that needs no transaction. */
export async function administer(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** The address of the run's server; whoever makes the lock starts it. */
async function sharedServer(folder: string): Promise<string> {
  const file = join(folder, 'server');
  try {
    mkdirSync(join(folder, 'lock'));
    const cluster = await startCluster(join(folder, 'cluster'), true);
    cluster.server.unref();
    writeFileSync(`${file}.new`, `${cluster.server.pid} ${cluster.url}`);
    renameSync(`${file}.new`, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  for (let tries = 0; tries < 600 && !existsSync(file); tries++) await wait(100);
  return readFileSync(file, 'utf8').split(' ')[1] as string;
}

/** A server of our own. */
export interface Cluster {
  /** The address of its database `postgres`, as its superuser. */
  url: string;
  folder: string;
  port: number;
  server: ChildProcess;
}

/** Makes a cluster in a new folder, and starts its server. @param isDetached whether it goes on when this process ends */
export async function startCluster(folder: string, isDetached = false): Promise<Cluster> {
  const data = join(folder, 'data');
  makeFolder(folder);
  run('initdb', folder, [
    '-D',
    data,
    '-U',
    'dateline',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
  ]);
  return startServer(folder, await freePort(), isDetached);
}

/** Starts the server of a folder that has a cluster. */
export async function startServer(folder: string, port: number, isDetached = false): Promise<Cluster> {
  const settings = { ...SETTINGS, port: String(port), unix_socket_directories: folder };
  const server = spawn(
    join(programsFolder() ?? '', 'postgres'),
    [
      '-D',
      join(folder, 'data'),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    { ...owned(folder), detached: isDetached, stdio: 'ignore' },
  );
  if (!isDetached) process.once('exit', () => server.kill('SIGQUIT'));
  const url = `postgres://dateline@127.0.0.1:${port}/postgres`;
  await untilItAnswers(url, server);
  return { url, folder, port, server };
}

/** Ends a server. @param signal SIGQUIT ends it at once, SIGKILL as a crash would */
export async function stopServer({ server }: Cluster, signal: NodeJS.Signals = 'SIGQUIT'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((settle) => server.once('exit', settle));
  server.kill(signal);
  await ended;
}

/** Makes a folder that the programs may write. */
export function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const owner = unprivileged();
  if (owner?.uid === undefined || owner.gid === undefined) return;
  chownSync(folder, owner.uid, owner.gid);
  // The folders above are for us alone.
  for (let above = join(folder, '..'); above.startsWith(`${tmpdir()}/`); above = join(above, '..'))
    execFileSync('chmod', ['go+x', above]);
}

/** Runs a program of PostgreSQL. */
export function run(program: string, folder: string, args: string[]): void {
  execFileSync(join(programsFolder() ?? '', program), args, {
    ...owned(folder),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

const owned = (folder: string): object => ({
  ...unprivileged(),
  cwd: folder,
  env: { ...process.env, LC_ALL: 'C' },
});

/** Where the programs of a server are; null where none is installed. */
export function programsFolder(): string | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((each) => join(root, each, 'bin')), output('pg_config', '--bindir') ?? ''];
  return folders.find((each) => existsSync(join(each, 'initdb'))) ?? null;
}

/** Who may run the programs, which refuse to be run by root: nobody else but us, or a user; null where there is none. */
export function unprivileged(): { uid?: number; gid?: number } | null {
  if (process.getuid?.() !== 0) return {};
  for (const user of ['postgres', 'nobody']) {
    const [uid, gid] = [output('id', '-u', user), output('id', '-g', user)];
    if (uid !== null && gid !== null) return { uid: Number(uid), gid: Number(gid) };
  }
  return null;
}

/** What a program says; null where it is not there or fails. */
function output(program: string, ...args: string[]): string | null {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((settle) => probe.listen(0, '127.0.0.1', settle));
  const { port } = probe.address() as AddressInfo;
  await new Promise((settle) => probe.close(settle));
  return port;
}

async function untilItAnswers(url: string, server: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300 && server.exitCode === null; tries++) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await wait(100);
    }
  }
  throw new Error('the server of PostgreSQL did not start');
}
