import {
  closeSync,
  createReadStream,
  createWriteStream,
  mkdtempSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Fault } from './draft.ts';

const ABOUT = ['dateline_line', 'dateline_column', 'dateline_value', 'dateline_reason'];

/**
 * Rows that were set aside, as they were, behind what is wrong with them: a table to be put right and imported again. It has the
 * columns of all of its rows, so it is written when they are known; until then the rows are in a temporary file.
 */
export class Rejects {
  readonly #path: string;
  readonly #columns = new Set<string>(ABOUT);
  #rows: { folder: string; file: number } | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  add(values: Readonly<Record<string, string>>, { line, column, value, reason }: Fault): void {
    const own = Object.entries(values).filter(([name]) => !name.startsWith('dateline_'));
    for (const [name] of own) this.#columns.add(name);
    const about = [String(line), column ?? '', value, reason].map((each, at) => [ABOUT[at], each]);
    if (this.#rows === null) {
      const folder = mkdtempSync(join(tmpdir(), 'dateline-'));
      this.#rows = { folder, file: openSync(join(folder, 'rows'), 'w') };
    }
    writeSync(this.#rows.file, `${JSON.stringify(Object.fromEntries([...about, ...own]))}\n`);
  }

  /** Gives the path of the table; null where no row was set aside. */
  async write(): Promise<string | null> {
    if (this.#rows === null) return null;
    const rows = createInterface({
      input: createReadStream(join(this.#rows.folder, 'rows')),
      crlfDelay: Infinity,
    });
    const columns = [...this.#columns];
    async function* lines(): AsyncGenerator<string> {
      yield lineOf(columns);
      for await (const row of rows) {
        const values = JSON.parse(row) as Record<string, string>;
        yield lineOf(columns.map((name) => values[name] ?? ''));
      }
    }
    await pipeline(Readable.from(lines()), createWriteStream(this.#path));
    return this.#path;
  }

  close(): void {
    if (this.#rows === null) return;
    closeSync(this.#rows.file);
    rmSync(this.#rows.folder, { recursive: true });
    this.#rows = null;
  }
}

const lineOf = (cells: readonly string[]): string =>
  `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`;
