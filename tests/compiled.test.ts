import {
  buildSchema,
  getOperationAST,
  parse,
  print,
  validate,
  type DocumentNode,
  type GraphQLEnumType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { buildApp } from '../server/app.ts';
import { compilable } from '../server/graphql/compilable.ts';
import { compiled, CompiledOperations, HOT, type CompilingOptions } from '../server/graphql/compiled.ts';
import { WEB_QUERIES } from '../server/graphql/web-queries.generated.ts';
import { RandomQuery } from './random-query.ts';
import { Chance } from './random.ts';
import { TestServer, watched } from './server.ts';

const server = new TestServer();
const schema = buildSchema(readFileSync(resolve(import.meta.dirname, '../schema.graphql'), 'utf8'));

/** A document and one of its operations. */
const read = (query: string, name?: string): [DocumentNode, OperationDefinitionNode] => {
  const document = parse(query);
  const operation = getOperationAST(document, name);
  if (!operation) throw new Error(`no operation in ${query}`);
  return [document, operation];
};

const mayBeCompiled = (query: string, of: GraphQLSchema = schema): boolean => {
  expect(validate(of, parse(query))).toEqual([]);
  return compilable(of, ...read(query)) !== null;
};

test('the web’s own queries are compiled at their first run', () => {
  const operations = new CompiledOperations(schema);
  expect(WEB_QUERIES.size).toBeGreaterThan(4);
  // What may be any kind of node is not compiled.
  const others = [...WEB_QUERIES].filter(([hash, query]) => !operations.find(hash, ...read(query)));
  expect(others.map(([, query]) => /query (\w+)/.exec(query)?.[1])).toEqual(['Suggest', 'Name']);
});

/** Operations that tell which were compiled, in order; each by the first field of its text. */
function counting(options: CompilingOptions): { operations: CompiledOperations; made: string[] } {
  const made: string[] = [];
  const operations = new CompiledOperations(schema, {
    ...options,
    compile: (...source) => {
      made.push(/\w+/.exec(print(source[2]))?.[0] ?? '');
      return compiled(...source);
    },
  });
  return { operations, made };
}

test('others are compiled when they have run often enough, once', () => {
  const { operations, made } = counting({});
  const find = (): unknown => operations.find('some hash', ...read('{ atlas { id } }'));
  for (let count = 1; count < HOT; count += 1) expect(find()).toBeUndefined();
  expect(made).toEqual([]);
  for (let count = 0; count < 3; count += 1) expect(find()).toBeInstanceOf(Function);
  expect(made).toEqual(['atlas']);
});

test('the operations of a document are counted each for itself', () => {
  const { operations, made } = counting({ hot: 2 });
  const both = 'query atlas { atlas { id } } query categories { categories { id } }';
  const find = (name: string): unknown => operations.find('both', ...read(both, name));
  expect([find('atlas'), find('categories'), made.length]).toEqual([undefined, undefined, 0]);
  expect(find('categories')).toBeInstanceOf(Function);
  expect(made).toEqual(['query']);
});

test('of the others so many are kept; who wants one of the rest starts again', () => {
  const { operations, made } = counting({ hot: 2, most: 2 });
  const find = (field: string): unknown => operations.find(field, ...read(`{ ${field} { id } }`));
  const makeHot = (field: string): void => {
    find(field);
    expect(find(field)).toBeInstanceOf(Function);
  };
  for (const field of ['atlas', 'categories']) makeHot(field);
  find('atlas');
  operations.find('places', ...read('{ places { totalCount } }'));
  operations.find('places', ...read('{ places { totalCount } }'));
  expect(find('atlas')).toBeInstanceOf(Function);
  expect(find('categories')).toBeUndefined();
  expect(made).toEqual(['atlas', 'categories', 'places']);
});

test('the web’s own stay, however many others come', () => {
  const { operations, made } = counting({ hot: 1, most: 1 });
  const [[hash, query] = ['', '']] = WEB_QUERIES;
  for (let round = 0; round < 3; round += 1) {
    operations.find(hash, ...read(query));
    operations.find(`other ${round}`, ...read('{ categories { id } }'));
  }
  expect(made.filter((first) => first === 'query')).toHaveLength(1);
});

test('that one cannot be compiled is remembered', () => {
  const { operations, made } = counting({ hot: 1 });
  for (let count = 0; count < 3; count += 1)
    expect(operations.find('node', ...read('{ node(id: "x") { id } }'))).toBeUndefined();
  expect(made).toHaveLength(1);
});

test.each([
  ['directives', 'query ($a: Boolean!) { atlas { id title @skip(if: $a) } }'],
  ['directives in a fragment', '{ atlas { ...F } } fragment F on Atlas { id @include(if: true) }'],
  ['an abstract type', '{ node(id: "aleppo") { id } }'],
  ['an abstract type in a fragment', 'query { ...Q } fragment Q on Query { node(id: "aleppo") { id } }'],
  ['a prototype for an alias', '{ atlas { __proto__: id } }'],
  ['a prototype for a variable', 'query ($__proto__: ID!) { event(id: $__proto__) { id } }'],
  ['many fields', `{ ${Array.from({ length: 501 }, (_, at) => `a${at}: atlas { id }`).join(' ')} }`],
  ['depth', `{ event(id: "x") ${'{ related '.repeat(50)}{ id }${' }'.repeat(50)} }`],
  [
    'fragments that double',
    `{ event(id: "x") { ...F0 } } ${Array.from({ length: 60 }, (_, at) => `fragment F${at} on Event { a: related { ...F${at + 1} } b: related { ...F${at + 1} } }`).join(' ')} fragment F60 on Event { id }`,
  ],
])('nothing with %s is compiled', (_, query) => {
  expect(mayBeCompiled(query)).toBe(false);
});

test('nor is a long text, whatever it says', () => {
  const [document, operation] = read(`{ atlas { id } } #${'.'.repeat(10_000)}`);
  expect(compilable(schema, document, operation)).not.toBeNull();
  expect(compiled(schema, document, operation)).toBeNull();
});

test('nor a variable of a type whose values are others inside', () => {
  const odd = buildSchema(`scalar Day enum Kind { ONE } enum Odd { ONE } input Box { day: Day boxes: [Box!] }
    type Query { at(day: Day, in: Box, kind: Kind, odd: Odd, text: String): Int }`);
  Object.assign((odd.getType('Odd') as GraphQLEnumType).getValue('ONE') ?? {}, { value: 1 });
  for (const [query, may] of [
    ['query ($x: Day) { at(day: $x) }', false],
    ['query ($x: Box) { at(in: $x) }', false],
    ['query ($x: Odd) { at(odd: $x) }', false],
    ['{ at(day: "2016") }', false],
    ['query ($x: Kind) { at(kind: $x) }', true],
    ['query ($x: String) { at(text: $x) }', true],
  ] as const)
    expect(mayBeCompiled(query, odd), query).toBe(may);
});

test('no string of a caller’s is compiled', () => {
  const query = String.raw`query ($string0: String = "d", $n: Int = 5) {
    a: event(id: "one") { id } b: events(first: $n, filter: { text: """two""", places: ["three", "four"], actors: "five" }) { totalCount }
    c: events(after: $string0) { totalCount } d: events(filter: { text: "\u0073ix" }) { ...P } }
    fragment P on EventConnection { nodes { placements { place { name(language: "seven") } } } }`;
  const source = compilable(schema, ...read(query));
  expect(Object.values(source?.strings ?? {})).toEqual([
    'one',
    'two',
    'three',
    'four',
    'five',
    'six',
    'seven',
  ]);
  expect(source?.strings).not.toHaveProperty('string0');
  const document = source?.document ?? parse('{ __typename }');
  expect(validate(schema, document)).toEqual([]);
  expect(print(document)).not.toContain('"');
  expect(print(document)).not.toContain('=');
});

test('a string that graphql-jit would run as code stays a string', async () => {
  const mark = '__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d';
  const code = `${mark}globalThis.isBroken=true`;
  for (const text of [code, '__MAGIC_NAN__57f286b9_4c20_487f_b409_79804ddcb4f8']) {
    const query = `query ($t: String = "${text}") { event(id: "${text}") { id }
      a: events(filter: { text: "${text}", categories: [] }) { totalCount } b: events(filter: { text: $t }) { totalCount } }`;
    expect((await server.ask(query)).data.event).toBeNull();
    expect(
      (await server.ask(`{ events(filter: { places: "${text}" }) { totalCount } }`)).errors?.[0]?.message,
    ).toContain(`"${text}"`);
  }
  expect(globalThis).not.toHaveProperty('isBroken');
});

/** Both ways of execution are asked, by `TestServer.ask`. */
test.each<[query: string, variables?: object]>([
  ['query ($t: String) { events(filter: { text: $t }) { totalCount } }'],
  ['query ($t: String) { events(filter: { text: $t }) { totalCount } }', { t: null }],
  ['query ($m: IntervalMatch) { events(filter: { during: { from: "2016-10", match: $m } }) { totalCount } }'],
  [
    'query ($m: IntervalMatch) { events(filter: { during: { from: "2016-10", match: $m } }) { totalCount } }',
    { m: 'CERTAINLY' },
  ],
  ['query ($f: EventFilter) { events(filter: $f) { totalCount } }', { f: { during: { from: '2016-10' } } }],
  ['query ($f: EventFilter) { events(filter: $f) { totalCount } }', { f: { places: 'aleppo', bogus: 1 } }],
  ['query ($f: EventFilter) { events(filter: $f) { totalCount } }', { f: { places: 'aleppo' } }],
  ['query ($f: EventFilter) { events(filter: $f) { totalCount } }', { f: [] }],
  [
    'query ($f: EventFilter) { events(filter: $f) { totalCount } }',
    { f: { bbox: [1, 'x', null], roles: ['VENUE', 5] } },
  ],
  ['query ($f: EventFilter = { places: ["aleppo"], roles: VENUE }) { events(filter: $f) { totalCount } }'],
  ['query ($f: EventFilter = { places: ["aleppo"] }) { events(filter: $f) { totalCount } }', { f: null }],
  ['query ($o: EventOrder) { events(orderBy: $o, first: 2) { nodes { id } } }'],
  ['query ($o: EventOrder) { events(orderBy: $o, first: 2) { nodes { id } } }', { o: null }],
  ['query ($o: EventOrder = WHEN_DESC) { events(orderBy: $o, first: 2) { nodes { id } } }'],
  ['query ($o: EventOrder!) { events(orderBy: $o) { totalCount } }', { o: 'BEST' }],
  ['query ($n: Int!) { events(first: $n) { totalCount } }'],
  ['query ($n: Int!) { events(first: $n) { totalCount } }', { n: 2 ** 31 }],
  ['query ($n: Int!) { events(first: $n) { totalCount } }', { n: '3' }],
  ['query ($n: Int = 3) { events(first: $n) { nodes { id } } }', { n: null }],
  ['query ($i: ID! = "aleppo") { place(id: $i) { id } }'],
  ['query ($i: ID! = "aleppo") { place(id: $i) { id } }', { i: null }],
  ['query ($i: ID!) { place(id: $i) { id } }', { i: 5 }],
  ['query ($i: ID!) { place(id: $i) { id } }', { i: 5.5 }],
  [
    'query ($z: Float!) { clusters(viewport: { west: 0, south: 0, east: 9, north: 9, zoom: $z }) { count } }',
    { z: 3 },
  ],
  [
    'query ($z: Float = 3) { clusters(viewport: { west: 0, south: 0, east: 9, north: 9, zoom: $z }) { count } }',
    { z: null },
  ],
  ['{ clusters(viewport: { west: -1e999, south: 0, east: 9, north: 9, zoom: 1 }) { count } }'],
  [
    'query ($b: Boolean!) { atlas { id @include(if: $b) title @skip(if: $b) ...F @skip(if: $b) } } fragment F on Atlas { version }',
    { b: true },
  ],
  [
    'query ($a: Boolean!, $b: Boolean!) { x: atlas @include(if: $a) { ...F } y: atlas @include(if: $b) { ...F } } fragment F on Atlas { id }',
    { a: true, b: false },
  ],
  ['{ node(id: "aleppo") { __typename id ... on Place { name } ... on Event { title } } }'],
  ['{ __typename a: __typename atlas { __typename ... on Atlas { id } ... { title } id } }'],
  [
    '{ a: place(id: "aleppo") { n: name name(language: "ar") } b: place(id: "aleppo") { name(language: "ru") } c: place(id: "x") { id } }',
  ],
  [
    '{ atlas { id } atlas { title } ...Q } fragment Q on Query { atlas { bounds during { from } } ...R } fragment R on Query { atlas { during { to } } }',
  ],
  ['{ atlas { constructor: id toString: title hasOwnProperty: version __proto__: license } }'],
  ['{ place(id: "aleppo") { events(first: -1) { totalCount } } ok: atlas { id } }'],
  [
    '{ places(first: 3) { nodes { id bad: events(first: 501) { totalCount } events(first: 1) { nodes { id } } } } }',
  ],
  ['{ events(first: 3) { nodes { when { from to } related { id when { label } } } } }'],
  [
    '{ __type(name: "Event") { name fields(includeDeprecated: true) { name args { name defaultValue } type { kind ofType { name } } } } }',
  ],
  ['query A { atlas { id } } query B { atlas { title } }'],
  ['query A($unused: [ID!]) { atlas { id } }', { unused: [null] }],
])('both ways of execution answer alike: %s %o', async (query, variables) => {
  const { text } = await server.ask(query, variables);
  expect(text).toMatch(/^\{"(data|errors)":/);
});

test('random queries are answered alike both ways, most of them by compiled code', async () => {
  let [compiledCount, withErrors] = [0, 0];
  for (let seed = 0; seed < 300; seed += 1) {
    const { text, variables } = new RandomQuery(schema, new Chance(seed));
    expect(
      validate(schema, parse(text)).map(({ message }) => message),
      text,
    ).toEqual([]);
    if (mayBeCompiled(text)) compiledCount += 1;
    const { errors } = await server.ask(text, variables);
    if (errors) withErrors += 1;
  }
  expect(compiledCount).toBeGreaterThan(200);
  expect(withErrors).toBeGreaterThan(30);
  expect(300 - withErrors).toBeGreaterThan(100);
});

test('of several operations the one that is named is run, and an unknown name refused', async () => {
  const payload = { query: 'query A { atlas { id } } query B { atlas { title } }' };
  for (const operationName of ['A', 'B', 'C', '', null]) {
    const [plain, other] = await Promise.all(
      [server.app, server.compiled].map((app) =>
        app.inject({ method: 'POST', url: '/graphql', payload: { ...payload, operationName } }),
      ),
    );
    expect([other?.statusCode, other?.body]).toEqual([plain?.statusCode, plain?.body]);
  }
});

test('a fault of ours is told alike both ways, wherever it comes', async () => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => void vi.restoreAllMocks());
  const query =
    '{ atlas { id } events(first: 2) { nodes { id sources { id } participants { actor { id } } } } }';
  for (const failing of ['summary', 'sources', 'actors', 'events', 'rows', 'columns', 'state']) {
    const store = watched(server.store, (method) => {
      if (method === failing) throw new Error('disk on fire');
    });
    const answers = [];
    for (const way of ['never', 'always'] as const) {
      const app = await buildApp(store, { tiles: null }, way);
      const { status, text } = await server.ask(query, {}, app);
      answers.push([status, text.replaceAll(/[0-9a-f-]{36}/g, 'ID')]);
      await app.close();
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]?.[1]).toContain('INTERNAL_SERVER_ERROR');
  }
});
