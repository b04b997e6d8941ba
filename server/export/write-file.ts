import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { contextMaker } from '../graphql/context.ts';
import { IndexKeeper } from '../index-keeper.ts';
import { InputError } from '../input-error.ts';
import type { Store } from '../store/store.ts';
import { filterOf } from './address.ts';
import { Selection } from './format.ts';
import { EXPORT_FORMATS } from './formats.ts';

/** What of an atlas is written, and where. */
export interface ExportPlan {
  format: string;
  /** As in the page's address: `q=ceasefire&from=2016-09`. */
  filter: string;
  /** Null is standard output. */
  file: string | null;
  /** The address of the map, with a slash at its end. */
  home: string;
}

/**
 * Writes the events of a store as a file, which is there when it is whole.
 * @throws InputError for an unknown format or filter, and where there is no atlas or no file can be written
 */
export async function writeExport(store: Store, { format, filter, file, home }: ExportPlan): Promise<void> {
  const found = EXPORT_FORMATS.find(({ name }) => name === format);
  if (!found)
    throw new InputError(
      `unknown format: "${format}". Known: ${EXPORT_FORMATS.map(({ name }) => name).join(', ')}.`,
    );
  const atlas = await store.summary();
  if (!atlas) throw new InputError('the database holds no atlas yet. Put one in with dateline import FILE.');
  const keeper = new IndexKeeper(store);
  try {
    const context = contextMaker(store, { keeper })();
    const selection = new Selection(
      { store, index: await context.index() },
      { atlas, home, filter: await filterOf(filter, context) },
    );
    const content = Readable.from(found.write(selection), { objectMode: false });
    await (file === null ? toStandardOutput(content) : toFile(content, file));
  } finally {
    await keeper.close();
  }
}

/** In bytes: what is made while what was made before is written. */
const AHEAD = 2 ** 20;

/** Who reads it may have seen enough, as `head` has. */
async function toStandardOutput(content: Readable): Promise<void> {
  await pipeline(content, process.stdout).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

async function toFile(content: Readable, file: string): Promise<void> {
  // Where a link leads, the file changes and not the link.
  const target = await realpath(file).catch(() => file);
  const part = `${target}.part`;
  try {
    // A device or a pipe is written to: to put a file in its place would take it away from everybody.
    if (await isOther(target)) return await pipeline(content, createWriteStream(target));
    await pipeline(content, createWriteStream(part, { highWaterMark: AHEAD }));
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw new InputError(`cannot write ${file}: ${message}. Name another file, or make room.`);
  }
}

/** Whether something is there that is no file. */
async function isOther(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && !found.isFile();
}
