import { basename, resolve } from 'node:path';
import { InputError } from '../input-error.ts';
import type { AtlasLoad, LoadWrite, Store, Vanished } from '../store/store.ts';
import { readBatches } from './batch-reader.ts';
import type { Batch } from './batches.ts';
import type { Fault } from './draft.ts';
import type { AtlasAbout, Format, Head, ReadOptions } from './format.ts';
import { openInput, type Input } from './input.ts';
import { formatOf, headOf } from './recognise.ts';
import { Rejects } from './rejects.ts';

/** What is to be imported, and how. */
export interface ImportPlan {
  files: readonly string[];
  /** The name of a format; null tells it by the file's content. */
  format: string | null;
  columns: ReadonlyMap<string, string>;
  dates: ReadOptions['dates'];
  /** Which dataset the files are a release of; null takes each file's name. */
  dataset: string | null;
  /** Why, for who reads the log; names the files otherwise. */
  reason?: string | null;
  /** The name of the token that it is done with. */
  token?: string | null;
  /** Whether what vanished from a dataset is removed, instead of being marked as retracted. */
  isReplaced: boolean;
  /** Whether everything is tried and nothing kept. */
  isDry: boolean;
  /** Where the files of rows that were set aside go; null writes none. */
  rejectsFolder: string | null;
}

/** What became of the rows of a file. Rows are the sum of added, changed, unchanged and set aside. */
export interface FileSummary {
  file: string;
  format: string;
  rows: number;
  added: number;
  changed: number;
  unchanged: number;
  setAside: number;
  /** Events without a place, of all that are in. */
  unplaced: number;
  vanished: Vanished;
  /** The first of what was wrong. */
  faults: Fault[];
  /** The file of rows that were set aside; null where none was. */
  rejects: string | null;
}

export interface Progress {
  file: string;
  rows: number;
  /** Of the stored bytes, 0 to 1; null where the size isn't known. */
  part: number | null;
}

/** The version of an atlas that was made by importing: its changes are counted behind it. */
export const IMPORTED_VERSION = 'imported';

const SHOWN_FAULTS = 5;

/**
 * Reads events into a store, all files or none.
 * @throws InputError when a file cannot be read as events at all
 */
export async function importFiles(
  store: Store,
  plan: ImportPlan,
  onProgress: (progress: Progress) => void,
): Promise<FileSummary[]> {
  const heads = await Promise.all(plan.files.map(async (file) => headOf(await openInput(file))));
  try {
    const chosen = heads.map((head) => ({ head, format: formatOf(head, plan.format) }));
    return await store.load(async (load) => {
      const [first] = chosen;
      const about = chosen.length === 1 ? await first?.format.about?.(first.head) : undefined;
      await load.begin({ ...(about ?? unnamedAtlas(plan.files)), version: IMPORTED_VERSION });
      const summaries: FileSummary[] = [];
      for (const { head, format } of chosen)
        summaries.push(await importFile(load, head, format, plan, onProgress));
      await load.end();
      return summaries;
    }, toldOf(plan));
  } finally {
    for (const { input } of heads) input.close();
  }
}

/** What the log says of an import. */
function toldOf({ files, dataset, reason, token = null, isDry }: ImportPlan): LoadWrite {
  const named = dataset ?? files.map((file) => (file === '-' ? 'standard input' : basename(file))).join(', ');
  return { isKept: !isDry, reason: reason ?? `imported from ${named}`, dataset: named, token };
}

/** Reads a file and says what would become of it, without a store. */
export async function checkFile(file: string, plan: ImportPlan): Promise<FileSummary> {
  const head = headOf(await openInput(file));
  try {
    const format = formatOf(head, plan.format);
    const summary = emptySummary(head.input, format);
    const ids = new Set<string>();
    for await (const batch of readBatches(head, format, plan)) {
      const repeated = batch.load.events.flatMap(({ id }, at) => (ids.size < ids.add(id).size ? [] : [at]));
      summary.added += batch.load.events.length - repeated.length;
      await count(summary, batch, repeated, null);
    }
    refuseIfNothing(summary);
    return summary;
  } finally {
    head.input.close();
  }
}

async function importFile(
  load: AtlasLoad,
  head: Head,
  format: Format,
  plan: ImportPlan,
  onProgress: (progress: Progress) => void,
): Promise<FileSummary> {
  const { input } = head;
  const summary = emptySummary(input, format);
  let read = 0;
  const onRead = (stored: number): number => (read += stored);
  const rejects =
    plan.rejectsFolder === null
      ? null
      : new Rejects(resolve(plan.rejectsFolder, `${input.name.replaceAll(' ', '-')}.rejects.csv`));
  try {
    for await (const batch of readBatches(head, format, { ...plan, onRead })) {
      const { added, changed, unchanged, repeated } = await load.put(batch.load);
      summary.added += added;
      summary.changed += changed;
      summary.unchanged += unchanged;
      await count(summary, batch, repeated, rejects);
      const part = input.size === null ? null : read / input.size;
      onProgress({ file: input.name, rows: summary.rows, part });
    }
    refuseIfNothing(summary);
    summary.vanished = await load.release(plan.dataset ?? input.name, plan.isReplaced);
    summary.rejects = (await rejects?.write()) ?? null;
    return summary;
  } finally {
    rejects?.close();
  }
}

const emptySummary = (input: Input, format: Format): FileSummary => ({
  ...{ file: input.name, format: format.title, rows: 0, added: 0, changed: 0, unchanged: 0, setAside: 0 },
  ...{ unplaced: 0, vanished: { marked: 0, removed: 0 }, faults: [], rejects: null },
});

/**
 * Counts the rows of a batch, and keeps those that were set aside, in the order of the file.
 * @param repeated events whose id stands for another: of two rows with one, the second is set aside
 */
async function count(
  summary: FileSummary,
  { load: { events }, lines, faults, valuesOf }: Batch,
  repeated: readonly number[],
  rejects: Rejects | null,
): Promise<void> {
  const isRepeated = new Set(repeated);
  const again = repeated.map(async (at) => {
    const fault = {
      ...{ line: lines[at] ?? 0, column: 'id', value: events[at]?.id ?? '' },
      reason: 'its id stands on an earlier line too',
    };
    return { fault, values: await valuesOf(at) };
  });
  const setAside = [...faults, ...(await Promise.all(again))].sort((a, b) => a.fault.line - b.fault.line);
  for (const { fault, values } of setAside) {
    rejects?.add(values, fault);
    if (summary.faults.length < SHOWN_FAULTS) summary.faults.push(fault);
  }
  summary.rows += events.length + faults.length;
  summary.setAside += setAside.length;
  events.forEach(({ placements }, at) => {
    if (placements.length === 0 && !isRepeated.has(at)) summary.unplaced++;
  });
}

/** A file of which no row is an event is none of events. */
function refuseIfNothing({ file, rows, setAside, faults: [first] }: FileSummary): void {
  if (rows > 0 && setAside < rows) return;
  const why = first ? ` The first, on line ${first.line}: ${faultText(first)}.` : '';
  throw new InputError(`${file} has no row that is an event, of ${rows}.${why}`);
}

/** What is wrong with a row, for people. */
export const faultText = ({ column, value, reason }: Fault): string =>
  [reason, column === null ? '' : `in ${column}`, value === '' ? '' : `("${value.slice(0, 80)}")`]
    .filter((part) => part !== '')
    .join(' ');

/** An atlas of files that don't say what they are. */
function unnamedAtlas(files: readonly string[]): AtlasAbout {
  const names = files.map((file) =>
    file === '-' ? 'Events' : basename(file).replace(/(\.[a-z0-9]+)+$/i, ''),
  );
  return { id: 'imported', title: names.join(', '), description: null, license: null, language: null };
}
