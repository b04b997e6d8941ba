import { CsvError, parse } from 'csv-parse/sync';

/** What is wrong with a file, where, and what to do. Lines are counted from 1, the header included. */
export interface Problem {
  file: string;
  line: number | null;
  column: string | null;
  message: string;
}

/** `events.csv:12: when: not a date: "…". Write it in EDTF, such as …` */
export const problemText = ({ file, line, column, message }: Problem): string =>
  [line === null ? file : `${file}:${line}`, ...(column === null ? [] : [column]), message].join(': ');

/** One row of a table: its cells as they are written, by column, and the line that it begins on. */
export interface Row {
  line: number;
  cells: Readonly<Record<string, string>>;
}

export interface Table {
  file: string;
  rows: Row[];
}

/** The part of a Table Schema (Frictionless Data, specs.frictionlessdata.io/table-schema) that is checked. */
export interface TableSchema {
  fields: Field[];
  primaryKey?: string | string[];
  foreignKeys?: { fields: string | string[]; reference: { resource: string; fields: string | string[] } }[];
}

interface Field {
  name: string;
  type?: string;
  constraints?: {
    required?: boolean;
    unique?: boolean;
    enum?: string[];
    pattern?: string;
    minimum?: number;
    maximum?: number;
  };
}

/** Reads a CSV text (RFC 4180, UTF-8 with or without a byte order mark) into rows; ragged rows are problems. */
export function readTable(file: string, text: string, problems: Problem[]): Table {
  try {
    const options = {
      bom: true,
      raw: true,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    };
    // The types of csv-parse leave out what `raw` does to a record.
    const records = parse(text, options) as unknown as { record: string[]; raw: string }[];
    const header = records[0]?.record ?? [];
    for (const name of header.filter((each, at) => header.indexOf(each) !== at))
      problems.push({ file, line: 1, column: name, message: 'a column twice. Remove or rename one.' });
    let next = 1;
    const rows = records.flatMap(({ record, raw }, index) => {
      const line = next;
      next += raw.match(/\r\n|\n|\r/g)?.length ?? 0;
      if (index === 0 || (record.length === 1 && record[0] === '')) return [];
      if (record.length !== header.length) {
        const message = `${record.length} cells under ${header.length} columns. Quote cells that hold commas.`;
        problems.push({ file, line, column: null, message });
      }
      return { line, cells: Object.fromEntries(header.map((name, at) => [name, record[at] ?? ''])) };
    });
    return { file, rows };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error['lines'] === 'number' ? error['lines'] : null;
    problems.push({ file, line, column: null, message: `${error.message}. Save it as CSV in UTF-8.` });
    return { file, rows: [] };
  }
}

/** Checks a table against its schema; what is wrong is added to the problems. Foreign keys: `checkReferences`. */
export function checkTable(table: Table, schema: TableSchema, problems: Problem[]): void {
  const { file, rows } = table;
  const header = Object.keys(rows[0]?.cells ?? {});
  for (const { name } of schema.fields)
    if (rows.length > 0 && !header.includes(name))
      problems.push({ file, line: 1, column: name, message: 'no such column. Add it, empty if need be.' });
  for (const field of schema.fields) {
    const fault = faultFinder(field);
    for (const { line, cells } of rows) {
      const message = fault(cells[field.name] ?? '');
      if (message !== null) problems.push({ file, line, column: field.name, message });
    }
    if (field.constraints?.unique) checkUnique(table, [field.name], problems);
  }
  if (schema.primaryKey !== undefined) {
    const key = [schema.primaryKey].flat();
    const isSaid = key.length === 1 && schema.fields.some((f) => f.name === key[0] && f.constraints?.unique);
    if (!isSaid) checkUnique(table, key, problems);
  }
}

/** Checks that every reference of a table names a row that exists. Tables are by resource name; '' is the table itself. */
export function checkReferences(
  table: Table,
  schema: TableSchema,
  tables: ReadonlyMap<string, Table>,
  problems: Problem[],
): void {
  for (const { fields, reference } of schema.foreignKeys ?? []) {
    const target = reference.resource === '' ? table : tables.get(reference.resource);
    const columns = [fields].flat();
    const known = new Set(target?.rows.map(({ cells }) => keyOf(cells, [reference.fields].flat())));
    for (const { line, cells } of table.rows) {
      if (columns.every((name) => !cells[name]) || known.has(keyOf(cells, columns))) continue;
      const shown = columns.map((name) => cells[name]).join(', ');
      const message = `unknown: "${shown}" is not in ${target?.file ?? reference.resource}. Add it there, or correct the spelling.`;
      problems.push({ file: table.file, line, column: columns.join(', '), message });
    }
  }
}

function checkUnique({ file, rows }: Table, key: string[], problems: Problem[]): void {
  const first = new Map<string, number>();
  for (const { line, cells } of rows) {
    if (key.every((name) => !cells[name])) continue;
    const value = keyOf(cells, key);
    const earlier = first.get(value);
    if (earlier === undefined) first.set(value, line);
    else {
      const shown = key.map((name) => cells[name]).join(', ');
      const message = `not unique: "${shown}" stands on line ${earlier} too. Remove or rename one.`;
      problems.push({ file, line, column: key.join(', '), message });
    }
  }
}

const keyOf = (cells: Row['cells'], columns: string[]): string =>
  JSON.stringify(columns.map((name) => cells[name] ?? ''));

/** What is wrong with a cell of this field, or null. */
function faultFinder({ type, constraints = {} }: Field): (cell: string) => string | null {
  const { required, enum: options, pattern, minimum = -Infinity, maximum = Infinity } = constraints;
  const shape = pattern === undefined ? null : new RegExp(pattern, 'u');
  return (cell) => {
    if (cell === '') return required ? 'empty, and must not be. Fill it in.' : null;
    if (cell !== cell.trim()) return `space around "${cell}". Remove it.`;
    if (options && !options.includes(cell)) return `unknown: "${cell}". Known: ${options.join(', ')}.`;
    if (shape && !shape.test(cell)) return `not of the form ${pattern}: "${cell}".`;
    if (type !== 'number' && type !== 'integer') return null;
    const number = Number(cell);
    if (!Number.isFinite(number) || (type === 'integer' && !Number.isInteger(number)))
      return `not ${type === 'integer' ? 'a whole number' : 'a number'}: "${cell}". Write it with a decimal point.`;
    return number < minimum || number > maximum ? `out of range ${minimum} to ${maximum}: "${cell}".` : null;
  };
}
