import { InputError } from '../input-error.ts';
import { decodedHead, encodingOf, NotUtf8, piecesOf, type Encoding } from './encoding.ts';
import type { Input } from './input.ts';
import { RowSplitter, type SplitRow } from './row-splitter.ts';
import { valuesBy, type Values } from './values.ts';

/** How a table of text is laid out. */
export interface Layout {
  delimiter: string;
  /** The names of the columns; null where there is no line of names. */
  header: string[] | null;
  /** Lines above the first row of data, those of names and tags included. */
  linesAbove: number;
}

/**
 * One row with the line that it begins on, its cells as they are and by their columns' names. A row that ends early lacks the
 * last columns.
 */
export interface Row {
  line: number;
  cells: readonly string[];
  values: Values;
}

const DELIMITERS = [',', '\t', ';', '|'];

/** What stands in the first lines of a table, by a delimiter. */
function firstRows(text: string, delimiter: string): string[][] {
  const splitter = new RowSplitter(delimiter, delimiter !== '\t');
  const rows = splitter.push(text);
  try {
    rows.push(...splitter.push('', true));
  } catch {
    // The last row is cut off, or there is a quote that is not closed: who reads all of it says so.
  }
  return rows.slice(0, 40).map(({ cells }) => cells);
}

/** The layout of a table by its beginning; null where it has no columns. */
export function layoutOf(head: Buffer): Layout | null {
  const whole = decodedHead(head);
  // The last line may be cut off.
  const text = head.length < 200_000 ? whole : whole.slice(0, whole.lastIndexOf('\n') + 1);
  const counted = DELIMITERS.map((delimiter) => {
    const rows = firstRows(text, delimiter);
    const widths = rows.map(({ length }) => length);
    // The width that most rows have: a delimiter that is none gives one column, or a different number in each.
    const usual = mostFrequent(widths);
    return {
      delimiter,
      rows,
      usual,
      share: widths.filter((width) => width === usual).length / widths.length,
    };
  });
  const [best] = counted
    .filter(({ usual, rows }) => usual > 1 && rows.length > 0)
    .sort((a, b) => b.share * Math.log(b.usual + 1) - a.share * Math.log(a.usual + 1));
  if (!best) return null;
  const { delimiter, rows, usual } = best;
  // Titles and notes above the names are shorter than a row, or filled up with nothing.
  const names = rows.findIndex(
    (row) =>
      row.length >= usual && row.every(isName) && 2 * row.filter((name) => name.trim()).length > row.length,
  );
  if (names < 0 || names > 20) return { delimiter, header: null, linesAbove: 0 };
  const header = uniqueNames(rows[names] as string[]);
  const isTags = rows[names + 1]?.some((value) => value.startsWith('#')) && rows[names + 1]?.every(isTag);
  return { delimiter, header, linesAbove: names + (isTags ? 2 : 1) };
}

function mostFrequent(numbers: number[]): number {
  const counts = Map.groupBy(numbers, (number) => number);
  return [...counts].sort(([a, some], [b, others]) => others.length - some.length || b - a)[0]?.[0] ?? 0;
}

/** A column's name is a few words, and no number or date. */
const isName = (value: string): boolean => value.length < 80 && !/^[\d\s.,:/+-]*\d[\d\s.,:/+-]*$/.test(value);

/** A hashtag of the Humanitarian Exchange Language (hxlstandard.org), or none. */
const isTag = (value: string): boolean => value === '' || /^#[\w\s+]+$/.test(value);

function uniqueNames(names: string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = seen.get(name.trim()) ?? 0;
    seen.set(name.trim(), count + 1);
    return count === 0 ? name.trim() : `${name.trim()} ${count + 1}`;
  });
}

/**
 * The rows of a table in order, some at a time.
 * @throws InputError with the line of a row that has no end
 */
export async function* readRows(
  input: Input,
  { delimiter, header, linesAbove }: Layout,
  onRead?: (stored: number) => void,
): AsyncIterable<readonly Row[]> {
  const valuesOf = valuesBy(header ?? []);
  let encoding: Encoding = encodingOf(input.head);
  let from = linesAbove;
  for (;;)
    try {
      let at = 0;
      for await (const rows of splitRows(input, encoding, delimiter, onRead)) {
        // Text that turned out not to be UTF-8 is read again; what was given already has no such characters.
        const fresh = rows.slice(Math.max(0, from - at));
        at += rows.length;
        from = Math.max(from, at);
        yield fresh.map(({ line, cells }) => ({ line, cells, values: valuesOf(cells) }));
      }
      return;
    } catch (error) {
      if (!(error instanceof NotUtf8)) throw error;
      encoding = 'windows-1252';
    }
}

async function* splitRows(
  input: Input,
  encoding: Encoding,
  delimiter: string,
  onRead: ((stored: number) => void) | undefined,
): AsyncIterable<SplitRow[]> {
  // In tables separated by tabs quotes are text.
  const splitter = new RowSplitter(delimiter, delimiter !== '\t');
  try {
    for await (const text of piecesOf(input.bytes(onRead), encoding)) yield splitter.push(text);
    yield splitter.push('', true);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${input.name} ${error.message}`) : error;
  }
}

/** The cells of a row by their columns' names; what is too much, or has no name, has a number. */
export function named({ cells }: Row, names: readonly string[]): Record<string, string> {
  const row: Record<string, string> = Object.create(null) as Record<string, string>;
  cells.forEach((value, at) => (row[names[at] ?? `column ${at + 1}`] = value));
  return row;
}
