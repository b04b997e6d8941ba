import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../server/app.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import type { ask } from '../web/api.ts';
import { EventList, type Asking } from '../web/event-list.ts';
import type { EventFilter } from '../web/queries.generated.ts';
import { generateAtlas } from './bench/generated-atlas.ts';

const EVENTS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'dateline-'));
let store: SqliteStore;
let app: FastifyInstance;
let asking: Asking;
let questions = 0;
let isDown = false;

beforeAll(async () => {
  store = new SqliteStore(join(folder, 'atlas.sqlite'));
  await store.replace(generateAtlas(EVENTS));
  app = await buildApp(store, { tiles: null });
  const inject = async (document: object, variables: unknown): Promise<unknown> => {
    questions += 1;
    if (isDown) throw new Error('down');
    const payload = { query: String(document), variables };
    const { body } = await app.inject({ method: 'POST', url: '/graphql', payload });
    const { data, errors } = JSON.parse(body) as { data: unknown; errors?: { message: string }[] };
    if (errors?.[0]) throw new Error(errors[0].message);
    return data;
  };
  const during = await inject(new String('{ atlas { during { from to } } }'), {});
  const { from, to } = (during as { atlas: { during: { from: string; to: string } } }).atlas.during;
  asking = {
    ask: inject as typeof ask,
    language: 'en',
    during: { from: Date.parse(from), to: Date.parse(to) },
  };
}, 120_000);
afterAll(async () => {
  await app.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

/** The ids of a whole list, page after page. */
async function pages(filter: EventFilter): Promise<string[]> {
  const ids: string[] = [];
  const query = `query ($filter: EventFilter, $after: String) {
    events(filter: $filter, first: 500, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
  }`;
  for (let after: string | null = null; ;) {
    const { events } = (await asking.ask(new String(query) as never, { filter, after })) as {
      events: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    };
    ids.push(...events.nodes.map(({ id }) => id));
    if (!events.pageInfo.hasNextPage) return ids;
    after = events.pageInfo.endCursor;
  }
}

/** Wants these rows, and waits until they are there. */
const read = (list: EventList, from: number, to: number): Promise<(string | undefined)[]> =>
  new Promise((done, fail) => {
    const rows = (): (string | undefined)[] =>
      Array.from({ length: to - from }, (_, nth) => list.row(from + nth)?.id);
    const look = (): void => {
      if (list.problem) fail(list.problem);
      else if (rows().every((id) => id !== undefined)) done(rows());
    };
    list.onRead = look;
    list.want(from, to);
    look();
  });

const FILTERS: [string, EventFilter][] = [
  ['everything', {}],
  ['a view', { bbox: [-20, -40, 100, 60] }],
  ['a period', { during: { from: '2012-03', to: '2019' } }],
  ['what surely lay in a period', { during: { from: '2012-03', to: '2019', match: 'CERTAINLY' } }],
  ['a category', { categories: ['category-0', 'category-2'] }],
];

describe.each(FILTERS)('of %s', (_, filter) => {
  test('each row is the one of its number, wherever the reader goes first', async () => {
    const ids = await pages(filter);
    expect(ids.length).toBeGreaterThan(2000);
    for (const part of [0.5, 0.93, 1]) {
      const list = await EventList.read(filter, asking);
      expect(list.total).toBe(ids.length);
      const from = Math.max(0, Math.min(list.total - 30, Math.floor(part * list.total)));
      expect(await read(list, from, from + 30)).toEqual(ids.slice(from, from + 30));
      // And from there up and down.
      for (const next of [from - 700, from + 900]) {
        const at = Math.max(0, Math.min(list.total - 30, next));
        expect(await read(list, at, at + 30)).toEqual(ids.slice(at, at + 30));
      }
    }
  });
});

test('the middle of a long list is found with a few questions, and not by reading half of it', async () => {
  const list = await EventList.read({}, asking);
  questions = 0;
  await read(list, EVENTS / 2, EVENTS / 2 + 30);
  expect(questions).toBeLessThan(10);
});

test('what is no longer wanted is not read', async () => {
  const list = await EventList.read({}, asking);
  list.want(10_000, 10_030);
  list.want(15_000, 15_030);
  list.want(500, 530);
  questions = 0;
  await read(list, 500, 530);
  expect(questions).toBeLessThan(4);
  expect(list.row(15_000)).toBeUndefined();
});

test('an empty list is there at once', async () => {
  const list = await EventList.read({ during: { to: '1900' } }, asking);
  expect([list.total, list.row(0)]).toEqual([0, undefined]);
});

test('a failure is kept, and what was read stays', async () => {
  const list = await EventList.read({}, asking);
  isDown = true;
  await expect(read(list, 1000, 1030)).rejects.toThrow('down');
  isDown = false;
  expect(list.row(0)?.id).toBeDefined();
});

test('a list of another atlas than before is said to have changed', async () => {
  const list = await EventList.read({}, asking);
  const { ask } = asking;
  asking.ask = (async (document: never, variables: never) => {
    const answer = (await ask(document, variables)) as { events?: { totalCount: number } };
    if (answer.events) answer.events.totalCount += 1;
    return answer;
  }) as typeof ask;
  await expect(read(list, 200, 230)).rejects.toThrow('The atlas has changed.');
  asking.ask = ask;
});
