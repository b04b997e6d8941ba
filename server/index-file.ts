import { createHash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { endianness } from 'node:os';
import type { IndexedParts } from './indexed-events.ts';

/** Raised when the parts of an index change: a file of another format is not read. */
const FORMAT = `dateline index 4 ${endianness()}`;

const ARRAYS = { Float64Array, Uint32Array, Uint16Array, Uint8Array };
type ArrayName = keyof typeof ARRAYS;
type AnyArray = InstanceType<(typeof ARRAYS)[ArrayName]>;

/** An array as the head of the file has it; they lie behind the head in its order. */
interface Placed {
  array: ArrayName;
  length: number;
}

/** Of all parts of the file, in bytes. */
const ALIGNMENT = 8;
const DIGEST_BYTES = 32;

/**
 * Writes an index so that it can be read again as a whole or not at all: the head's length, the head (JSON), the arrays, and
 * the SHA-256 of all that. The file of before stays until this one is on the disk.
 */
export function writeIndexFile(file: string, parts: IndexedParts): void {
  const arrays: AnyArray[] = [];
  const head = JSON.stringify({ format: FORMAT, parts }, (_, value: unknown) => {
    const name = arrayName(value);
    if (name === undefined) return value;
    const array = value as AnyArray;
    arrays.push(array);
    return { array: name, length: array.length } satisfies Placed;
  });
  const text = Buffer.from(head);
  const start = Buffer.alloc(aligned(ALIGNMENT + text.length));
  start.writeUInt32LE(text.length);
  start.set(text, ALIGNMENT);

  const unfinished = `${file}.${process.pid}`;
  const to = openSync(unfinished, 'w');
  try {
    const digest = createHash('sha256');
    const write = (bytes: Uint8Array): void => {
      for (const piece of pieces(bytes)) {
        digest.update(piece);
        writeWhole(to, piece);
      }
    };
    write(start);
    for (const array of arrays) {
      write(bytesOf(array));
      write(new Uint8Array(aligned(array.byteLength) - array.byteLength));
    }
    writeWhole(to, digest.digest());
    fsyncSync(to);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  } finally {
    closeSync(to);
  }
  renameSync(unfinished, file);
}

/** Reads what `writeIndexFile` wrote; null where there is no file, or one that is torn, damaged or of another format. */
export function readIndexFile(file: string): IndexedParts | null {
  let from: number;
  try {
    from = openSync(file, 'r');
  } catch {
    return null;
  }
  try {
    return readParts(from, fstatSync(from).size);
  } catch (error) {
    if (error instanceof Unreadable || error instanceof SyntaxError) return null;
    throw error;
  } finally {
    closeSync(from);
  }
}

/** The file is not one that can be believed. */
class Unreadable extends Error {}

/** Reads each array into memory of its own, so that it can be handed to another thread by itself. */
function readParts(from: number, size: number): IndexedParts {
  const digest = createHash('sha256');
  let left = size;
  const read = (bytes: Uint8Array): Uint8Array => {
    // Before memory is asked for: what a torn file says of sizes may be anything.
    if (bytes.length > left) throw new Unreadable();
    left -= bytes.length;
    for (const piece of pieces(bytes)) {
      for (let at = 0; at < piece.length;) {
        const count = readSync(from, piece, at, piece.length - at, null);
        if (count === 0) throw new Unreadable();
        at += count;
      }
      digest.update(piece);
    }
    return bytes;
  };
  const start = Buffer.from(read(new Uint8Array(ALIGNMENT)).buffer);
  const length = start.readUInt32LE();
  if (aligned(length) > left) throw new Unreadable();
  const text = Buffer.from(read(new Uint8Array(aligned(length)))).toString('utf8', 0, length);
  const head = JSON.parse(text, (_, value: unknown) => {
    if (!isPlaced(value)) return value;
    const bytes = value.length * ARRAYS[value.array].BYTES_PER_ELEMENT;
    if (!(aligned(bytes) <= left)) throw new Unreadable();
    const array = new ARRAYS[value.array](value.length);
    read(bytesOf(array));
    read(new Uint8Array(aligned(bytes) - bytes));
    return array;
  }) as { format: string; parts: IndexedParts };
  if (left !== DIGEST_BYTES || head.format !== FORMAT) throw new Unreadable();
  const expected = digest.digest();
  const found = Buffer.alloc(DIGEST_BYTES);
  readSync(from, found, 0, DIGEST_BYTES, null);
  if (!expected.equals(found)) throw new Unreadable();
  return head.parts;
}

/** What is read, written and digested at once. */
const PIECE = 2 ** 24;

function* pieces(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

/** A single write is not always a whole one. */
function writeWhole(to: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(to, bytes, at);
}

const bytesOf = (array: AnyArray): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

const aligned = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT;

const arrayName = (value: unknown): ArrayName | undefined =>
  (Object.keys(ARRAYS) as ArrayName[]).find((name) => value instanceof ARRAYS[name]);

const isPlaced = (value: unknown): value is Placed =>
  typeof value === 'object' &&
  value !== null &&
  'array' in value &&
  'length' in value &&
  Number.isSafeInteger(value.length) &&
  Object.hasOwn(ARRAYS, String(value.array));
