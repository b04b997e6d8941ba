import { statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { InputError } from '../server/input-error.ts';
import { SqliteSearcher } from '../server/store/sqlite-searcher.ts';
import type { Found } from '../server/store/store.ts';
import { Unwanted, whileWanted, Work } from '../server/wanted.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { randomAtlas } from './random-atlas.ts';
import { Chance } from './random.ts';
import { tempFolder } from './temp.ts';

const opened: SqliteStore[] = [];

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

function open(file = join(tempFolder(), 'atlas.sqlite')): SqliteStore {
  const store = new SqliteStore(file);
  opened.push(store);
  return store;
}

test('finds the same on another thread as on this one', async () => {
  const atlas = randomAtlas(new Chance(12), { categories: 1, sources: 1, places: 1, actors: 1, events: 40 });
  const file = join(tempFolder(), 'atlas.sqlite');
  const store = open(file);
  await store.replace(atlas);
  const searcher = new SqliteSearcher(file);
  for (const words of [['al'], ['talks', 'a'], ['nothing']])
    expect(await searcher.events(words)).toEqual(await store.search(words));
  const many = await Promise.all(Array.from({ length: 20 }, () => searcher.events(['al'])));
  expect(new Set(many.map(({ keys }) => keys.join())).size).toBe(1);
  const late = searcher.events(['al']);
  await Promise.all([expect(late).rejects.toThrow('the search was ended'), searcher.close()]);
  expect(await searcher.events(['al'])).toEqual(await store.search(['al']));
  await searcher.close();
});

test('a search that nobody waits for any more is stopped, and others are done', async () => {
  const atlas = randomAtlas(new Chance(12), { categories: 1, sources: 1, places: 1, actors: 1, events: 40 });
  const file = join(tempFolder(), 'atlas.sqlite');
  const store = open(file);
  await store.replace(atlas);
  const searcher = new SqliteSearcher(file);
  const work = [new Work(), new Work()] as const;
  const [underWay, waiting] = work.map((each) => whileWanted(each, () => searcher.events(['al']))) as [
    Promise<Found>,
    Promise<Found>,
  ];
  const other = searcher.events(['al']);
  const gone = new Unwanted('CALLER_GONE', 'gone');
  for (const each of work) each.stop(gone);
  await Promise.all([underWay, waiting].map((each) => expect(each).rejects.toBe(gone)));
  expect(await other).toEqual(await store.search(['al']));
  await expect(whileWanted(work[0], () => searcher.events(['al']))).rejects.toBe(gone);
  await searcher.close();
});

test('a file that is no database is told from one, and left alone', () => {
  const file = join(tempFolder(), 'letter.txt');
  writeFileSync(file, 'Dear editor, '.repeat(100));
  expect(() => new SqliteStore(file)).toThrow(InputError);
  expect(() => new SqliteStore(file)).toThrow(/cannot open the database .*letter\.txt: .*DATABASE_URL/);
  expect(statSync(file).size).toBe(1300);
});

test('a folder that is not there is the caller’s fault', () => {
  expect(() => new SqliteStore(join(tempFolder(), 'no', 'such', 'atlas.sqlite'))).toThrow(InputError);
});

test('a database of another program is refused and keeps what it holds', () => {
  const file = join(tempFolder(), 'diary.sqlite');
  const diary = new DatabaseSync(file);
  diary.exec("CREATE TABLE entry (text); INSERT INTO entry VALUES ('Dear diary'); PRAGMA user_version = 1");
  diary.close();
  expect(() => new SqliteStore(file)).toThrow(InputError);
  expect(() => new SqliteStore(file)).toThrow(/diary\.sqlite.*another program.*DATABASE_URL/);
  const kept = new DatabaseSync(file);
  expect(kept.prepare('SELECT text FROM entry').get()).toEqual({ text: 'Dear diary' });
  kept.close();
});
