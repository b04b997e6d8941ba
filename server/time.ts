import { utcDay, utcHour, utcMinute, utcMonday, utcMonth, utcYear, type TimeInterval } from 'd3-time';
import edtf, { parse, type EdtfNode } from 'edtf';
import { InputError } from './input-error.ts';

export type DatePrecision = 'MINUTE' | 'DAY' | 'MONTH' | 'YEAR' | 'INTERVAL';

/**
 * A date as the sources allow it, and the half-open interval [from, to) that it denotes, in milliseconds since 1970 UTC.
 * A null bound is open or unknown. Undated: an empty edtf and both bounds null.
 */
export interface When {
  edtf: string;
  from: number | null;
  to: number | null;
  precision: DatePrecision;
}

/** A half-open period [from, to) in milliseconds since 1970 UTC; a null bound is open. */
export interface Period {
  from: number | null;
  to: number | null;
}

const MINUTE = 60_000;
const DAY = 86_400_000;

const PLAIN_DAY = 'YYYY-MM-DD'.length;

/** Longer than any date that means something, and short enough that no grammar can be made to crawl. */
const LONGEST_EDTF = 100;

const REMEDY =
  'Write it in EDTF (ISO 8601-2), such as 2016-10-13, 2016-09, 2016-06~, 2016-09-12/2016-09-19 or 2011-03/...';

/**
 * Reads a date in EDTF, levels 0 to 2. The empty text is the undated date.
 * @throws InputError when the text is not EDTF or beyond the range of dates (years -271821 to 275760).
 */
export function readWhen(text: string): When {
  if (text === '') return { edtf: '', from: null, to: null, precision: 'INTERVAL' };
  const day = plainDay(text);
  if (day !== undefined) return { edtf: text, from: day, to: day + DAY, precision: 'DAY' };
  const [first, last] = text.length === 2 * PLAIN_DAY + 1 ? text.split('/').map(plainDay) : [];
  if (first !== undefined && last !== undefined && first <= last)
    return { edtf: text, from: first, to: last + DAY, precision: 'INTERVAL' };
  const node = parseEdtf(text);
  const [from, to] = bounds(node, text);
  if (from !== null && to !== null && from >= to) throw reversed(text);
  return { edtf: text, from, to, precision: precision(node) };
}

/**
 * Reads the bound of a period: the first moment of a date, in milliseconds since 1970 UTC.
 * @throws InputError when the text is not one date.
 */
export function readMoment(text: string): number {
  const { from, precision: finest, edtf: written } = readWhen(text.trim());
  if (from === null || (finest === 'INTERVAL' && /[/[{]/.test(written)))
    throw new InputError(`not one date: "${text}". Write a year, month, day or time, such as 2016-10-13.`);
  return from;
}

/** Whether a date overlaps a period. Undated events are in no period. */
export function isPossiblyWithin(when: Period, period: Period): boolean {
  if (when.from === null && when.to === null) return false;
  return (
    (when.from === null || period.to === null || when.from < period.to) &&
    (when.to === null || period.from === null || when.to > period.from)
  );
}

/** Whether a date lies wholly inside a period. An open end of the date is inside an open end only. */
export function isCertainlyWithin(when: Period, period: Period): boolean {
  if (when.from === null && when.to === null) return false;
  return (
    (period.from === null || (when.from !== null && when.from >= period.from)) &&
    (period.to === null || (when.to !== null && when.to <= period.to))
  );
}

/** Calendar units, finest first, each with its shortest length in milliseconds. */
const UNITS: [shortest: number, unit: TimeInterval | null][] = [
  ...[1, 5, 15, 30].map((n): [number, TimeInterval | null] => [n * MINUTE, utcMinute.every(n)]),
  ...[1, 3, 6, 12].map((n): [number, TimeInterval | null] => [n * 60 * MINUTE, utcHour.every(n)]),
  [DAY, utcDay],
  [7 * DAY, utcMonday],
  ...[1, 3].map((n): [number, TimeInterval | null] => [n * 28 * DAY, utcMonth.every(n)]),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000].map(
    (n): [number, TimeInterval | null] => [n * 365 * DAY, utcYear.every(n)],
  ),
];

/**
 * The edges of the finest calendar bins that cover [from, to) in at most `most` bins: n bins have n + 1 edges, in
 * milliseconds since 1970 UTC. The outer edges may lie outside the period, so that bins are whole.
 */
export function calendarBins(from: number, to: number, most: number): number[] {
  for (const [shortest, unit] of UNITS) {
    if (unit === null || (to - from) / shortest > 2 * most + 2) continue;
    const edges = unit.range(unit.floor(new Date(from)), new Date(to)).map(Number);
    const end = Number(unit.ceil(new Date(to)));
    // At the ends of the range of dates there is no whole bin, and then no edge.
    if (edges.length > 0 && edges.length <= most && !Number.isNaN(end)) return [...edges, end];
  }
  return [from, to];
}

/** The date in English words: "13 October 2016", "about June 2016", "between 19 and 26 September 2016". */
export function whenLabel(text: string): string {
  if (text === '') return 'undated';
  return label(parseEdtf(text), text);
}

/** The same for a text that may be no date at all: then undefined. */
export function dateLabel(text: string): string | undefined {
  try {
    return text === '' ? undefined : whenLabel(text);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** A calendar day written plainly, or two, is what nearly every event has, and need not wait for the full grammar. */
function plainDay(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const moment = Date.parse(text);
  const exists = !Number.isNaN(moment) && new Date(moment).toISOString().startsWith(text);
  return exists ? moment : undefined;
}

function parseEdtf(text: string): EdtfNode {
  try {
    if (text.length > LONGEST_EDTF) throw new RangeError('too long');
    return parse(text);
  } catch {
    throw new InputError(`not a date: "${text.slice(0, LONGEST_EDTF)}". ${REMEDY}`);
  }
}

const reversed = (text: string): InputError =>
  new InputError(`date ends before it starts: "${text}". ${REMEDY}`);

/**
 * The half-open interval of a node. Our own for seasons, which edtf.js takes for quarters of the year, and for sets, whose
 * ranges it takes for their first member.
 */
function bounds(node: EdtfNode, text: string): [number | null, number | null] {
  if (node.type === 'Interval') {
    const [start, end] = ends(node);
    return [start ? bounds(start, text)[0] : null, end ? bounds(end, text)[1] : null];
  }
  if (node.type === 'Set' || node.type === 'List') {
    for (const [first, last] of node.values.filter(Array.isArray) as EdtfNode[][])
      if (first && last && Number(bounds(first, text)[0]) >= Number(bounds(last, text)[1]))
        throw reversed(text);
    const members = (node.values.flat() as EdtfNode[]).map((each) => bounds(each, text));
    return [
      node.earlier ? null : Math.min(...members.map(([from]) => from as number)),
      node.later ? null : Math.max(...members.map(([, to]) => to as number)),
    ];
  }
  const [year = 0, month = 0, day] = node.values as number[];
  if (node.type === 'Season' && month <= LAST_SEASON) {
    // Whole months, spring from March; the same season half a year later in the south (29 to 32).
    const first = 2 + 3 * ((month - 21 + (month > 28 ? 2 : 0)) % 4);
    return [startOf(year, first), startOf(year, first + 3)];
  }
  // edtf.js takes 29 February of a common year for 1 March.
  if (
    node.type === 'Date' &&
    !node.unspecified &&
    day &&
    new Date(startOf(year, month, day)).getUTCDate() !== day
  )
    throw new InputError(`no such day: "${text}". ${REMEDY}`);
  const { min, max } = edtf(node);
  if (!isDate(min) || !isDate(max)) throw new InputError(`date out of range: "${text}". ${REMEDY}`);
  return [min, min === max ? min + (node.values.length > 5 ? 1000 : MINUTE) : max + 1];
}

/** Up to it, EDTF's season codes are seasons; above, they are quarters and other parts of a year. */
const LAST_SEASON = 32;

/** The first moment of a day; unlike Date.UTC, of the years 0 to 99 too. */
const startOf = (year: number, month: number, day = 1): number =>
  new Date(0).setUTCFullYear(year, month, day);

/** Start and end of an interval; open (..) and unknown (nothing) ends are undefined. */
const ends = (node: EdtfNode): (EdtfNode | undefined)[] =>
  node.values.map((each) => (each !== null && typeof each === 'object' ? (each as EdtfNode) : undefined));

const isDate = (moment: number): boolean => !Number.isNaN(new Date(moment + DAY).getTime());

function precision(node: EdtfNode): DatePrecision {
  if (node.type === 'Year') return 'YEAR';
  if (node.type !== 'Date') return 'INTERVAL';
  // The digits of year, month and day are two or four bits each, from the lowest: an unspecified month leaves a year.
  if (node.unspecified) {
    const unspecified = node.unspecified;
    if (unspecified & 0b1111) return 'INTERVAL';
    if ((unspecified & 0b110000) === 0b110000) return 'YEAR';
    return (unspecified & 0b11000000) === 0b11000000 && !(unspecified & 0b110000) ? 'MONTH' : 'INTERVAL';
  }
  return (['YEAR', 'MONTH', 'DAY'] as const)[node.values.length - 1] ?? 'MINUTE';
}

function label(node: EdtfNode, text: string): string {
  switch (node.type) {
    case 'Interval': {
      const [start, end] = ends(node);
      if (start && end) return span(start, end, '–', text);
      if (start) return `from ${label(start, text)}`;
      // An unknown start (nothing) says less than an open one (..): it may have been at any time before.
      return end ? `${node.values[0] === null ? 'by' : 'until'} ${label(end, text)}` : 'undated';
    }
    case 'Set':
    case 'List': {
      const members = node.values.flat() as EdtfNode[];
      const [first, last] = [members[0], members.at(-1)];
      if (!first || !last) return text;
      if (node.earlier) return `by ${label(last, text)}`;
      if (node.later) return `${label(first, text)} or later`;
      if (node.values.some(Array.isArray)) return `between ${span(first, last, ' and ', text)}`;
      return members.length === 2
        ? span(first, last, node.type === 'Set' ? ' or ' : ' and ', text)
        : members.map((each) => label(each, text)).join(node.type === 'Set' ? ' or ' : ', ');
    }
    case 'Date':
      return qualified(node, dayLabel(node, text));
    case 'Year':
      return qualified(node, yearLabel(node.values[0] as number));
    default:
      return qualified(node, seasonLabel(node, text));
  }
}

/** Two dates with what they share said once: "19–26 September 2016", "30 September–2 October 2016". */
function span(start: EdtfNode, end: EdtfNode, between: string, text: string): string {
  const [first, last] = [label(start, text), label(end, text)];
  const dash = between === '–' && /\s/.test(first + last) ? ' – ' : between;
  if (first === last) return first;
  const bothDays = start.type === 'Date' && end.type === 'Date' && !start.unspecified && !end.unspecified;
  if (!bothDays || start.values.length > 3 || /^about|\?$/.test(first)) return first + dash + last;
  const [y0, m0] = start.values;
  const [y1, m1] = end.values;
  if (start.values.length === 3 && end.values.length === 3 && y0 === y1 && m0 === m1)
    return first.split(' ')[0] + between + last;
  return start.values.length > 1 && end.values.length > 1 && y0 === y1
    ? first.slice(0, first.lastIndexOf(' ')) + dash + last
    : first + dash + last;
}

const qualified = (node: EdtfNode, words: string): string =>
  (node.approximate ? `about ${words}` : words) + (node.uncertain ? '?' : '');

const yearLabel = (year: number): string => (year > 0 ? String(year) : `${1 - year} BC`);

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

function dayLabel(node: EdtfNode, text: string): string {
  const [year = 0, month, day, hour, minute] = node.values as number[];
  const finest = precision(node);
  if (finest === 'INTERVAL') return /^\d\d\dX$/.test(text) ? `the ${text.slice(0, 3)}0s` : text;
  if (finest === 'YEAR' || month === undefined) return yearLabel(year);
  const name = `${MONTHS[month]} ${yearLabel(year)}`;
  if (finest === 'MONTH' || day === undefined) return name;
  if (hour === undefined || minute === undefined) return `${day} ${name}`;
  const moment = new Date(bounds(node, text)[0] as number);
  const utc = `${moment.getUTCDate()} ${MONTHS[moment.getUTCMonth()]} ${yearLabel(moment.getUTCFullYear())}`;
  return `${utc}, ${moment.toISOString().slice(11, 16)} UTC`;
}

function seasonLabel(node: EdtfNode, text: string): string {
  const [year = 0, season = 0] = node.values as number[];
  const name = { 21: 'spring', 22: 'summer', 23: 'autumn', 24: 'winter' }[season];
  return node.type === 'Season' && name ? `${name} ${yearLabel(year)}` : text;
}
