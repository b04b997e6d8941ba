import { InputError } from '../input-error.ts';
import type { ListRow, Range, SortKeys } from '../list.ts';

const USUAL = 50;

/** The lists that have pages, by kind and order, and what a row's keys are in each. */
const LISTS = {
  WHEN_ASC: ['number', 'string'],
  WHEN_DESC: ['number', 'string'],
  RELEVANCE: ['number', 'number', 'string'],
  place: ['string', 'string'],
  actor: ['string', 'string'],
  source: ['string', 'string'],
  changes: ['number', 'number'],
} as const;

type List = keyof typeof LISTS;

/** What a Relay connection is asked for. */
export interface PageArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** A page of a list, by ids where it is not one of other rows. */
export interface Page<Row = { id: string }> {
  edges: (Row & Edge)[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
  totalCount: number;
}

interface Edge {
  cursor: string;
}

/** A row of a list of ids, in a page. */
export type IdEdge = Page['edges'][number];

/**
 * A page of a list, as the Relay specification asks (relay.dev/graphql/connections.htm): `first` cuts before `last`, and
 * a side is said to have more only where it was cut.
 * @param list which list it is and in what order; its cursors carry it, and no other list accepts them
 * @param most rows that a page may have
 * @throws InputError when a number is out of range or a cursor is not of this list
 */
export async function readPage<Row extends { keys: SortKeys } = ListRow>(
  list: List,
  asked: PageArguments,
  most: number,
  read: (range: Range) => Promise<{ rows: Row[]; total: number }>,
): Promise<Page<Omit<Row, 'keys'>>> {
  const usual = Math.min(USUAL, most);
  const last = readCount('last', asked.last, most);
  const first = readCount('first', asked.first, most) ?? (last === null ? usual : null);
  const limit = first ?? last ?? usual;
  const { rows, total } = await read({
    after: readCursor(list, asked.after),
    before: readCursor(list, asked.before),
    from: first === null ? 'END' : 'START',
    limit: limit + 1,
  });
  const kept = first === null ? rows : rows.slice(0, first);
  const page = last === null ? kept : kept.slice(Math.max(0, kept.length - last));
  const edges = page.map(({ keys, ...row }) => ({ ...row, cursor: writeCursor(list, keys) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: first !== null && rows.length > first,
      hasPreviousPage: last !== null && kept.length > last,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: total,
  };
}

function readCount(name: 'first' | 'last', count: number | null | undefined, most: number): number | null {
  if (count === null || count === undefined) return null;
  if (count < 0 || count > most)
    throw new InputError(
      `${name} is out of range: ${count}. Ask for 0 to ${most}, and for more with a cursor.`,
    );
  return count;
}

const writeCursor = (list: List, keys: SortKeys): string =>
  Buffer.from(JSON.stringify([list, ...keys])).toString('base64url');

function readCursor(list: List, cursor: string | null | undefined): SortKeys | null {
  if (cursor === null || cursor === undefined) return null;
  try {
    const [name, ...keys] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const isOurs = name === list && writeCursor(list, keys as SortKeys) === cursor;
    const kinds = keys.map((key) => typeof key);
    if (isOurs && kinds.join() === LISTS[list].join()) return keys as SortKeys;
  } catch {
    // Not base64url of JSON, so not a cursor of ours either.
  }
  throw new InputError(
    `not a cursor of this list: "${cursor.slice(0, 100)}". Take one from its own edges or pageInfo, in the same order.`,
  );
}
