import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  createReadStream,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { COMMAND_NAMES, helpOf } from '../server/help.ts';
import { tempFolder } from './temp.ts';

const MAIN = resolve(import.meta.dirname, '../server/main.ts');
const fixture = (name: string): string => resolve(import.meta.dirname, 'fixtures/import', name);
const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

interface Ended {
  code: number | null;
  signal: string | null;
  out: string;
  error: string;
}

/** Starts the program in a folder of its own. */
function start(
  args: string[],
  folder = tempFolder(),
  input?: string,
): { child: ChildProcess; folder: string; ended: Promise<Ended> } {
  const env = {
    PATH: process.env['PATH'] ?? '',
    PORT: '0',
    DATABASE_URL: `file:${join(folder, 'a.sqlite')}`,
  };
  const child = spawn(process.execPath, [MAIN, ...args], { env, cwd: folder });
  running.add(child);
  const texts = { out: '', error: '' };
  child.stdout.on('data', (data) => (texts.out += String(data)));
  child.stderr.on('data', (data) => (texts.error += String(data)));
  if (input !== undefined) createReadStream(input).pipe(child.stdin);
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...texts }) as Ended);
  return { child, folder, ended };
}

const run = (args: string[], folder?: string, input?: string): Promise<Ended> =>
  start(args, folder, input).ended;

/** How many events a database holds; undefined where there is none yet. */
function countIn(folder: string): number {
  const db = new DatabaseSync(join(folder, 'a.sqlite'));
  const count = Number(db.prepare('SELECT count(*) count FROM event').get()?.['count']);
  db.close();
  return count;
}

/** A table that takes long enough to be interrupted. */
function longTable(rows: number): string {
  const file = join(tempFolder(), 'long.csv');
  const lines = Array.from(
    { length: rows },
    (_, at) => `${at},Event ${at} of many,2016-05-01,${at % 80},${at % 170}`,
  );
  writeFileSync(file, `id,title,date,lat,lon\n${lines.join('\n')}\n`);
  return file;
}

test('import says what became of each row, and where the rejects are', async () => {
  const folder = tempFolder();
  expect(await run(['import', fixture('acled.csv')], folder)).toEqual({
    ...{ code: 0, signal: null, out: '' },
    error: [
      'acled.csv: ACLED',
      '  3 rows: 2 new, 0 changed, 0 as they were, 1 set aside',
      '  line 4: not a number of deaths in fatalities ("many")',
      `  what was set aside is in ${join(folder, 'acled.csv.rejects.csv')}: put it right and import that`,
      '',
    ].join('\n'),
  });
  expect(countIn(folder)).toBe(2);
  expect((await run(['import', '--dry-run', fixture('icews.tab')], folder)).error).toContain(
    'nothing was kept',
  );
  expect(countIn(folder)).toBe(2);
});

test('standard input and gzip are read as they are, and nothing is left of them', async () => {
  const folder = tempFolder();
  const zipped = join(folder, 'acled.gz');
  writeFileSync(zipped, gzipSync(readFileSync(fixture('acled.csv'))));
  expect(await run(['import', '-'], folder, zipped)).toMatchObject({
    code: 0,
    error: expect.stringContaining('standard input: ACLED\n  3 rows: 2 new'),
  });
  expect((await run(['import', zipped], folder)).error).toContain('3 rows: 0 new, 0 changed, 2 as they were');
  expect(readdirSync(folder).toSorted()).toEqual([
    ...['a.sqlite', 'a.sqlite-writer', 'acled.gz', 'acled.gz.rejects.csv', 'standard-input.rejects.csv'],
  ]);
});

test('check tells the same without a database', async () => {
  const folder = tempFolder();
  const { code, out } = await run(['check', fixture('features.geojson')], folder);
  expect([code, out.split('\n').slice(0, 3)]).toEqual([
    0,
    [
      'features.geojson: GeoJSON',
      '  10 rows: 4 new, 0 changed, 0 as they were, 6 set aside (tried, nothing was kept)',
      '  1 without a place',
    ],
  ]);
  expect(readdirSync(folder)).toEqual([]);
});

test.each<[what: string, args: string[], code: number, sentence: string]>([
  ['no file', ['import'], 2, 'no file to import. Give one or more, or - for standard input.'],
  ['a command that is none', ['imprt', 'x'], 2, 'no command "imprt". See dateline --help'],
  ['an option that is none', ['import', '--fast', 'x'], 2, "Unknown option '--fast'"],
  [
    'an option of another command',
    ['import', '--filter', 'q=x', fixture('acled.csv')],
    2,
    '--filter is no option of import. It has --format, --map,',
  ],
  ['an option where there are none for files', ['x.csv', '-o', 'y'], 2, '--output is no option of serve.'],
  [
    'an order of dates that is none',
    ['import', '--dates', 'ymd', 'x.csv'],
    2,
    'not an order of dates: "ymd"',
  ],
  ['a field without a column', ['import', '--map', 'title', 'x.csv'], 2, 'not FIELD=COLUMN: "title"'],
  ['no file for a backup', ['backup'], 2, 'no file to write the backup to. Give one.'],
  ['two files to restore', ['restore', 'a', 'b'], 2, 'several files to restore. Give one.'],
  ['a backup that is not there', ['restore', 'a'], 1, 'there is no backup a. Name one that there is.'],
  [
    'a format that is none',
    ['check', '--format', 'xml', fixture('acled.csv')],
    1,
    'unknown format: "xml". Known: csv,',
  ],
  ['a file that is not there', ['import', 'nowhere.csv'], 1, 'cannot read nowhere.csv: '],
  ['a table without coordinates', ['import', fixture('numbers.csv')], 1, 'numbers.csv has no coordinates'],
  [
    'dates that can be read both ways',
    ['import', fixture('both-ways.csv')],
    1,
    '--dates dmy or --dates mdy.',
  ],
  ['an empty database', ['info'], 1, 'the database holds no atlas yet.'],
])('%s is told in a sentence', async (_, args, code, sentence) => {
  const ended = await run(args);
  expect([ended.code, ended.out]).toEqual([code, '']);
  expect(ended.error).toMatch(/^dateline: [^\n]+\n$/);
  expect(ended.error).toContain(sentence);
});

test('each command has help of its own: how it is called, its options, and what its end means', async () => {
  const ofImport = await run(['import', '--help']);
  expect(ofImport).toEqual({ code: 0, signal: null, out: `${helpOf('import')}\n`, error: '' });
  expect(ofImport.out).toContain('--map FIELD=COLUMN');
  expect(ofImport.out).not.toContain('--filter');
  for (const name of COMMAND_NAMES) {
    expect(helpOf(null)).toMatch(new RegExp(`^  dateline \\[?${name}\\b`, 'm'));
    expect(helpOf(name)).toMatch(new RegExp(`^  dateline \\[?${name}\\b`));
    expect(helpOf(name)).toContain(
      'Ends with 0 when it was done, 1 when it cannot be done, 2 when the command',
    );
  }
});

test('the version is the package’s', async () => {
  const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../package.json'), 'utf8'));
  expect(await run(['--version'])).toMatchObject({ code: 0, out: `${version}\n`, error: '' });
});

test('a column is where --map says', async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'odd.csv'), 'Was,Tag,B,L\nMarkt,2016-05-01,50,8\n');
  const maps = ['title=Was', 'date=Tag', 'latitude=B', 'longitude=L'].flatMap((map) => ['--map', map]);
  expect(await run(['import', 'odd.csv', ...maps], folder)).toMatchObject({ code: 0 });
  expect(countIn(folder)).toBe(1);
  expect((await run(['import', 'odd.csv', '--map', 'title=Wer'], folder)).error).toContain(
    'odd.csv has no column "Wer"',
  );
});

test('an export takes the place of a file, and of nothing that is not one', async () => {
  const folder = tempFolder();
  await run(['import', fixture('acled.csv')], folder);
  writeFileSync(join(folder, 'old.csv'), 'old');
  symlinkSync('old.csv', join(folder, 'link'));
  symlinkSync('/dev/null', join(folder, 'device'));
  for (const name of ['link', 'device'])
    expect(await run(['export', '--format', 'csv', '-o', name], folder)).toMatchObject({
      code: 0,
      error: '',
    });
  for (const name of ['link', 'device']) expect(lstatSync(join(folder, name)).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(folder, 'old.csv'), 'utf8')).toContain('acled-TST1');
  expect(lstatSync('/dev/null').isFile()).toBe(false);
  expect(await run(['export', '--format', 'csv', '-o', '.'], folder)).toMatchObject({
    ...{ code: 1, error: expect.stringContaining('cannot write .: ') },
  });
});

test('backup and restore bring back what was there', async () => {
  const folder = tempFolder();
  await run(['import', fixture('acled.csv')], folder);
  expect(await run(['backup', 'b.sqlite'], folder)).toMatchObject({
    ...{ code: 0, out: 'the backup is in b.sqlite.\n', error: '' },
  });
  await run(['import', fixture('features.geojson')], folder);
  expect(countIn(folder)).toBe(6);
  expect(await run(['restore', 'b.sqlite'], folder)).toMatchObject({
    ...{ code: 0, out: `${join(folder, 'a.sqlite')} holds now what was in b.sqlite.\n`, error: '' },
  });
  expect(countIn(folder)).toBe(2);
});

test('of two imports the second is told who is at it, and the first goes on', async () => {
  const folder = tempFolder();
  const { child, ended } = start(['import', longTable(100_000)], folder);
  while (!existsSync(join(folder, 'a.sqlite-writer'))) await new Promise((done) => setTimeout(done, 5));
  expect(await run(['import', fixture('acled.csv')], folder)).toMatchObject({
    code: 1,
    error: `dateline: process ${child.pid} is writing into the database ${join(folder, 'a.sqlite')}. Wait until it has ended, and try again.\n`,
  });
  expect(await ended).toMatchObject({ code: 0 });
  expect(countIn(folder)).toBe(100_000);
});

test.each(['SIGKILL', 'SIGINT'] as const)(
  'an import that ends by %s leaves the database as it was',
  async (signal) => {
    const folder = tempFolder();
    expect(await run(['import', fixture('acled.csv')], folder)).toMatchObject({ code: 0 });
    const { child, ended } = start(['import', longTable(200_000)], folder);
    // What is written goes to the log beside the database when memory is full, or at the end.
    const log = join(folder, 'a.sqlite-wal');
    while (!existsSync(log)) await new Promise((done) => setTimeout(done, 5));
    await new Promise((done) => setTimeout(done, 300));
    child.kill(signal);
    expect(await ended).toMatchObject({ code: null, signal });
    expect(countIn(folder)).toBe(2);
    expect(await run(['import', fixture('acled.csv')], folder)).toMatchObject({
      error: expect.stringContaining('2 as they were'),
    });
  },
);
