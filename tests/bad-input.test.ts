import { afterEach, expect, test, vi } from 'vitest';
import { buildApp } from '../server/app.ts';
import { TestServer, watched } from './server.ts';

const server = new TestServer();

afterEach(() => vi.restoreAllMocks());

const filtered = (filter: string): string => `{ events(filter: ${filter}) { totalCount } }`;
const viewed = (viewport: string): string => `{ clusters(viewport: ${viewport}) { count } }`;

test.each<[fault: string, query: string, value: string, remedy: string]>([
  [
    'a box upside down',
    filtered('{ bbox: [0, 50, 10, 40] }'),
    '[0, 50, 10, 40]',
    'A box is west, south, east, north',
  ],
  [
    'a box of three',
    filtered('{ bbox: [0, 50, 10] }'),
    'a box of 3 numbers: [0, 50, 10]',
    'A box is west, south',
  ],
  ['a box of none', filtered('{ bbox: [] }'), 'a box of 0 numbers: []', 'A box is west, south'],
  ['a box of five', filtered('{ bbox: [0, 0, 1, 1, 9] }'), '[0, 0, 1, 1, 9]', 'A box is west, south'],
  [
    'a box around the world and more',
    filtered('{ bbox: [-181, 0, 0, 1] }'),
    '[-181, 0, 0, 1]',
    '-180 to 180',
  ],
  ['a box beyond the pole', filtered('{ bbox: [0, 0, 1, 90.1] }'), '[0, 0, 1, 90.1]', '-90 to 90'],
  [
    'a category that is none',
    filtered('{ categories: ["call", "talk"] }'),
    '"talk"',
    'Known: fighting, ceasefire',
  ],
  [
    'an actor that is none',
    filtered('{ actors: ["iran", "narnia"] }'),
    '"narnia"',
    '{ actors { nodes { id } } }',
  ],
  ['a place that is none', filtered('{ places: ["atlantis"] }'), '"atlantis"', '{ places { nodes { id } } }'],
  [
    'a source that is none',
    filtered('{ sources: [""] }'),
    'unknown source: ""',
    '{ sources { nodes { id } } }',
  ],
  [
    'an id with odd letters',
    filtered(String.raw`{ places: ["\u0000'\"%"] }`),
    'unknown place',
    'nodes { id }',
  ],
  ['a date in words', filtered('{ during: { from: "last Monday" } }'), '"last Monday"', 'Write it in EDTF'],
  ['a day that is none', filtered('{ during: { from: "2015-02-29" } }'), '"2015-02-29"', 'Write it in EDTF'],
  [
    'a date that is two',
    filtered('{ during: { to: "2016/2017" } }'),
    '"2016/2017"',
    'Write a year, month, day or time',
  ],
  [
    'a period reversed',
    filtered('{ during: { from: "2017", to: "2016" } }'),
    'from "2017" to "2016"',
    'give a later one',
  ],
  [
    'a period of nothing',
    filtered('{ during: { from: "2016", to: "2016-01-01" } }'),
    'from "2016"',
    'The end is outside',
  ],
  [
    'a negative first',
    '{ events(first: -1) { totalCount } }',
    'first is out of range: -1',
    'Ask for 0 to 500',
  ],
  [
    'a first too high',
    '{ places(first: 501) { totalCount } }',
    'first is out of range: 501',
    'Ask for 0 to 500',
  ],
  ['a negative last', '{ actors(last: -1) { totalCount } }', 'last is out of range: -1', 'Ask for 0 to 500'],
  [
    'a last too high',
    '{ sources(last: 501) { totalCount } }',
    'last is out of range: 501',
    'Ask for 0 to 500',
  ],
  [
    'garbage for a cursor',
    '{ events(after: "garbage") { totalCount } }',
    '"garbage"',
    'Take one from its own edges',
  ],
  ['relevance to nothing', '{ events(orderBy: RELEVANCE) { totalCount } }', 'RELEVANCE', 'Give filter.text'],
  [
    'a zoom below 0',
    viewed('{ west: 0, south: 0, east: 1, north: 1, zoom: -1 }'),
    'zoom out of range: -1',
    '0 to 24',
  ],
  [
    'a zoom above 24',
    viewed('{ west: 0, south: 0, east: 1, north: 1, zoom: 25 }'),
    'zoom out of range: 25',
    '0 to 24',
  ],
  [
    'a view upside down',
    viewed('{ west: 0, south: 2, east: 1, north: 1, zoom: 3 }'),
    '[0, 2, 1, 1]',
    'south is greater',
  ],
  ['no bins', '{ timeline(bins: 0) { undated } }', 'bins is out of range: 0', 'Ask for 1 to 1000'],
  [
    'too many bins',
    '{ timeline(bins: 1001) { undated } }',
    'bins is out of range: 1001',
    'Ask for 1 to 1000',
  ],
])('%s is the caller’s fault, and told with the remedy', async (_, query, value, remedy) => {
  const { status, data, errors } = await server.ask(query);
  expect(status).toBe(400);
  expect(data).toBeNull();
  expect(errors).toHaveLength(1);
  expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT' });
  expect(errors?.[0]?.message).toContain(value);
  expect(errors?.[0]?.message).toContain(remedy);
});

test('a cursor from elsewhere is refused, wherever it comes from', async () => {
  const { events, places, latest, best } = await server.data(`{
    events(first: 1) { pageInfo { endCursor } } latest: events(first: 1, orderBy: WHEN_DESC) { pageInfo { endCursor } }
    best: events(first: 1, orderBy: RELEVANCE, filter: { text: "a" }) { pageInfo { endCursor } }
    places(first: 1) { pageInfo { endCursor } }
  }`);
  for (const cursor of [places, latest, best].map(({ pageInfo }) => pageInfo.endCursor)) {
    const { status, errors } = await server.ask('query ($c: String) { events(after: $c) { totalCount } }', {
      c: cursor,
    });
    expect(status).toBe(400);
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    expect(errors?.[0]?.message).toContain(`not a cursor of this list: "${cursor}"`);
  }
  const forged = Buffer.from('["WHEN_ASC"]').toString('base64url');
  for (const query of ['events(before: $c)', 'place(id: "aleppo") { events(after: $c)']) {
    const close = query.includes('place(') ? '}' : '';
    const ask = `query ($c: String) { ${query} { totalCount } ${close} }`;
    expect((await server.ask(ask, { c: forged })).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect((await server.ask(ask, { c: events.pageInfo.endCursor })).errors).toBeUndefined();
  }
});

test('what is no value of its type is refused by GraphQL, with status 400', async () => {
  for (const [query, variables, code] of [
    ['{ events(orderBy: BEST) { totalCount } }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['{ events { total } }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['{ events(first: 3000000000) { totalCount } }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['{ events(', {}, 'GRAPHQL_PARSE_FAILED'],
    ['query ($n: Int) { events(first: $n) { totalCount } }', { n: 1.5 }, 'BAD_USER_INPUT'],
    [
      'query ($f: EventFilter) { events(filter: $f) { totalCount } }',
      { f: { roles: ['HOST'] } },
      'BAD_USER_INPUT',
    ],
  ] as const) {
    const { status, errors } = await server.ask(query, variables);
    expect([status, errors?.[0]?.extensions.code]).toEqual([400, code]);
  }
});

test('a fault of one part leaves the others their answer', async () => {
  const { status, data, errors } = await server.ask(
    '{ place(id: "aleppo") { name events(first: -1) { totalCount } } atlas { id } }',
  );
  expect([status, data.atlas.id, data.place]).toEqual([200, 'syria-diplomacy-2016-17', null]);
  expect(errors?.[0]).toMatchObject({ path: ['place', 'events'], extensions: { code: 'BAD_USER_INPUT' } });
});

test.each(['WHEN_ASC', 'RELEVANCE'])(
  'a text of a hundred words is searched for, one of more refused, %s',
  async (order) => {
    const query =
      'query ($t: String, $o: EventOrder) { events(filter: { text: $t }, orderBy: $o) { totalCount } }';
    const text = (count: number): string => Array.from({ length: count }, (_, at) => `word${at}`).join(' ');
    expect((await server.data(query, { t: text(100), o: order })).events.totalCount).toBe(0);
    expect((await server.data(query, { t: `${text(100)} ${text(100)}`, o: order })).events.totalCount).toBe(
      0,
    );
    const { status, errors } = await server.ask(query, { t: text(101), o: order });
    expect([status, errors?.[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(errors?.[0]?.message).toBe('text of 101 words. Search for 100 at most.');
  },
);

test('hostile texts are answered quickly', async () => {
  const [long, deep] = ['a'.repeat(100_000), '[['.repeat(50_000)];
  const started = performance.now();
  for (const text of [
    long,
    `${'al '.repeat(30_000)}x`,
    'ﷺ'.repeat(10_000),
    '"*:^()'.repeat(10_000),
    '\u0000\ud800',
  ])
    expect(
      (await server.ask('query ($t: String) { events(filter: { text: $t }) { totalCount } }', { t: text }))
        .errors,
    ).toBeUndefined();
  for (const from of [long, deep, '9'.repeat(100_000)]) {
    const { errors, text } = await server.ask(
      'query ($d: String) { events(filter: { during: { from: $d } }) { totalCount } }',
      {
        d: from,
      },
    );
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(text.length).toBeLessThan(1000);
  }
  expect(performance.now() - started).toBeLessThan(5000);
});

test('a fault of ours is masked, and logged under the id of its request, which the caller is told', async () => {
  const logged: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => logged.push(String(line)) > 0);
  const secret = 'no such table: event, in /srv/secret/atlas.sqlite';
  const app = await buildApp(
    watched(server.store, (method) => {
      if (method === 'columns') throw new Error(secret);
    }),
    { tiles: null },
  );
  const { status, data, errors, text } = await server.ask('{ events { totalCount } }', {}, app);
  await app.close();
  const id = errors?.[0]?.extensions.id;
  expect([status, data]).toEqual([500, null]);
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(errors).toEqual([
    {
      message: `Something went wrong on our side. It is logged as ${id}.`,
      locations: [{ line: 1, column: 3 }],
      path: ['events'],
      extensions: { code: 'INTERNAL_SERVER_ERROR', id },
    },
  ]);
  expect(text).not.toMatch(/secret|sqlite|table|node_modules/);
  const lines = logged.filter((line) => line.includes(secret));
  expect(lines.map((line) => JSON.parse(line).reqId)).toEqual([id]);
});

test('a variable that is null where an argument must not be is the caller’s fault, and told', async () => {
  const box = 'west: 0, south: 0, east: 9, north: 9';
  const query = `query Q($z: Float = 4) { clusters(viewport: { ${box}, zoom: $z }) { count } }`;
  const { status, errors } = await server.ask(query, { z: null });
  expect(status).toBe(400);
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  expect(errors?.[0]?.message).toContain('zoom: $z');
});
