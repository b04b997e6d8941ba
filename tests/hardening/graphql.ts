import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Check, Seen } from './check.ts';
import { POST, withTarget, type Got, type Target } from './target.ts';

/** In milliseconds. Each is far above what a refusal takes, and far below what the abuse would have taken. */
const AT_ONCE = 500;

/** What was asked in any way must be refused with this code, at once. */
function mustRefuse(answers: readonly Got[], codes: readonly string[]): Seen {
  for (const { status, codes: given, milliseconds } of answers) {
    assert.equal(status, 400);
    assert.ok(codes.includes(given[0] ?? ''), `the code is ${given[0]} and not ${codes.join(' or ')}`);
    assert.ok(given.length <= 5, `${given.length} errors are told`);
    assert.ok(milliseconds < AT_ONCE, `it took ${Math.round(milliseconds)} ms`);
  }
  const slowest = Math.max(...answers.map(({ milliseconds }) => milliseconds));
  const seen = `${codes.join(' or ')}, ${answers.length} times, ${Math.round(slowest)} ms at most`;
  return { seen, inputs: answers.length };
}

const times = (count: number, text: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => text(at)).join(' ');

/** What must be refused in every way in: variables, fragments and plain. */
const refused = (
  id: string,
  threat: string,
  codes: string[],
  queries: { query: string; variables?: object }[],
): Check => ({
  id,
  threat,
  run: async (server) => {
    const answers: Got[] = [];
    for (const { query, variables } of queries)
      answers.push(...(await server.askEveryWay(query, variables ?? {})));
    return mustRefuse(answers, codes);
  },
});

const NESTED = `{ event(id: "x") { ${'related { '.repeat(50)}id${' }'.repeat(50)} } }`;
const NESTED_IN_FRAGMENTS = `{ event(id: "x") { ...F0 } } ${times(50, (at) => `fragment F${at} on Event { related { ${at < 49 ? `...F${at + 1}` : 'id'} } }`)}`;
const LISTS =
  'query ($n: Int) { places(first: $n) { nodes { events(first: $n) { nodes { placements { place { events(first: $n) { nodes { id title } } } } } } } } }';
const INVALID = ['GRAPHQL_VALIDATION_FAILED'];

/** B: what a query can ask too much of, in every way that a query can come. */
export const GRAPHQL: Check[] = [
  refused(
    'B1',
    'fields within fields without end',
    ['QUERY_TOO_DEEP'],
    [{ query: NESTED }, { query: NESTED_IN_FRAGMENTS }],
  ),
  refused(
    'B2',
    'lists within lists within lists',
    ['COST_LIMIT'],
    [
      { query: LISTS, variables: { n: 40 } },
      { query: LISTS.replace('query ($n: Int)', '').replaceAll('$n', '40') },
    ],
  ),
  {
    id: 'B3',
    threat: 'a page of a million rows, or of less than none',
    run: async (server) => {
      const query = 'query ($n: Int) { events(first: $n) { nodes { id } } }';
      const answers: Got[] = [];
      for (const n of [1_000_000, -1, 2 ** 31, 1.5, 'many'])
        answers.push(...(await server.askEveryWay(query, { n })));
      for (const n of [1_000_000, -1, 2 ** 31])
        answers.push(
          ...(await server.askEveryWay(query.replace('query ($n: Int)', '').replace('$n', String(n)))),
        );
      const body = `{"query": ${JSON.stringify(query)}, "variables": {"n": NaN}}`;
      answers.push(await server.get('/graphql', { method: 'POST', headers: POST, body }));
      return mustRefuse(answers, ['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'BAD_REQUEST']);
    },
  },
  refused(
    'B4',
    'the same field under a hundred names',
    ['ALIAS_LIMIT'],
    [
      { query: `{ ${times(101, (at) => `a${at}: __typename`)} }` },
      { query: `{ ${times(50, (at) => `a${at}: facets { total }`)} }` },
      { query: `{ ...A } fragment A on Query { ${times(50, (at) => `a${at}: timeline { undated }`)} }` },
    ],
  ),
  refused(
    'B5',
    'fields that overlap in every pair',
    [...INVALID, 'GRAPHQL_PARSE_FAILED'],
    [
      { query: `{ ${'b '.repeat(4900)} }` },
      { query: `{ ${'b '.repeat(20_000)} }` },
      { query: `{ ${times(80, () => `... on Query { ${'b '.repeat(60)} }`)} }` },
      { query: `{ ${times(80, () => `... { ${times(80, () => '... { b }')} }`)} }` },
      { query: `{ ${times(700, (at) => `event(id: "${at}") { b }`)} }` },
    ],
  ),
  refused(
    'B6',
    'a flood of words',
    ['GRAPHQL_PARSE_FAILED'],
    [
      { query: `{ ${'a '.repeat(90_000)} }` },
      { query: `{ events(filter: { places: ${'['.repeat(20_000)} }) { totalCount } }` },
      { query: '{'.repeat(20_000) },
      { query: `{ a(b: ${'{c: '.repeat(4000)}` },
    ],
  ),
  {
    id: 'B7',
    threat: 'many queries in one request',
    run: async (server) => {
      const one = { query: '{ atlas { id } }' };
      const answers: Got[] = [];
      for (const batch of [[one], Array.from({ length: 10 }, () => one), []])
        answers.push(
          await server.get('/graphql', { method: 'POST', headers: POST, body: JSON.stringify(batch) }),
        );
      return mustRefuse(answers, ['BAD_REQUEST']);
    },
  },
  refused(
    'B8',
    'fragments and introspection that go in circles',
    [...INVALID, 'QUERY_TOO_DEEP'],
    [
      { query: '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }' },
      { query: '{ ...A } fragment A on Query { atlas { id } ...A }' },
      { query: `{ __schema { types { ${'fields { type { '.repeat(6)}name${' } }'.repeat(6)} } } }` },
    ],
  ),
  refused(
    'B9',
    'directives without end',
    [...INVALID, 'GRAPHQL_PARSE_FAILED'],
    [
      { query: `{ __typename ${'@aa '.repeat(10)} }` },
      { query: `{ __typename ${'@skip(if: false) '.repeat(500)} }` },
      { query: `{ __typename ${'@aa '.repeat(2000)} }` },
    ],
  ),
  {
    id: 'B10',
    threat: 'registered queries that fill the memory',
    run: registerMany,
  },
  {
    id: 'B11',
    threat: 'errors that tell of the inside',
    run: () =>
      withTarget({}, async (server) => {
        await server.mustBeWell();
        const db = new DatabaseSync(join(server.folder, 'atlas.sqlite'));
        db.exec('ALTER TABLE event RENAME TO elsewhere');
        const { json } = await server.ask('{ event(id: "lausanne-meeting-2016-10-15") { title } }');
        db.exec('ALTER TABLE elsewhere RENAME TO event');
        db.close();
        assert.deepEqual(json.data, { event: null });
        const [{ message, extensions }] = json.errors;
        assert.equal(message, `Something went wrong on our side. It is logged as ${extensions.id}.`);
        assert.ok(server.process.said().includes(extensions.id), 'it is not in the log');
        assert.match(server.process.said(), /no such table/);
        await server.mustBeWell();
        return 'masked under an id, which is in the log with the reason';
      }),
  },
];

/** Registers queries of 10 kB, each its own, and asks each by its hash; and one by a hash that is not its own. */
async function registerMany(server: Target, effort: string): Promise<Seen> {
  const wrong = await server.get('/graphql', {
    ...{ method: 'POST', headers: POST },
    body: JSON.stringify({
      query: '{ atlas { id } }',
      extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } },
    }),
  });
  assert.deepEqual([wrong.status, wrong.codes], [400, ['BAD_REQUEST']]);
  const count = { short: 1000, usual: 30_000, full: 100_000 }[effort] ?? 0;
  const register = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at++) {
      const query = `{ atlas { id } } # ${at} ${'x'.repeat(10_000)}`;
      const extensions = { persistedQuery: { version: 1, sha256Hash: hash('sha256', query) } };
      const { status } = await server.get('/graphql', {
        ...{ method: 'POST', headers: POST, body: JSON.stringify({ query, extensions }) },
      });
      assert.equal(status, 200);
    }
  };
  // What a process takes to be warm is no growth: kept answers fill up to 64 MB with their questions, and the engine lets the heap grow to
  // some times of what lives before it looks for what does not.
  const warm = effort === 'short' ? 500 : 15_000;
  await register(0, warm);
  const before = server.memory();
  await register(warm, warm + count);
  const growth = server.memory() - before;
  assert.ok(growth < 60, `the memory grew by ${Math.round(growth)} MB`);
  const seen = `${count} registered, the memory grew by ${Math.max(0, Math.round(growth))} MB`;
  return { seen, inputs: count + 1 };
}
