import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Event } from '../server/event.ts';
import { importFiles, type FileSummary } from '../server/import/importer.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { tempFolder } from './temp.ts';

/** What came of a row: its title, date and place, in short. */
type Shown = [title: string, when: string, position: string | null];

/** Imports a file of these bytes and gives its summary, which must add up, and what is there then, by title. */
async function imported(
  bytes: string | Buffer,
  name = 'trap.csv',
): Promise<[FileSummary, Shown[], SqliteStore]> {
  const file = join(tempFolder(), name);
  writeFileSync(file, bytes);
  const store = new SqliteStore(':memory:');
  onTestFinished(() => store.close());
  const plan = { files: [file], format: null, columns: new Map(), dates: null, dataset: null };
  const rest = { isReplaced: false, isDry: false, rejectsFolder: null };
  const [summary] = (await importFiles(store, { ...plan, ...rest }, () => {})) as [FileSummary];
  const { rows, added, changed, unchanged, setAside } = summary;
  expect(added + changed + unchanged + setAside).toBe(rows);
  const keys = Array.from({ length: added }, (_, at) => at + 1);
  const events = (await store.eventsAt(keys)) as Event[];
  const shown = events.map(async ({ title, when, placements }): Promise<Shown> => {
    const [place] = await store.places(placements.map((each) => each.place));
    return [title, when.edtf, place ? `${place.position.lat} ${place.position.lng}` : null];
  });
  return [summary, (await Promise.all(shown)).toSorted(([a], [b]) => (a < b ? -1 : 1)), store];
}

const HEADER = 'title,date,lat,lon';
const WORD = 'Café à Zürich, حلب';
const ROW = `"${WORD}",2016-05-01,47.4,8.5`;
const ROW_SHOWN: Shown = [WORD, '2016-05-01', '47.4 8.5'];

const utf16be = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
const cp1252 = (text: string): Buffer => Buffer.from(text, 'latin1');

test.each<[trap: string, bytes: string | Buffer, shown: Shown[]]>([
  ['a byte order mark', `\ufeff${HEADER}\n${ROW}\n`, [ROW_SHOWN]],
  ['UTF-16, little end first', Buffer.from(`\ufeff${HEADER}\n${ROW}\n`, 'utf16le'), [ROW_SHOWN]],
  ['UTF-16, big end first', utf16be(`${HEADER}\n${ROW}\n`), [ROW_SHOWN]],
  [
    'cp1252, with its quotes and its euro',
    Buffer.concat([
      cp1252(`${HEADER}\nCaf\xe9 `),
      Buffer.from([0x93, 0x80, 0x94]),
      cp1252(',2016-05-01,47.4,8.5\n'),
    ]),
    [['Café “€”', '2016-05-01', '47.4 8.5']],
  ],
  [
    'cp1252 that begins as ASCII for longer than is looked at',
    Buffer.concat([
      cp1252(`${HEADER}\n${'Fair,2016-05-01,47.4,8.5\n'.repeat(1)}"${' '.repeat(300_000)}`),
      cp1252('Caf\xe9",2016-05-02,47.4,8.5\n'),
    ]),
    [
      ['Café', '2016-05-02', '47.4 8.5'],
      ['Fair', '2016-05-01', '47.4 8.5'],
    ],
  ],
  ['lines that end in CRLF, and a last one without end', `${HEADER}\r\n${ROW}`, [ROW_SHOWN]],
  ['lines that end in CR alone', `${HEADER}\r${ROW}\r`, [ROW_SHOWN]],
  [
    'newlines and doubled quotes within quotes',
    `${HEADER}\n"He said ""no"",\r\nand left",2016-05-01,47.4,8.5\n${ROW}\n`,
    [ROW_SHOWN, ['He said "no",\r\nand left', '2016-05-01', '47.4 8.5']],
  ],
  ['a row of HXL tags', `${HEADER}\n#event,#date+start,#geo+lat,#geo+lon\n${ROW}\n`, [ROW_SHOWN]],
  [
    'lines above the names of the columns',
    `Incidents\n"As of May, 2016"\n\n${HEADER}\n${ROW}\n`,
    [ROW_SHOWN],
  ],
  [
    'rows of different lengths, of which one lacks only what may be missing',
    `${HEADER},notes,source\n${ROW},Seen,Times\n${ROW.replace('-01', '-02')},Seen\n${ROW.replace('-01', '-03')}\n`,
    [ROW_SHOWN, [WORD, '2016-05-02', '47.4 8.5'], [WORD, '2016-05-03', '47.4 8.5']],
  ],
  [
    'days first, since one of the dates can only be read so',
    `${HEADER}\nA,03/04/2016,1,2\nB,25/04/2016,1,2\n`,
    [
      ['A', '2016-04-03', '1 2'],
      ['B', '2016-04-25', '1 2'],
    ],
  ],
  [
    'months first, since one of the dates can only be read so',
    `${HEADER}\nA,03/04/2016,1,2\nB,04/25/2016,1,2\n`,
    [
      ['A', '2016-03-04', '1 2'],
      ['B', '2016-04-25', '1 2'],
    ],
  ],
  ['days that are the same either way', `${HEADER}\nA,04/04/2016,1,2\n`, [['A', '2016-04-04', '1 2']]],
  [
    'decimal commas, between semicolons and in quotes',
    `title;date;lat;lon\nA;2016-05-01;47,4;"-8,5"\n`,
    [['A', '2016-05-01', '47.4 -8.5']],
  ],
  [
    '0/0, which is nowhere, and zero with something else, which is somewhere',
    `${HEADER}\nA,2016-05-01,0,0\nB,2016-05-01,0,8.5\nC,2016-05-01,0.0,0.000\n`,
    [
      ['A', '2016-05-01', null],
      ['B', '2016-05-01', '0 8.5'],
      ['C', '2016-05-01', null],
    ],
  ],
  [
    'empty coordinates, and words for nothing',
    `${HEADER}\nA,2016-05-01,,\nB,2016-05-01,N/A,n/a\nC,2016-05-01, , \n`,
    [
      ['A', '2016-05-01', null],
      ['B', '2016-05-01', null],
      ['C', '2016-05-01', null],
    ],
  ],
])('%s', async (_, bytes, shown) => {
  const [summary, events] = await imported(bytes);
  expect(events).toEqual(shown);
  expect([summary.rows, summary.setAside]).toEqual([shown.length, 0]);
  expect(summary.unplaced).toBe(shown.filter(([, , position]) => position === null).length);
});

test.each<[trap: string, row: string, column: string | null, value: string, reason: string]>([
  ['swapped coordinates', 'B,2016-05-01,137.1,36.2', 'lat', '137.1', 'latitude and longitude may be swapped'],
  ['a latitude beyond the pole', 'B,2016-05-01,90.01,200', 'lat', '90.01', 'a latitude beyond 90 degrees'],
  ['a longitude beyond the globe', 'B,2016-05-01,9,180.5', 'lon', '180.5', 'a longitude beyond 180 degrees'],
  ['one coordinate of two', 'B,2016-05-01,9,', 'lon', '', 'a latitude without a longitude'],
  ['words for a coordinate', 'B,2016-05-01,north,9', 'lat', 'north', 'not a number'],
  ['a day that no calendar has', 'B,2016-02-30,9,9', 'date', '2016-02-30', 'not a date that can be read'],
  ['a row that is cut off', 'B,2016-05-01,9', 'lon', '', 'the row ends before it'],
  ['more cells than columns', 'B,2016-05-01,9,9,or 10', null, '', '5 cells under 4 columns'],
])('%s sets the row aside with where and why, and no other', async (_, row, column, value, reason) => {
  const [summary, events] = await imported(`${HEADER}\nA,2016-05-01,1,2\n${row}\nC,2016-05-03,1,2\n`);
  expect(events.map(([title]) => title)).toEqual(['A', 'C']);
  expect(summary.faults).toEqual([{ line: 3, column, value, reason: expect.stringContaining(reason) }]);
});

test('coordinates at the edges of the globe are none beyond it', async () => {
  const [, events] = await imported(`${HEADER}\nA,2016-05-01,90,180\nB,2016-05-01,-90,-180\n`);
  expect(events.map(([, , position]) => position)).toEqual(['90 180', '-90 -180']);
});

test('several events on one spot are as many events at one place', async () => {
  const rows = ['A', 'B', 'C'].map((title) => `${title},2016-05-01,47.4,8.5,Zürich`);
  const file = `${HEADER},place\n${rows.join('\n')}\n`;
  const [summary, events, store] = await imported(file);
  expect([summary.added, events.map(([, , position]) => position)]).toEqual([3, Array(3).fill('47.4 8.5')]);
  expect((await store.state()).last.place).toBe(1);
});

test('of two rows with one id the first is the event, and the other is set aside', async () => {
  const [summary, events] = await imported(
    `id,${HEADER}\n7,First,2016-05-01,1,2\n8,Other,2016-05-01,1,2\n7,Second,2016-05-02,3,4\n`,
  );
  expect(events.map(([title]) => title)).toEqual(['First', 'Other']);
  expect(summary.faults).toEqual([
    { line: 4, column: 'id', value: 'event-7', reason: 'its id stands on an earlier line too' },
  ]);
});

test.each<[what: string, bytes: string | Buffer, sentence: RegExp]>([
  [
    'dates whose order nothing tells',
    `${HEADER}\nA,03/04/2016,1,2\n`,
    /has dates that can be read both ways, such as "03\/04\/2016"\. Say .+ --dates dmy or --dates mdy\.$/,
  ],
  [
    'dates of both orders in one file',
    `${HEADER}\nA,25/04/2016,1,2\nB,04/25/2016,1,2\nC,03/04/2016,1,2\n`,
    /has dates that can be read both ways, such as "03\/04\/2016"/,
  ],
  [
    'a table without coordinates',
    'region,events\nIdlib,5\nHama,6\n',
    /has no coordinates: its columns are region, events\. Add a latitude and a longitude, or say which columns/,
  ],
  [
    'cells that are separated by a stray byte',
    Buffer.from('1\x012016\x01SYR\n2\x012016\x01SYR\n'),
    /it holds the byte 0x01, which no table of text has\. Convert it to CSV with a header\./,
  ],
])('%s: the file is refused in a sentence that says what would work', async (_, bytes, sentence) => {
  await expect(imported(bytes)).rejects.toThrow(sentence);
});

test('a toll is a claim as it is written, of the file where no source is named', async () => {
  const [, , store] = await imported(
    `${HEADER},fatalities,source\nA,2016-05-01,1,2,12,\nB,2016-05-02,1,2,some 30,Agency\nC,2016-05-03,1,2,,\n`,
  );
  const events = (await store.eventsAt([1, 2, 3])) as Event[];
  const [source] = await store.sources([events[0]?.claims[0]?.source ?? '']);
  expect(source?.title).toBe('trap.csv');
  expect(events.map(({ claims }) => claims.map(({ aspect, value }) => [aspect, value]))).toEqual([
    [['TOLL', '12']],
    [
      ['OTHER', null],
      ['TOLL', 'some 30'],
    ],
    [],
  ]);
});
