import { InputError } from '../../input-error.ts';
import { readRows } from '../delimited.ts';
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
): AsyncIterable<Outcome> {
  const header = layout?.header;
  if (!layout || !header) throw new InputError(`${input.name} is no table with the names of its columns.`);
  const least = Math.max(...needed.map((name) => header.indexOf(name) + 1));
  for await (const { line, cells, values } of readRows(input, layout, onRead))
    yield outcomeOf(values, line, () => {
      const { length } = cells;
      if (cells.slice(header.length).some((cell) => cell.trim() !== ''))
        throw new RowFault(
          null,
          '',
          `${length} cells under ${header.length} columns: quote cells that hold the separator`,
        );
      if (length < least) throw new RowFault(header[least - 1] ?? null, '', 'the row ends before it');
      return draft(values, line);
    });
}

/** What became of a row, by what makes an event of it. */
export function outcomeOf(values: Record<string, string>, line: number, draft: () => Draft): Outcome {
  try {
    return { line, values, draft: draft() };
  } catch (error) {
    if (!(error instanceof RowFault)) throw error;
    return { line, values, fault: { line, column: error.column, value: error.value, reason: error.message } };
  }
}
