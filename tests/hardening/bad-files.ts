import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import type { Check } from './check.ts';
import { newFolder } from './target.ts';

const MAIN = resolve(import.meta.dirname, '../../server/main.ts');

/** What `dateline check` said of a file. */
interface Checked {
  code: number | null;
  said: string;
  seconds: number;
  /** The most memory at one moment in MB, as Linux counts it. */
  peak: number;
}

/** What the program takes with a file of one row: the rest is the file's. */
interface Base {
  seconds: number;
  peak: number;
}

/** Checks a file with the program itself, in a process of its own. */
async function checked(file: string): Promise<Checked> {
  const start = performance.now();
  const child = spawn(process.execPath, [MAIN, 'check', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, peak] = ['', 0];
  for (const output of [child.stdout, child.stderr]) output.on('data', (data) => (said += String(data)));
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024 || peak;
    } catch {
      // It has ended.
    }
  }, 20);
  const limit = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(look);
  clearTimeout(limit);
  assert.notEqual(code, null, 'it had to be stopped');
  assert.doesNotMatch(said, /\n\s+at |node:internal/, `a stack came out: ${said.slice(0, 300)}`);
  return { code, said, seconds: (performance.now() - start) / 1000, peak };
}

/** What a file is called, its content, and what must be said of it. */
type Case = [name: string, content: string | Uint8Array | ((path: string) => void), said: RegExp];

/** Checks each file, and gives the most memory and time that one took beyond a file of one row. */
async function eachSays(cases: readonly Case[], most: { peakMb: number; seconds: number }): Promise<string> {
  const folder = newFolder();
  try {
    const file = (name: string, content: Case[1]): string => {
      const path = join(folder, name);
      if (typeof content === 'function') content(path);
      else writeFileSync(path, content);
      return path;
    };
    const base: Base = await checked(file('base.csv', `${HEADER}\nA,2016-05-01,1,2\n`));
    let [peak, seconds] = [0, 0];
    for (const [name, content, said] of cases) {
      const seen = await checked(file(name, content));
      assert.match(seen.said, said, `${name}: ${seen.said.slice(0, 300)}`);
      peak = Math.max(peak, seen.peak - base.peak);
      seconds = Math.max(seconds, seen.seconds - base.seconds);
      assert.ok(seen.peak - base.peak < most.peakMb, `${name} took ${Math.round(seen.peak - base.peak)} MB`);
      assert.ok(seen.seconds - base.seconds < most.seconds, `${name} took ${seen.seconds.toFixed(1)} s`);
    }
    return `${cases.length} files: at most ${Math.round(peak)} MB and ${seconds.toFixed(1)} s beyond those of one row`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const HEADER = 'title,date,lat,lon';
const ROW = 'A,2016-05-01,1,2';
const feature = (rest: string): string =>
  `{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"title":"A","date":"2016-05-01"},${rest}}]}`;
const kml = (description: string, above = ''): string =>
  `<?xml version="1.0"?>${above}<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>A</name><description>${description}</description><Point><coordinates>1,2</coordinates></Point></Placemark></Document></kml>`;

const READ = /1 rows: 1 new, 0 changed, 0 as they were, 0 set aside/;

/** Tables: E1. */
const TABLES: Case[] = [
  ['utf16.csv', Buffer.from(`\ufeff${HEADER}\n${ROW}\n`, 'utf16le'), READ],
  ['latin1.csv', Buffer.from(`${HEADER}\n\xe9,2016-05-01,1,2\n`, 'latin1'), READ],
  ['mark.csv', `\ufeff${HEADER}\r\n${ROW}\n`, READ],
  ['nul.csv', `${HEADER}\nA\0B,2016-05-01,1,2\n`, /byte 0x00|1 rows: /],
  ['open-quote.csv', `${HEADER}\n"A,2016-05-01,1,2\n${ROW}\n`, /no table from line 2 on: a quote/],
  [
    'long-cell.csv',
    `${HEADER}\n"${'x'.repeat(10_000_000)}",2016-05-01,1,2\n`,
    /1 rows: |longer than|too long/,
  ],
  ['wide.csv', `${HEADER},${'c,'.repeat(100_000)}z\n${ROW}\n`, /1 rows: 1 new|is of no format|columns/],
  ['ragged.csv', `${HEADER}\n${ROW}\r\n${ROW},more\nA,2016-05-01\r\n`, /3 rows: 1 new.*2 set aside/s],
];

/** GeoJSON: E2. Antimeridian and poles must stay as they are. */
const FEATURES: Case[] = [
  [
    'latitude.geojson',
    feature('"geometry":{"type":"Point","coordinates":[1,91]}'),
    /features\/0\/geometry\/coordinates\/1/,
  ],
  ['swapped.geojson', feature('"geometry":{"type":"Point","coordinates":[36,137]}'), /may be swapped/],
  ['nan.geojson', feature('"geometry":{"type":"Point","coordinates":[NaN,1]}'), /not JSON .*features\/0/],
  [
    'infinite.geojson',
    feature('"geometry":{"type":"Point","coordinates":[1e999,1]}'),
    /not a number of degrees/,
  ],
  [
    'deep.geojson',
    feature(
      `"geometry":${'{"type":"GeometryCollection","geometries":['.repeat(100_000)}${']}'.repeat(100_000)}`,
    ),
    /levels/,
  ],
  [
    'vertices.geojson',
    feature(`"geometry":{"type":"LineString","coordinates":[${Array(1_000_000).fill('[1,2]').join()}]}`),
    READ,
  ],
  [
    'crs.geojson',
    feature('"geometry":null').replace(
      '{',
      '{"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::3857"}},',
    ),
    /EPSG::3857, and only WGS 84 is read/,
  ],
  ['twice.geojson', feature('"geometry":null,"geometry":{"type":"Point","coordinates":[1,2]}'), READ],
  [
    'edges.geojson',
    feature('"geometry":{"type":"MultiPoint","coordinates":[[180,90],[-180,-90],[180,0]]}'),
    READ,
  ],
];

/** A zip whose only file says that it is a table, and is a gigabyte of spaces. */
function zipBomb(path: string): void {
  const spaces = new Uint8Array(100_000_000).fill(32);
  writeFileSync(path, zipSync({ 'datapackage.json': spaces, 'events.csv': spaces }, { level: 9 }));
}

/** Writes a package with a member whose name leads out of it. */
const zipOut = (path: string): void =>
  writeFileSync(path, zipSync({ '../../datapackage.json': strToU8('{}'), '../evil.txt': strToU8('x') }));

const ENTITIES = `<!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "${'&a;'.repeat(1000)}"><!ENTITY c "${'&b;'.repeat(1000)}">]>`;

/** Archives and XML: E5. */
const ARCHIVES: Case[] = [
  ['bomb.zip', zipBomb, /too (?:large|long|much)|more than|MB|is of no format|is not/i],
  ['out.zip', zipOut, /cannot read out\.zip\/datapackage\.json/],
  ['nested.kmz', zipSync({ 'doc.kml': zipSync({ 'doc.kml': strToU8(kml('x')) }) }), /dateline: nested\.kmz /],
  ['laughs.kml', kml('&c;', ENTITIES), /has a document type, which is not read/],
  [
    'outer.kml',
    kml('&x;', '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    /has a document type/,
  ],
  ['two.kml', kml('x', '<!DOCTYPE a><!DOCTYPE b>'), /has a document type|not well-formed/],
  ['numeric.kml', kml('&#65;'.repeat(1_000_000)), READ],
  ['levels.kml', kml(`${'<b>'.repeat(50_000)}${'</b>'.repeat(50_000)}`), /levels deep/],
  ['unknown.kml', kml('&nbsp;'), /not well-formed XML/],
];

/** 100 kB of what patterns may stumble on, in each field that is read by one: E6. */
const REPEATED = ['a ', '9', ',', '<', '-', '(', '2016-', ' ', '&#', '/', ':', '.', "'", '\u0301'];
const FIELDS = [
  'title',
  'date',
  'end',
  'lat',
  'lon',
  'coordinates',
  'country',
  'actors',
  'fatalities',
  'published',
];

function longValues(length: number): string {
  const rows = REPEATED.flatMap((piece) =>
    FIELDS.map((field) => {
      const value = piece.repeat(Math.ceil(length / piece.length));
      const row: Record<string, string> = { title: 'A', date: '2016-05-01', lat: '1', lon: '2', source: 'S' };
      row[field] = value;
      return ALL_FIELDS.map((name) => `"${row[name] ?? ''}"`).join();
    }),
  );
  return `${ALL_FIELDS.join()}\n${rows.join('\n')}\n`;
}

const ALL_FIELDS = [...FIELDS, 'source'];

/** Texts of articles and the like: E7. */
const TEXTS: Case[] = [
  ['line.csv', `${HEADER},summary\n${ROW},${'word '.repeat(200_000)}\n`, READ],
  ['divs.geojson', feature(`"geometry":null,"id":"${'<div>'.repeat(50_000)}"`), /1 rows: /],
  ['bidi.csv', `${HEADER}\n"\u202eevil\u2066\u200b\u200d\ufeff",2016-05-01,1,2\n`, READ],
  ['surrogates.geojson', feature('"geometry":null').replace('"A"', '"\\ud800 lone \\udc00"'), /1 rows: /],
];

/** Files that are made to do harm, or are broken in ways that files are: E1, E2, E5, E6 and E7. */
export const BAD_FILES: Check[] = [
  {
    id: 'E1',
    threat: 'tables in odd encodings, with rows without end, of any width',
    run: () => eachSays(TABLES, { peakMb: 150, seconds: 10 }),
  },
  {
    id: 'E2',
    threat: 'GeoJSON beyond the globe, endless, deep, in other systems',
    run: () => eachSays(FEATURES, { peakMb: 400, seconds: 10 }),
  },
  {
    id: 'E5',
    threat: 'archives that grow or lead elsewhere, XML with entities',
    run: () => eachSays(ARCHIVES, { peakMb: 400, seconds: 10 }),
  },
  {
    id: 'E6',
    threat: 'values on which a pattern takes time that grows with their square',
    run: async () => {
      const folder = newFolder();
      try {
        const seconds: number[] = [];
        for (const length of [100, 50_000, 100_000]) {
          const file = join(folder, `values-${length}.csv`);
          const handle = openSync(file, 'w');
          writeSync(handle, longValues(length));
          closeSync(handle);
          const seen = await checked(file);
          assert.match(
            seen.said,
            new RegExp(`${REPEATED.length * FIELDS.length} rows: `),
            seen.said.slice(0, 300),
          );
          seconds.push(seen.seconds);
        }
        const [base = 0, once = 0, twice = 0] = seconds;
        const count = REPEATED.length * FIELDS.length;
        assert.ok(
          (twice - base) / count < 0.2,
          `${((twice - base) / count).toFixed(2)} s for a value of 100 kB`,
        );
        // What is hardly more than the start of the program says nothing of how it grows.
        assert.ok(
          twice - base < 3 * Math.max(0.5, once - base),
          `${once - base} s, of twice as much ${twice - base} s`,
        );
        return `${count} values of 100 kB in ${(twice - base).toFixed(1)} s, of 50 kB in ${(once - base).toFixed(1)} s`;
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  },
  {
    id: 'E7',
    threat: 'texts of a megabyte, of tags within tags, of characters that turn others round',
    run: () => eachSays(TEXTS, { peakMb: 150, seconds: 2 }),
  },
];
