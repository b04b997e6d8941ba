import type { Words } from './words.ts';

/** How finely a date is written, and with what of it. */
const FIELDS = {
  minute: {
    ...{ day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' },
    ...{ hourCycle: 'h23', timeZoneName: 'short' },
  },
  day: { day: 'numeric', month: 'long', year: 'numeric' },
  dayOfYear: { day: 'numeric', month: 'long' },
  dayOfMonth: { day: 'numeric' },
  month: { month: 'long', year: 'numeric' },
  year: { year: 'numeric' },
} satisfies Record<string, Intl.DateTimeFormatOptions>;

/** One date of EDTF. */
interface Moment {
  at: Date;
  precision: 'minute' | 'day' | 'month' | 'year' | 'season';
  /** 21 to 24, spring to winter, where the precision is a season. */
  season: '21' | '22' | '23' | '24';
  isAbout: boolean;
  isUncertain: boolean;
}

const MOMENT =
  /^(?<year>\d{4})(?:-(?<month>\d\d)(?:-(?<day>\d\d)(?:T(?<time>\d\d:\d\d(?::\d\d)?)(?<zone>Z|[+-]\d\d:\d\d))?)?)?(?<sign>[~?%]?)$/;

/** Reads one date; undefined where it is none, or of a form that is rare. */
function readMoment(text: string): Moment | undefined {
  // An unspecified day leaves a month, an unspecified month a year.
  const parts = MOMENT.exec(text.replace(/(-XX)+(?=[~?%]?$)/, ''))?.groups;
  if (!parts) return undefined;
  const { year = '', month, day, time, zone = '', sign = '' } = parts;
  const isSeason = day === undefined && /^2[1-4]$/.test(month ?? '');
  const date = isSeason ? year : [year, month, day].filter(Boolean).join('-');
  const at = new Date(time ? `${date}T${time}${zone}` : date);
  if (year === '0000' || Number.isNaN(at.getTime()) || (!time && !at.toISOString().startsWith(date)))
    return undefined;
  return {
    at,
    precision: isSeason ? 'season' : time ? 'minute' : day ? 'day' : month ? 'month' : 'year',
    season: month as Moment['season'],
    isAbout: sign === '~' || sign === '%',
    isUncertain: sign === '?' || sign === '%',
  };
}

/** Writes dates of EDTF (ISO 8601-2) out in a language, by the Gregorian calendar and in UTC. */
export class Dates {
  readonly #locale: string;
  readonly #say: Words['say'];
  readonly #formats = new Map<string, Intl.DateTimeFormat>();

  constructor(locale: string, say: Words['say']) {
    this.#locale = locale;
    this.#say = say;
  }

  /**
   * A date, an interval or a set of two, and the empty text, which is no date: 13 October 2016, about June 2016, from March
   * 2011. Undefined for what is none of these, and for forms that are rare.
   */
  write(edtf: string): string | undefined {
    if (edtf === '') return this.#say('undated');
    const set = /^\[([^,\]]+)\.\.([^,\]]+)\]$/.exec(edtf);
    if (set) return this.#pair(set, (from, to) => this.#between(from, to));
    const interval = /^([^/]*)\/([^/]*)$/.exec(edtf);
    if (!interval) {
      const moment = readMoment(edtf);
      return moment && this.#moment(moment);
    }
    const [, start = '', end = ''] = interval;
    if (start === '..' || start === '') {
      const moment = readMoment(end);
      if (!moment) return undefined;
      // An unknown start says less than an open one: it may have been at any time before.
      return start === ''
        ? this.#say('date.by', { date: this.#inPhrase(moment) })
        : this.#bound('date.until', moment);
    }
    if (end === '..' || end === '') {
      const moment = readMoment(start);
      return moment && this.#bound('date.from', moment);
    }
    return this.#pair(interval, (from, to) => this.#span(from, to));
  }

  /** From when to when, by month: March 2011 – January 2017. */
  months(from: Date, to: Date): string {
    return this.#format('month').formatRange(from, to);
  }

  #pair(
    [, first = '', last = '']: RegExpExecArray,
    write: (from: Moment, to: Moment) => string,
  ): string | undefined {
    const [from, to] = [readMoment(first), readMoment(last)];
    return from && to && write(from, to);
  }

  #moment(moment: Moment): string {
    const { at, precision, season, isAbout, isUncertain } = moment;
    const plain =
      precision === 'season'
        ? this.#say(`season.${season}`, { year: this.#format('year').format(at) })
        : this.#format(precision).format(at);
    const date = isAbout
      ? this.#say(withDay('date.about', precision), { date: this.#genitive(moment) })
      : plain;
    return isUncertain ? this.#say('date.uncertain', { date }) : date;
  }

  #bound(key: 'date.from' | 'date.until', moment: Moment): string {
    return this.#say(isQualified(moment) ? key : withDay(key, moment.precision), {
      date: this.#inPhrase(moment),
    });
  }

  /** 6–13 October 2016 */
  #span(from: Moment, to: Moment): string {
    const { precision } = from;
    if (
      isQualified(from) ||
      isQualified(to) ||
      precision !== to.precision ||
      precision === 'season' ||
      precision === 'minute'
    )
      return this.#say('date.span', { from: this.#moment(from), to: this.#moment(to) });
    return this.#format(precision).formatRange(from.at, to.at);
  }

  /** Between 6 and 13 October 2016: what both dates share is said once. */
  #between(from: Moment, to: Moment): string {
    const isDays = [from, to].every((each) => each.precision === 'day' && !isQualified(each));
    const shared = [0, 5, 8].findLast((end) =>
      from.at.toISOString().startsWith(to.at.toISOString().slice(0, end)),
    );
    const first =
      isDays && shared
        ? this.#format(shared === 8 ? 'dayOfMonth' : 'dayOfYear').format(from.at)
        : this.#inPhrase(from);
    const key = isDays ? 'date.between.day' : 'date.between';
    return this.#say(key, { from: first, to: this.#inPhrase(to) });
  }

  #inPhrase(moment: Moment): string {
    return isQualified(moment) ? this.#moment(moment) : this.#genitive(moment);
  }

  /** A month within a phrase has the case that it has after a day: in Russian, сентября and not сентябрь. */
  #genitive({ at, precision, season }: Moment): string {
    if (precision !== 'month')
      return this.#moment({ at, precision, season, isAbout: false, isUncertain: false });
    const parts = this.#format('day').formatToParts(at);
    const month = parts.findIndex(({ type }) => type === 'month');
    return parts
      .slice(month)
      .map(({ value }) => value)
      .join('');
  }

  #format(fields: keyof typeof FIELDS): Intl.DateTimeFormat {
    let format = this.#formats.get(fields);
    if (!format) {
      format = new Intl.DateTimeFormat(this.#locale, { ...FIELDS[fields], timeZone: 'UTC' });
      this.#formats.set(fields, format);
    }
    return format;
  }
}

const isQualified = ({ isAbout, isUncertain }: Moment): boolean => isAbout || isUncertain;

const withDay = <Key extends string>(key: Key, precision: Moment['precision']): Key | `${Key}.day` =>
  precision === 'day' || precision === 'minute' ? `${key}.day` : key;
