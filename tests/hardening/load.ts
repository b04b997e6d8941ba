import autocannon from 'autocannon';
import assert from 'node:assert/strict';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { WEB_QUERIES } from '../../server/graphql/web-queries.generated.ts';
import { generate } from '../bench/generator.ts';
import type { StoreTask } from '../bench/http-store.ts';
import { answerOf } from '../bench/own-process.ts';
import { boxOf, questionsOf } from '../bench/questions.ts';
import { ServerProcess } from '../server-process.ts';
import { variablesOf } from '../web-variables.ts';
import { NotRun, type Check, type Effort, type Seen } from './check.ts';
import { databaseIn, newFolder, Target } from './target.ts';

/** So many events are searched where a search must take long. */
const SEARCHED = 1_000_000;

/** How many events there are, how long load lasts and how long use lasts, in seconds. */
const SIZES: Record<Effort, { events: number; load: number; soak: number }> = {
  short: { events: 10_000, load: 5, soak: 0 },
  usual: { events: 100_000, load: 20, soak: 120 },
  full: { events: 100_000, load: 60, soak: 7200 },
};

/** Views that readers come back to, as the page asks for them by tiles. */
const VIEWS = 200;

/** G and the long searches of B: what many readers, long use and heavy questions do to a server of many events. */
export const LOAD: Check[] = [
  {
    id: 'B12',
    threat: 'searches that take long, and callers who do not wait for them',
    run: (_, effort) => {
      if (effort === 'short') throw new NotRun('so few events are searched at once');
      return withAtlas(SEARCHED, { QUERY_SECONDS: '1' }, stopSearches);
    },
  },
  {
    id: 'G1',
    threat: 'a crowd on the day a story breaks',
    run: (_, effort) =>
      withAtlas(SIZES[effort].events, {}, async (server) => {
        const requests = mapReading(SIZES[effort].events);
        const { result, lag, each } = await fire(server, requests, 100, SIZES[effort].load);
        const { latency, errors, non2xx, timeouts } = result;
        const seen = `${SIZES[effort].events} events, 100 connections for ${SIZES[effort].load} s: ${Math.round(result.requests.average)} requests/s, p50 ${latency.p50} ms, p99 ${latency.p99} ms, ${errors + non2xx + timeouts} errors, event loop p99 ${lag} ms, ${each} ms of the processor each (load ${load()})`;
        assert.equal(errors + non2xx + timeouts, 0, seen);
        // In so short a run the times are those of a machine that does other things, and only told.
        if (effort === 'short') return seen;
        assert.ok(latency.p99 < 500, seen);
        assert.ok(lag < 100, seen);
        return seen;
      }),
  },
  {
    id: 'G1a',
    threat: 'a crowd of whom nobody looks at the same',
    run: (_, effort) =>
      withAtlas(SIZES[effort].events, {}, async (server) => {
        const requests = mapReading(SIZES[effort].events);
        const { result, lag, each } = await fire(server, requests, 100, SIZES[effort].load, true);
        const { latency, errors, non2xx, timeouts } = result;
        const seen = `every request new: ${Math.round(result.requests.average)} requests/s, p50 ${latency.p50} ms, p99 ${latency.p99} ms, ${errors + non2xx + timeouts} errors, event loop p99 ${lag} ms, ${each} ms of the processor each (load ${load()})`;
        // How long each waits is the machine's; that all are answered is ours.
        assert.equal(errors + non2xx + timeouts, 0, seen);
        return seen;
      }),
  },
  {
    id: 'G5',
    threat: 'memory, files and descriptors that grow with use',
    run: (_, effort) => soak(effort),
  },
];

/** The processes that wait for a processor, beside ours. */
const load = (): string => (loadavg()[0] ?? 0).toFixed(1);

/** Does something with a server of so many events. */
async function withAtlas<T>(
  events: number,
  settings: Record<string, string>,
  work: (server: Target) => Promise<T>,
): Promise<T> {
  const folder = newFolder();
  const file = join(folder, 'atlas.sqlite');
  try {
    await answerOf('http-store.ts', { file, events } satisfies StoreTask);
    const server = await Target.start({ ATLAS: '', ...settings }, folder);
    try {
      const { text } = await server.ask('{ atlas { eventCount } }');
      assert.equal(text.trim(), `{"data":{"atlas":{"eventCount":${events}}}}`);
      return await work(server);
    } finally {
      await server.stop('SIGKILL');
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Words that all events have, in every order: no search is like another, and each takes long. */
async function stopSearches(server: Target): Promise<Seen> {
  const words = ['e', 'ev', 'eve', 'even', 'event'];
  const search = (at: number): string =>
    `{ events(filter: { text: "${[...words.slice(at % 5), ...words.slice(0, at % 5)].join(' ')} ${Math.floor(at / 5)}" }) { totalCount } }`;
  await server.ask('{ events(first: 1) { totalCount } }');
  const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => server.ask(search(at))));
  const stopped = answers.filter(({ status }) => status !== 200);
  for (const { status, codes, milliseconds } of stopped) {
    assert.deepEqual([status, codes], [503, ['TIMEOUT']]);
    assert.ok(milliseconds < 3000, `told after ${Math.round(milliseconds)} ms`);
  }
  if (stopped.length === 0) throw new NotRun('no search of so many events takes as long as a second here');
  await mustRest(server, 'after the time was over');
  const gone = Array.from({ length: 40 }, (_, at) => {
    const controller = new AbortController();
    const asked = server.ask(search(at + 40), {}, { signal: controller.signal }).catch(() => undefined);
    return { controller, asked };
  });
  await setTimeout(300);
  for (const { controller } of gone) controller.abort();
  await Promise.all(gone.map(({ asked }) => asked));
  await mustRest(server, 'after the callers had gone');
  await server.mustBeWell();
  const seen = `${stopped.length} of 40 were told TIMEOUT; a second later the processor rests, and so when the callers go`;
  return { seen, inputs: answers.length + gone.length };
}

/** A second later the process does next to nothing. */
async function mustRest(server: Target, when: string): Promise<void> {
  await setTimeout(1000);
  const before = server.processorTime();
  await setTimeout(2000);
  const share = (server.processorTime() - before) / 2;
  assert.ok(share < 0.05, `${when} it still takes ${Math.round(share * 100)} % of a processor`);
}

interface Asked {
  query: string;
  variables: Record<string, unknown>;
}

/** What readers of the map ask: the marks of a view, its list, its timeline, its counts, now and then an event. */
export function mapReading(events: number): Asked[] {
  const named = new Map([...WEB_QUERIES.values()].map((query) => [/query (\w+)/.exec(query)?.[1], query]));
  const date = (minute: number): string => new Date(minute * 60_000).toISOString().slice(0, 10);
  return questionsOf(generate(events), VIEWS).flatMap((question, at) => {
    const [west, south, east, north] = boxOf(question);
    const filter = {
      bbox: [west, south, east, north],
      during: { from: date(question.from), to: date(question.to) },
    };
    const viewport = { west, south, east, north, zoom: question.zoom };
    const asked: [name: string, variables: Record<string, unknown>][] = [
      ['Marks', { viewport, filter: { during: filter.during }, language: 'en' }],
      ['Events', { filter, first: 20, language: 'en' }],
      ['Timeline', { filter, bins: 120 }],
      ...(at % 4 === 0
        ? ([['Facets', { filter, language: 'en' }]] as [string, Record<string, unknown>][])
        : []),
      ['EventDetail', { id: `event-${(at * 499) % events}`, language: 'en' }],
    ];
    return asked.map(([name, variables]) => {
      const query = named.get(name) ?? '';
      return { query, variables: { ...variablesOf(query), ...variables } };
    });
  });
}

/** Asks from so many connections for so many seconds. @param isNew whether no two requests are alike, so that no kept answer serves */
async function fire(
  server: Target,
  asked: readonly Asked[],
  connections: number,
  duration: number,
  isNew = false,
): Promise<{ result: autocannon.Result; lag: number; each: string }> {
  const headers = { 'content-type': 'application/json' };
  let count = 0;
  const bodyOf = ({ query, variables }: Asked): string =>
    JSON.stringify({ query, variables, ...(isNew && { extensions: { number: count++ } }) });
  // Once each, so that what is measured is not the first reading of the file.
  for (const each of asked.slice(0, 20)) {
    const { status, text } = await server.get('/graphql', { method: 'POST', headers, body: bodyOf(each) });
    assert.equal(status, 200, text.slice(0, 300));
  }
  await eventLoopLag(server);
  const before = server.processorTime();
  const result = await autocannon({
    ...{ url: `${server.url}/graphql`, connections, duration, timeout: 30 },
    requests: asked.map((each) => ({
      ...{ method: 'POST' as const, headers, body: bodyOf(each) },
      ...(isNew && { setupRequest: (request) => ({ ...request, body: bodyOf(each) }) }),
    })),
  });
  const each = (((server.processorTime() - before) * 1000) / result['2xx']).toFixed(2);
  return { result, lag: await eventLoopLag(server), each };
}

/** How late the event loop was at p99 since it was asked last, in milliseconds. */
async function eventLoopLag(server: Target): Promise<number> {
  const { text } = await server.get('/metrics');
  return Math.round(Number(/^nodejs_eventloop_lag_p99_seconds ([\d.e-]+)/m.exec(text)?.[1]) * 1000);
}

/** Reads at a third of what it can, while events are imported, and looks at what grows. */
async function soak(effort: Effort): Promise<string> {
  const { soak: seconds } = SIZES[effort];
  return withAtlas(SIZES[effort].events, {}, async (server) => {
    const requests = mapReading(SIZES[effort].events);
    const samples: { at: number; memory: number; descriptors: number; wal: number }[] = [];
    const start = performance.now();
    const isOver = (): boolean => performance.now() - start > Math.max(seconds, 10) * 1000;
    let imports = 0;
    const importing = (async () => {
      while (!isOver()) {
        const file = join(server.folder, 'more.csv');
        const rows = Array.from(
          { length: 200 },
          (_, at) =>
            `import-${at},Report ${imports} of ${at},2020-01-0${1 + (imports % 9)},Aleppo,36.2,37.16`,
        );
        writeFileSync(file, ['id,title,date,place,lat,lng', ...rows].join('\n'));
        const importing = new ServerProcess(databaseIn(server.folder), {
          ...{ args: ['import', file], folder: server.folder },
        });
        const { code, error } = await importing.ended;
        assert.equal(code, 0, error);
        imports++;
        await setTimeout(5000);
      }
    })();
    let answered = 0;
    while (!isOver()) {
      const result = await autocannon({
        ...{ url: `${server.url}/graphql`, connections: 4, duration: 5, overallRate: 60, timeout: 30 },
        requests: requests.map(({ query, variables }) => ({
          ...{ method: 'POST' as const, headers: { 'content-type': 'application/json' } },
          body: JSON.stringify({ query, variables }),
        })),
      });
      assert.equal(result.errors + result.non2xx + result.timeouts, 0, 'some were not answered');
      answered += result['2xx'];
      samples.push({
        at: performance.now() - start,
        memory: server.memory(),
        descriptors: readdirSync(`/proc/${server.process.child.pid}/fd`).length,
        wal: statSync(join(server.folder, 'atlas.sqlite-wal'), { throwIfNoEntry: false })?.size ?? 0,
      });
    }
    await importing;
    await server.mustBeWell();
    // The first half warms it up.
    const late = samples.slice(Math.floor(samples.length / 2));
    const [first, last] = [late[0], late.at(-1)];
    assert.ok(first && last);
    const growth = last.memory - first.memory;
    const wal = Math.max(...samples.map((each) => each.wal)) / 2 ** 20;
    const seen = `${Math.round(last.at / 1000)} s, ${answered} answers, ${imports} imports: in the second half the memory went from ${Math.round(first.memory)} to ${Math.round(last.memory)} MB, descriptors from ${first.descriptors} to ${last.descriptors}; the log of the database ${wal.toFixed(1)} MB at most`;
    assert.ok(growth < (effort === 'full' ? 20 : 60), seen);
    assert.ok(last.descriptors - first.descriptors <= 8, seen);
    assert.ok(wal < 64, seen);
    return seen;
  });
}
