import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { Chance } from '../random.ts';
import { ServerProcess, type Ended } from '../server-process.ts';
import { NotRun, type Check, type Effort } from './check.ts';
import { Target } from './target.ts';
import { readDatabase, writeTable } from './written.ts';

const WRITER = resolve(import.meta.dirname, 'writer.ts');
const FIXTURES = resolve(import.meta.dirname, '../fixtures/schema');

/** Of each kind of kill. */
const KILLS: Record<Effort, number> = { short: 3, usual: 25, full: 50 };
const ROWS = 10_000;

/** What the embedded store goes through: processes that are killed, disks that fill up, files that are copied meanwhile. */
export const FAULTS: Check[] = [
  {
    id: 'F1a',
    threat: 'a process that is killed while it imports 10,000 rows',
    run: (_, effort) =>
      inFolder(async (folder) => {
        const chance = new Chance(1);
        const table = join(folder, 'table.csv');
        writeTable(table, 0, ROWS);
        const start = performance.now();
        assert.equal((await command(folder, 'import', table).ended).code, 0);
        const whole = performance.now() - start;
        let stored = ROWS;
        const seen = { killed: 0, finished: 0 };
        for (let kill = 0; kill < KILLS[effort]; kill++) {
          writeTable(table, stored, ROWS);
          const importing = command(folder, 'import', table);
          const gone = await Promise.race([importing.ended, wait(chance.next() * whole)]);
          if (!gone) importing.child.kill('SIGKILL');
          const { code } = await importing.ended;
          const { fault, numbers } = readDatabase(join(folder, 'atlas.sqlite'));
          assert.equal(fault, null);
          assert.ok(
            numbers.length === stored + ROWS || (numbers.length === stored && code !== 0),
            `${numbers.length}`,
          );
          seen[numbers.length === stored ? 'killed' : 'finished']++;
          stored = numbers.length;
        }
        return {
          seen: `${KILLS[effort]} kills: ${seen.killed} imports left nothing, ${seen.finished} were whole, none in between`,
          faults: KILLS[effort],
        };
      }),
  },
  {
    id: 'F1b',
    threat: 'a process that is killed while it writes one event after the other',
    run: (_, effort) =>
      inFolder(async (folder) => {
        const chance = new Chance(2);
        const file = join(folder, 'atlas.sqlite');
        let written = 0;
        for (let kill = 0; kill < KILLS[effort]; kill++) {
          const writer = new Writer(file, written, 1e6);
          await writer.first;
          await wait(chance.next() * 300);
          await writer.kill();
          const { fault, numbers } = readDatabase(file);
          assert.equal(fault, null);
          assert.deepEqual(
            numbers,
            numbers.map((_number, at) => at),
            'an event is missing among those that were written',
          );
          assert.ok(
            numbers.length >= writer.acknowledged,
            `${writer.acknowledged} were said to be written, ${numbers.length} are there`,
          );
          written = numbers.length;
        }
        const kills = KILLS[effort];
        return { seen: `${kills} kills, ${written} events written, none lost`, faults: kills };
      }),
  },
  {
    id: 'F1c',
    threat: 'a server that is killed while it makes its index',
    run: (_, effort) =>
      inFolder(async (folder) => {
        const chance = new Chance(3);
        const table = join(folder, 'table.csv');
        writeTable(table, 0, 2 * ROWS);
        assert.equal((await command(folder, 'import', table).ended).code, 0);
        const kills = Math.ceil(KILLS[effort] / 3);
        for (let kill = 0; kill < kills; kill++) {
          const server = command(folder, 'serve');
          const gone = await Promise.race([server.ended, wait(chance.next() * 4000)]);
          if (gone) assert.fail(`it ended by itself: ${gone.error}`);
          await server.stop('SIGKILL');
        }
        const server = await Target.start({}, folder);
        const { json } = await server.ask('{ atlas { eventCount } facets { total } }');
        await server.process.stop();
        assert.deepEqual(json?.data, { atlas: { eventCount: 2 * ROWS }, facets: { total: 2 * ROWS } });
        const left = readdirSync(folder).filter((name) => /-index\.\d+$/.test(name));
        assert.deepEqual(left, [], 'parts of an index are left');
        return {
          seen: `${kills} kills, every event counted afterwards, no part of a file left`,
          faults: kills,
        };
      }),
  },
  {
    id: 'F2a',
    threat: 'a loss of power after a change was said to be done',
    run: () =>
      inFolder(async (folder) => {
        if (!isInstalled('strace')) throw new NotRun('strace is not installed');
        const [file, log] = [join(folder, 'atlas.sqlite'), join(folder, 'strace.txt')];
        const writes = 50;
        const trace = ['-f', '-y', '-e', 'trace=fsync,fdatasync,write', '-s', '8', '-o', log];
        const child = spawn('strace', [...trace, process.execPath, WRITER, file, '0', String(writes)]);
        const [code] = await once(child, 'close');
        if (code !== 0 && !existsSync(file)) throw new NotRun('strace may not trace here');
        assert.equal(code, 0);
        // Between one acknowledgement and the next the log must have been waited for.
        const parts = readFileSync(log, 'utf8')
          .split(/^.*write\(1<.*$/m)
          .slice(0, writes);
        const counts = parts.map((part) => part.match(/f(?:data)?sync\(\d+<[^>]*-wal>/g)?.length ?? 0);
        assert.ok(
          counts.every((count) => count > 0),
          `not waited for: ${counts.join(' ')}`,
        );
        return `${writes} writes, each waited for its own ${Math.min(...counts)} or more fsyncs of the log`;
      }),
  },
  {
    id: 'F3',
    threat: 'a disk that is full',
    run: async () => ({ seen: await onSmallDisk(16, fillUp), faults: 2 }),
  },
  {
    id: 'F4',
    threat: 'a second server of the same database',
    run: () =>
      inFolder(async (folder) => {
        const first = await Target.start({}, folder);
        const { code, error } = await command(folder, 'serve').ended;
        assert.equal(code, 1);
        assert.match(
          error,
          new RegExp(`^dateline: process ${first.process.child.pid} serves the database .*\\n$`),
        );
        await first.mustBeWell();
        await first.process.stop('SIGKILL');
        const next = await Target.start({}, folder);
        await next.mustBeWell();
        await next.process.stop();
        return { seen: 'refused with the number of the first; taken over when that was killed', faults: 2 };
      }),
  },
  {
    id: 'F5a',
    threat: 'a backup of a database that is being written',
    run: (_, effort) =>
      inFolder(async (folder) => {
        const writer = new Writer(join(folder, 'atlas.sqlite'), 0, 1e6);
        await writer.first;
        const backups = effort === 'short' ? 2 : 10;
        for (let at = 0; at < backups; at++) {
          const before = writer.acknowledged;
          const { code, error } = await command(folder, 'backup', `${at}.sqlite`).ended;
          assert.equal(code, 0, error);
          const { fault, numbers } = readDatabase(join(folder, `${at}.sqlite`));
          assert.equal(fault, null);
          assert.ok(
            numbers.length >= before && numbers.length === (numbers.at(-1) ?? -1) + 1,
            'not of one moment',
          );
        }
        await writer.kill();
        const fresh = join(folder, 'fresh');
        mkdirSync(fresh);
        const last = join(folder, `${backups - 1}.sqlite`);
        assert.equal((await command(fresh, 'restore', last).ended).code, 0);
        assert.deepEqual(readDatabase(join(fresh, 'atlas.sqlite')), readDatabase(last));
        return `${backups} backups during ${writer.acknowledged} writes, each of one moment, and one restored`;
      }),
  },
  {
    id: 'F5b',
    threat: 'a restore that is killed',
    run: (_, effort) =>
      inFolder(async (folder) => {
        const chance = new Chance(5);
        const [file, table] = [join(folder, 'atlas.sqlite'), join(folder, 'table.csv')];
        writeTable(table, 0, ROWS);
        assert.equal((await command(folder, 'import', table).ended).code, 0);
        assert.equal((await command(folder, 'backup', 'backup.sqlite').ended).code, 0);
        writeTable(table, ROWS, ROWS);
        const seen = { before: 0, after: 0 };
        const kills = Math.ceil(KILLS[effort] / 3);
        for (let kill = 0; kill < kills; kill++) {
          assert.equal((await command(folder, 'import', table).ended).code, 0);
          const start = performance.now();
          const restoring = command(folder, 'restore', 'backup.sqlite');
          const logs = (): boolean => existsSync(`${file}-wal`);
          while (!logs() && performance.now() - start < 5000) await wait(2);
          await wait(chance.next() * 100);
          await restoring.stop('SIGKILL');
          const { fault, numbers } = readDatabase(file);
          assert.equal(fault, null);
          assert.ok([ROWS, 2 * ROWS].includes(numbers.length), `${numbers.length} events`);
          seen[numbers.length === ROWS ? 'after' : 'before']++;
        }
        return {
          seen: `${kills} kills: ${seen.before} times as before, ${seen.after} times restored, none in between`,
          faults: kills,
        };
      }),
  },
  {
    id: 'F6',
    threat: 'a database of another version',
    run: () =>
      inFolder(async (folder) => {
        const names = readdirSync(FIXTURES);
        for (const name of names) {
          const file = join(folder, 'atlas.sqlite');
          const db = new DatabaseSync(file);
          db.exec(readFileSync(join(FIXTURES, name), 'utf8'));
          db.exec("UPDATE atlas SET version = 'imported'");
          db.close();
          const server = await Target.start({}, folder);
          assert.deepEqual(
            (await server.ask('{ event(id: "call-1") { title } atlas { eventCount } }')).json?.data,
            {
              ...{ event: { title: 'The first call' }, atlas: { eventCount: 2 } },
            },
          );
          await server.process.stop();
          const newer = new DatabaseSync(file);
          newer.exec('PRAGMA user_version = 999');
          newer.close();
          const { code, error } = await command(folder, 'serve').ended;
          assert.equal(code, 1);
          assert.match(error, /^dateline: the database .* is of a newer version of dateline \(schema 999/);
          rmSync(file);
        }
        return `${names.length} released schema served with all that it held; a newer one refused`;
      }),
  },
];

/** Imports until the disk is full, reads, makes room, and goes on. */
async function fillUp(folder: string, grow: () => void): Promise<string> {
  return inFolder(async (outside) => {
    const [small, large] = [join(outside, 'small.csv'), join(outside, 'large.csv')];
    writeTable(small, 0, 1000);
    writeTable(large, 1000, 5 * ROWS);
    assert.equal((await command(folder, 'import', small).ended).code, 0);
    const server = await Target.start({}, folder);
    try {
      const count = async (): Promise<unknown> =>
        (await server.ask('{ atlas { eventCount } }')).json?.data?.atlas.eventCount;
      const { code, error } = await command(folder, 'import', large).ended;
      assert.equal(code, 1, `the disk was not full: ${error}`);
      assert.match(
        error,
        /dateline: the disk of the database .* is full; it is as it was\. Make room there, and try again\.\n$/,
      );
      assert.equal(await count(), 1000);
      assert.equal((await server.get('/readyz')).status, 200);
      writeUntilFull(join(folder, 'ballast'));
      const refused = await command(folder, 'backup', 'backup.sqlite').ended;
      assert.equal(refused.code, 1);
      assert.match(refused.error, /^dateline: cannot write the backup backup\.sqlite: .* has room\.\n$/);
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.startsWith('backup')),
        [],
      );
      assert.equal(await count(), 1000);
      rmSync(join(folder, 'ballast'));
      grow();
      assert.equal((await command(folder, 'import', large).ended).code, 0);
      assert.equal(await count(), 1000 + 5 * ROWS);
      await server.mustBeWell();
    } finally {
      await server.process.stop('SIGKILL');
    }
    assert.equal(readDatabase(join(folder, 'atlas.sqlite')).fault, null);
    return 'the import was refused in a sentence, reading went on, and so did writing when there was room';
  });
}

function writeUntilFull(file: string): void {
  const to = openSync(file, 'w');
  try {
    for (;;) writeSync(to, Buffer.alloc(65_536));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
  } finally {
    closeSync(to);
  }
}

/** A process that writes events one by one, and what it said is written. */
class Writer {
  readonly child: ChildProcess;
  /** When the first event is written. */
  readonly first: Promise<void>;
  /** How many events are written by what it said. */
  acknowledged: number;

  constructor(file: string, first: number, count: number) {
    this.child = spawn(process.execPath, [WRITER, file, String(first), String(count)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.acknowledged = first;
    this.first = new Promise((done) =>
      this.child.stdout?.on('data', (text: Buffer) => {
        this.acknowledged += String(text).split('\n').length - 1;
        done();
      }),
    );
  }

  async kill(): Promise<void> {
    const closed = once(this.child, 'close');
    this.child.kill('SIGKILL');
    await closed;
  }
}

/** The command with its database in a folder. */
const command = (
  folder: string,
  ...args: string[]
): { child: ChildProcess; ended: Promise<Ended>; stop: ServerProcess['stop'] } =>
  new ServerProcess({ DATABASE_URL: `file:${join(folder, 'atlas.sqlite')}` }, { folder, args });

export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'dateline-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws NotRun where no disk of a few megabytes can be had */
async function onSmallDisk<T>(
  megabytes: number,
  work: (folder: string, grow: () => void) => Promise<T>,
): Promise<T> {
  return inFolder(async (folder) => {
    const mount = (...args: string[]): void => void execFileSync('mount', args, { stdio: 'ignore' });
    try {
      mount('-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder);
    } catch {
      throw new NotRun('a small disk needs the right to mount one');
    }
    try {
      return await work(folder, () => mount('-o', `remount,size=${megabytes * 20}m`, folder));
    } finally {
      execFileSync('umount', ['-l', folder]);
    }
  });
}

export function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
