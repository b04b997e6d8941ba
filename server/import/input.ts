import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InputError } from '../input-error.ts';
import { fetched, isUrl } from './fetched.ts';

/** How much of the beginning is looked at to tell what a file is. */
const HEAD_BYTES = 256 * 1024;

/** A file that can be read from its beginning as often as wanted. */
export interface Input {
  /** As it was named; for people. */
  name: string;
  /** Where its bytes are, as they are stored. */
  path: string;
  /** Its path where it is a folder, which has no bytes; else null. */
  folder: string | null;
  /** In bytes as stored, to show progress by; null where it isn't known. */
  size: number | null;
  /** Its bytes, decompressed. */
  bytes(onRead?: (stored: number) => void): Readable;
  /** The first of them. */
  head: Buffer;
  /** Takes away what was kept of it. */
  close(): void;
}

/**
 * Opens a file; or standard input as `-`, or a file on the web by its address, which are kept in a temporary file so that they
 * can be read twice.
 * @throws InputError when it cannot be read or is empty
 */
export async function openInput(path: string): Promise<Input> {
  if (path === '-') {
    const folder = mkdtempSync(join(tmpdir(), 'dateline-'));
    const file = join(folder, 'input');
    await writeFile(file, process.stdin);
    return openFile(file, 'standard input', () => rmSync(folder, { recursive: true, force: true }));
  }
  if (isUrl(path)) {
    const { path: file, name, close } = await fetched(path);
    return openFile(file, name, close);
  }
  return openFile(path, basename(resolve(path)));
}

/**
 * Opens a file that is on this machine.
 * @param name what it goes by
 * @throws InputError when it cannot be read or is empty
 */
export async function openFile(path: string, name: string, close: () => void = () => {}): Promise<Input> {
  const remedy = 'Give the path of a file that is there and can be read, or - for standard input.';
  let size: number;
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) {
      const bytes = (): Readable => Readable.from([]);
      return { name, path, folder: path, size: null, bytes, head: Buffer.alloc(0), close };
    }
    size = stat.size;
  } catch (error) {
    throw new InputError(`cannot read ${path}: ${(error as Error).message}. ${remedy}`);
  }
  const isGzip = (await firstBytes(path, 2)).equals(Buffer.from([0x1f, 0x8b]));
  const bytes: Input['bytes'] = (onRead) => {
    const stored = createReadStream(path);
    if (onRead) stored.on('data', (piece) => onRead(piece.length));
    // A fault of either end is told by the one that is read.
    return isGzip ? pipeline(stored, createGunzip(), () => {}) : stored;
  };
  const head = await headOf(bytes(), path);
  if (head.length === 0) throw new InputError(`${path} is empty. ${remedy}`);
  return { name, path, folder: null, size, bytes, head, close };
}

async function firstBytes(path: string, count: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function headOf(bytes: Readable, path: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of bytes) {
      pieces.push(piece as Buffer);
      size += (piece as Buffer).length;
      if (size >= HEAD_BYTES) break;
    }
  } catch (error) {
    throw new InputError(
      `cannot read ${path}: ${(error as Error).message}. It may be damaged; fetch it again.`,
    );
  }
  return Buffer.concat(pieces).subarray(0, HEAD_BYTES);
}
