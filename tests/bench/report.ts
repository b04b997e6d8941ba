import type { HttpResult } from './http.ts';
import type { ImportResult } from './import.ts';
import type { IndexResult } from './index-bench.ts';
import type { Machine } from './machine.ts';
import type { Times } from './measure.ts';
import type { RivalResult } from './rivals.ts';
import type { WebResult } from './web.ts';

/** All that was measured. */
export interface Measured {
  machine: Machine;
  index: IndexResult[];
  rivals: RivalResult[];
  http: HttpResult[];
  httpEvents: number;
  web: WebResult[];
  imports: ImportResult[];
}

/** The tables for people. */
export function tables({ machine, index, rivals, http, httpEvents, web, imports }: Measured): string {
  const { processor, cores, memoryGb, loadBefore, node, packages } = machine;
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return [
    `${processor}, ${cores} cores, ${memoryGb} GB, load before ${loadBefore}; Node ${node}`,
    versions.join(', '),
    ...(index.length > 0 ? ['', ...indexTable(index)] : []),
    ...(rivals.length > 0 ? ['', ...rivalTable(rivals, index)] : []),
    ...(http.length > 0 ? ['', ...httpTable(http, httpEvents)] : []),
    ...(web.length > 0 ? ['', ...webTable(web)] : []),
    ...imports.flatMap((each) => ['', ...importTable(each)]),
  ].join('\n');
}

/** The same as one object; times in microseconds unless their name says otherwise. */
export function asJson({ machine, index, rivals, http, httpEvents, web, imports }: Measured): string {
  return JSON.stringify({
    machine,
    // Without the answers, which are for comparing.
    index: index.map(({ clusters, ...each }) => ({ ...each, answers: undefined, ...clusters })),
    rivals: rivals.map((rival) => {
      if ('skipped' in rival) return rival;
      const { times, ...rest } = rival;
      return { ...rest, ...times };
    }),
    http: http.map((each) => ({ ...each, events: httpEvents })),
    web,
    imports,
  });
}

function importTable({ rows, fileMb, dateline, again, sqlite, exported }: ImportResult): string[] {
  const line = (what: string, taken: typeof sqlite): string[] => [
    what,
    ...(taken === null
      ? ['not installed', '', '', '']
      : [
          `${taken.seconds.toFixed(1)} s`,
          whole(taken.perSecond),
          sqlite === null ? '' : (taken.perSecond / sqlite.perSecond).toFixed(2),
          taken.peakMb === null ? 'not known' : `${whole(taken.peakMb)} MB`,
        ]),
  ];
  return [
    `${whole(rows)} rows as UCDP's, ${whole(fileMb)} MB`,
    ...aligned(
      ['what', 'time', 'rows a second', 'to sqlite3', 'most memory'],
      [
        line('sqlite3 .import, one table without an index', sqlite),
        line('dateline import', dateline),
        line('dateline import, the same file again', again),
        line('dateline export as GeoJSON', exported),
      ],
      0,
    ),
  ];
}

function indexTable(results: IndexResult[]): string[] {
  const rows = results.flatMap((each) =>
    (
      [
        ['clusters', each.clusters],
        ['clusters of 2 categories', each.clustersOfKinds],
        ['timeline, 120 bins', each.timeline],
        ['count of events', each.count],
      ] as const
    ).map(([question, times], at) => [
      ...(at === 0
        ? [whole(each.events), `${whole(each.buildMs)} ms`, each.bytesPerEvent.toFixed(1)]
        : ['', '', '']),
      question,
      ...timeCells(times),
    ]),
  );
  const head = ['events', 'built in', 'bytes/event', 'question', 'times', 'min µs', 'p50 µs', 'p99 µs'];
  const marks = results
    .map(({ events, marks, clusters }) => {
      const each = (clusters.p50us / Math.max(1, marks)).toFixed(1);
      return `${marks} at ${whole(events)} events (clusters take ${each} µs for each)`;
    })
    .join(', ');
  return [
    'The index: views of 1440×900 at zooms 2 to 10, in random periods (the timeline: in none)',
    ...aligned(head, rows, 3),
    `Median of marks in a view: ${marks}.`,
  ];
}

function rivalTable(rivals: RivalResult[], index: IndexResult[]): string[] {
  const rows = rivals.map((rival) => {
    if ('skipped' in rival) return [rival.name, whole(rival.events), `not run: ${rival.skipped}`];
    const ours = index.find(({ events }) => events === rival.events)?.clusters.p50us;
    return [
      `${rival.name} ${rival.version}`,
      whole(rival.events),
      ...timeCells(rival.times),
      ours === undefined ? '' : `${(rival.times.p50us / ours).toFixed(1)} ×`,
      `${whole(rival.loadMs)} ms`,
      rival.compared,
    ];
  });
  const head = [
    'rival',
    'events',
    'times',
    'min µs',
    'p50 µs',
    'p99 µs',
    'index p50',
    'loaded in',
    'answers',
  ];
  return ['Rivals: the same views and periods, counts per cell of 64 pixels', ...aligned(head, rows, 0)];
}

function httpTable(results: HttpResult[], events: number): string[] {
  const bare = results.find(({ name }) => name === 'bare Fastify route')?.requestsPerSecond;
  const plain = results.find(({ name }) => name === 'dateline, nothing compiled')?.requestsPerSecond;
  const rows = results.map(({ name, requestsPerSecond, p50ms, p99ms, bytesPerAnswer, failed }) => [
    name,
    whole(requestsPerSecond),
    String(p50ms),
    String(p99ms),
    plain === undefined ? '' : `${(requestsPerSecond / plain).toFixed(2)} ×`,
    bare === undefined ? '' : `${(requestsPerSecond / bare).toFixed(2)} ×`,
    whole(bytesPerAnswer),
    String(failed),
  ]);
  const head = ['server', 'requests/s', 'p50 ms', 'p99 ms', 'not compiled', 'bare', 'bytes', 'failed'];
  return [
    `HTTP at ${whole(events)} events: the marks of such views by POST, 10 connections`,
    ...aligned(head, rows, 0),
    'dateline: the same views again and again, as snapping to tiles makes them; their answers are kept.',
    'every view new, and nothing compiled: no two requests are alike, so that no kept answer is given.',
    'bare Fastify route: reads the request and sends the same answers as constants.',
  ];
}

function webTable(results: WebResult[]): string[] {
  const rows = results.map((each) => [
    each.name,
    whole(each.events),
    whole(each.firstMarkerMs),
    (each.scriptBytes / 1000).toFixed(1),
    each.doing,
    ...[each.frameP50ms, each.frameP95ms, each.frameP99ms, each.frameMaxMs].map((ms) => ms.toFixed(1)),
    `${(100 * each.droppedShare).toFixed(1)} %`,
    ...[each.drawnP50ms, each.drawnP95ms].map((ms) => ms.toFixed(1)),
    whole(each.longTasks),
    whole(each.longestTaskMs),
    each.threadMsPerFrame.toFixed(1),
    each.layoutsPerFrame.toFixed(1),
  ]);
  const head = [
    ...['page', 'events', 'first marker ms', 'JS kB', 'while'],
    ...['frame p50 ms', 'p95', 'p99', 'max', 'dropped', 'drawn p50 ms', 'p95', 'long tasks', 'longest ms'],
    ...['thread ms/frame', 'layouts/frame'],
  ];
  return [
    `The page at 1440×900 in headless Chromium ${results[0]?.chromium}, with the server beside it on this machine`,
    ...aligned(head, rows, 0),
    'Without a graphics processor: Chromium itself draws in software, on the cores that all else runs on.',
    'first marker: from the navigation to its frame, nothing cached, by a server that is warm. JS: gzipped.',
    'frame: the time to the next one, 16.7 ms unless one is dropped. drawn: from when a frame is due till the page',
    'is through with it. Long tasks: of more than 50 ms. thread: processor time of the page itself, whatever else is run.',
    'The map is dragged by the mouse in all directions, and zoomed.',
    'Leaflet.markercluster: the same points and strokes, without a base map or anything else on the page.',
  ];
}

const timeCells = ({ times, minUs, p50us, p99us }: Times): string[] =>
  [times, minUs, p50us, p99us].map((each) =>
    each < 100 ? String(Number(each.toPrecision(3))) : whole(each),
  );

const whole = (value: number): string => Math.round(value).toLocaleString('en');

/** Columns, numbers to the right; one column, those of some names, and all after the last of the head's, hold words. */
function aligned(head: string[], rows: string[][], words: number): string[] {
  const lines = [head, ...rows];
  const isWord = (column: number): boolean =>
    column === words || ['answers', 'while'].includes(head[column] ?? '');
  const widths = head.map((_, column) =>
    Math.max(
      ...lines.filter(({ length }) => length === head.length).map((line) => line[column]?.length ?? 0),
    ),
  );
  return lines.map((line) =>
    line
      .map((cell, column) => {
        if (line.length < head.length && column === line.length - 1) return cell;
        return isWord(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
      })
      .join('  ')
      .trimEnd(),
  );
}
