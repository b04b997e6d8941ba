import { unzipSync } from 'fflate';
import { InputError } from '../input-error.ts';
import type { Input } from './input.ts';

/** Of an archive, and of what comes out of it: more would not fit into memory beside the rest. */
const [MOST_STORED, MOST_UNPACKED] = [256 * 2 ** 20, 1024 * 2 ** 20];

/** Whether a file begins as a ZIP archive does. */
export const isZip = ({ head }: Input): boolean =>
  head.subarray(0, 4).toString('latin1') === 'PK\u0003\u0004';

/**
 * The files of an archive by their paths.
 * @param wanted whether a file is needed, by its path: others are not unpacked
 * @throws InputError when it is damaged or too large
 */
export async function unzipped(
  input: Input,
  wanted: (path: string) => boolean,
  onRead?: (stored: number) => void,
): Promise<Map<string, Uint8Array>> {
  const pieces: Buffer[] = [];
  let [stored, unpacked] = [0, 0];
  const tooLarge = (): InputError =>
    new InputError(`${input.name} is too large an archive. Unpack it and give the files or the folder.`);
  for await (const piece of input.bytes(onRead)) {
    stored += (piece as Buffer).length;
    if (stored > MOST_STORED) throw tooLarge();
    pieces.push(piece as Buffer);
  }
  try {
    const files = unzipSync(Buffer.concat(pieces), {
      // As much is unpacked of a file as the archive says that it has, and not more.
      filter: ({ name, originalSize }) => {
        if (!wanted(name) || name.endsWith('/')) return false;
        unpacked += originalSize;
        if (unpacked > MOST_UNPACKED) throw tooLarge();
        return true;
      },
    });
    return new Map(Object.entries(files));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      `${input.name} is an archive that cannot be unpacked (${(error as Error).message}). Fetch or make it again.`,
    );
  }
}
