import { expect, test } from 'vitest';
import { IdTable } from '../server/store/id-table.ts';
import { KeySet } from '../server/store/key-set.ts';
import { Chance } from './random.ts';

test('each of many ids has its key, and others have none', () => {
  const ids: string[] = [];
  const table = new IdTable((key) => ids[key - 1]);
  for (let at = 0; at < 50_000; at++) {
    const id = `event-${at * 7}`;
    expect(table.get(id)).toBeUndefined();
    table.add(id, ids.push(id));
  }
  for (const [at, id] of ids.entries()) expect(table.get(id)).toBe(at + 1);
  expect(table.get('event-1')).toBeUndefined();
  expect(table.get('')).toBeUndefined();
});

test('an id whose hash another has is told apart by reading it', () => {
  // Every id is taken for one whose hash is there, and read: none is what was read.
  const table = new IdTable(() => 'another');
  table.add('a', 1);
  expect(table.get('a')).toBeUndefined();
});

test('a set of keys has what was added, once and ascending', () => {
  const chance = new Chance(3);
  const [set, expected] = [new KeySet(), new Set<number>()];
  for (let at = 0; at < 5000; at++) {
    const key = chance.whole(0, 200_000);
    set.add(key);
    expected.add(key);
  }
  set.add(31);
  expected.add(31);
  expect([...set]).toEqual([...expected].toSorted((a, b) => a - b));
  expect(set.size).toBe(expected.size);
  expect(set.has(1_000_000)).toBe(false);
  set.clear();
  expect([set.size, ...set]).toEqual([0]);
});
