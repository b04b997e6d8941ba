import { InputError } from '../../input-error.ts';
import { named, readRows } from '../delimited.ts';
import { RowFault, type Draft, type Outcome } from '../draft.ts';
import type { Format, Head, ReadOptions } from '../format.ts';
import type { Values } from '../values.ts';

/** A format that is a table with known columns. */
export function tableFormat(of: {
  name: string;
  title: string;
  /** Columns that a file of this format has, and hardly any other. A row that ends before the last of them is cut off. */
  columns: readonly string[];
  /** @throws RowFault for a value that cannot be read */
  draft: (values: Values, line: number) => Draft;
}): Format {
  return {
    name: of.name,
    title: of.title,
    recognise: ({ layout }) => (of.columns.every((column) => layout?.header?.includes(column)) ? 1 : 0),
    read: (head, options) => readTable(head, options, of.columns, of.draft),
  };
}

/**
 * The rows of a table with a header as drafts or faults.
 * @param needed columns that no row may lack
 */
export async function* readTable(
  { input, layout }: Head,
  { onRead }: ReadOptions,
  needed: readonly string[],
  draft: (values: Values, line: number) => Draft,
): AsyncIterable<readonly Outcome[]> {
  const header = layout?.header;
  if (!layout || !header) throw new InputError(`${input.name} is no table with the names of its columns.`);
  const least = Math.max(...needed.map((name) => header.indexOf(name) + 1));
  const whole = (values: Values, cells: readonly string[], line: number): Draft => {
    if (cells.length > header.length && cells.slice(header.length).some((cell) => cell.trim() !== ''))
      throw new RowFault(
        null,
        '',
        `${cells.length} cells under ${header.length} columns: quote cells that hold the separator`,
      );
    if (cells.length < least) throw new RowFault(header[least - 1] ?? null, '', 'the row ends before it');
    return draft(values, line);
  };
  for await (const rows of readRows(input, layout, onRead))
    yield rows.map((row) =>
      outcomeOf(
        () => named(row, header),
        row.line,
        () => whole(row.values, row.cells, row.line),
      ),
    );
}

/** What became of a row, by what makes an event of it. */
export function outcomeOf(values: () => Record<string, string>, line: number, draft: () => Draft): Outcome {
  try {
    return { line, values, draft: draft() };
  } catch (error) {
    if (!(error instanceof RowFault)) throw error;
    return { line, values, fault: { line, column: error.column, value: error.value, reason: error.message } };
  }
}
