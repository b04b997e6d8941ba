import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { SCHEMA } from '../server/store/sqlite-schema.ts';
import { eachKeyWith, PostingWriter } from '../server/store/sqlite-postings.ts';
import { Chance } from './random.ts';

const BLOCK = 2 ** 15;

function open(): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  db.exec(SCHEMA);
  return db;
}

function found(db: DatabaseSync, beginnings: string[], most = Infinity): [key: number, inTitle: number][] {
  const all: [number, number][] = [];
  eachKeyWith(db, 'event_word', beginnings, (key, inTitle) => all.push([key, inTitle]) < most);
  return all;
}

test('finds the keys that have words with all beginnings, as looking through all of them does', () => {
  const chance = new Chance(31);
  const words = ['a', 'al', 'aleppo', 'حلب', 'حل', 'talks', 'talk', '\u{20000}', 'zz'];
  const db = open();
  const kept = new Map<number, { title: string[]; other: string[] }>();
  // Blocks with one key, with many, on both sides of an edge, and one without any.
  const keys = [1, 2, ...Array.from({ length: 300 }, (_, at) => BLOCK - 150 + at), 4 * BLOCK, 5 * BLOCK - 1];
  // Written at different times, as one load and changes of it are.
  let writer = new PostingWriter(db, 'event_word');
  for (const key of keys) {
    const its = words.filter(() => chance.is(0.3));
    const title = its.filter(() => chance.is(0.4));
    const other = its.filter((word) => !title.includes(word));
    kept.set(key, { title, other });
    writer.add(key, title, true);
    writer.add(key, other);
    if (chance.is(0.05)) {
      writer.flush();
      writer = new PostingWriter(db, 'event_word');
    }
  }
  for (const key of keys.filter(() => chance.is(0.1))) {
    kept.delete(key);
    writer.remove(key);
  }
  writer.flush();
  for (let round = 0; round < 200; round++) {
    const beginnings = Array.from({ length: chance.whole(1, 3) }, () => {
      const word = chance.one(words);
      return word.slice(0, word === '\u{20000}' ? 2 : chance.whole(1, word.length));
    });
    const begins = (its: string[], beginning: string): boolean =>
      its.some((word) => word.startsWith(beginning));
    const expected = [...kept].flatMap(([key, { title, other }]) =>
      beginnings.every((each) => begins(title, each) || begins(other, each))
        ? [[key, beginnings.filter((each) => begins(title, each)).length]]
        : [],
    );
    expect(found(db, beginnings)).toEqual(expected);
    expect(found(db, beginnings, 3)).toEqual(expected.slice(0, 3));
  }
  expect(found(db, [])).toEqual([]);
});

test('rows of which all keys are gone are taken away', () => {
  const db = open();
  const writer = new PostingWriter(db, 'event_word');
  for (let key = 1; key <= 2 * BLOCK; key++) writer.add(key, ['word']);
  for (let key = 1; key < BLOCK; key++) writer.remove(key);
  writer.flush();
  const blocks = (): unknown[] => db.prepare('SELECT DISTINCT block FROM event_word').all();
  expect(blocks()).toEqual([{ block: 1 }, { block: 2 }]);
  for (let key = BLOCK; key < 2 * BLOCK - 1; key++) writer.remove(key);
  writer.flush();
  expect(found(db, ['w'])).toEqual([
    [2 * BLOCK - 1, 0],
    [2 * BLOCK, 0],
  ]);
  writer.remove(2 * BLOCK - 1);
  writer.flush();
  expect(blocks()).toEqual([{ block: 2 }]);
});
