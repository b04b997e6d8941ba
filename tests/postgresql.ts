import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { inject } from 'vitest';
import { administer, CAN_START_POSTGRESQL, startCluster } from './postgresql-cluster.ts';

/**
 * PostgreSQL for tests: the server that TEST_DATABASE_URL names by a user who may create databases, or one of our own on a
 * temporary cluster and a free port, which the first test that needs it starts and all share, until the run ends.
 */
export const NOT_TESTED =
  'PostgreSQL was not tested: it is not installed. Install it (Debian: apt-get install postgresql), or name a server in TEST_DATABASE_URL.';

/** Whether there is a server, or the programs of one and somebody to run them. */
export const HAS_POSTGRESQL: boolean = Boolean(process.env['TEST_DATABASE_URL']) || CAN_START_POSTGRESQL;

/** A new, empty database: its address, and what drops it. */
export async function newDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const server = process.env['TEST_DATABASE_URL'] || (await sharedServer(inject('postgresqlFolder')));
  const name = `dateline_test_${randomBytes(8).toString('hex')}`;
  await administer(server, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
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
