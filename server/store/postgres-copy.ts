import type { ClientBase } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { once } from 'node:events';

/** A value as COPY takes it. */
export type Copied = string | number | null;

/** Puts rows into a table, which is named with its schema. */
export async function copyIn(
  client: ClientBase,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Copied[])[],
): Promise<void> {
  if (rows.length === 0) return;
  const stream = client.query(copyFrom(`COPY ${table} (${columns.join(', ')}) FROM STDIN`));
  const done = new Promise<void>((settle, fail) => {
    stream.once('finish', settle);
    stream.once('error', fail);
  });
  // It is awaited below; until then a failure must not count as one that nobody sees.
  done.catch(() => {});
  let text = '';
  for (const row of rows) {
    text += `${row.map(field).join('\t')}\n`;
    if (text.length < PORTION) continue;
    if (!stream.write(text)) await Promise.race([once(stream, 'drain'), done]);
    text = '';
  }
  stream.end(text);
  await done;
}

/** Characters that are sent at once. */
const PORTION = 2 ** 16;

const ESCAPED: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function field(value: Copied): string {
  if (value === null) return '\\N';
  if (typeof value === 'number') return String(value);
  return /[\\\n\r\t]/.test(value) ? value.replace(/[\\\n\r\t]/g, (each) => ESCAPED[each] as string) : value;
}

/** How a number comes: as `bigint` or as `double precision`. */
export type NumberType = 'int8' | 'float8';

/**
 * Reads the rows of a query, whose columns are numbers of these types, without an object for each.
 * @param visit is given the same array each time, NaN where a value is null
 */
export async function copyOut(
  client: ClientBase,
  query: string,
  types: readonly NumberType[],
  visit: (row: readonly number[]) => void,
): Promise<void> {
  const stream = client.query(copyTo(`COPY (${query}) TO STDOUT (FORMAT binary)`));
  const row: number[] = types.map(() => Number.NaN);
  const longest = 2 + types.length * 12;
  let rest: Buffer = Buffer.alloc(0);
  let [isHead, isEnd] = [true, false];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    if (isHead) {
      if (bytes.length < HEAD) {
        rest = bytes;
        continue;
      }
      [at, isHead] = [HEAD + bytes.readInt32BE(HEAD - 4), false];
    }
    while (!isEnd && (bytes.length - at >= longest || isWhole(bytes, at, types.length))) {
      const fields = bytes.readInt16BE(at);
      at += 2;
      if (fields < 0) {
        isEnd = true;
        break;
      }
      for (let field = 0; field < types.length; field++) {
        const length = bytes.readInt32BE(at);
        at += 4;
        if (length < 0) {
          row[field] = Number.NaN;
          continue;
        }
        row[field] =
          types[field] === 'float8'
            ? bytes.readDoubleBE(at)
            : bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
        at += length;
      }
      visit(row);
    }
    rest = bytes.subarray(at);
  }
}

/** The signature, the flags, and the length of what else the head has. */
const HEAD = 19;

/** Whether a row is there to its end. */
function isWhole(bytes: Buffer, at: number, fields: number): boolean {
  if (bytes.length - at < 2) return false;
  if (bytes.readInt16BE(at) < 0) return true;
  let end = at + 2;
  for (let field = 0; field < fields; field++) {
    if (bytes.length < end + 4) return false;
    end += 4 + Math.max(0, bytes.readInt32BE(end));
  }
  return bytes.length >= end;
}
