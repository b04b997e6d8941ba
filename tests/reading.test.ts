import { DuckDBInstance } from '@duckdb/node-api';
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { EXPORT_FORMATS } from '../server/export/formats.ts';
import { TestServer } from './server.ts';
import { tempFolder } from './temp.ts';

const server = new TestServer();
let address = '';
beforeAll(async () => {
  address = await server.app.listen({ port: 0, host: '127.0.0.1' });
});

const text = readFileSync(resolve(import.meta.dirname, '../docs/reading.md'), 'utf8');

/** The examples of each section in their order: what is typed, in which language, and what it prints where that is shown. */
const sections = text
  .split(/^## /m)
  .slice(1)
  .map((section) => ({
    name: section.slice(0, section.indexOf('\n')),
    examples: [...section.matchAll(/```(sh|sql|python)\n([^]*?)```(?:\n\n```text\n([^]*?)```)?/g)].map(
      ([, language = '', typed = '', printed]) => ({ language, typed, printed }),
    ),
  }))
  .filter(({ examples }) => examples.length > 0);

const isThere = (...command: [string, ...string[]]): boolean =>
  spawnSync(command[0], command.slice(1)).status === 0;

/** What a section needs to be tried. */
const TOOLS: Record<string, () => boolean> = {
  curl: () => isThere('curl', '--version'),
  GDAL: () => isThere('curl', '--version') && isThere('ogrinfo', '--version'),
  QGIS: () => isThere('python3', '-c', 'import qgis.core'),
  pandas: () => isThere('python3', '-c', 'import pandas'),
  DuckDB: () => isThere('curl', '--version'),
};

/** Runs what is typed in a folder, and gives what it prints. */
const RUN: Record<string, (typed: string, folder: string) => Promise<string>> = {
  sh: async (typed, cwd) =>
    (await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', typed], { cwd })).stdout,
  python: async (typed, cwd) => {
    // QGIS has no window here.
    const env = { ...process.env, QT_QPA_PLATFORM: 'offscreen' };
    return (await promisify(execFile)('python3', ['-c', typed], { cwd, env })).stdout;
  },
  sql: async (typed, folder) => {
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    const query = typed.replaceAll(/'(events\.\w+)'/g, (_, file: string) => `'${join(folder, file)}'`);
    const rows = (await connection.runAndReadAll(query)).getRows();
    connection.closeSync();
    instance.closeSync();
    return rows.map((row) => `${row.map(String).join('|')}\n`).join('');
  },
};

test('there are examples for each program, and every format is named', () => {
  expect(sections.map(({ name }) => name)).toEqual(Object.keys(TOOLS));
  for (const { name } of EXPORT_FORMATS) expect(text).toContain(`\`${name}\``);
});

for (const { name, examples } of sections)
  test.skipIf(!TOOLS[name]?.())(
    `${name} reads what the examples say (skipped where it is not there)`,
    async () => {
      const folder = tempFolder();
      for (const { language, typed, printed } of examples) {
        const here = typed.replaceAll('localhost:4000', new URL(address).host);
        const said = await RUN[language]?.(here, folder);
        if (printed !== undefined) expect(said?.trim(), typed).toBe(printed.trim());
      }
    },
  );
