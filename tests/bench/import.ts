import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeUcdpRows } from './ucdp-rows.ts';

export interface ImportEffort {
  rows: number;
}

/** What an import of rows as UCDP's took, beside SQLite's own. */
export interface ImportResult {
  rows: number;
  fileMb: number;
  dateline: Taken;
  /** The same file again. */
  again: Taken;
  /** `sqlite3 .import` of the same file into a table without an index; null where there is no `sqlite3`. */
  sqlite: Taken | null;
  /** All of it as GeoJSON, from the database. */
  exported: Taken;
}

export interface Taken {
  seconds: number;
  perSecond: number;
  /** The most memory at one moment; null where the system doesn't say. */
  peakMb: number | null;
}

const MAIN = resolve(import.meta.dirname, '../../server/main.ts');

/** Imports and exports by the command, each in a process of its own. */
export async function measureImport(
  { rows }: ImportEffort,
  tell: (what: string) => void,
): Promise<ImportResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'dateline-bench-'));
  try {
    const file = join(folder, 'ucdp.csv');
    tell(`the writing of ${rows} rows, which is not measured`);
    await writeUcdpRows(file, rows);
    const into = ['--into', `file:${join(folder, 'atlas.sqlite')}`];
    const dateline = (...args: string[]): Promise<Taken | null> =>
      taken(process.execPath, [MAIN, ...args, ...into], folder, rows);
    tell(`the import of ${rows} rows by sqlite3`);
    const sqlite = await taken(
      'sqlite3',
      [join(folder, 'plain.db'), `.import --csv ${file} rows`],
      folder,
      rows,
    );
    tell(`the import of ${rows} rows`);
    const first = await dateline('import', file);
    tell('the same file again');
    const again = await dateline('import', file);
    tell('the export as GeoJSON');
    const exported = await dateline('export', '--format', 'geojson', '-o', join(folder, 'all.geojson'));
    if (!first || !again || !exported) throw new Error(`${process.execPath} cannot be started`);
    return [{ rows, fileMb: statSync(file).size / 1e6, dateline: first, again, sqlite, exported }];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a command takes; null where there is none of the name. @throws Error with what it says when it fails */
function taken(command: string, args: string[], cwd: string, rows: number): Promise<Taken | null> {
  return new Promise((done, failed) => {
    const started = performance.now();
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    let [said, peakMb]: [string, number | null] = ['', null];
    child.stderr.on('data', (data) => (said += String(data)));
    const look = setInterval(() => (peakMb = peakOf(child.pid) ?? peakMb), 50);
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearInterval(look);
      if (error.code === 'ENOENT') done(null);
      else failed(error);
    });
    child.on('close', (code) => {
      clearInterval(look);
      const seconds = (performance.now() - started) / 1000;
      if (code === 0) done({ seconds, perSecond: rows / seconds, peakMb });
      else if (code !== null && code >= 0) failed(new Error(`${command} ended with ${code}: ${said}`));
    });
  });
}

/** The most memory that a process has had so far, as Linux counts it. */
function peakOf(pid: number | undefined): number | null {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) / 1024;
  } catch {
    return null;
  }
}
