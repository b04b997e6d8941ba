import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import type { Columns } from './generator.ts';
import { FILE_COLUMNS, writePlacements } from './placement-file.ts';
import { cellBits } from './questions.ts';
import { CannotRun, type Rival } from './rival.ts';

/** Settings for a database that is thrown away on a machine with a few gigabytes to spare. */
const SETTINGS = {
  listen_addresses: '',
  fsync: 'off',
  full_page_writes: 'off',
  max_wal_size: '8GB',
  shared_buffers: '2GB',
  work_mem: '256MB',
  maintenance_work_mem: '1GB',
  effective_cache_size: '8GB',
  random_page_cost: '1.1',
  max_parallel_workers_per_gather: '2',
  jit: 'off',
};

/**
 * PostgreSQL, with the table sorted along a Z-order curve and a GiST index over the points that includes the times, so that
 * a view is read from the index alone. The cluster lives in the folder, listens on no port, and ends when it is closed.
 * @throws CannotRun when it is not installed
 */
export async function openPostgresql(columns: Columns, folder: string): Promise<Rival> {
  const programs = programsFolder();
  const owner = unprivileged();
  const home = join(folder, 'postgresql');
  mkdirSync(home);
  chmodSync(folder, 0o755);
  if (owner) chownSync(home, owner.uid, owner.gid);
  const run = { ...owner, stdio: 'ignore', env: { ...process.env, LC_ALL: 'C' } } as const;
  const data = join(home, 'data');
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'bench', '-A', 'trust', '-E', 'UTF8'], run);
  const settings = Object.entries({ ...SETTINGS, unix_socket_directories: home });
  const server = spawn(
    join(programs, 'postgres'),
    ['-D', data, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    run,
  );
  process.once('exit', () => server.kill('SIGINT'));
  const database = await connected(home, server);
  const file = join(folder, 'placements.csv');
  writePlacements(columns, file);
  await database.query(
    `CREATE UNLOGGED TABLE raw (z bigint, ${FILE_COLUMNS.slice(1)
      .map((name) => `${name} integer`)
      .join(', ')})`,
  );
  await database.query(`COPY raw FROM '${file}' (FORMAT csv)`);
  await database.query(
    `CREATE UNLOGGED TABLE placed AS SELECT point(x, y) AS at, starts, ends, kind, event FROM raw ORDER BY z`,
  );
  await database.query('DROP TABLE raw');
  await database.query('CREATE INDEX ON placed USING gist (at) INCLUDE (starts, ends)');
  await database.query('VACUUM (ANALYZE) placed');
  const { rows } = await database.query("SELECT current_setting('server_version') AS version");
  return {
    version: String(rows[0]?.version).split(' ')[0] ?? '',
    clusters: async (question) => {
      const { left, right, top, bottom, from, to } = question;
      const bits = cellBits(question);
      const cells = await database.query({
        name: 'clusters',
        text: `SELECT count(*)::integer AS n FROM placed
          WHERE at <@ box(point($1, $2), point($3, $4)) AND starts < $5 AND ends > $6
          GROUP BY at[0]::integer >> $7, at[1]::integer >> $7`,
        // Of a box all edges are inside.
        values: [left, top, right - 1, bottom - 1, to, from, bits],
        rowMode: 'array',
      });
      const counts = cells.rows as [number][];
      return { cells: counts.length, placements: counts.reduce((sum, [count]) => sum + count, 0) };
    },
    close: async () => {
      await database.end();
      const ended = new Promise((settle) => server.once('exit', settle));
      server.kill('SIGINT');
      await ended;
    },
  };
}

function programsFolder(): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions
    .map((each) => join(root, each, 'bin'))
    .find((each) => existsSync(join(each, 'initdb')));
  if (found !== undefined) return found;
  try {
    return execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
  } catch {
    throw new CannotRun('it is not installed');
  }
}

/** PostgreSQL refuses to be run by root. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    throw new CannotRun('it does not run as root, and there is no user postgres to run it as');
  }
}

async function connected(host: string, server: ChildProcess): Promise<Client> {
  for (let tries = 0; tries < 150 && server.exitCode === null; tries++) {
    const client = new Client({ host, user: 'bench', database: 'postgres' });
    try {
      await client.connect();
      return client;
    } catch {
      await wait(200);
    }
  }
  throw new CannotRun('its server did not start');
}
