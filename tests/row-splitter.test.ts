import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { RowSplitter, type SplitRow } from '../server/import/row-splitter.ts';
import { Chance } from './random.ts';

/** All rows of a text that comes in pieces. */
function rowsOf(text: string, { size = 7, delimiter = ',', hasQuotes = true } = {}): SplitRow[] {
  const splitter = new RowSplitter(delimiter, hasQuotes);
  const rows: SplitRow[] = [];
  for (let at = 0; at < text.length; at += size) rows.push(...splitter.push(text.slice(at, at + size)));
  return [...rows, ...splitter.push('', true)];
}

const cellsOf = (text: string): string[][] => rowsOf(text).map(({ cells }) => cells);

test('any text is split as csv-parse splits it, whatever pieces it comes in, or refused as it does', () => {
  const chance = new Chance(1);
  let refused = 0;
  for (let round = 0; round < 4000; round++) {
    const newline = chance.one(['\n', '\r\n', '\r']);
    const parts = ['"', '"', ',', ',', 'a', 'b', newline, ' ', 'é', '""', '","', `"${newline}`];
    const text = Array.from({ length: chance.whole(1, 30) }, () => chance.one(parts)).join('');
    let expected: string[][] | null = null;
    try {
      const options = { relax_column_count: true, relax_quotes: true, skip_empty_lines: true };
      expected = parse(text, { ...options, record_delimiter: newline });
    } catch {
      refused++;
    }
    const split = (): string[][] => rowsOf(text, { size: chance.whole(1, 9) }).map(({ cells }) => cells);
    if (expected === null) expect(split, JSON.stringify(text)).toThrow('is not closed');
    else if (newline !== '\r' || !text.includes('\n'))
      expect(split(), JSON.stringify(text)).toEqual(expected);
  }
  expect(refused).toBeGreaterThan(500);
});

test('each row has the line that it begins on', () => {
  const text = 'a,b\n"1\n2","3\n"\n\nc,d\r\n"x ""y""",z';
  expect(rowsOf(text).map(({ line }) => line)).toEqual([1, 2, 6, 7]);
});

test('rows that end in CRLF and LF in one file are rows all the same', () => {
  expect(cellsOf('a,b\r\nc,"d"\ne,f\r\n')).toEqual([
    ['a', 'b'],
    ['c', 'd'],
    ['e', 'f'],
  ]);
});

test('without quotes, quotes are text', () => {
  expect(rowsOf('a\t"b\nc\t"', { delimiter: '\t', hasQuotes: false }).map(({ cells }) => cells)).toEqual([
    ['a', '"b'],
    ['c', '"'],
  ]);
});

test('a quote that is not closed is refused with its line, at once when there is too much behind it', () => {
  expect(() => rowsOf('a,b\n1,"2\n3,4\n')).toThrow(
    'from line 2 on: a quote that is opened there is not closed',
  );
  const splitter = new RowSplitter(',', true);
  splitter.push('a,b\n1,"');
  const piece = 'x'.repeat(2 ** 20);
  let pieces = 0;
  expect(() => {
    for (; pieces < 200; pieces++) splitter.push(piece);
  }).toThrow('from line 2 on: a row of more than 32 MB');
  expect(pieces).toBeLessThan(80);
});

test('a long cell and many cells are rows as others are', () => {
  const long = 'word '.repeat(200_000);
  expect(rowsOf(`a,"${long}"\n`, { size: 65_536 })).toEqual([{ line: 1, cells: ['a', long] }]);
  expect(rowsOf(`${','.repeat(99_999)}\n`, { size: 65_536 })[0]?.cells).toHaveLength(100_000);
});
