import { connectionFromArray, cursorToOffset, type ConnectionArguments } from 'graphql-relay';
import { expect, test } from 'vitest';
import { readPage, type Page, type PageArguments } from '../server/graphql/connection.ts';
import { InputError } from '../server/input-error.ts';
import type { Listed, Range, SortKeys } from '../server/list.ts';

/** A list of ids a, b, c, … in the order of their keys, read as a store reads: strictly between two positions. */
function listOf(length: number): (range: Range) => Promise<Listed> {
  const rows = Array.from({ length }, (_, at) => ({ id: letter(at), keys: [at * 10, letter(at)] }));
  const isBefore = (a: SortKeys, b: SortKeys): boolean => Number(a[0]) < Number(b[0]);
  return async ({ after, before, from, limit }) => {
    const within = rows.filter(
      ({ keys }) => (after === null || isBefore(after, keys)) && (before === null || isBefore(keys, before)),
    );
    return {
      rows: from === 'START' ? within.slice(0, limit) : within.slice(Math.max(0, within.length - limit)),
      total: length,
    };
  };
}

const letter = (at: number): string => String.fromCodePoint(97 + at);

const pageOf = (length: number, asked: PageArguments): Promise<Page> =>
  readPage('WHEN_ASC', asked, 500, listOf(length));

const cursorsOf = async (length: number): Promise<string[]> =>
  (await pageOf(length, { first: 500 })).edges.map(({ cursor }) => cursor);

/** What graphql-relay, the reference implementation, makes of the same list. */
function oracle(length: number, asked: ConnectionArguments): unknown {
  const { edges, pageInfo } = connectionFromArray(
    Array.from({ length }, (_, at) => letter(at)),
    asked,
  );
  const at = (cursor: string | null): string | null =>
    cursor === null ? null : letter(cursorToOffset(cursor));
  const { startCursor, endCursor, ...more } = pageInfo;
  return { ids: edges.map(({ node }) => node), ...more, start: at(startCursor), end: at(endCursor) };
}

const oracleCursor = (at: number): string => Buffer.from(`arrayconnection:${at}`).toString('base64');

test.each([0, 1, 2, 3, 4, 5, 6, 7])('pages of a list of %i are those of graphql-relay', async (length) => {
  const cursors = await cursorsOf(length);
  const counts = [null, ...Array.from({ length: length + 2 }, (_, count) => count)];
  const places = [null, ...cursors.keys()];
  for (const first of counts)
    for (const last of counts)
      for (const after of places)
        for (const before of places) {
          const asked = {
            first,
            last,
            after: after === null ? null : (cursors[after] ?? ''),
            before: before === null ? null : (cursors[before] ?? ''),
          };
          const { edges, pageInfo, totalCount } = await pageOf(length, asked);
          const { startCursor, endCursor, ...more } = pageInfo;
          const at = (cursor: string | null): string | null =>
            cursor === null ? null : letter(cursors.indexOf(cursor));
          expect(
            { ids: edges.map(({ id }) => id), ...more, start: at(startCursor), end: at(endCursor) },
            JSON.stringify({ first, last, after, before }),
          ).toEqual(
            oracle(length, {
              first,
              last,
              after: after === null ? null : oracleCursor(after),
              before: before === null ? null : oracleCursor(before),
            }),
          );
          expect(totalCount).toBe(length);
        }
});

test('a page holds 50 when nothing is said, and says that more follow', async () => {
  const { edges, pageInfo, totalCount } = await pageOf(51, {});
  expect(edges).toHaveLength(50);
  expect(pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  expect(totalCount).toBe(51);
  expect((await pageOf(50, {})).pageInfo.hasNextPage).toBe(false);
});

test('a page holds 500 at most', async () => {
  expect((await pageOf(501, { first: 500 })).edges).toHaveLength(500);
  expect((await pageOf(501, { last: 500 })).edges).toHaveLength(500);
});

test('a page reads one row more than it shows, however long the list', async () => {
  const limits: number[] = [];
  const read = async (range: Range): Promise<Listed> => {
    limits.push(range.limit);
    return listOf(600)(range);
  };
  for (const asked of [{ first: 7 }, { last: 7 }, { first: 7, last: 3 }, {}])
    await readPage('WHEN_ASC', asked, 500, read);
  expect(limits).toEqual([8, 8, 8, 51]);
});

test.each(['first', 'last'] as const)('%s below 0 or above 500 is refused', async (name) => {
  for (const count of [-1, 501, -2_147_483_648, 2_147_483_647]) {
    const asked = pageOf(3, { [name]: count });
    await expect(asked).rejects.toThrow(InputError);
    await expect(asked).rejects.toThrow(`${name} is out of range: ${count}. Ask for 0 to 500`);
  }
});

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test.each<[string, string]>([
  ['empty', ''],
  ['no base64', '§§§'],
  ['no JSON', Buffer.from('WHEN_ASC').toString('base64url')],
  ['no list', encoded({ list: 'WHEN_ASC' })],
  ['null', encoded(null)],
  ['of graphql-relay', oracleCursor(1)],
  ['of another order', encoded(['WHEN_DESC', 10, 'b'])],
  ['of another kind', encoded(['place', 'aleppo', 'aleppo'])],
  ['of no list', encoded(['toString', 10, 'b'])],
  ['without keys', encoded(['WHEN_ASC'])],
  ['with a key too few', encoded(['WHEN_ASC', 10])],
  ['with a key too many', encoded(['WHEN_ASC', 10, 'b', 'c'])],
  ['with keys of other kinds', encoded(['WHEN_ASC', 'b', 10])],
  ['with a key that is none', encoded(['WHEN_ASC', null, 'b'])],
  ['with a key that is a list', encoded(['WHEN_ASC', [10], 'b'])],
  ['padded', `${encoded(['WHEN_ASC', 10, 'b'])}=`],
  ['written with spaces', Buffer.from('["WHEN_ASC", 10, "b"]').toString('base64url')],
  ['100 kB long', 'A'.repeat(100_000)],
])('a cursor that is %s is refused', async (_, cursor) => {
  for (const name of ['after', 'before']) {
    const asked = pageOf(3, { [name]: cursor });
    await expect(asked).rejects.toThrow(InputError);
    await expect(asked).rejects.toThrow(
      `not a cursor of this list: "${cursor.slice(0, 100)}". Take one from`,
    );
  }
});

test('the cursor of a row that has gone still marks its place', async () => {
  const { edges } = await pageOf(5, { after: encoded(['WHEN_ASC', 15, 'gone']) });
  expect(edges.map(({ id }) => id)).toEqual(['c', 'd', 'e']);
});

test('keys of any script survive their cursor', async () => {
  const keys = ['حلب 東京 é "', 'aleppo'];
  const read = async ({ after }: Range): Promise<Listed> => ({
    rows: [{ id: 'aleppo', keys: after ?? keys }],
    total: 1,
  });
  const [edge] = (await readPage('place', {}, 500, read)).edges;
  expect((await readPage('place', { after: edge?.cursor ?? '' }, 500, read)).edges).toEqual([edge]);
});
