import { pipeline, Readable } from 'node:stream';
import { crc32, createDeflateRaw } from 'node:zlib';

/** A file of an archive: its name, and its content in pieces. */
export type ZipEntry = [name: string, content: AsyncIterable<string | Uint8Array>];

/** 1 January 1980, where ZIP's dates begin: what was put in when isn't told, and the same content is the same archive. */
const DATE = 0x0021;
/** Sizes follow the content; the name is UTF-8. */
const FLAGS = 0x0808;
const DEFLATED = 8;
/** Of the format: its version 4.5 has sizes beyond 4 GB. */
const VERSION = 45;
const BEYOND = 0xffffffff;

/**
 * A ZIP archive (PKWARE's APPNOTE 6.3.10) as it is made, each file deflated. Sizes are of 64 bits, so nothing need be known
 * of a file before its end.
 */
export async function* zip(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array, void> {
  const directory: Buffer[] = [];
  let offset = 0;
  for await (const [name, content] of entries) {
    const start = offset;
    const path = Buffer.from(name);
    const head = Buffer.concat([
      numbers([4, 0x04034b50], [2, VERSION], [2, FLAGS], [2, DEFLATED], [2, 0], [2, DATE], [4, 0]),
      numbers([4, BEYOND], [4, BEYOND], [2, path.length], [2, 20]),
      path,
      numbers([2, 1], [2, 16], [8, 0], [8, 0]),
    ]);
    yield head;
    const measure = { crc: 0, size: 0 };
    let stored = 0;
    // A fault of either end is told by the one that is read.
    const deflated = pipeline(Readable.from(measured(content, measure)), createDeflateRaw(), () => {});
    for await (const piece of deflated) {
      stored += (piece as Buffer).length;
      yield piece as Buffer;
    }
    const { crc, size } = measure;
    const foot = numbers([4, 0x08074b50], [4, crc], [8, stored], [8, size]);
    yield foot;
    offset += head.length + stored + foot.length;
    directory.push(
      numbers([4, 0x02014b50], [2, VERSION], [2, VERSION], [2, FLAGS], [2, DEFLATED], [2, 0], [2, DATE]),
      numbers([4, crc], [4, BEYOND], [4, BEYOND], [2, path.length], [2, 28], [2, 0], [2, 0], [2, 0]),
      numbers([4, 0], [4, BEYOND]),
      path,
      numbers([2, 1], [2, 24], [8, size], [8, stored], [8, start]),
    );
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const count = directory.length / 5;
  yield Buffer.concat([
    ...directory,
    numbers([4, 0x06064b50], [8, 44], [2, VERSION], [2, VERSION], [4, 0], [4, 0]),
    numbers([8, count], [8, count], [8, size], [8, offset]),
    numbers([4, 0x07064b50], [4, 0], [8, offset + size], [4, 1]),
    numbers([4, 0x06054b50], [2, 0], [2, 0], [2, 0xffff], [2, 0xffff], [4, BEYOND], [4, BEYOND], [2, 0]),
  ]);
}

/** Passes pieces on as bytes and counts them. */
async function* measured(
  content: AsyncIterable<string | Uint8Array>,
  measure: { crc: number; size: number },
): AsyncGenerator<Uint8Array, void> {
  for await (const piece of content) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    measure.crc = crc32(bytes, measure.crc);
    measure.size += bytes.length;
    yield bytes;
  }
}

/** Little-endian numbers of so many bytes. */
function numbers(...parts: [bytes: 2 | 4 | 8, value: number][]): Buffer {
  const buffer = Buffer.alloc(parts.reduce((sum, [bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [bytes, value] of parts) {
    if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value), at);
    else buffer.writeUIntLE(value, at, bytes);
    at += bytes;
  }
  return buffer;
}
