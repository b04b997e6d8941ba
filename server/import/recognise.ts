import { InputError } from '../input-error.ts';
import { layoutOf } from './delimited.ts';
import { decodedHead } from './encoding.ts';
import type { Format, Head } from './format.ts';
import { FORMATS } from './formats.ts';
import type { Input } from './input.ts';

/** What can be known of a file by its beginning. */
export const headOf = (input: Input): Head => ({
  ...{ input, text: decodedHead(input.head), layout: layoutOf(input.head) },
});

/**
 * The format of a file.
 * @param wanted its name; null tells it by what the file holds
 * @throws InputError when no format fits
 */
export function formatOf(head: Head, wanted: string | null): Format {
  const known = FORMATS.map(({ name }) => name).join(', ');
  if (wanted !== null) {
    const found = FORMATS.find(({ name }) => name === wanted);
    if (!found) throw new InputError(`unknown format: "${wanted}". Known: ${known}.`);
    return found;
  }
  const [best] = FORMATS.map((format) => ({ format, sure: format.recognise(head) }))
    .filter(({ sure }) => sure > 0)
    .sort((a, b) => b.sure - a.sure);
  if (best) return best.format;
  throw new InputError(`${head.input.name} is of no format that can be read: ${seen(head)} Known: ${known}.`);
}

/** What was seen of a file that is of no known format. */
function seen({ text, layout }: Head): string {
  // oxlint-disable-next-line no-control-regex
  const strange = /[\u0000-\u0008\u000e-\u001f]/.exec(text.slice(0, 10_000))?.[0];
  if (strange !== undefined) {
    const byte = `0x${strange.charCodeAt(0).toString(16).padStart(2, '0')}`;
    return `it holds the byte ${byte}, which no table of text has. Convert it to CSV with a header.`;
  }
  if (layout === null) return 'its lines have no columns. Give a table with a header, or GeoJSON.';
  return 'it is a table without the names of its columns. Add a first line with them.';
}
