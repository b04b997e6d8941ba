import { execFile, spawnSync } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { buildApp } from '../server/app.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { hostileAtlas } from './hostile-atlas.ts';
import { TestServer } from './server.ts';

const server = new TestServer();

// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

async function ask(path: string, status = 200, app = server.app): Promise<{ json: Json; type: string }> {
  const { statusCode, body, headers } = await app.inject({ url: `/ogc${path}` });
  expect([path, statusCode], body.slice(0, 300)).toEqual([path, status]);
  return { json: JSON.parse(body), type: String(headers['content-type']) };
}

const items = async (query: string, app = server.app): Promise<Json> =>
  (await ask(`/collections/events/items${query}`, 200, app)).json;

const idsOf = ({ features }: Json): string[] => features.map(({ id }: Json) => id);

/** Follows next links to the end. */
async function allPages(query: string): Promise<string[]> {
  const ids: string[] = [];
  for (let page = await items(query); ;) {
    ids.push(...idsOf(page));
    const next = page.links.find(({ rel }: Json) => rel === 'next');
    if (!next) return ids;
    page = await items(new URL(next.href).search);
  }
}

const eventIds = async (filter: string): Promise<string[]> => {
  const { events } = await server.data(
    `{ events(first: 500, orderBy: WHEN_ASC, filter: { ${filter} }) { nodes { id } } }`,
  );
  return events.nodes.map(({ id }: { id: string }) => id);
};

test('the landing page leads to the definition, the conformance and the data, each of which is there', async () => {
  const { json, type } = await ask('');
  expect(type).toBe('application/json; charset=utf-8');
  expect(json.links.map(({ rel }: Json) => rel)).toEqual(['self', 'service-desc', 'conformance', 'data']);
  for (const { href, type: promised } of json.links) {
    expect(href).toMatch(/^http:\/\/localhost(:80)?\/ogc/);
    const { headers, statusCode } = await server.app.inject({ url: new URL(href).pathname });
    expect([href, statusCode]).toEqual([href, 200]);
    expect(
      String(headers['content-type'])
        .replaceAll(' ', '')
        .replace(/;charset=utf-8$/, ''),
    ).toBe(promised);
  }
  expect(json.description).toContain('Licence: CC-BY-4.0');
});

test('it says that it conforms to core, OpenAPI 3.0 and GeoJSON', async () => {
  const { json } = await ask('/conformance');
  expect(json.conformsTo).toEqual(
    ['core', 'oas30', 'geojson'].map(
      (part) => `http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/${part}`,
    ),
  );
});

test('the definition describes every path, and every parameter that items take', async () => {
  const { json } = await ask('/api');
  expect(json.openapi).toMatch(/^3\.0\./);
  const collections = '/collections/{collectionId}';
  expect(Object.keys(json.paths)).toEqual([
    ...['/', '/api', '/conformance', '/collections', collections],
    ...[`${collections}/items`, `${collections}/items/{featureId}`],
  ]);
  const parameters = json.paths[`${collections}/items`].get.parameters;
  for (const name of ['bbox', 'datetime', 'limit'])
    expect(parameters.find((each: Json) => each.name === name)).toMatchObject({
      in: 'query',
      required: false,
    });
  for (const { name, in: where, schema } of parameters) {
    if (where !== 'query') continue;
    const kind = schema.items ?? schema;
    const value = { bbox: '35,32,43,38', datetime: '2016-10-13', limit: '1', after: '0' }[name as string];
    const known = { category: 'call', with: 'iran', at: 'aleppo', 'from-source': 'ifp-2017-01-13' }[
      name as string
    ];
    const given = value ?? known ?? kind.enum?.[0] ?? '2016';
    await items(`?${new URLSearchParams({ [name]: given })}`);
  }
});

test('the collection has an extent in space and time, and links to itself and its items', async () => {
  const { json } = await ask('/collections');
  expect(json.links[0].rel).toBe('self');
  const [one] = json.collections;
  expect((await ask('/collections/events')).json).toEqual(one);
  expect(one.links.map(({ rel, type }: Json) => [rel, type])).toEqual([
    ['self', 'application/json'],
    ['items', 'application/geo+json'],
  ]);
  const { features } = await items('?limit=1000');
  const points = features.flatMap(({ geometry }: Json) =>
    geometry === null ? [] : geometry.type === 'Point' ? [geometry.coordinates] : geometry.coordinates,
  );
  const [west, south, east, north] = one.extent.spatial.bbox[0];
  for (const [lng, lat] of points)
    expect([lng >= west, lng <= east, lat >= south, lat <= north]).toEqual([true, true, true, true]);
  const [from, to] = one.extent.temporal.interval[0];
  for (const { properties } of features)
    expect([(properties.from ?? from) >= from, (properties.to ?? to) <= to]).toEqual([true, true]);
});

test('items are GeoJSON with links to themselves, to the next page and to the collection, and count themselves', async () => {
  const { json, type } = await ask('/collections/events/items?limit=3');
  expect(type).toBe('application/geo+json');
  const all = await eventIds('');
  expect(json).toMatchObject({ type: 'FeatureCollection', numberMatched: all.length, numberReturned: 3 });
  expect(idsOf(json)).toEqual(all.slice(0, 3));
  expect(json.links.map(({ rel }: Json) => rel)).toEqual(['self', 'next', 'collection']);
  expect(
    json.links.every(
      ({ type: each }: Json) => each === 'application/geo+json' || each === 'application/json',
    ),
  ).toBe(true);
});

test.each([
  '?limit=1',
  '?limit=4',
  '?limit=7&bbox=35,32,43,38',
  '?limit=3&datetime=2016-10-01/2016-10-31',
  '?limit=1000',
])('the pages of %s have every feature once', async (query) => {
  const ids = await allPages(query);
  expect(new Set(ids).size).toBe(ids.length);
  const { numberMatched } = await items(query);
  expect(ids).toHaveLength(numberMatched);
  const whole = idsOf(await items(query.replace(/limit=\d+/, 'limit=1000')));
  expect(ids).toEqual(whole);
});

test('more than the highest limit is that limit', async () => {
  expect((await items('?limit=999999')).numberReturned).toBe((await eventIds('')).length);
});

test('a bbox matches what lies in it and what has no place', async () => {
  const [inside, unplaced] = [await eventIds('bbox: [35, 32, 43, 38]'), await eventIds('unplaced: true')];
  expect(await allPages('?bbox=35,32,43,38')).toEqual([...inside, ...unplaced]);
  expect(await allPages('?bbox=35,32,-100,43,38,9000')).toEqual([...inside, ...unplaced]);
  // Across the antimeridian.
  expect(await allPages('?bbox=170,-10,-170,10')).toEqual([
    ...(await eventIds('bbox: [170, -10, -170, 10]')),
    ...unplaced,
  ]);
});

test.each([
  ['2016-10-13', 'from: "2016-10-13", to: "2016-10-14"'],
  ['2016-10-13T00:00:00Z', 'from: "2016-10-13", to: "2016-10-13T00:01Z"'],
  ['2016-10-01/2016-10-31', 'from: "2016-10-01", to: "2016-11-01"'],
  ['2016-10-01T00:00:00Z/..', 'from: "2016-10-01"'],
  ['/2016-09-30', 'to: "2016-10-01"'],
  ['../2016-09-30', 'to: "2016-10-01"'],
])('datetime=%s matches what overlaps it and what has no date', async (datetime, during) => {
  const [within, undated] = [await eventIds(`during: { ${during} }`), await eventIds('undated: true')];
  expect(await allPages(`?datetime=${datetime}`)).toEqual([...within, ...undated]);
});

test.each([
  ['q=ceasefire', 'text: "ceasefire"'],
  ['category=call&category=visit', 'categories: ["call", "visit"]'],
  ['at=aleppo&role=subject', 'places: ["aleppo"], roles: [SUBJECT]'],
  ['unplaced=only', 'unplaced: true'],
  ['from=2016-10-07&to=2016-10-14', 'during: { from: "2016-10-07", to: "2016-10-14" }'],
])('the filter of the page %s means what it means there', async (query, filter) => {
  expect(await allPages(`?${query}&limit=2`)).toEqual(await eventIds(filter));
});

test('an item is a feature with links, and the same as among the items', async () => {
  const id = 'lausanne-meeting-2016-10-15';
  const { json, type } = await ask(`/collections/events/items/${id}`);
  expect(type).toBe('application/geo+json');
  const { links, ...feature } = json;
  expect(links.map(({ rel }: Json) => rel)).toEqual(['self', 'collection']);
  const { features } = await items('?limit=1000');
  expect(features.find((each: Json) => each.id === id)).toEqual(feature);
  expect((await ask('/collections/events/items/nowhere', 404)).json.errors[0].message).toContain(
    'unknown event: "nowhere"',
  );
  expect((await ask('/collections/x/items', 404)).json.errors[0].message).toContain('Known: events.');
});

test.each([
  ['?bbox=1,2,3', 'a box of 3 numbers'],
  ['?bbox=a,b,c,d', 'not a bbox: "a,b,c,d"'],
  ['?bbox=0,0,0,91', 'latitude out of range'],
  ['?datetime=yesterday', 'not a datetime: "yesterday"'],
  ['?datetime=2016-02-30', 'not a datetime: "2016-02-30"'],
  ['?datetime=../..', 'not a datetime: "../.."'],
  ['?datetime=2017-01-01/2016-01-01', 'datetime ends before it starts'],
  ['?datetime=2016-01-01&from=2016', 'both "datetime" and "from"'],
  ['?limit=0', 'not a limit: "0"'],
  ['?limit=many', 'not a limit: "many"'],
  ['?after=x', 'not where a page begins: "x"'],
  ['?f=html', 'unknown f: "html". Known: json.'],
  ['?where=here', 'unknown parameter: "where". Known: q, from, to,'],
  ['?limit=1&limit=2', '"limit" is given more than once'],
])('items%s are refused: %s', async (query, message) => {
  const { json, type } = await ask(`/collections/events/items${query}`, 400);
  expect(type).toContain('application/json');
  expect(json.errors[0].message).toContain(message);
});

test('parameters that a document does not have are refused', async () => {
  for (const path of ['', '/api', '/conformance', '/collections', '/collections/events'])
    expect((await ask(`${path}?limit=1`, 400)).json.errors[0].message).toContain(
      'unknown parameter: "limit"',
    );
});

test('answers have tags, and are not sent again to who has them', async () => {
  const url = '/ogc/collections/events/items?limit=2';
  const { headers } = await server.app.inject({ url });
  const again = await server.app.inject({ url, headers: { 'if-none-match': String(headers.etag) } });
  expect([again.statusCode, again.body]).toEqual([304, '']);
});

const hasGdal = spawnSync('ogrinfo', ['--version']).status === 0;

test.skipIf(!hasGdal)(
  'GDAL reads all events by its own client (skipped where there is no ogrinfo)',
  async () => {
    const store = new SqliteStore(':memory:');
    await store.replace(hostileAtlas());
    const app = await buildApp(store, { tiles: null }, 'never');
    await app.listen({ port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const args = ['-ro', '-al', '-so', `OAPIF:http://localhost:${port}/ogc`];
    const { stdout } = await promisify(execFile)('ogrinfo', args);
    expect(stdout).toContain('Layer name: events');
    expect(stdout).toContain(`Feature Count: ${hostileAtlas().events.length}`);
    await app.close();
    await store.close();
  },
);
