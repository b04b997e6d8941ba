import { buildSchema, parse } from 'graphql';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { measure, type Asked } from '../server/graphql/limits.ts';
import { WEB_QUERIES } from '../server/graphql/web-queries.generated.ts';
import { TestServer, watched } from './server.ts';
import { buildApp } from '../server/app.ts';
import { readSettings } from '../server/settings.ts';

const server = new TestServer();
const LIMITS = readSettings({}).limits;
const read = (path: string): string => readFileSync(resolve(import.meta.dirname, '..', path), 'utf8');
const schema = buildSchema(read('schema.graphql'));

function measured(query: string, variables: Record<string, unknown> = {}): Asked {
  const document = parse(query);
  const operation = document.definitions.find((each) => each.kind === 'OperationDefinition');
  if (!operation) throw new Error('no operation');
  return measure(schema, document, operation, variables, LIMITS.pageSize);
}

const codeOf = async (query: string, variables = {}): Promise<[number, string | undefined]> => {
  const { status, errors } = await server.ask(query, variables);
  return [status, errors?.[0]?.extensions.code];
};

const nested = (depth: number): string =>
  `{ actor(id: "iran") { ${'affiliation { '.repeat(depth)}id${' }'.repeat(depth)} } }`;

test('fields within fields are allowed to a depth, fragments or not', async () => {
  expect(measured(nested(3)).depth).toBe(5);
  expect(
    measured('{ atlas { ...A } } fragment A on Atlas { during { ...B } } fragment B on Interval { from }')
      .depth,
  ).toBe(3);
  expect((await codeOf(nested(LIMITS.depth - 2)))[0]).toBe(200);
  expect(await codeOf(nested(50))).toEqual([400, 'QUERY_TOO_DEEP']);
  const { errors } = await server.ask(nested(50));
  expect(errors?.[0]?.message).toBe(
    'a query of 52 fields within fields; at most 10 are allowed. Ask in two steps.',
  );
});

test('aliases are allowed to a number, __typename included', async () => {
  const aliased = (count: number, field: string): string =>
    `{ ${Array.from({ length: count }, (_, at) => `a${at}: ${field}`).join(' ')} }`;
  expect((await codeOf(aliased(LIMITS.aliases, '__typename')))[0]).toBe(200);
  expect(await codeOf(aliased(101, '__typename'))).toEqual([400, 'ALIAS_LIMIT']);
  expect(await codeOf(aliased(50, 'facets { total }'))).toEqual([400, 'ALIAS_LIMIT']);
});

test('lists within lists are refused by what they may come to, before anything is looked up', async () => {
  const lists =
    'query ($n: Int) { places(first: $n) { nodes { events(first: $n) { nodes { placements { place { events(first: $n) { nodes { id title } } } } } } } } }';
  const calls: string[] = [];
  const app = await buildApp(
    watched(server.store, (method) => void calls.push(method)),
    { tiles: null },
  );
  const { status, errors } = await server.ask(lists, { n: 40 }, app);
  await app.close();
  expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'COST_LIMIT']);
  expect(calls.filter((call) => call !== 'version')).toEqual([]);
  expect((await codeOf(lists, { n: 2 }))[0]).toBe(200);
});

test('a page costs what is asked of it, and no page more than the longest', () => {
  const page = (first: number): number => measured(`{ events(first: ${first}) { nodes { id } } }`).cost;
  expect(page(500) - page(400)).toBe(200);
  expect(page(1_000_000)).toBe(page(500));
  expect(measured('query ($n: Int = 7) { events(first: $n) { nodes { id } } }').cost).toBe(page(7));
  expect(measured('{ events { nodes { id } } }').cost).toBe(page(50));
});

test('the categories of a timeline are paid for by the bin', () => {
  const timeline = (fields: string): number =>
    measured(`{ timeline(bins: 1000) { bins { ${fields} } } }`).cost;
  for (const its of ['categories', 'certainCategories'])
    expect(timeline(`count ${its} { count }`) - timeline('count')).toBeGreaterThan(20_000);
  expect(timeline('count categories { count category { id color } }')).toBeLessThan(LIMITS.cost / 5);
});

test('fragments that spread one another again and again are measured in no time', () => {
  const fragments = Array.from(
    { length: 60 },
    (_, at) =>
      `fragment F${at} on Event { id ${at < 59 ? `...F${at + 1} x${at}: related { ...F${at + 1} }` : ''} }`,
  );
  expect(measured(`{ event(id: "a") { ...F0 } } ${fragments.join(' ')}`).depth).toBe(61);
});

test('more words than anybody needs are refused before they are understood', async () => {
  const [status, code] = await codeOf(`{ atlas { ${'id '.repeat(LIMITS.tokens)} } }`);
  expect([status, code]).toEqual([400, 'GRAPHQL_PARSE_FAILED']);
  expect(await codeOf(`{ events(filter: { places: ${'['.repeat(20_000)} }) { totalCount } }`)).toEqual([
    400,
    'GRAPHQL_PARSE_FAILED',
  ]);
});

test('a query that is wrong in hundreds of ways is told of a few', async () => {
  const { errors } = await server.ask(
    `{ atlas { ${Array.from({ length: 300 }, (_, at) => `x${at}`).join(' ')} } }`,
  );
  expect(errors?.length).toBe(5);
});

test('the page stays far within the limits', () => {
  const queries = read('web/queries.graphql');
  const document = parse(queries);
  for (const operation of document.definitions) {
    if (operation.kind !== 'OperationDefinition') continue;
    const { depth, aliases, cost } = measure(
      schema,
      document,
      operation,
      { first: 500, bins: 240 },
      LIMITS.pageSize,
    );
    expect(depth).toBeLessThanOrEqual(LIMITS.depth - 2);
    expect(aliases).toBeLessThan(LIMITS.aliases / 2);
    expect(cost).toBeLessThan(LIMITS.cost / 2);
  }
  expect(WEB_QUERIES.size).toBeGreaterThan(0);
});
