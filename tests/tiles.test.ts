import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { expect, test } from 'vitest';
import { buildApp } from '../server/app.ts';
import type { Place } from '../server/event.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { hostileAtlas } from './hostile-atlas.ts';
import { Chance } from './random.ts';
import { TestServer } from './server.ts';

const server = new TestServer();

interface Point {
  lng: number;
  lat: number;
  properties: Record<string, string | number | boolean>;
}

/** The points of a tile in degrees, by the field's own decoder. */
async function pointsOf(z: number, x: number, y: number, query = '', app = server.app): Promise<Point[]> {
  const answer = await app.inject({ url: `/tiles/${z}/${x}/${y}.mvt${query}` });
  expect([200, 204], answer.body.slice(0, 200)).toContain(answer.statusCode);
  if (answer.statusCode === 204) return [];
  expect(answer.headers['content-type']).toBe('application/vnd.mapbox-vector-tile');
  const layer = new VectorTile(new PbfReader(answer.rawPayload)).layers['placements'];
  return Array.from({ length: layer?.length ?? 0 }, (_, at) => {
    const feature = layer?.feature(at).toGeoJSON(x, y, z);
    const [lng = NaN, lat = NaN] = feature?.geometry.type === 'Point' ? feature.geometry.coordinates : [];
    return { lng, lat, properties: feature?.properties as Point['properties'] };
  });
}

const sumOf = (points: Point[]): number =>
  points.reduce((sum, { properties }) => sum + Number(properties['count']), 0);

async function sumOfZoom(z: number, query = '', app = server.app): Promise<number> {
  let sum = 0;
  for (let x = 0; x < 2 ** z; x++)
    for (let y = 0; y < 2 ** z; y++) sum += sumOf(await pointsOf(z, x, y, query, app));
  return sum;
}

async function placementsOf(filter: string): Promise<number> {
  const viewport = 'viewport: { west: -180, south: -90, east: 180, north: 90, zoom: 0 }';
  const { clusters } = await server.data(`{ clusters(${viewport}, filter: { ${filter} }) { count } }`);
  return clusters.reduce((sum: number, { count }: { count: number }) => sum + count, 0);
}

/** An atlas of many places, on the edges of tiles among them, each with an event. */
async function appOfPlaces(
  positions: [lng: number, lat: number][],
): Promise<{ app: Awaited<ReturnType<typeof buildApp>>; store: SqliteStore }> {
  const atlas = hostileAtlas();
  const [event] = atlas.events;
  if (!event) throw new Error('no event');
  const places = positions.map(([lng, lat], at): Place => ({
    ...{ id: `p-${at}`, name: `Place ${at}`, names: [], country: null, position: { lng, lat } },
    ...{ precision: 'EXACT', radiusKm: null, geonamesId: null },
  }));
  const events = places.map(({ id }, at) => ({
    ...{ ...event, id: `e-${at}`, claims: [], participants: [], relations: [] },
    placements: [{ place: id, role: 'VENUE' as const }],
  }));
  const store = new SqliteStore(':memory:');
  await store.replace({ ...atlas, places, events });
  return { app: await buildApp(store, { tiles: null }, 'never'), store };
}

test.each([
  ['', ''],
  ['?category=call', 'categories: ["call"]'],
  ['?role=subject', 'roles: [SUBJECT]'],
  ['?at=aleppo', 'places: ["aleppo"]'],
  ['?q=ceasefire', 'text: "ceasefire"'],
  ['?from=2016-10&to=2016-11', 'during: { from: "2016-10", to: "2016-11" }'],
  ['?bbox=5,30,38,50', 'bbox: [5, 30, 38, 50]'],
])('the counts of all tiles of a zoom add up to the placements that %s asks for', async (query, filter) => {
  const placements = await placementsOf(filter);
  for (const z of [0, 1, 3]) expect([z, await sumOfZoom(z, query)]).toEqual([z, placements]);
});

test('where there are few, each placement is a point with its event, where it is', async () => {
  const points = await pointsOf(0, 0, 0, '?category=call');
  expect(points.length).toBeGreaterThan(2);
  const { events } = await server
    .data(
      '{ events(first: 500, filter: { categories: ["call"] }) { nodes { id title placements { place { location { lng lat } } } } } }',
    )
    .catch(() => ({ events: null }));
  for (const { properties } of points)
    expect(properties).toMatchObject({
      count: 1,
      category: 'call',
      event: expect.any(String),
      title: expect.any(String),
    });
  if (events)
    for (const { properties } of points)
      expect(events.nodes.map(({ id }: { id: string }) => id)).toContain(properties['event']);
});

test('where there are many, each cell is a point with exact counts, inside its tile', async () => {
  const chance = new Chance(11);
  const positions = Array.from({ length: 1500 }, (): [number, number] => [
    chance.whole(-1800, 1800) / 10,
    chance.whole(-900, 900) / 10,
  ]);
  const { app, store } = await appOfPlaces(positions);
  const points = await pointsOf(0, 0, 0, '', app);
  expect(points.length).toBeLessThanOrEqual(16);
  expect(sumOf(points)).toBe(1500);
  for (const { lng, lat, properties } of points) {
    expect([Math.abs(lng) <= 180, Math.abs(lat) < 85.06]).toEqual([true, true]);
    expect(properties['category_count']).toBeLessThanOrEqual(Number(properties['count']));
  }
  for (const z of [1, 2, 3]) expect([z, await sumOfZoom(z, '', app)]).toEqual([z, 1500]);
  await app.close();
  await store.close();
});

test('what lies on the edge of tiles, at the antimeridian and at the poles is in one tile', async () => {
  const { app, store } = await appOfPlaces([
    ...([
      [-180, 0],
      [180, 0],
      [0, 0],
      [90, 0],
      [-90, 0],
      [45, 0],
    ] as [number, number][]),
    ...([
      [0, 90],
      [0, -90],
      [180, 90],
      [-180, -90],
      [0, 66.51326044311186],
      [0, -66.51326044311186],
    ] as [number, number][]),
  ]);
  for (const z of [0, 1, 2, 3]) expect([z, await sumOfZoom(z, '', app)]).toEqual([z, 12]);
  for (const z of [0, 1, 2]) {
    expect([z, await sumOfZoom(z, '?bbox=170,-10,180,10', app)]).toEqual([z, 2]);
    expect([z, await sumOfZoom(z, '?bbox=170,-10,-170,10', app)]).toEqual([z, 2]);
  }
  await app.close();
  await store.close();
});

test('a tile where nothing lies is empty and may be kept', async () => {
  const { statusCode, headers, body } = await server.app.inject({ url: '/tiles/6/0/63.mvt' });
  expect([statusCode, body]).toEqual([204, '']);
  expect(headers['cache-control']).toContain('max-age');
  const again = await server.app.inject({
    url: '/tiles/6/0/63.mvt',
    headers: { 'if-none-match': String(headers.etag) },
  });
  expect(again.statusCode).toBe(304);
});

test.each([
  ['/tiles/1/2/0.mvt', 400, 'no tile: "1/2/0"'],
  ['/tiles/99/0/0.mvt', 400, 'no tile: "99/0/0"'],
  ['/tiles/0/0/0.mvt?role=host', 400, 'unknown role: "host"'],
  ['/tiles.json?categroy=x', 400, 'unknown parameter: "categroy"'],
  ['/tiles/0/0/0.png', 404, 'nothing at'],
])('%s is answered by %i: %s', async (url, status, message) => {
  const { statusCode, body } = await server.app.inject({ url });
  expect(statusCode).toBe(status);
  expect(JSON.parse(body).errors[0].message).toContain(message);
});

test('TileJSON says where the tiles are, with the filter, and whose they are', async () => {
  const { statusCode, body } = await server.app.inject({ url: '/tiles.json?category=call' });
  expect(statusCode).toBe(200);
  const { tilejson, tiles, vector_layers: layers, attribution } = JSON.parse(body);
  expect(tilejson).toBe('3.0.0');
  expect(tiles[0]).toMatch(/\/tiles\/\{z\}\/\{x\}\/\{y\}\.mvt\?category=call$/);
  expect(attribution).toContain('Licence: CC-BY-4.0');
  const fields = Object.keys(layers[0].fields);
  for (const { properties } of await pointsOf(0, 0, 0))
    expect(fields).toEqual(expect.arrayContaining(Object.keys(properties)));
});
