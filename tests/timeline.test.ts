import { expect, test } from 'vitest';
import { isCertainlyWithin, isPossiblyWithin, readWhen, type Period } from '../server/time.ts';
import { timelineBins } from '../server/timeline.ts';
import { Chance } from './random.ts';

const ALL: Period = { from: null, to: null };
const day = (text: string): number => Date.parse(text);
const dates = (...texts: string[]): Period[] => texts.map(readWhen);

const shown = (bins: ReturnType<typeof timelineBins>): [from: string, count: number, certain: number][] =>
  bins.map(({ from, count, certain }) => [new Date(from).toISOString().slice(0, 10), count, certain]);

test('no events and no period have no bins', () => {
  expect(timelineBins([], ALL, 10)).toEqual([]);
  expect(timelineBins(dates('', '', '../..'), ALL, 10)).toEqual([]);
});

test('no events in a period have empty bins', () => {
  const during = { from: day('2016-10-13'), to: day('2016-10-15') };
  expect(shown(timelineBins([], during, 2))).toEqual([
    ['2016-10-13', 0, 0],
    ['2016-10-14', 0, 0],
  ]);
});

test('one day has one bin, and many events on it are all in it', () => {
  expect(shown(timelineBins(dates('2016-02-29'), ALL, 1))).toEqual([['2016-02-29', 1, 1]]);
  expect(shown(timelineBins(dates(...Array<string>(1000).fill('2016-02-29')), ALL, 1))).toEqual([
    ['2016-02-29', 1000, 1000],
  ]);
});

test('a vague date is counted in each bin that it overlaps, and is certain in none', () => {
  expect(shown(timelineBins(dates('2016-10-13', '2016-10-15', '2016-10-13/2016-10-15', ''), ALL, 3))).toEqual(
    [
      ['2016-10-13', 2, 1],
      ['2016-10-14', 1, 0],
      ['2016-10-15', 2, 1],
    ],
  );
});

test('a bin does not count what only touches it', () => {
  const during = { from: day('2016-10-14'), to: day('2016-10-15') };
  expect(shown(timelineBins(dates('2016-10-13', '2016-10-15'), during, 1))).toEqual([['2016-10-14', 0, 0]]);
});

test('open dates reach to the edge of the others', () => {
  expect(shown(timelineBins(dates('2014/..', '../2013', '2012', '2015'), ALL, 4))).toEqual([
    ['2012-01-01', 2, 1],
    ['2013-01-01', 1, 0],
    ['2014-01-01', 1, 0],
    ['2015-01-01', 2, 1],
  ]);
});

test('a period with one open end reaches to the events’ own', () => {
  const events = dates('2012', '2015');
  expect(shown(timelineBins(events, { from: day('2014-01-01'), to: null }, 2))).toEqual([
    ['2014-01-01', 0, 0],
    ['2015-01-01', 1, 1],
  ]);
  expect(shown(timelineBins(events, { from: null, to: day('2014-01-01') }, 2))).toEqual([
    ['2012-01-01', 1, 1],
    ['2013-01-01', 0, 0],
  ]);
  expect(timelineBins(events, { from: day('2020-01-01'), to: null }, 2)).toEqual([]);
});

test('events at zero, before it, and at the ends of time are counted', () => {
  expect(shown(timelineBins(dates('1969-12-31', '1970-01-01'), ALL, 2))).toEqual([
    ['1969-12-31', 1, 1],
    ['1970-01-01', 1, 1],
  ]);
  const [bin, ...more] = timelineBins(dates('Y-271000', 'Y275000'), ALL, 1);
  expect([bin?.count, bin?.certain, more]).toEqual([2, 2, []]);
});

test('each bin counts what going through the events counts, and bins leave no gap', () => {
  const chance = new Chance(7);
  const moment = (): number | null =>
    chance.is(0.1) ? null : day('2016-10-13') + chance.whole(-500, 500) * 3_600_000;
  for (let round = 0; round < 200; round++) {
    const events = Array.from({ length: chance.whole(0, 20) }, (): Period => {
      const [from, length] = [moment(), chance.whole(1, 100) * 3_600_000];
      return chance.is(0.8) && from !== null
        ? { from, to: from + length }
        : { from, to: from === null ? moment() : null };
    });
    const most = chance.whole(1, 40);
    const bins = timelineBins(events, ALL, most);
    expect(bins.length).toBeLessThanOrEqual(most);
    bins.forEach((bin, at) => {
      expect(bin.from).toBe(bins[at - 1]?.to ?? bin.from);
      expect(bin.count).toBe(events.filter((each) => isPossiblyWithin(each, bin)).length);
      expect(bin.certain).toBe(events.filter((each) => isCertainlyWithin(each, bin)).length);
    });
    const bounded = events.filter(({ from, to }) => from !== null && to !== null);
    const binned = bounded.filter((each) => bins.some((bin) => isPossiblyWithin(each, bin)));
    expect(binned.length).toBe(bounded.length);
  }
});
