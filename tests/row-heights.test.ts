import { expect, test } from 'vitest';
import { RowHeights } from '../web/panel/row-heights.ts';
import { Chance } from './random.ts';

test('rows that were not measured are as high as estimated', () => {
  const heights = new RowHeights(1000, 90);
  expect([heights.top(0), heights.top(10), heights.top(1000)]).toEqual([0, 900, 90_000]);
  expect([heights.at(0), heights.at(89), heights.at(90), heights.at(89_999)]).toEqual([0, 0, 1, 999]);
});

test('before the first row is the first, and behind the last the last', () => {
  const heights = new RowHeights(7, 90);
  expect([heights.at(-5), heights.at(630), heights.at(1e9)]).toEqual([0, 6, 6]);
});

test('a list of no rows has no height', () => {
  const heights = new RowHeights(0, 90);
  expect([heights.top(0), heights.at(0)]).toEqual([0, 0]);
});

test('a row that is measured says by how much it differs, and a second time that it does not', () => {
  const heights = new RowHeights(3, 90);
  expect([heights.measure(1, 120), heights.measure(1, 120), heights.measure(1, 80)]).toEqual([30, 0, -40]);
  expect([heights.of(1), heights.top(1), heights.top(2), heights.top(3)]).toEqual([80, 90, 170, 260]);
});

test('tops and rows agree with heights added up one by one', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const chance = new Chance(seed);
    const count = chance.whole(1, 300);
    const heights = new RowHeights(count, 50);
    const each = Array.from({ length: count }, () => 50);
    for (let times = chance.whole(0, 400); times > 0; times--) {
      const row = chance.whole(0, count - 1);
      each[row] = chance.whole(20, 200);
      heights.measure(row, each[row]);
    }
    let top = 0;
    for (const [row, height] of each.entries()) {
      expect(heights.top(row)).toBe(top);
      expect([heights.at(top), heights.at(top + height - 0.5)]).toEqual([row, row]);
      top += height;
    }
    expect(heights.top(count)).toBe(top);
  }
});

test('a list of millions is measured anywhere', () => {
  const heights = new RowHeights(10_000_000, 90);
  heights.measure(9_999_999, 100);
  expect(heights.top(10_000_000)).toBe(900_000_010);
  expect(heights.at(899_999_911)).toBe(9_999_999);
});
