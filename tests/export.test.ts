import type { FastifyInstance } from 'fastify';
import { parse } from 'csv-parse/sync';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SaxesParser } from 'saxes';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../server/app.ts';
import { unguarded } from '../server/export/csv.ts';
import { EXPORT_FORMATS } from '../server/export/formats.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { HOSTILE, hostileAtlas } from './hostile-atlas.ts';
import { TestServer, watched } from './server.ts';

const server = new TestServer();
const hostileStore = new SqliteStore(':memory:');
let hostile: FastifyInstance;

beforeAll(async () => {
  await hostileStore.replace(hostileAtlas());
  hostile = await buildApp(hostileStore, { tiles: null }, 'never');
});
afterAll(async () => {
  await hostile.close();
  await hostileStore.close();
});

/** A file of the built-in atlas, or of another app's. */
async function fileOf(name: string, query = '', app = server.app): Promise<string> {
  const { statusCode, body } = await app.inject({ url: `/export/events.${name}${query}` });
  expect(statusCode, body.slice(0, 200)).toBe(200);
  return body;
}

const rowsOf = (csv: string): Record<string, string>[] =>
  parse(csv, { columns: true, record_delimiter: '\r\n' });

/** The ids that a file of records has, in its order. */
const idsOf = (ndjson: string): string[] =>
  ndjson
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line).id);

/** The texts of all elements of a name in an XML file that must be well-formed. */
function textsOf(xml: string, name: string): string[] {
  const parser = new SaxesParser();
  const [path, found]: string[][] = [[], []];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    path?.push(tag.name);
    if (tag.name === name) found?.push('');
  });
  parser.on('closetag', () => path?.pop());
  parser.on('text', (text) => {
    if (path?.at(-1) === name && found) found[found.length - 1] += text;
  });
  parser.write(xml).close();
  return found ?? [];
}

/** The content lines of a calendar, unfolded, each as its name and its value as it was before it was escaped. */
function linesOf(calendar: string): [name: string, value: string][] {
  expect(calendar.endsWith('\r\n')).toBe(true);
  for (const line of calendar.slice(0, -2).split('\r\n')) {
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(line).not.toMatch(/[\r\n]/);
  }
  return calendar
    .slice(0, -2)
    .replaceAll('\r\n ', '')
    .split('\r\n')
    .map((line) => {
      const [, name = '', value = ''] = /^([A-Z-]+)(?:;[^:]*)?:(.*)$/su.exec(line) ?? [];
      return [name, value.replaceAll(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign))];
    });
}

test('every format comes as a file of its type and name, with a tag, for as long as the atlas stays', async () => {
  for (const { name, mediaType } of EXPORT_FORMATS) {
    const url = `/export/events.${name}`;
    const { headers, statusCode } = await server.app.inject({ url });
    expect([name, statusCode]).toEqual([name, 200]);
    expect(headers['content-type']).toBe(mediaType);
    expect(headers['content-disposition']).toBe(`attachment; filename="syria-diplomacy-2016-17.${name}"`);
    expect(headers['cache-control']).toContain('max-age');
    const again = await server.app.inject({ url, headers: { 'if-none-match': String(headers.etag) } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    const head = await server.app.inject({ method: 'HEAD', url });
    expect([head.statusCode, head.body, head.headers['content-type']]).toEqual([200, '', mediaType]);
  }
});

test('what is not compressed already can be had compressed', async () => {
  for (const { name } of EXPORT_FORMATS) {
    const headers = { 'accept-encoding': 'gzip' };
    const answer = await server.app.inject({ url: `/export/events.${name}`, headers });
    expect([name, answer.headers['content-encoding']]).toEqual([
      name,
      name.endsWith('zip') ? undefined : 'gzip',
    ]);
  }
});

test('every format has every event once', async () => {
  const { events } = await server.data('{ events(first: 500) { totalCount nodes { title } } }');
  const titles = events.nodes.map(({ title }: { title: string }) => title).sort();
  expect(titles).toHaveLength(events.totalCount);
  const json = JSON.parse(await fileOf('geojson'));
  const found: Record<string, string[]> = {
    geojson: json.features.map((each: { properties: { title: string } }) => each.properties.title),
    csv: rowsOf(await fileOf('csv')).map(({ title }) => unguarded(title ?? '')),
    ndjson: (await fileOf('ndjson'))
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line).title),
    kml: textsOf(await fileOf('kml'), 'name').slice(1),
    ics: linesOf(await fileOf('ics')).flatMap(([name, value]) => (name === 'SUMMARY' ? [value] : [])),
    rss: textsOf(await fileOf('rss'), 'title').slice(1),
    'json-feed': JSON.parse(await fileOf('json-feed')).items.map(({ title }: { title: string }) => title),
  };
  for (const [format, its] of Object.entries(found)) expect([format, its.sort()]).toEqual([format, titles]);
});

test.each([
  ['', ''],
  ['?q=ceasefire', 'text: "ceasefire"'],
  ['?from=2016-10-07&to=2016-10-14', 'during: { from: "2016-10-07", to: "2016-10-14" }'],
  ['?from=2016-10&within=certainly', 'during: { from: "2016-10", match: CERTAINLY }'],
  ['?unplaced=only&bbox=0,0,1,1', 'unplaced: true'],
  ['?undated=only&from=2016', 'undated: true'],
  ['?category=call&category=visit', 'categories: ["call", "visit"]'],
  ['?at=aleppo&role=subject', 'places: ["aleppo"], roles: [SUBJECT]'],
  ['?with=iran&with=russia', 'actors: ["iran", "russia"]'],
  ['?from-source=ifp-2017-01-13&status=planned', 'sources: ["ifp-2017-01-13"], statuses: [PLANNED]'],
  ['?claims=disputed&claims=agreed', 'corroboration: [DISPUTED, AGREED]'],
  ['?bbox=35,32,43,38', 'bbox: [35, 32, 43, 38]'],
  ['?map=6/34.8/38.8&time=2016/2017&lang=fa&event=x&q=', ''],
])('%s asks what GraphQL is asked by { %s }', async (query, filter) => {
  const { events } = await server.data(
    `{ events(first: 500, orderBy: WHEN_ASC, filter: { ${filter} }) { nodes { id } } }`,
  );
  const ids = events.nodes.map(({ id }: { id: string }) => id);
  expect(idsOf(await fileOf('ndjson', query))).toEqual(ids);
  expect(rowsOf(await fileOf('csv', query)).map(({ atlas_id: id }) => id)).toEqual(ids);
});

test.each([
  ['?role=host', 'unknown role: "host". Known: venue, subject.'],
  ['?within=maybe', 'unknown within: "maybe". Known: possibly, certainly.'],
  ['?undated=yes', 'unknown undated: "yes". Known: only.'],
  ['?category=talk', 'unknown category: "talk". Known: fighting,'],
  ['?at=nowhere', 'unknown place: "nowhere".'],
  ['?from=2016-13', 'not a date: "2016-13".'],
  ['?from=2017&to=2016', 'period ends before it starts'],
  ['?bbox=1,2,3', 'a box of 3 numbers'],
  ['?bbox=a,b,c,d', 'not a box: "a,b,c,d".'],
  ['?categroy=call', 'unknown parameter: "categroy". Known: q, from, to,'],
  ['?q=a&q=b', '"q" is given more than once.'],
])('%s is refused: %s', async (query, message) => {
  const { statusCode, headers, body } = await server.app.inject({ url: `/export/events.csv${query}` });
  expect([statusCode, headers['cache-control'], headers['content-disposition']]).toEqual([
    400,
    'no-store',
    undefined,
  ]);
  const [error] = JSON.parse(body).errors;
  expect(error.message).toContain(message);
  expect(error.extensions.code).toBe('BAD_USER_INPUT');
});

test('no cell of a CSV is a formula, numbers stay numbers, and every text can be restored', async () => {
  const rows = rowsOf(await fileOf('csv', '', hostile));
  const events = new Map(hostileAtlas().events.map((event) => [event.id, event]));
  expect(rows).toHaveLength(HOSTILE.length);
  for (const row of rows) {
    for (const [column, cell] of Object.entries(row))
      if (column === 'latitude' || column === 'longitude')
        expect(String(Number(cell || 0))).toBe(cell || '0');
      else expect(cell).not.toMatch(/^[\s\0]*[=+\-@\uff1d]|^[\t\r\n]/);
    const event = events.get(row['atlas_id'] ?? '');
    expect([unguarded(row['title'] ?? ''), unguarded(row['summary'] ?? '')]).toEqual([
      event?.title,
      event?.summary,
    ]);
  }
  expect(rows.map(({ latitude }) => latitude)).toContain('-5');
});

test('hostile texts are texts in XML, and text in the HTML that readers make of it', async () => {
  const writable = (text: string): string =>
    text.replaceAll('\u0001\u001f', '\ufffd\ufffd').replaceAll('\r\n', '\n');
  const titles = HOSTILE.map(writable).sort();
  for (const [format, name] of [
    ['kml', 'name'],
    ['rss', 'title'],
  ] as const) {
    const xml = await fileOf(format, '', hostile);
    const found = textsOf(xml, name).slice(1).map(writable);
    expect([format, found.sort()]).toEqual([format, titles]);
    for (const html of textsOf(xml, 'description').slice(1))
      expect(html.replaceAll('<br>', ' ')).not.toMatch(/[<>]/);
    for (const link of textsOf(xml, 'link')) expect(link).toMatch(/^http:\/\/localhost\/(\?event=[\w-]+)?$/);
  }
});

test('hostile texts neither end a component of a calendar nor begin one', async () => {
  const lines = linesOf(await fileOf('ics', '', hostile));
  const names = lines.map(([name]) => name);
  const components = lines.filter(([name]) => name === 'BEGIN').map(([, value]) => value);
  expect(components).toHaveLength(HOSTILE.length + 1);
  expect(new Set(components)).toEqual(new Set(['VCALENDAR', 'VEVENT', 'VJOURNAL']));
  expect(names.filter((name) => name === 'SUMMARY')).toHaveLength(HOSTILE.length);
  expect(names).not.toContain('');
  const readable = (text: string): string => text.replaceAll(/\r\n?/g, '\n').replaceAll('\u0001\u001f', '');
  const summaries = lines.flatMap(([name, value]) => (name === 'SUMMARY' ? [value] : []));
  expect(summaries.sort()).toEqual(HOSTILE.map(readable).sort());
});

test('a calendar has whole days as days, hours in UTC, and what has no day as a journal', async () => {
  const calendar = await fileOf('ics', '', hostile);
  const of = (id: number): string =>
    calendar.split('BEGIN:V').find((part) => part.includes(`UID:event-${id}@hostile\r\n`)) ?? '';
  expect(of(1)).toContain('DTSTART;VALUE=DATE:20161013\r\nDTEND;VALUE=DATE:20161014\r\n');
  expect(of(2)).toContain('DTSTART;VALUE=DATE:20161001\r\nDTEND;VALUE=DATE:20161101\r\n');
  expect(of(5)).toContain('DTSTART:20161013T123000Z\r\nDTEND:20161013T123100Z\r\n');
  expect(of(7)).toContain('DTSTART;VALUE=DATE:20110301\r\nDTEND;VALUE=DATE:20110302\r\n');
  expect(of(8)).toContain('DTSTART;VALUE=DATE:20160509\r\nDTEND;VALUE=DATE:20160510\r\n');
  for (const undated of [0, 10, 11, 12]) expect(of(undated)).toMatch(/^JOURNAL\r\n(?!.*DTSTART)/s);
});

test('KML has plain dates as moments of their precision, and all else as spans', async () => {
  const kml = await fileOf('kml', '', hostile);
  const of = (id: number): string =>
    kml.split('<Placemark>').find((part) => part.includes(`<value>event-${id}</value>`)) ?? '';
  expect(of(1)).toContain('<TimeStamp><when>2016-10-13</when></TimeStamp>');
  expect(of(2)).toContain('<TimeStamp><when>2016-10</when></TimeStamp>');
  expect(of(6)).toContain('<TimeSpan><begin>2016-09-12T00:00:00Z</begin><end>2016-09-19T23:59:59.999Z</end>');
  expect(of(7)).toContain('<TimeSpan><begin>2011-03-01T00:00:00Z</begin></TimeSpan>');
  for (const undated of [0, 10, 11]) expect(of(undated)).not.toContain('<Time');
  expect(of(1)).toContain('<Point><coordinates>-178.5,-1</coordinates></Point>');
  expect(of(3).match(/<Point>/g)).toHaveLength(3);
});

test('GeoJSON is as RFC 7946 has it: a Point, a MultiPoint or null, longitude first', async () => {
  const { type, features } = JSON.parse(await fileOf('geojson', '', hostile));
  expect(type).toBe('FeatureCollection');
  const geometries = Object.fromEntries(
    features.map(({ id, geometry }: { id: string; geometry: object }) => [id, geometry]),
  );
  expect(geometries['event-0']).toBeNull();
  expect(geometries['event-1']).toEqual({ type: 'Point', coordinates: [-178.5, -1] });
  expect(geometries['event-2']).toEqual({
    type: 'MultiPoint',
    coordinates: [
      [-177.5, -2],
      [-176.5, -3],
    ],
  });
});

test('the licence and the sources are in every file', async () => {
  for (const { name } of EXPORT_FORMATS.filter((format) => format.name !== 'datapackage.zip')) {
    const file = (await fileOf(name)).replaceAll('\r\n ', '');
    expect([name, file.includes('CC-BY-4.0'), file.includes('Financial Tribune')]).toEqual([
      name,
      true,
      true,
    ]);
  }
});

test('feeds begin with the newest, and link to the map where it was asked', async () => {
  const url = '/export/events.json-feed';
  const { body } = await server.app.inject({ url, headers: { host: 'atlas.example:8080' } });
  const { items, home_page_url: home } = JSON.parse(body);
  expect(home).toBe('http://atlas.example:8080/');
  expect(items[0].url).toBe('http://atlas.example:8080/?event=astana-talks-2017-01-23');
  const feed = JSON.parse(await fileOf('json-feed', '', hostile));
  for (const { external_url: external } of feed.items) expect(external ?? 'https:').toMatch(/^https:/);
});

test('a host that is none leads to no address of its own', async () => {
  const headers = { host: '"><script>alert(1)</script>' };
  const { body } = await server.app.inject({ url: '/export/events.rss', headers });
  expect(textsOf(body, 'link')[0]).toBe('http://localhost/');
});

test('a file is made no further than it is read, and not at all when its reader has gone', async () => {
  const store = new SqliteStore(':memory:');
  const atlas = hostileAtlas();
  const [event] = atlas.events;
  if (!event) throw new Error('no event');
  const [claim] = event.claims;
  if (!claim) throw new Error('no claim');
  // In 24 batches of 1.5 MB, of which a connection takes in a few before anybody reads.
  const events = Array.from({ length: 6000 }, (_, at) => ({
    ...{ ...event, id: `many-${at}`, relations: [] },
    claims: [{ ...claim, id: `claim-${at}`, event: `many-${at}`, locator: 'x'.repeat(6000) }],
  }));
  await store.replace({ ...atlas, events });
  let asked = 0;
  const app = await buildApp(
    watched(store, (method) => {
      if (method === 'eventsAt') asked++;
    }),
    { tiles: null },
    'never',
  );
  await app.listen({ port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const closed = new Promise<void>((done) => {
    app.server.once('connection', (socket) => socket.once('close', () => done()));
  });
  const request = get({ port, path: '/export/events.ndjson' });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  await once(response, 'readable');
  const before = asked;
  response.destroy();
  await closed;
  await app.close();
  await store.close();
  expect(before).toBeLessThan(20);
  expect(asked).toBeLessThan(20);
});
