import { expect, test } from 'vitest';
import { checkReferences, checkTable, problemText, readTable } from '../server/import/table-schema.ts';
import type { Problem, Table, TableSchema } from '../server/import/table-schema.ts';

function read(text: string): { rows: Table['rows']; problems: string[] } {
  const problems: Problem[] = [];
  const { rows } = readTable('t.csv', text, problems);
  return { rows, problems: problems.map(problemText) };
}

function faults(text: string, schema: TableSchema): string[] {
  const problems: Problem[] = [];
  checkTable(readTable('t.csv', text, problems), schema, problems);
  return problems.map(problemText);
}

const field = (constraints: TableSchema['fields'][number]['constraints'], type = 'string'): TableSchema => ({
  fields: [{ name: 'a', type, constraints: constraints ?? {} }],
});

test('a problem names file, line and column where it has them', () => {
  expect(problemText({ file: 't.csv', line: 3, column: 'a', message: 'empty.' })).toBe('t.csv:3: a: empty.');
  expect(problemText({ file: 't.csv', line: 3, column: null, message: 'ragged.' })).toBe('t.csv:3: ragged.');
  expect(problemText({ file: 't.csv', line: null, column: null, message: 'broken.' })).toBe('t.csv: broken.');
});

test.each([
  ['nothing', ''],
  ['a header alone', 'a,b\n'],
  ['blank lines alone', '\n\n\n'],
])('a text of %s has no rows and no problems', (_, text) => {
  expect(read(text)).toEqual({ rows: [], problems: [] });
});

test.each([
  ['line feeds', 'a,b\n1,2\n3,4\n'],
  ['carriage returns and line feeds', 'a,b\r\n1,2\r\n3,4\r\n'],
  ['carriage returns', 'a,b\r1,2\r3,4\r'],
  ['no line end at its end', 'a,b\n1,2\n3,4'],
  ['a byte order mark', '\ufeffa,b\n1,2\n3,4\n'],
  ['quotes around all', '"a","b"\n"1","2"\n"3","4"\n'],
])('a text with %s is read', (_, text) => {
  const rows = [
    { line: 2, cells: { a: '1', b: '2' } },
    { line: 3, cells: { a: '3', b: '4' } },
  ];
  expect(read(text)).toEqual({ rows, problems: [] });
});

test('a row’s line is where it begins, after blank lines and cells of several lines', () => {
  const { rows } = read('a,b\n\n"x\n\ny",2\n\n\n3,"4\r\n5"\r\n6,7\n');
  expect(rows.map(({ line, cells }) => [line, cells['a']])).toEqual([
    [3, 'x\n\ny'],
    [8, '3'],
    [10, '6'],
  ]);
});

test('commas, quotes and any script stand in cells as they are', () => {
  expect(read('a,b\n"1, ""2""",حلب 東京\n').rows).toEqual([
    { line: 2, cells: { a: '1, "2"', b: 'حلب 東京' } },
  ]);
});

test('a row with cells too few or too many is told', () => {
  expect(read('a,b\n1\n1,2,3\n').problems).toEqual([
    't.csv:2: 1 cells under 2 columns. Quote cells that hold commas.',
    't.csv:3: 3 cells under 2 columns. Quote cells that hold commas.',
  ]);
});

test('a column that stands twice is told', () => {
  expect(read('a,b,a\n1,2,3\n').problems).toEqual(['t.csv:1: a: a column twice. Remove or rename one.']);
});

test('a text that is no CSV is told with its line', () => {
  expect(read('a,b\n1,2\n"3,4\n')).toEqual({
    rows: [],
    problems: [expect.stringMatching(/^t\.csv:\d: Quote Not Closed: .*\. Save it as CSV in UTF-8\.$/)],
  });
});

test('a column that the schema has and the table has not is told once', () => {
  const schema = { fields: [{ name: 'a' }, { name: 'b' }] };
  expect(faults('a\n1\n2\n', schema)).toEqual(['t.csv:1: b: no such column. Add it, empty if need be.']);
  expect(faults('a,b,c\n1,2,3\n', schema)).toEqual([]);
});

test.each<[what: string, schema: TableSchema, wrong: string, message: string, right: string[]]>([
  ['empty', field({ required: true }), '""', 'empty, and must not be. Fill it in.', ['x', '0']],
  ['spaced', field({}), ' x', 'space around " x". Remove it.', ['x y', '""']],
  ['not listed', field({ enum: ['A', 'B'] }), 'C', 'unknown: "C". Known: A, B.', ['A', 'B', '""']],
  ['of another form', field({ pattern: '^[a-z]+$' }), 'A1', 'not of the form ^[a-z]+$: "A1".', ['abc', '""']],
  [
    'in words',
    field({}, 'number'),
    'ten',
    'not a number: "ten". Write it with a decimal point.',
    ['0', '-1.5', '""'],
  ],
  [
    'with a comma',
    field({}, 'number'),
    '"1,5"',
    'not a number: "1,5". Write it with a decimal point.',
    ['1.5', '1e3'],
  ],
  [
    'endless',
    field({}, 'number'),
    'Infinity',
    'not a number: "Infinity". Write it with a decimal point.',
    ['1'],
  ],
  [
    'broken',
    field({}, 'integer'),
    '1.5',
    'not a whole number: "1.5". Write it with a decimal point.',
    ['0', '15'],
  ],
  [
    'too high',
    field({ minimum: -90, maximum: 90 }, 'number'),
    '90.1',
    'out of range -90 to 90: "90.1".',
    ['90', '-90'],
  ],
  ['too low', field({ minimum: 1 }, 'integer'), '0', 'out of range 1 to Infinity: "0".', ['1', '9999999']],
])('a cell that is %s is told, and no other', (_, schema, wrong, message, right) => {
  expect(faults(`a,b\n${right.map((cell) => `${cell},\n`).join('')}${wrong},\n`, schema)).toEqual([
    `t.csv:${right.length + 2}: a: ${message}`,
  ]);
});

test('what must be unique and is not is told with both lines; empty cells are not compared', () => {
  const text = 'a,b\nx,1\ny,1\nx,2\n"",1\n"",2\n';
  const message = 'not unique: "x" stands on line 2 too. Remove or rename one.';
  expect(faults(text, field({ unique: true }))).toEqual([`t.csv:4: a: ${message}`]);
  expect(faults(text, { fields: [], primaryKey: 'a' })).toEqual([`t.csv:4: a: ${message}`]);
  expect(faults(text, { ...field({ unique: true }), primaryKey: 'a' })).toEqual([`t.csv:4: a: ${message}`]);
});

test('a key of several columns is compared as a whole', () => {
  const schema = { fields: [], primaryKey: ['a', 'b'] };
  expect(faults('a,b\nx,1\nx,2\n"x,1",\nx,1\n', schema)).toEqual([
    't.csv:5: a, b: not unique: "x, 1" stands on line 2 too. Remove or rename one.',
  ]);
});

const references = (
  text: string,
  fields: string | string[],
  resource: string,
  tables: Record<string, string>,
): string[] => {
  const problems: Problem[] = [];
  const table = readTable('t.csv', text, problems);
  const others = Object.entries(tables).map(([name, other]): [string, Table] => [
    name,
    readTable(`${name}.csv`, other, problems),
  ]);
  const schema = { fields: [], foreignKeys: [{ fields, reference: { resource, fields } }] };
  checkReferences(table, schema, new Map(others), problems);
  return problems.map(problemText);
};

test('a reference to a row that is not there is told; an empty one is none', () => {
  expect(references('a\nx\ny\n\n""\n', 'a', 'others', { others: 'a\nx\n' })).toEqual([
    't.csv:3: a: unknown: "y" is not in others.csv. Add it there, or correct the spelling.',
  ]);
});

test('a reference of several columns is looked for as a whole', () => {
  expect(references('a,b\nx,1\nx,2\n', ['a', 'b'], 'others', { others: 'a,b\nx,1\ny,2\n' })).toEqual([
    't.csv:3: a, b: unknown: "x, 2" is not in others.csv. Add it there, or correct the spelling.',
  ]);
});

test('a reference to a table that is not there is told', () => {
  expect(references('a\nx\n', 'a', 'others', {})).toEqual([
    't.csv:2: a: unknown: "x" is not in others. Add it there, or correct the spelling.',
  ]);
});
