import { InputError } from '../input-error.ts';
import type { Position } from '../geo.ts';
import { readWhen, type When } from '../time.ts';
import { RowFault } from './draft.ts';

/** A row's values by their columns. */
export type Values = Readonly<Record<string, string>>;

const CELLS = Symbol('cells');

/**
 * Makes the cells of a table's rows known by their columns' names, without an object of all of them for each row: what is asked
 * for is looked up.
 */
export function valuesBy(names: readonly string[]): (cells: readonly string[]) => Values {
  const shape = Object.create(null) as Values;
  names.forEach((name, at) =>
    Object.defineProperty(shape, name, {
      get(this: { [CELLS]: readonly string[] }) {
        return this[CELLS][at];
      },
    }),
  );
  function Row(this: { [CELLS]: readonly string[] }, cells: readonly string[]): void {
    this[CELLS] = cells;
  }
  Row.prototype = shape;
  const Values = Row as unknown as new (cells: readonly string[]) => Values;
  return (cells) => new Values(cells);
}

/** What a value is, without space around it and without what stands for nothing. */
export function given(value: string | undefined): string | null {
  const text = value?.trim() ?? '';
  return text === '' || (text.length <= LONGEST_NOTHING && NOTHING.test(text)) ? null : text;
}

const NOTHING = /^(?:n\/?a|null|none|nan|-|--|unknown)$/i;
const LONGEST_NOTHING = 'unknown'.length;

/** The parts of a list with semicolons between them, each once. */
export const givenList = (value: string | undefined): string[] => [
  ...new Set((value ?? '').split(';').flatMap((part) => given(part) ?? [])),
];

/** How many died, as a claim's value; null where it isn't given. @throws RowFault */
export function readDeaths(column: string, values: Values): string | null {
  const deaths = given(values[column]);
  if (deaths !== null && !/^\d+$/.test(deaths)) throw new RowFault(column, deaths, 'not a number of deaths');
  return deaths;
}

/** A number as it is written in one of the world's ways: 1,234.5 and 1.234,5 and 36,2. @throws RowFault */
export function readNumber(column: string, value: string): number {
  const plain = value
    .trim()
    .replaceAll(/[\s\u00a0\u202f']/g, '')
    .replace('\u2212', '-');
  const isGrouped = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(plain);
  const isGroupedByPoints = /^[+-]?\d{1,3}(?:\.\d{3})+,\d+$/.test(plain);
  const text = isGrouped
    ? plain.replaceAll(',', '')
    : isGroupedByPoints
      ? plain.replaceAll('.', '').replace(',', '.')
      : plain.replace(',', '.');
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i.test(text))
    throw new RowFault(column, value, 'not a number');
  return Number(text);
}

/**
 * Coordinates in degrees; null where there are none, or 0/0, which is where nothing happens and many rows have.
 * @throws RowFault for a number that is none, or is beyond the globe
 */
export function readPosition(
  values: Values,
  [latColumn, lngColumn]: readonly [lat: string, lng: string],
): Position | null {
  const [latText, lngText] = [given(values[latColumn]), given(values[lngColumn])];
  if (latText === null && lngText === null) return null;
  if (latText === null) throw new RowFault(latColumn, '', 'a longitude without a latitude');
  if (lngText === null) throw new RowFault(lngColumn, '', 'a latitude without a longitude');
  const number = (column: string, text: string): number => {
    if (PLAIN_DEGREES.test(text)) return Number(text);
    // Degrees are not grouped: 36,201 is 36.201.
    const degrees = /^[+-]?\d{1,3},\d+$/.test(text)
      ? Number(text.replace(',', '.'))
      : readNumber(column, text);
    return degrees;
  };
  const [lat, lng] = [number(latColumn, latText), number(lngColumn, lngText)];
  if (lat === 0 && lng === 0) return null;
  if (Math.abs(lat) > 90) {
    const isSwapped = Math.abs(lat) <= 180 && Math.abs(lng) <= 90;
    throw new RowFault(
      latColumn,
      latText,
      isSwapped ? 'beyond 90 degrees: latitude and longitude may be swapped' : 'a latitude beyond 90 degrees',
    );
  }
  if (Math.abs(lng) > 180) throw new RowFault(lngColumn, lngText, 'a longitude beyond 180 degrees');
  return { lng, lat };
}

const PLAIN_DEGREES = /^-?\d{1,3}(?:\.\d+)?$/;

/** In which order a date with slashes has its day and month. */
export type DateOrder = 'dmy' | 'mdy';

const SLASHED =
  /^(\d{1,4})[/.-](\d{1,2})[/.-](\d{1,4})(?:[T\s]+(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2}|AM|PM)?)?$/i;
const WRITTEN = /^(?:(\d{1,2})[\s-]+([A-Za-z]{3,9})|([A-Za-z]{3,9})\s+(\d{1,2}),?)[\s-,]+(\d{4})$/;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Dates that were read already: the same days come again and again. */
const DATES = new Map<string, When>();
const MOST_DATES = 20_000;

/**
 * A date in EDTF, or as spreadsheets and people write it.
 * @throws RowFault when it is no date, or when its order of day and month is not known
 */
export function readDate(column: string, value: string | null, order: DateOrder | null): When {
  if (value === null) return readWhen('');
  const key = order === null ? value : `${order} ${value}`;
  const known = DATES.get(key);
  if (known) return known;
  try {
    const when = readWhen(edtfOf(column, value, order) ?? value);
    if (DATES.size >= MOST_DATES) DATES.clear();
    DATES.set(key, when);
    return when;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new RowFault(column, value, 'not a date that can be read');
  }
}

function edtfOf(column: string, value: string, order: DateOrder | null): string | null {
  const text = value.trim();
  const compact = /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (compact) return compact.slice(1).join('-');
  const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.exec(
    text,
  );
  if (iso)
    return iso[2] === undefined || isMidnight(iso[2], iso[3])
      ? (iso[1] as string)
      : `${iso[1]}T${iso[2]}${iso[3] ?? 'Z'}`;
  const written = WRITTEN.exec(text);
  if (written) {
    const [, dayBefore, monthAfter = '', monthBefore = '', dayAfter, year = ''] = written;
    const month = MONTHS.indexOf((monthAfter || monthBefore).slice(0, 3).toLowerCase()) + 1;
    if (month > 0) return dayOf(column, value, year, month, Number(dayBefore ?? dayAfter));
  }
  const slashed = SLASHED.exec(text);
  if (!slashed) return null;
  const [a, b, c] = slashed.slice(1, 4) as [string, string, string];
  if (a.length === 4) return dayOf(column, value, a, Number(b), Number(c));
  if (c.length !== 4) throw new RowFault(column, value, 'a year of two digits');
  // With points the day comes first wherever they are used.
  const isPointed = text.includes('.') && !text.includes(':');
  if (order === null && !isPointed && Number(a) <= 12 && Number(b) <= 12 && a !== b)
    throw new RowFault(column, value, 'day and month cannot be told apart: say --dates dmy or --dates mdy');
  const isMonthFirst =
    !isPointed && (order === 'mdy' || (order === null && Number(a) <= 12 && Number(b) > 12));
  return isMonthFirst
    ? dayOf(column, value, c, Number(a), Number(b))
    : dayOf(column, value, c, Number(b), Number(a));
}

/** Spreadsheets write a day as its midnight. */
const isMidnight = (time: string, zone: string | undefined): boolean =>
  time === '00:00' && (zone ?? 'Z') === 'Z';

function dayOf(column: string, value: string, year: string, month: number, day: number): string {
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(Number(year), month, 0)).getUTCDate())
    throw new RowFault(column, value, 'a day that no calendar has');
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** What the dates of a file that begin with a day or a month say of their order. */
export class DateOrders {
  #isDayFirst = false;
  #isMonthFirst = false;
  #both: string | null = null;

  see(date: string): void {
    const [, a = '', b = '', c = ''] = SLASHED.exec(date.trim()) ?? [];
    if (c.length !== 4 || date.includes('.')) return;
    if (Number(a) > 12) this.#isDayFirst = true;
    else if (Number(b) > 12) this.#isMonthFirst = true;
    else if (a !== b) this.#both ??= date.trim();
  }

  /**
   * The order of all of them; null where each is read in one way only.
   * @throws InputError where some can be read both ways, and no other or others of both kinds say which is meant
   */
  known(file: string): DateOrder | null {
    if (this.#both !== null && this.#isDayFirst === this.#isMonthFirst)
      throw new InputError(
        `${file} has dates that can be read both ways, such as "${this.#both}". Say which comes first, the day or the month: --dates dmy or --dates mdy.`,
      );
    if (this.#both === null) return null;
    return this.#isDayFirst ? 'dmy' : 'mdy';
  }
}

/** ISO 3166-1 alpha-2 codes by the countries' names in English. */
const COUNTRIES = new Map<string, string>();

/** Names that datasets use and Unicode's list of countries has not. */
const OTHER_NAMES = {
  ...{
    BA: 'bosnia-herzegovina',
    CD: 'democratic republic of congo|dr congo|zaire',
    CG: 'republic of congo|congo',
  },
  ...{
    CI: 'ivory coast',
    CV: 'cabo verde',
    CZ: 'czech republic',
    GB: 'uk|great britain',
    KR: 'republic of korea',
  },
  ...{
    LA: "lao people's democratic republic",
    MK: 'macedonia',
    PS: 'palestine|occupied palestinian territory',
  },
  ...{ RU: 'russian federation', SZ: 'kingdom of eswatini', TL: 'east timor', TR: 'turkey', VN: 'viet nam' },
  ...{ US: 'usa|united states of america', VA: 'vatican|holy see', AE: 'uae', SY: 'syrian arab republic' },
};

/** What names were found to be. */
const ASKED = new Map<string, string | null>();
const MOST_ASKED = 10_000;

/** The ISO 3166-1 alpha-2 code of a country by its code or its English name; null where it isn't known. */
export function countryCode(name: string | null): string | null {
  if (name === null) return null;
  let code = ASKED.get(name);
  if (code === undefined) {
    code = foundCode(name);
    if (ASKED.size >= MOST_ASKED) ASKED.clear();
    ASKED.set(name, code);
  }
  return code;
}

function foundCode(name: string): string | null {
  if (COUNTRIES.size === 0) {
    const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
    for (const a of letters)
      for (const b of letters) {
        const found = names.of(a + b);
        if (!found || /^(?:EU|EZ|UN|ZZ|XA|XB|QO)$/.test(a + b)) continue;
        // Myanmar (Burma) is found by either.
        for (const each of [found, ...found.split(/[()]/)])
          if (each.trim()) COUNTRIES.set(plainName(each), a + b);
      }
    for (const [code, others] of Object.entries(OTHER_NAMES))
      for (const other of others.split('|')) COUNTRIES.set(other, code);
  }
  const text = name.trim();
  if (/^[A-Z]{2}$/.test(text)) return text;
  // Russia (Soviet Union) is Russia.
  const plain = plainName(text);
  return COUNTRIES.get(plain) ?? COUNTRIES.get(plain.replace(/ \(.*\)$/, '')) ?? null;
}

const plainName = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('’', "'")
    .replaceAll('&', 'and')
    .replace(/^the /, '');
