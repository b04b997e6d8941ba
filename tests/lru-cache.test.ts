import { expect, test } from 'vitest';
import { LruCache } from '../server/graphql/lru-cache.ts';

const filled = (most: { entries: number; weight?: number }, keys: string, weight = 0): LruCache<string> => {
  const cache = new LruCache<string>(most);
  for (const key of keys) cache.set(key, key.toUpperCase(), weight);
  return cache;
};

const left = (cache: LruCache<string>, keys: string): string =>
  [...keys].filter((key) => cache.get(key) !== undefined).join('');

test('what was used longest ago goes first', () => {
  const cache = filled({ entries: 3 }, 'abc');
  expect(cache.get('a')).toBe('A');
  cache.set('d', 'D');
  expect([left(cache, 'abcd'), cache.size]).toEqual(['acd', 3]);
});

test('a key that is set anew counts once, and as used', () => {
  const cache = filled({ entries: 2, weight: 10 }, 'abaaaa', 4);
  cache.set('c', 'C', 4);
  expect([left(cache, 'abc'), cache.size]).toEqual(['ac', 2]);
});

test('heavy values make room for themselves', () => {
  const cache = filled({ entries: 100, weight: 10 }, 'abcde', 2);
  expect(left(cache, 'abcde')).toBe('abcde');
  cache.set('f', 'F', 5);
  expect(left(cache, 'abcdef')).toBe('def');
});

test('what is heavier than all may be is not kept, nor what it would replace', () => {
  const cache = filled({ entries: 100, weight: 10 }, 'ab', 5);
  cache.set('a', 'X', 11);
  expect(left(cache, 'ab')).toBe('b');
  cache.set('c', 'C', 5);
  expect(left(cache, 'bc')).toBe('bc');
});

test('what is deleted weighs nothing', () => {
  const cache = filled({ entries: 100, weight: 10 }, 'ab', 5);
  expect([cache.delete('a'), cache.delete('a'), cache.size]).toEqual([true, false, 1]);
  cache.set('c', 'C', 5);
  expect(left(cache, 'bc')).toBe('bc');
});

test('a value may be null', () => {
  const cache = new LruCache<null>({ entries: 1 });
  cache.set('a', null);
  expect([cache.get('a'), cache.get('b')]).toEqual([null, undefined]);
});
