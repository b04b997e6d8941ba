import { utcDay, utcMonth } from 'd3-time';
import { describe, expect, test } from 'vitest';
import type { Span } from '../web/address.ts';
import { LANGUAGES, localeOf, type Language } from '../web/languages.ts';
import { AxisLabels, barsPath, binsIn, layerPaths, type Bin } from '../web/timeline/axis.ts';
import {
  around,
  drawn,
  lastOf,
  moved,
  nextEdge,
  outermost,
  resized,
  revealing,
  shifted,
  snapOf,
  stepped,
  STEPS,
  within,
  zoomed,
} from '../web/timeline/calendar.ts';
import { partAt } from '../web/timeline/hand.ts';
import { Chance } from './random.ts';

const at = (text: string): number => Date.parse(text);
const span = (from: string, to: string): Span => ({ from: at(from), to: at(to) });
const written = ({ from, to }: Span): string[] =>
  [from, to].map((moment) => new Date(moment).toISOString().replace('T00:00:00.000Z', ''));

const ATLAS = span('2011-03-01', '2017-01-24');
const SEPTEMBER = span('2016-09-01', '2016-10-01');

test.each([
  ['2016-10-13T00:00Z', '2016-10-13T04:00Z', '2016-10-13T01:23:40Z', '2016-10-13T01:23:00.000Z'],
  ['2016-10-13', '2016-10-15', '2016-10-13T01:23:40Z', '2016-10-13T01:15:00.000Z'],
  ['2016-10-13', '2016-10-20', '2016-10-13T01:23:40Z', '2016-10-13T01:00:00.000Z'],
  ['2016-06-01', '2016-12-01', '2016-10-13T01:23:40Z', '2016-10-13'],
  ['2015-01-01', '2017-01-01', '2016-10-13T01:23:40Z', '2016-10-10'],
  ['2011-03-01', '2017-01-24', '2016-10-13T01:23:40Z', '2016-10-01'],
  ['1900-01-01', '2017-01-01', '2016-10-13T01:23:40Z', '2016-01-01'],
  ['1000-01-01', '2017-01-01', '2016-10-13T01:23:40Z', '2010-01-01'],
])('from %s to %s on 1000 pixels a hand keeps to steps that it can aim at', (from, to, moment, edge) => {
  const snap = snapOf(span(from, to), 1000);
  expect(written({ from: Number(snap.floor(new Date(moment))), to: 0 })[0]).toBe(edge);
});

describe('a step', () => {
  test.each([
    ['day', '2016-02-28', '2016-02-27', '2016-02-29'],
    ['week', '2016-10-13', '2016-10-10', '2016-10-17'],
    ['week', '2016-10-10', '2016-10-03', '2016-10-17'],
    ['month', '2016-10-13', '2016-10-01', '2016-11-01'],
    ['month', '2016-01-01', '2015-12-01', '2016-02-01'],
    ['year', '2016-10-13', '2016-01-01', '2017-01-01'],
  ] as const)('of a %s from %s goes to the edge before, %s, and after, %s', (step, moment, before, after) => {
    expect([nextEdge(at(moment), step, -1), nextEdge(at(moment), step, 1)]).toEqual([at(before), at(after)]);
  });

  test.each([
    ['day', '2016-10-17'],
    ['week', '2016-11-01'],
    ['month', '2017-01-01'],
    ['year', '2020-01-01'],
  ] as const)('that is bigger than a %s goes to %s', (step, after) => {
    expect(nextEdge(at('2016-10-13'), step, 1, true)).toBe(at(after));
  });

  test.each([
    ['month', 1, '2016-09-01', '2016-10-01', '2016-10-01', '2016-11-01'],
    ['month', 1, '2016-01-01', '2016-02-01', '2016-02-01', '2016-03-01'],
    ['month', -1, '2016-03-01', '2016-04-01', '2016-02-01', '2016-03-01'],
    ['month', 1, '2015-11-01', '2016-02-01', '2015-12-01', '2016-03-01'],
    ['year', 1, '2015-01-01', '2016-01-01', '2016-01-01', '2017-01-01'],
    ['year', -1, '2016-01-01', '2018-01-01', '2015-01-01', '2017-01-01'],
    ['day', 1, '2016-09-01', '2016-10-01', '2016-09-02', '2016-10-02'],
    ['week', 1, '2016-10-03', '2016-10-10', '2016-10-10', '2016-10-17'],
    // A period that is not made of whole steps begins with one from then on, and is as long as it was.
    ['month', 1, '2016-01-31', '2016-02-03', '2016-02-01', '2016-02-04'],
    ['month', -1, '2016-01-31', '2016-02-03', '2016-01-01', '2016-01-04'],
  ] as const)('of a %s by %d takes %s to %s to %s to %s', (step, by, from, to, start, end) => {
    expect(written(stepped(span(from, to), step, by))).toEqual([start, end]);
  });

  test('there and back again ends where it began, wherever it is made of whole steps', () => {
    const chance = new Chance(7);
    for (let round = 0; round < 500; round++) {
      const step = chance.one(STEPS);
      const from = nextEdge(ATLAS.from + chance.next() * (ATLAS.to - ATLAS.from), step, 1);
      let to = from;
      for (let more = chance.whole(1, 14); more > 0; more--) to = nextEdge(to, step, 1);
      const there = stepped({ from, to }, step, 1);
      expect(there.from).toBe(nextEdge(from, step, 1));
      expect(there.to).toBe(nextEdge(to, step, 1));
      expect(stepped(there, step, -1)).toEqual({ from, to });
    }
  });

  test('is first the one in which the span begins, or ends', () => {
    expect(written(outermost(ATLAS, 'month', 1))).toEqual(['2011-03-01', '2011-04-01']);
    expect(written(outermost(ATLAS, 'month', -1))).toEqual(['2017-01-01', '2017-02-01']);
    expect(written(outermost(span('2016-01-01', '2017-01-01'), 'year', -1))).toEqual([
      '2016-01-01',
      '2017-01-01',
    ]);
  });
});

describe('a hand', () => {
  test('draws whole steps in either direction, and never none', () => {
    const [one, other] = [at('2016-10-13T05:00Z'), at('2016-10-15T05:00Z')];
    expect(written(drawn(one, other, utcDay))).toEqual(['2016-10-13', '2016-10-16']);
    expect(drawn(other, one, utcDay)).toEqual(drawn(one, other, utcDay));
    expect(written(drawn(at('2016-10-13'), at('2016-10-13'), utcDay))).toEqual(['2016-10-13', '2016-10-14']);
  });

  test('moves a period by steps, months staying months, and stops at either end', () => {
    const day = 24 * 3600e3;
    expect(written(moved(SEPTEMBER, 29 * day, utcMonth, ATLAS))).toEqual(['2016-10-01', '2016-11-01']);
    expect(written(moved(SEPTEMBER, 3 * day, utcMonth, ATLAS))).toEqual(written(SEPTEMBER));
    expect(written(moved(SEPTEMBER, 9000 * day, utcMonth, ATLAS))).toEqual(['2017-01-01', '2017-02-01']);
    expect(written(moved(SEPTEMBER, -9000 * day, utcMonth, ATLAS))).toEqual(['2011-03-01', '2011-04-01']);
    const week = span('2016-10-13', '2016-10-20');
    expect(written(moved(week, 20 * day, utcMonth, ATLAS))).toEqual(['2016-11-01', '2016-11-08']);
  });

  test('takes an end to the nearest step and leaves the period at least one', () => {
    expect(written(resized(SEPTEMBER, 'to', at('2016-11-20'), utcMonth))).toEqual([
      '2016-09-01',
      '2016-12-01',
    ]);
    expect(written(resized(SEPTEMBER, 'to', at('2015-01-01'), utcMonth))).toEqual(written(SEPTEMBER));
    expect(written(resized(SEPTEMBER, 'from', at('2017-01-01'), utcMonth))).toEqual(written(SEPTEMBER));
    expect(written(resized(SEPTEMBER, 'from', at('2016-07-30'), utcMonth))).toEqual([
      '2016-08-01',
      '2016-10-01',
    ]);
  });

  test.each([
    ['over the start', 100, 100, 300, 'from'],
    ['a little outside', 80, 100, 300, 'from'],
    ['a little inside', 115, 100, 300, 'from'],
    ['in the middle', 200, 100, 300, 'window'],
    ['at the end', 310, 100, 300, 'to'],
    ['far out', 40, 100, 300, 'outside'],
    ['in the middle of a narrow window', 106, 100, 112, 'window'],
    ['at the end of a narrow window', 113, 100, 112, 'to'],
    ['just before a window without width', 99, 100, 100, 'from'],
    ['just after it', 101, 100, 100, 'to'],
  ] as const)('%s takes what lies there', (_, x, from, to, part) => {
    expect(partAt(x, from, to)).toBe(part);
  });

  test('finds 44 pixels of each handle, however wide the window', () => {
    for (const width of [0, 6, 30, 60, 200]) {
      const parts = Array.from({ length: 400 }, (_, x) => partAt(x + 0.5, 150, 150 + width));
      for (const end of ['from', 'to'] as const) {
        const found = parts.filter((part) => part === end).length;
        expect([width, end, found >= 43 && found <= 44]).toEqual([width, end, true]);
      }
    }
  });
});

describe('the span that is shown', () => {
  test('keeps the moment under the hand where it is, and ends with the whole', () => {
    const middle = at('2014-01-01');
    const nearer = zoomed(ATLAS, 1 / 2, middle, ATLAS);
    const part = ({ from, to }: Span): number => (middle - from) / (to - from);
    expect(nearer.to - nearer.from).toBeCloseTo((ATLAS.to - ATLAS.from) / 2, 0);
    expect(part(nearer)).toBeCloseTo(part(ATLAS), 9);
    expect(zoomed(nearer, 8, middle, ATLAS)).toEqual(ATLAS);
  });

  test('is never shorter than an hour', () => {
    const { from, to } = zoomed(ATLAS, 1e-9, at('2016-01-01'), ATLAS);
    expect(Math.round(to - from)).toBe(3600e3);
  });

  test('is moved no farther than the whole reaches', () => {
    const year = span('2015-01-01', '2016-01-01');
    expect(shifted(year, -1e12, ATLAS).from).toBe(ATLAS.from);
    expect(shifted(year, 1e12, ATLAS).to).toBe(ATLAS.to);
  });

  test('is what of it lies in the whole, and all of the whole where nothing does', () => {
    expect(within(SEPTEMBER, ATLAS)).toEqual(SEPTEMBER);
    expect(within(span('2001-01-01', '2012-01-01'), ATLAS)).toEqual(span('2011-03-01', '2012-01-01'));
    expect(within(span('1990-01-01', '1991-01-01'), ATLAS)).toEqual(ATLAS);
    const chance = new Chance(3);
    for (let round = 0; round < 200; round++) {
      const moment = (): number => chance.whole(at('1990-01-01'), at('2030-01-01'));
      const [from, to] = [moment(), moment()].sort((a, b) => a - b) as [number, number];
      const part = within({ from, to }, ATLAS);
      expect(part.from >= ATLAS.from && part.to <= ATLAS.to && part.from < part.to).toBe(true);
    }
  });

  test('leaves room around a period, where the whole has some', () => {
    const { from, to } = around(SEPTEMBER, ATLAS);
    expect(from < SEPTEMBER.from && to > SEPTEMBER.to).toBe(true);
    expect(around(ATLAS, ATLAS)).toEqual(ATLAS);
  });

  test('follows a period out of sight by as little as shows it', () => {
    const year = span('2015-01-01', '2016-01-01');
    expect(revealing(year, span('2015-03-01', '2015-04-01'), ATLAS)).toEqual(year);
    expect(revealing(year, SEPTEMBER, ATLAS).to).toBe(SEPTEMBER.to);
    expect(revealing(year, span('2014-11-01', '2014-12-01'), ATLAS).from).toBe(at('2014-11-01'));
    expect(revealing(year, span('2012-01-01', '2016-06-01'), ATLAS).from).toBe(at('2012-01-01'));
  });
});

test('a period ends with the day before midnight, and within a day with the moment', () => {
  expect(lastOf(at('2016-10-01'))).toBe(at('2016-09-30'));
  expect(lastOf(at('2016-10-01T12:00Z'))).toBe(at('2016-10-01T12:00Z'));
});

describe('the axis', () => {
  const english = new AxisLabels('en-GB');
  const labels = (from: string, to: string, most: number): string[] =>
    english.ticks(span(from, to), most).map(({ label }) => label);

  test('says years, months, days or hours, and what is new with each', () => {
    expect(labels('2011-03-01', '2017-01-24', 8)).toEqual(['2012', '2013', '2014', '2015', '2016', '2017']);
    expect(labels('2016-10-15', '2017-03-15', 8)).toEqual(['Nov 2016', 'Dec', '2017', 'Feb', 'Mar']);
    expect(labels('2016-12-30', '2017-01-03', 6)).toEqual([
      ...['30 Dec 2016', '31 Dec', '1 Jan 2017', '2 Jan', '3 Jan'],
    ]);
    expect(labels('2016-10-13T18:00Z', '2016-10-14T06:00Z', 5)).toEqual([
      ...['13 Oct 2016, 18:00', '21:00', '14 Oct', '03:00', '06:00'],
    ]);
  });

  test('never has more ticks than there is room for', () => {
    const chance = new Chance(11);
    for (let round = 0; round < 300; round++) {
      const from = at('1800-01-01') + chance.next() * 7e12;
      const length = 10 ** (6 + chance.next() * 6.5);
      const most = chance.whole(1, 14);
      const ticks = english.ticks({ from, to: from + length }, most);
      expect(ticks.length).toBeLessThanOrEqual(most);
      for (const { moment } of ticks) expect(moment >= from && moment <= from + length).toBe(true);
    }
  });

  test.each(Object.keys(LANGUAGES) as Language[])(
    'dates a handle by the Gregorian calendar in %s',
    (language) => {
      const label = new AxisLabels(localeOf(language)).moment(at('2016-10-13'));
      expect(label).toMatch(language === 'fa' ? /۱۳.*۲۰۱۶/ : /13.*2016/);
    },
  );
});

describe('bars', () => {
  const bins = [
    { from: '2016-01-01T00:00:00Z', to: '2016-02-01T00:00:00Z', count: 4, certain: 1 },
    { from: '2016-02-01T00:00:00Z', to: '2016-03-01T00:00:00Z', count: 0, certain: 0 },
    { from: '2016-03-01T00:00:00Z', to: '2016-04-01T00:00:00Z', count: 1000, certain: 1000 },
  ];
  const timeline = { undated: 0, bins };

  test('are of the bins that touch what is shown; touching at an edge is not enough', () => {
    const seen = binsIn(timeline, null, span('2016-02-01', '2016-03-02'));
    expect(seen.map(({ count }) => count)).toEqual([0, 1000]);
    expect(binsIn(null, null, ATLAS)).toEqual([]);
  });

  test('are as high as their counts, none at all for zero, and never too low to be seen', () => {
    const xOf = (moment: number): number => (100 * (moment - at('2016-01-01'))) / (91 * 24 * 3600e3);
    const path = barsPath(binsIn(timeline, null, ATLAS), ({ count }) => count, {
      xOf,
      height: 50,
      most: 1000,
    });
    expect(path).toBe('M0 50V49h33V50zM66 50V0h33V50z');
  });

  test('are made of what surely was, by category, and above it of what may have been', () => {
    const each = (counts: Record<string, number>) =>
      Object.entries(counts).map(([id, count]) => ({ category: { id }, count }));
    const colours = [
      { categories: each({ talks: 3, truce: 1 }), certainCategories: each({ truce: 1 }) },
      { categories: [], certainCategories: [] },
      { categories: each({ truce: 1000 }), certainCategories: each({ truce: 1000 }) },
    ];
    const [first, second, third] = binsIn(timeline, colours, ATLAS);
    expect(first?.layers).toEqual([
      { category: 'truce', isCertain: true, count: 1 },
      { category: 'talks', isCertain: false, count: 3 },
    ]);
    expect(second?.layers).toEqual([]);
    expect(third?.layers).toEqual([{ category: 'truce', isCertain: true, count: 1000 }]);
    const scale = { xOf: (moment: number) => (moment - at('2016-01-01')) / 86_400_000, height: 40, most: 4 };
    expect(layerPaths([first as Bin], scale)).toEqual([
      { category: 'truce', isCertain: true, path: 'M0 40V30h30V40z' },
      { category: 'talks', isCertain: false, path: 'M0 30V0h30V30z' },
    ]);
  });

  test('have layers that lie on one another from the axis up to their counts, whatever they are made of', () => {
    const chance = new Chance(5);
    const categories = ['a', 'b', 'c', 'd'];
    for (let round = 0; round < 200; round++) {
      const counts = categories.map((id) => {
        const count = chance.whole(0, 9);
        return { id, count, certain: chance.whole(0, count) };
      });
      const sum = (part: 'count' | 'certain'): number => counts.reduce((all, each) => all + each[part], 0);
      const inCategories = (part: 'count' | 'certain') =>
        counts
          .map(({ id, ...its }) => ({ category: { id }, count: its[part] }))
          .filter(({ count }) => count > 0);
      const bin = { from: '2016-01-01', to: '2016-02-01', count: sum('count'), certain: sum('certain') };
      const colours = { categories: inCategories('count'), certainCategories: inCategories('certain') };
      const seen = binsIn({ undated: 0, bins: [bin] }, [colours], ATLAS);
      const layers = layerPaths(seen, { xOf: () => 0, height: 1000, most: Math.max(1, sum('count')) });
      const spans = layers.map(({ path }) => /^M0 ([\d.]+)V([\d.]+)/.exec(path)?.slice(1).map(Number) ?? []);
      const edges = [1000, ...spans.map(([, top]) => top)];
      expect(spans.map(([bottom]) => bottom)).toEqual(edges.slice(0, -1));
      expect(edges.at(-1)).toBe(sum('count') > 0 ? 0 : 1000);
      const isCertain = layers.map((each) => each.isCertain);
      expect(isCertain).toEqual(isCertain.toSorted((a, b) => Number(b) - Number(a)));
      const surely = seen[0]?.layers.filter((each) => each.isCertain) ?? [];
      expect(surely.reduce((all, { count }) => all + count, 0)).toBe(sum('certain'));
    }
  });
});
