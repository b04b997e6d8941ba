import { InputError } from '../../input-error.ts';
import { readRows } from '../delimited.ts';
import type { Outcome } from '../draft.ts';
import { columnsOf, eventOf, type Columns } from '../event-fields.ts';
import type { Format, Head, ReadOptions } from '../format.ts';
import { DateOrders, type DateOrder } from '../values.ts';
import { readTable } from './table.ts';

/** A table whose columns are found by their usual names, or by what somebody says of them. */
export const csv: Format = {
  name: 'csv',
  title: 'table of events',
  recognise: ({ layout }) => (layout?.header ? 0.3 : 0),
  read: (head, options) => readEvents(head, options),
};

async function* readEvents(head: Head, options: ReadOptions): AsyncIterable<readonly Outcome[]> {
  const columns = usableColumns(head, options.columns);
  const dates = options.dates ?? (await dateOrder(head, columns));
  const needed = [columns.latitude, columns.longitude, columns.coordinates, columns.date];
  yield* readTable(
    head,
    options,
    needed.filter((column) => column !== undefined),
    (values, line) => eventOf(values, columns, dates, { file: head.input.name, locator: `line ${line}` }),
  );
}

/** @throws InputError when there is no way to place events, or a column that somebody named is not there */
function usableColumns({ input, layout }: Head, told: ReadonlyMap<string, string>): Columns {
  const header = layout?.header ?? [];
  const columns = columnsOf(header, told);
  for (const column of told.values())
    if (!header.includes(column))
      throw new InputError(`${input.name} has no column "${column}". It has: ${header.join(', ')}.`);
  const isPlaced = (columns.latitude && columns.longitude) || columns.coordinates;
  if (!isPlaced)
    throw new InputError(
      `${input.name} has no coordinates: its columns are ${header.slice(0, 12).join(', ')}${header.length > 12 ? ', …' : ''}. ` +
        'Add a latitude and a longitude, or say which columns they are: --map latitude=COLUMN --map longitude=COLUMN.',
    );
  if (!columns.title && !columns.summary && !columns.category && !columns.date)
    throw new InputError(
      `${input.name} has places and no events: no column is a title, a date or a category. Say which is: --map title=COLUMN.`,
    );
  return columns;
}

/** In which order the file's dates have their days and months. @throws InputError where it cannot be known */
async function dateOrder({ input, layout }: Head, { date, end }: Columns): Promise<DateOrder | null> {
  const isSlashed = /\d{1,2}[/-]\d{1,2}[/-]\d{4}/.test(input.head.toString('latin1'));
  if (!layout || !isSlashed) return null;
  const orders = new DateOrders();
  for await (const rows of readRows(input, layout))
    for (const { values } of rows)
      for (const column of [date, end]) if (column && values[column]) orders.see(values[column]);
  return orders.known(input.name);
}
