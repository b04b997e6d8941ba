import { Transform } from 'node:stream';
import { InputError } from '../input-error.ts';
import type { Input } from './input.ts';

/** How text is written in a file. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** Tells the encoding of a text by its byte order mark, else by whether its beginning is UTF-8. */
export function encodingOf(head: Uint8Array): Encoding {
  const [a, b] = head;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  // The head may end inside a character, which is no fault.
  for (let cut = 0; cut < 4; cut++)
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(head.subarray(0, head.length - cut));
      return 'utf-8';
    } catch {
      // Perhaps with one byte less.
    }
  return 'windows-1252';
}

/** Thrown when text that began as UTF-8 goes on otherwise. */
export class NotUtf8 extends Error {}

/** Bytes to text. @throws NotUtf8 by its stream */
export function decoder(encoding: Encoding): Transform {
  const text = new TextDecoder(encoding, { fatal: encoding === 'utf-8' });
  const decode = (bytes: Uint8Array | undefined, stream: boolean): string => {
    try {
      return text.decode(bytes, { stream });
    } catch {
      throw new NotUtf8();
    }
  };
  return new Transform({
    readableObjectMode: false,
    decodeStrings: true,
    encoding: 'utf8',
    transform(bytes: Buffer, _, done) {
      try {
        done(null, decode(bytes, true));
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        done(null, decode(undefined, false));
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

/** The beginning of a text, as far as it is whole. */
export const decodedHead = (head: Uint8Array): string => new TextDecoder(encodingOf(head)).decode(head);

/**
 * The text of a file in pieces.
 * @throws InputError when it began as UTF-8 and goes on otherwise
 */
export async function* textOf(
  input: Pick<Input, 'name' | 'head' | 'bytes'>,
  onRead?: (stored: number) => void,
): AsyncGenerator<string, void> {
  const text = new TextDecoder(encodingOf(input.head), { fatal: true });
  try {
    for await (const bytes of input.bytes(onRead)) yield text.decode(bytes as Buffer, { stream: true });
    yield text.decode();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw new InputError(`${input.name} is not UTF-8 throughout. Save it as UTF-8.`);
  }
}
