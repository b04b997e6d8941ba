import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

/** The version of the program, as its package has it. */
export async function programVersion(): Promise<string> {
  const file = resolve(import.meta.dirname, '../package.json');
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}
