import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { EXPORT_FORMATS } from './export/formats.ts';
import { writeExport } from './export/write-file.ts';
import { checkOptions, helpOf, isCommand, type CommandName } from './help.ts';
import { checkFile, faultText, importFiles, type FileSummary, type ImportPlan } from './import/importer.ts';
import { tokenCommand } from './desk/token-command.ts';
import { InputError } from './input-error.ts';
import { programVersion } from './program-version.ts';
import { ProgressLine } from './progress.ts';
import { readSettings } from './settings.ts';
import { serveAtlas, serveStore } from './serve.ts';
import { databaseName } from './store/database-url.ts';
import { openStore } from './store/open-store.ts';
import { restoreBackup, writeBackup } from './store/sqlite-backup.ts';
import { SqliteStore } from './store/sqlite.ts';
import type { Store } from './store/store.ts';
import { StoreUnavailable } from './store/unavailable.ts';
import { UsageError } from './usage-error.ts';

const OPTIONS = {
  format: { type: 'string' },
  map: { type: 'string', multiple: true },
  dates: { type: 'string' },
  dataset: { type: 'string' },
  replace: { type: 'boolean' },
  into: { type: 'string' },
  'dry-run': { type: 'boolean' },
  filter: { type: 'string' },
  output: { type: 'string', short: 'o' },
  help: { type: 'boolean', short: 'h' },
  reason: { type: 'string' },
  name: { type: 'string' },
  role: { type: 'string' },
  expires: { type: 'string' },
  version: { type: 'boolean' },
} as const;

type Options = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

const COMMANDS: Record<CommandName, (files: string[], options: Options) => Promise<void>> = {
  serve: async (files, options) =>
    files.length > 0 ? serveFiles(files, options) : serveAtlas(settingsOf(options)),
  import: importInto,
  check,
  info: async (_, options) => info(options),
  export: async (_, options) => exportEvents(options),
  token: async (words, options) => token(words, options),
  backup: async (files, options) => {
    const file = onlyFile(files, 'to write the backup to');
    writeBackup(fileOf(options), file);
    console.log(`the backup is in ${file}.`);
  },
  restore: async (files, options) => {
    const file = onlyFile(files, 'to restore');
    const databaseFile = fileOf(options);
    const moved = await restoreBackup(file, databaseFile);
    console.log(`${databaseFile} holds now what was in ${file}.`);
    if (moved !== null) console.log(`What was there could not be read, and is in ${moved}.`);
  },
};

/** Runs a command line; gives the exit code, or nothing where it goes on. @throws InputError with what to do instead */
export async function run(args: string[]): Promise<void> {
  let parsed: { values: Options; positionals: string[] };
  try {
    parsed = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('\n')[0]} See dateline --help.`);
  }
  const { values, positionals } = parsed;
  const [first = 'serve', ...others] = positionals;
  if (values.help || first === 'help') {
    console.log(helpOf((first === 'help' ? others[0] : positionals[0]) ?? null));
    return;
  }
  if (values.version) {
    console.log(await programVersion());
    return;
  }
  const isFile = !isCommand(first) && /[./\\-]/.test(first);
  const [command, rest] = isFile ? (['serve', positionals] as const) : [first, others];
  if (!isCommand(command))
    throw new UsageError(
      `no command "${first}". See dateline --help; a file is given with its ending or folder.`,
    );
  checkOptions(command, Object.keys(values));
  await COMMANDS[command](rest, values);
}

function onlyFile(files: string[], what: string): string {
  const [file, another] = files;
  if (file === undefined || another !== undefined)
    throw new UsageError(`${files.length === 0 ? 'no file' : 'several files'} ${what}. Give one.`);
  return file;
}

function planOf(files: string[], options: Options): ImportPlan {
  const columns = new Map(
    (options.map ?? []).map((each): [string, string] => {
      const [, field, column] = /^([^=]+)=(.+)$/.exec(each) ?? [];
      if (!field || !column) throw new UsageError(`not FIELD=COLUMN: "${each}". Write --map title=Headline.`);
      return [field, column];
    }),
  );
  const { dates = null } = options;
  if (dates !== null && dates !== 'dmy' && dates !== 'mdy')
    throw new UsageError(`not an order of dates: "${dates}". Give --dates dmy or --dates mdy.`);
  return {
    ...{ files, columns, dates, format: options.format ?? null, dataset: options.dataset ?? null },
    reason: options.reason ?? null,
    isReplaced: options.replace ?? false,
    isDry: options['dry-run'] ?? false,
    rejectsFolder: '.',
  };
}

const settingsOf = (options: Options): ReturnType<typeof readSettings> =>
  readSettings({ ...process.env, ...(options.into && { DATABASE_URL: options.into }) });

/** The SQLite file that is named. @throws InputError where it is another kind of database */
function fileOf(options: Options): string {
  const { url } = settingsOf(options).database;
  if (!url.startsWith('file:'))
    throw new InputError(
      `${databaseName(url)} is a PostgreSQL database. Back it up with pg_dump, and restore it with pg_restore.`,
    );
  return url.slice('file:'.length);
}

async function importInto(files: string[], options: Options): Promise<void> {
  if (files.length === 0)
    throw new UsageError('no file to import. Give one or more, or - for standard input.');
  const store = await openStore(settingsOf(options).database, 'writer');
  try {
    await importAll(store, planOf(files, options));
  } finally {
    await store.close();
  }
}

async function importAll(store: Store, plan: ImportPlan): Promise<void> {
  const line = new ProgressLine(process.stderr);
  growHeapBy(WHILE_IMPORTING);
  const summaries = await importFiles(store, plan, (progress) => line.show(progress)).finally(() => {
    growHeapBy(AS_USUAL);
    line.end();
  });
  for (const summary of summaries) console.error(summaryText(summary, plan.isDry));
}

/** By how many per cent what lives may be outgrown by what does not until the collector looks for it; 0 leaves it to the engine. */
const [WHILE_IMPORTING, AS_USUAL] = [50, 0];

/** An import makes much that is soon of no use: left to the engine, a million rows take 1,050 MB instead of 590, for a twentieth less time. */
const growHeapBy = (percent: number): void => setFlagsFromString(`--heap-growing-percent=${percent}`);

/** Serves the events of files from a database that is gone when the process ends. */
async function serveFiles(files: string[], options: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dateline-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const store = new SqliteStore(join(folder, 'atlas.sqlite'));
  await importAll(store, planOf(files, options));
  await serveStore(store, settingsOf(options));
}

async function check(files: string[], options: Options): Promise<void> {
  if (files.length === 0)
    throw new UsageError('no file to check. Give one or more, or - for standard input.');
  for (const file of files) console.log(summaryText(await checkFile(file, planOf([file], options)), true));
}

async function info(options: Options): Promise<void> {
  const store = await openStore(settingsOf(options).database);
  try {
    const summary = await store.summary();
    if (!summary)
      throw new InputError('the database holds no atlas yet. Put one in with dateline import FILE.');
    const { last } = await store.state();
    console.log(
      [
        summary.title,
        `version   ${summary.version}`,
        `licence   ${summary.license ?? 'none given'}`,
        `sources   ${summary.sourceCount}`,
        `highest keys given   ${Object.entries(last)
          .map(([kind, key]) => `${kind} ${key}`)
          .join(', ')}`,
      ].join('\n'),
    );
  } finally {
    await store.close();
  }
}

async function token(words: string[], options: Options): Promise<void> {
  const store = await openStore(settingsOf(options).database);
  try {
    console.log(await tokenCommand(store, words, options, Date.now()));
  } finally {
    await store.close();
  }
}

async function exportEvents(options: Options): Promise<void> {
  const { format, filter = '', output = '-' } = options;
  if (format === undefined)
    throw new UsageError(
      `no format to write. Give --format and one of ${EXPORT_FORMATS.map(({ name }) => name).join(', ')}.`,
    );
  const settings = settingsOf(options);
  const store = await openStore(settings.database);
  try {
    const home = `http://${settings.host}:${settings.port}/`;
    await writeExport(store, { format, filter, file: output === '-' ? null : output, home });
  } finally {
    await store.close();
  }
}

/** What became of a file's rows, which adds up. */
export function summaryText(summary: FileSummary, isDry: boolean): string {
  const { file, format, rows, added, changed, unchanged, setAside, unplaced, vanished, faults, rejects } =
    summary;
  const number = (count: number): string => count.toLocaleString('en');
  return [
    `${file}: ${format}`,
    `  ${number(rows)} rows: ${number(added)} new, ${number(changed)} changed, ${number(unchanged)} as they were, ${number(setAside)} set aside${isDry ? ' (tried, nothing was kept)' : ''}`,
    ...(unplaced > 0 ? [`  ${number(unplaced)} without a place`] : []),
    ...(vanished.marked > 0
      ? [`  ${number(vanished.marked)} that are in no file any more are marked as retracted`]
      : []),
    ...(vanished.removed > 0
      ? [`  ${number(vanished.removed)} that are in no file any more are removed`]
      : []),
    ...faults.map((fault) => `  line ${fault.line}: ${faultText(fault)}`),
    ...(setAside > faults.length ? [`  … and ${number(setAside - faults.length)} more`] : []),
    ...(rejects === null ? [] : [`  what was set aside is in ${rejects}: put it right and import that`]),
  ].join('\n');
}

/** Runs the command line of this process. */
export async function main(): Promise<void> {
  try {
    await run(process.argv.slice(2));
  } catch (error) {
    const isTold = error instanceof InputError || error instanceof StoreUnavailable;
    const message = isTold ? error.message : listenFault(error as NodeJS.ErrnoException);
    if (message === null) throw error;
    console.error(`dateline: ${message}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** What is wrong with the address that was asked for, or null when that is not what is wrong. */
function listenFault({ message, code, syscall }: NodeJS.ErrnoException): string | null {
  if (code === 'EADDRINUSE') return `${message}. Stop what listens there, or set PORT to another.`;
  if (syscall !== 'listen' && syscall !== 'getaddrinfo') return null;
  return `${message}. Set HOST and PORT to an address of this machine that you may listen on.`;
}
