import { InputError } from '../../input-error.ts';
import { DraftBuilder, idOf, RowFault, type Draft, type Outcome } from '../draft.ts';
import type { Format, Head, ReadOptions } from '../format.ts';
import { isZip } from '../unzip.ts';
import { given, readDate, readPosition, type DateOrder, type Values } from '../values.ts';
import { Workbook } from '../workbook.ts';
import { outcomeOf } from './table.ts';

/** The rows of a sheet by its names of columns, in lower case without spaces. */
type Rows = { line: number; values: Record<string, string> }[];

interface Tables {
  sources: ReadonlyMap<string, Values>;
  associations: ReadonlyMap<string, Values>;
}

/** A workbook of Forensic Architecture's TimeMap (github.com/forensic-architecture/timemap): its sheet of events, with its sources. */
export const timemap: Format = {
  name: 'timemap',
  title: 'TimeMap workbook',
  recognise: ({ input }) =>
    isZip(input) && (input.head.includes('[Content_Types].xml') || input.head.includes('xl/')) ? 1 : 0,
  read: readWorkbook,
};

async function* readWorkbook({ input }: Head, options: ReadOptions): AsyncIterable<readonly Outcome[]> {
  const workbook = await Workbook.open(input, options.onRead);
  const sheet = (kind: string): string | undefined =>
    workbook.sheetNames.find((name) => name.toLowerCase() === `export_${kind}`) ??
    workbook.sheetNames.find((name) => name.toLowerCase() === kind);
  const events = await rowsOf(workbook, sheet('events'));
  const names = Object.keys(events[0]?.values ?? {});
  if (!['description', 'date'].every((name) => names.includes(name)))
    throw new InputError(
      `${input.name} is a workbook without a sheet of events as TimeMap has: a sheet called events, with description and date. ` +
        'Save the sheet that has the events as CSV.',
    );
  const byId = async (kind: string): Promise<Map<string, Values>> =>
    new Map((await rowsOf(workbook, sheet(kind))).map(({ values }) => [values['id'] ?? '', values]));
  const tables = { sources: await byId('sources'), associations: await byId('associations') };
  for (const { line, values } of events) {
    if (values['date'] !== undefined) values['date'] = dateOf(values['date'], workbook.epoch);
    if (values['time'] !== undefined) values['time'] = timeOf(values['time']);
    // Days come second in TimeMap.
    yield [
      outcomeOf(
        () => values,
        line,
        () => draftOf(values, line, tables, options.dates ?? 'mdy'),
      ),
    ];
  }
}

/** Rows in which a formula left nothing but a date or a place are none. */
async function rowsOf(workbook: Workbook, sheet: string | undefined): Promise<Rows> {
  if (sheet === undefined) return [];
  let names: string[] | null = null;
  const rows: Rows = [];
  for await (const { line, cells } of workbook.rows(sheet)) {
    if (names === null) names = cells.map((cell) => cell.trim().toLowerCase().replaceAll(/\s+/g, ''));
    else rows.push({ line, values: Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ''])) });
  }
  return rows.filter(({ values }) =>
    ['id', 'description', 'title'].some((name) => given(values[name]) !== null),
  );
}

/** A number of days is a date. */
const dateOf = (value: string, epoch: number): string =>
  /^\d{3,6}(?:\.\d+)?$/.test(value)
    ? new Date(epoch + Math.floor(Number(value)) * 86_400_000).toISOString().slice(0, 10)
    : value;

/** A part of a day is a time. */
function timeOf(value: string): string {
  if (!/^0?\.\d+$|^0$/.test(value)) return value;
  return new Date(Math.round(Number(value) * 1440) * 60_000).toISOString().slice(11, 16);
}

function draftOf(values: Values, line: number, tables: Tables, order: DateOrder): Draft {
  const builder = new DraftBuilder();
  const description = given(values['description']) ?? '';
  if (description === '') throw new RowFault('description', '', 'an event without a title');
  const when = whenOf(values, order);
  const number = given(values['id']);
  const id = number === null ? idOf('timemap', description, when.edtf) : `timemap-${number}`;
  const position = readPosition(values, ['latitude', 'longitude']);
  const name = given(values['location']);
  const place = position && builder.place({ name: name ?? 'unnamed place', position, precision: 'EXACT' });
  return builder.draft({
    id,
    title: description.length > 120 ? `${description.slice(0, 119)}…` : description,
    summary: description.length > 120 ? description : null,
    category: builder.category(categoryOf(values, tables)),
    status: 'OCCURRED',
    when,
    placements: place === null ? [] : [{ place, role: 'VENUE' }],
    participants: [],
    claims: claimsOf(id, values, line, tables, builder),
    relations: [],
  });
}

function whenOf(values: Values, order: DateOrder): ReturnType<typeof readDate> {
  const day = readDate('date', given(values['date']), order);
  const time = given(values['time']);
  if (day.precision !== 'DAY' || time === null) return day;
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})(?::\d{2})?$/.exec(time) ?? [];
  if (hours === undefined) throw new RowFault('time', time, 'not a time such as 16:20');
  return readDate('time', `${day.edtf}T${hours.padStart(2, '0')}:${minutes}Z`, null);
}

/** The names in numbered columns: source1, source2 and so on. */
const numbered = (values: Values, column: string): string[] =>
  Object.keys(values)
    .filter((name) => new RegExp(`^${column}\\d*$`).test(name))
    .flatMap((name) => given(values[name]) ?? []);

/** What an event is filed under: its category, an association that is one, or the last step of a filter's path. */
function categoryOf(values: Values, { associations }: Tables): string {
  const named = numbered(values, 'association').map((id) => associations.get(id));
  const ofMode = (mode: string): Values | undefined => named.find((each) => each?.['mode'] === mode);
  const kind = ofMode('CATEGORY');
  const path = Object.entries(ofMode('FILTER') ?? {}).filter(
    ([name, step]) => /^filter_?path/.test(name) && step,
  );
  return given(values['category']) ?? given(kind?.['title'] || kind?.['id']) ?? path.at(-1)?.[1] ?? 'Event';
}

function claimsOf(
  event: string,
  values: Values,
  line: number,
  { sources }: Tables,
  builder: DraftBuilder,
): Draft['event']['claims'] {
  return numbered(values, 'source').map((id, at) => {
    const named = sources.get(id);
    const title = given(named?.['title']) ?? id;
    const path = numbered(named ?? {}, 'path')[0] ?? '';
    // The address may stand behind that of the server that shows it.
    const url = /https?:\/\/(?:(?!https?:\/\/).)+$/.exec(path)?.[0] ?? null;
    const publisher = url !== null && URL.canParse(url) ? new URL(url).hostname : null;
    const source = builder.source({ title, publisher, url });
    const statement = given(named?.['description']) ?? title;
    return builder.claim(event, at + 1, { aspect: 'OTHER', statement, source, locator: `row ${line}` });
  });
}
