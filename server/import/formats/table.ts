import { InputError } from '../../input-error.ts';
import { readRows } from '../delimited.ts';
import { RowFault, type Draft, type Outcome } from '../draft.ts';
import type { Format, Head, ReadOptions } from '../format.ts';
import type { Values } from '../values.ts';

/** A format that is a table with known columns. */
export function tableFormat(of: {
  name: string;
  title: string;
  /** Columns that a file of this format has, and hardly any other. */
  columns: readonly string[];
  /** @throws RowFault for a value that cannot be read */
  draft: (values: Values, line: number, options: ReadOptions) => Draft;
}): Format {
  const named = (header: readonly string[]): Map<string, string> =>
    new Map(header.map((name) => [name.toLowerCase(), name]));
  return {
    name: of.name,
    title: of.title,
    recognise: ({ layout }) => {
      const header = named(layout?.header ?? []);
      return of.columns.every((column) => header.has(column.toLowerCase())) ? 1 : 0;
    },
    read: (head, options) => readTable(head, options, (values, line) => of.draft(values, line, options)),
  };
}

/** The rows of a table as drafts or faults. */
export async function* readTable(
  { input, layout }: Head,
  { onRead }: ReadOptions,
  draft: (values: Values, line: number) => Draft,
  names?: readonly string[],
): AsyncIterable<Outcome> {
  if (layout === null) throw new InputError(`${input.name} is no table: its lines have no columns.`);
  for await (const { line, values } of readRows(input, layout, names, onRead))
    yield { line, values, ...outcome(values, line, draft) };
}

function outcome(
  values: Values,
  line: number,
  draft: (values: Values, line: number) => Draft,
): Pick<Extract<Outcome, { draft: Draft }>, 'draft'> | Pick<Exclude<Outcome, { draft: Draft }>, 'fault'> {
  try {
    return { draft: draft(values, line) };
  } catch (error) {
    if (!(error instanceof RowFault)) throw error;
    return { fault: { line, column: error.column, value: error.value, reason: error.message } };
  }
}
