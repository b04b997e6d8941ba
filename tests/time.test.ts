import { utcDay, utcMonday } from 'd3-time';
import edtf, { parse } from 'edtf';
import { expect, test } from 'vitest';
import { InputError } from '../server/input-error.ts';
import {
  calendarBins,
  isCertainlyWithin,
  isPossiblyWithin,
  readMoment,
  readWhen,
  whenLabel,
} from '../server/time.ts';
import type { Period } from '../server/time.ts';
import { Chance } from './random.ts';

const DAY = 86_400_000;

/** A moment as the tests write it: the year, month and day, and the time if it isn't midnight. */
const shown = (moment: number | null): string | null =>
  moment === null ? null : new Date(moment).toISOString().replace('T00:00:00.000Z', '').replace('.000Z', 'Z');

test.each<[edtf: string, from: string | null, to: string | null, precision: string, label: string]>([
  ['', null, null, 'INTERVAL', 'undated'],
  ['2016-10-13', '2016-10-13', '2016-10-14', 'DAY', '13 October 2016'],
  ['2016-10', '2016-10-01', '2016-11-01', 'MONTH', 'October 2016'],
  ['2016', '2016-01-01', '2017-01-01', 'YEAR', '2016'],
  ['2016-12-31', '2016-12-31', '2017-01-01', 'DAY', '31 December 2016'],
  // Leap days: every fourth year, but of the centuries only every fourth.
  ['2016-02-29', '2016-02-29', '2016-03-01', 'DAY', '29 February 2016'],
  ['2016-02', '2016-02-01', '2016-03-01', 'MONTH', 'February 2016'],
  ['2000-02-29', '2000-02-29', '2000-03-01', 'DAY', '29 February 2000'],
  // Years before 1970, below 100 and before our era; year 0 is 1 BC.
  ['1969-12-31', '1969-12-31', '1970-01-01', 'DAY', '31 December 1969'],
  ['0099-01-31', '0099-01-31', '0099-02-01', 'DAY', '31 January 99'],
  ['0000', '0000-01-01', '0001-01-01', 'YEAR', '1 BC'],
  ['-0044-03-15', '-000044-03-15', '-000044-03-16', 'DAY', '15 March 45 BC'],
  ['Y-17000', '-017000-01-01', '-016999-01-01', 'YEAR', '17001 BC'],
  ['9999-12-31', '9999-12-31', '+010000-01-01', 'DAY', '31 December 9999'],
  // Times, with and without seconds and offsets.
  [
    '2016-10-13T12:00Z',
    '2016-10-13T12:00:00Z',
    '2016-10-13T12:01:00Z',
    'MINUTE',
    '13 October 2016, 12:00 UTC',
  ],
  [
    '2016-10-13T12:00',
    '2016-10-13T12:00:00Z',
    '2016-10-13T12:01:00Z',
    'MINUTE',
    '13 October 2016, 12:00 UTC',
  ],
  [
    '2016-10-13T12:00:30Z',
    '2016-10-13T12:00:30Z',
    '2016-10-13T12:00:31Z',
    'MINUTE',
    '13 October 2016, 12:00 UTC',
  ],
  [
    '2016-10-14T01:30+03:00',
    '2016-10-13T22:30:00Z',
    '2016-10-13T22:31:00Z',
    'MINUTE',
    '13 October 2016, 22:30 UTC',
  ],
  [
    '2016-12-31T23:30-05:00',
    '2017-01-01T04:30:00Z',
    '2017-01-01T04:31:00Z',
    'MINUTE',
    '1 January 2017, 04:30 UTC',
  ],
  // Approximate and uncertain dates denote what they are about.
  ['2016-06~', '2016-06-01', '2016-07-01', 'MONTH', 'about June 2016'],
  ['2016~', '2016-01-01', '2017-01-01', 'YEAR', 'about 2016'],
  ['2016-10-13?', '2016-10-13', '2016-10-14', 'DAY', '13 October 2016?'],
  ['2016-10-13%', '2016-10-13', '2016-10-14', 'DAY', 'about 13 October 2016?'],
  // Unspecified digits.
  ['201X', '2010-01-01', '2020-01-01', 'INTERVAL', 'the 2010s'],
  ['20XX', '2000-01-01', '2100-01-01', 'INTERVAL', '20XX'],
  ['2016-XX', '2016-01-01', '2017-01-01', 'YEAR', '2016'],
  ['2016-10-XX', '2016-10-01', '2016-11-01', 'MONTH', 'October 2016'],
  ['2016-10-1X', '2016-10-10', '2016-10-20', 'INTERVAL', '2016-10-1X'],
  ['2016-XX-XX', '2016-01-01', '2017-01-01', 'YEAR', '2016'],
  // Seasons are of the north unless they are said to be of the south; winter ends in the year after.
  ['2016-21', '2016-03-01', '2016-06-01', 'INTERVAL', 'spring 2016'],
  ['2016-22', '2016-06-01', '2016-09-01', 'INTERVAL', 'summer 2016'],
  ['2016-23', '2016-09-01', '2016-12-01', 'INTERVAL', 'autumn 2016'],
  ['2015-24', '2015-12-01', '2016-03-01', 'INTERVAL', 'winter 2015'],
  ['2016-25', '2016-03-01', '2016-06-01', 'INTERVAL', '2016-25'],
  ['2016-29', '2016-09-01', '2016-12-01', 'INTERVAL', '2016-29'],
  ['2016-34', '2016-04-01', '2016-07-01', 'INTERVAL', '2016-34'],
  // Intervals include their last day.
  ['2016-09-12/2016-09-19', '2016-09-12', '2016-09-20', 'INTERVAL', '12–19 September 2016'],
  ['2016-10-30/2016-11-02', '2016-10-30', '2016-11-03', 'INTERVAL', '30 October – 2 November 2016'],
  ['2015-12-30/2016-01-02', '2015-12-30', '2016-01-03', 'INTERVAL', '30 December 2015 – 2 January 2016'],
  ['2016-10-13/2016-10-13', '2016-10-13', '2016-10-14', 'INTERVAL', '13 October 2016'],
  ['2016-09/2016-11', '2016-09-01', '2016-12-01', 'INTERVAL', 'September – November 2016'],
  ['2016/2018', '2016-01-01', '2019-01-01', 'INTERVAL', '2016–2018'],
  ['2012/2016-12~', '2012-01-01', '2017-01-01', 'INTERVAL', '2012 – about December 2016'],
  // Open (..) and unknown (nothing) ends.
  ['2011-03/..', '2011-03-01', null, 'INTERVAL', 'from March 2011'],
  ['2016-05-09/', '2016-05-09', null, 'INTERVAL', 'from 9 May 2016'],
  ['../2012', null, '2013-01-01', 'INTERVAL', 'until 2012'],
  ['/2016-05-09', null, '2016-05-10', 'INTERVAL', 'by 9 May 2016'],
  ['../..', null, null, 'INTERVAL', 'undated'],
  // One of a set, or all of a list.
  ['[2016-10-08..2016-10-13]', '2016-10-08', '2016-10-14', 'INTERVAL', 'between 8 and 13 October 2016'],
  ['[2016-10-01,2016-10-15]', '2016-10-01', '2016-10-16', 'INTERVAL', '1 or 15 October 2016'],
  ['[2016,2018,2020]', '2016-01-01', '2021-01-01', 'INTERVAL', '2016 or 2018 or 2020'],
  [
    '[2016-10-08..2016-10-13,2016-12]',
    '2016-10-08',
    '2017-01-01',
    'INTERVAL',
    'between 8 October and December 2016',
  ],
  ['{2016-10-01,2016-10-15}', '2016-10-01', '2016-10-16', 'INTERVAL', '1 and 15 October 2016'],
  ['{2016,2018,2020}', '2016-01-01', '2021-01-01', 'INTERVAL', '2016, 2018, 2020'],
  ['[..2016-10-13]', null, '2016-10-14', 'INTERVAL', 'by 13 October 2016'],
  ['[2016-10-13..]', '2016-10-13', null, 'INTERVAL', '13 October 2016 or later'],
])('%s is read with its bounds, precision and label', (edtf, from, to, precision, label) => {
  const when = readWhen(edtf);
  expect({ ...when, from: shown(when.from), to: shown(when.to) }).toEqual({ edtf, from, to, precision });
  expect(whenLabel(edtf)).toBe(label);
});

test.each([
  ...[
    '13 October 2016',
    'last Monday',
    '2016-13',
    '2016-00',
    '2016-10-32',
    '2016-04-31',
    '20161013',
    ' 2016',
    '2016 ',
  ],
  ...[
    '２０１６',
    '٢٠١٦',
    '2016-10-13T25:00Z',
    '2016-10-13T12:60Z',
    '+2016',
    'Y2016',
    '[]',
    '{}',
    '[2016',
    '..',
    '2016//2017',
  ],
  ...['constructor', '2016-10-13\n', '2016-10-13; DROP TABLE event'],
])('"%s" is no date', (text) => {
  expect(() => readWhen(text)).toThrow(InputError);
  expect(() => readWhen(text)).toThrow(
    `not a date: "${text}". Write it in EDTF (ISO 8601-2), such as 2016-10-13`,
  );
});

test.each([
  '2015-02-29',
  '1900-02-29',
  '2015-02-29~',
  '2015-02-29T12:00Z',
  '2015-02-29/2016',
  '[2014..2015-02-29]',
  '2015-02-29/..',
])('%s is a leap day that was not, or no date', (text) => {
  expect(() => readWhen(text)).toThrow(InputError);
  expect(() => readWhen(text)).toThrow(new RegExp(`^(no such day|not a date): ".*". Write it in EDTF`));
});

test.each([
  '2016-10-13/2016-10-12',
  '2017/2016',
  '[2016-10-13..2016-10-08]',
  '{2017..2015,2018}',
  '[2016..2015]',
])('%s ends before it starts', (text) => {
  expect(() => readWhen(text)).toThrow(new RegExp(`^date ends before it starts: ".*". Write it in EDTF`));
});

test.each(['Y17E7', 'Y170000002', 'Y-999999', 'Y275760', 'Y1E99'])(
  '%s is beyond the range of dates',
  (text) => {
    expect(() => readWhen(text)).toThrow(InputError);
    expect(() => readWhen(text)).toThrow(`date out of range: "${text}". Write it in EDTF`);
  },
);

test.each(['2016', '9', '-', '[', '{', '[2016..', '2016/', 'X', '2016-10-13,', '~', 'T', '\u0000', '🕛'])(
  '100 kB of "%s" are refused at once, and quoted in part',
  (part) => {
    const started = performance.now();
    const text = part.repeat(100_000 / part.length);
    expect(() => readWhen(text)).toThrow(InputError);
    expect(() => readWhen(text)).toThrow(/^not a date: "[^]{100}"\. Write/);
    expect(performance.now() - started).toBeLessThan(1000);
  },
);

test.each(['[2016..', '{2016,', '2016-X', '201~?', '((((', '2016-10-13T12:00:00+', 'Y1E1S1'])(
  'a hundred letters of "%s" are refused quickly',
  (part) => {
    const started = performance.now();
    for (let length = 1; length <= 100; length++) {
      const text = part.repeat(20).slice(0, length);
      try {
        readWhen(text);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
    }
    expect(performance.now() - started).toBeLessThan(1000);
  },
);

test.each([
  ['2016', '2016-01-01'],
  [' 2016-10 ', '2016-10-01'],
  ['2016-10-13', '2016-10-13'],
  ['2016-10-15T12:00Z', '2016-10-15T12:00:00Z'],
  ['2016-10-15T12:00:00.000Z', '2016-10-15T12:00:00Z'],
  ['2016-10-15T12:00+03:00', '2016-10-15T09:00:00Z'],
  ['2016~', '2016-01-01'],
  ['201X', '2010-01-01'],
  ['-0044', '-000044-01-01'],
])('the moment "%s" is its first', (text, moment) => {
  expect(shown(readMoment(text))).toBe(moment);
});

test.each(['', '2016/2017', '2012/..', '../2012', '[2016..2017]', '{2016,2017}', '[2016..]'])(
  '"%s" is not one moment',
  (text) => {
    expect(() => readMoment(text)).toThrow(InputError);
    expect(() => readMoment(text)).toThrow(`not one date: "${text}". Write a year, month, day or time`);
  },
);

const period = (from: number | null, to: number | null): Period => ({ from, to });

test.each<[what: string, when: Period, within: Period, possibly: boolean, certainly: boolean]>([
  ['before the period', period(0, 2), period(3, 5), false, false],
  ['touching its start', period(0, 3), period(3, 5), false, false],
  ['across its start', period(0, 4), period(3, 5), true, false],
  ['from its start', period(3, 4), period(3, 5), true, true],
  ['the same', period(3, 5), period(3, 5), true, true],
  ['up to its end', period(4, 5), period(3, 5), true, true],
  ['across its end', period(4, 6), period(3, 5), true, false],
  ['touching its end', period(5, 6), period(3, 5), false, false],
  ['around it', period(0, 9), period(3, 5), true, false],
  ['at zero', period(0, 1), period(0, 1), true, true],
  ['undated', period(null, null), period(3, 5), false, false],
  ['undated, in all time', period(null, null), period(null, null), false, false],
  ['with an open end, from inside', period(4, null), period(3, 5), true, false],
  ['with an open end, from its end', period(5, null), period(3, 5), false, false],
  ['with an open end, in an open end', period(4, null), period(3, null), true, true],
  ['with an open start, to inside', period(null, 4), period(3, 5), true, false],
  ['with an open start, to its start', period(null, 3), period(3, 5), false, false],
  ['with an open start, in an open start', period(null, 4), period(null, 5), true, true],
  ['with an open end, in all time', period(4, null), period(null, null), true, true],
  ['before an open start', period(0, 2), period(null, 5), true, true],
  ['before an open end', period(0, 2), period(3, null), false, false],
])('a date that is %s', (_, when, within, possibly, certainly) => {
  expect(isPossiblyWithin(when, within)).toBe(possibly);
  expect(isCertainlyWithin(when, within)).toBe(certainly);
});

const moment = (text: string): number => Date.parse(text);

test('plain days, and spans of two, are what the library makes of them', () => {
  const chance = new Chance(8);
  const day = (): string => {
    const [year, month] = [chance.one([1, 99, 1900, 1999, 2000, 2016, 2100, 9999]), chance.whole(1, 12)];
    const number = chance.one([1, 2, 15, 28, new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()]);
    return [String(year).padStart(4, '0'), ...[month, number].map((n) => String(n).padStart(2, '0'))].join(
      '-',
    );
  };
  for (let round = 0; round < 500; round++) {
    const days = [day(), day()].sort();
    for (const text of [days[0] as string, days.join('/')]) {
      const [first = '', last = first] = text.split('/');
      expect(readWhen(text)).toEqual({
        ...{ edtf: text, from: edtf(parse(first)).min, to: edtf(parse(last)).max + 1 },
        precision: text.includes('/') ? 'INTERVAL' : 'DAY',
      });
      expect(parse(text).type).toBe(text.includes('/') ? 'Interval' : 'Date');
    }
    if (days[0] !== days[1]) expect(() => readWhen(days.toReversed().join('/'))).toThrow(InputError);
  }
});

test('bins follow the calendar, leap day and all', () => {
  const days = calendarBins(moment('2016-02-28'), moment('2016-03-02'), 3);
  expect(days.map(shown)).toEqual(['2016-02-28', '2016-02-29', '2016-03-01', '2016-03-02']);
  const weeks = calendarBins(moment('2016-10-13'), moment('2016-10-28'), 3);
  expect(weeks.map(shown)).toEqual(['2016-10-10', '2016-10-17', '2016-10-24', '2016-10-31']);
  const months = calendarBins(moment('2016-01-15'), moment('2016-03-02'), 4);
  expect(months.map(shown)).toEqual(['2016-01-01', '2016-02-01', '2016-03-01', '2016-04-01']);
});

test('a moment has one bin, and so has all time', () => {
  const one = calendarBins(moment('2016-10-13T12:00:10Z'), moment('2016-10-13T12:00:20Z'), 1);
  expect(one.map(shown)).toEqual(['2016-10-13T12:00:00Z', '2016-10-13T12:01:00Z']);
  const [from, to] = [-8.64e15 + DAY, 8.64e15 - DAY];
  const edges = calendarBins(from, to, 1);
  expect(edges).toHaveLength(2);
  expect(edges.every(Number.isFinite)).toBe(true);
});

test('bins cover the period, are whole, without a gap, and no more than asked for', () => {
  const chance = new Chance(5);
  for (let round = 0; round < 2000; round++) {
    const from = moment('2016-10-13') + Math.round((chance.next() - 0.5) * 10 ** chance.whole(3, 14));
    const to = from + 1 + Math.round(chance.next() * 10 ** chance.whole(0, 14));
    const most = chance.whole(1, chance.one([3, 50, 1000]));
    const edges = calendarBins(from, to, most);
    const told = `${from} ${to} ${most}: ${edges.slice(0, 5).map(shown).join(', ')}`;
    const [first = NaN, second = NaN] = edges;
    const [last = NaN, oneBefore = NaN] = edges.toReversed();
    expect(edges.length, told).toBeLessThanOrEqual(most + 1);
    expect(first <= from && from < second, told).toBe(true);
    expect(oneBefore < to && to <= last, told).toBe(true);
    const lengths = edges.slice(1).map((edge, at) => edge - (edges[at] ?? NaN));
    expect(Math.min(...lengths), told).toBeGreaterThanOrEqual(60_000);
    // Whole units: of days or more, bins begin at midnight; of less, they divide the day.
    const whole = lengths.every((length) => DAY % length === 0) || edges.every((edge) => edge % DAY === 0);
    expect(whole, told).toBe(true);
  }
});

test('bins are as fine as fit', () => {
  const [from, to] = [moment('2016-10-10'), moment('2016-10-24')];
  expect(calendarBins(from, to, 14)).toEqual(utcDay.range(new Date(from), new Date(to + DAY)).map(Number));
  expect(calendarBins(from, to, 13)).toEqual(utcMonday.range(new Date(from), new Date(to + DAY)).map(Number));
  expect(calendarBins(from, to, 1)).toEqual([moment('2016-10-01'), moment('2016-11-01')]);
});
