import { COLUMNS, rowOf } from './columns.ts';
import type { ExportFormat } from './format.ts';
import { inPieces } from './pieces.ts';

/** A row per event (RFC 4180), with its first place and its first source as columns of their own, and the names of all. */
export const csv: ExportFormat = {
  name: 'csv',
  mediaType: 'text/csv; charset=utf-8; header=present',
  async *write(selection) {
    yield csvRow(Object.keys(COLUMNS));
    const columns = Object.values(COLUMNS);
    for await (const batch of selection.batches())
      yield* inPieces(
        batch.events.map((event) => {
          const row = rowOf(event, batch, selection);
          return csvRow(columns.map((of) => guarded(of(row) ?? null)));
        }),
      );
  },
};

/** A row of RFC 4180, with its line end. */
export const csvRow = (values: readonly (string | number | null)[]): string =>
  `${values
    .map((value) => {
      const text = value === null ? '' : String(value);
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',')}\r\n`;

/** What spreadsheets may take for a formula: its signs, the same at full width, and what hides them. */
// oxlint-disable-next-line no-control-regex
const FORMULA = /^'*(?:[\s\0]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\0])/;

/** What begins with one of these is none, and most texts do. */
const PLAIN = /^[0-9A-Za-z]/;

/** A text that no spreadsheet computes: one that could be has an apostrophe before it, which `unguarded` takes away. */
function guarded(value: string | number | null): string | number | null {
  return typeof value === 'string' && !PLAIN.test(value) && FORMULA.test(value) ? `'${value}` : value;
}

/** What `guarded` was given. */
export const unguarded = (text: string): string =>
  text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
