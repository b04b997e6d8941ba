import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from './network.ts';

/** Settings for databases that are thrown away: nothing waits for a disk. */
const SETTINGS = {
  ...{ listen_addresses: '127.0.0.1', fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  ...{ max_wal_size: '1GB', shared_buffers: '64MB', max_connections: '200', jit: 'off' },
};

/** For a server that is to be killed: what it acknowledged is there when it comes again. */
export const KEPT: ClusterSettings = { synchronous_commit: 'on' };

/** Whether servers of our own can be started here: there are the programs of one and somebody to run them. */
export const CAN_START_POSTGRESQL: boolean = programsFolder() !== null && unprivileged() !== null;

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

/** A server of our own. */
export interface Cluster {
  /** The address of its database `postgres`, as its superuser. */
  url: string;
  folder: string;
  port: number;
  server: ChildProcess;
}

/** Settings of a server, by their names. */
export type ClusterSettings = Record<string, string>;

/**
 * Makes a cluster in a new folder, and starts its server.
 * @param isDetached whether it goes on when this process ends
 * @param own settings that are different from those above
 */
export async function startCluster(
  folder: string,
  isDetached = false,
  own: ClusterSettings = {},
): Promise<Cluster> {
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
  return startServer(folder, await freePort(), isDetached, own);
}

/** Starts the server of a folder that has a cluster. */
export async function startServer(
  folder: string,
  port: number,
  isDetached = false,
  own: ClusterSettings = {},
): Promise<Cluster> {
  const settings = { ...SETTINGS, ...own, port: String(port), unix_socket_directories: folder };
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

/** Starts a hot standby of a server, which follows it. */
export async function startStandby(primary: Cluster, own: ClusterSettings = {}): Promise<Cluster> {
  const folder = `${primary.folder}-standby`;
  makeFolder(folder);
  const data = join(folder, 'data');
  run('pg_basebackup', primary.folder, ['-D', data, '-d', primary.url, '-R', '-c', 'fast', '--no-sync']);
  return startServer(folder, await freePort(), false, own);
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
