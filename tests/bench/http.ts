import autocannon from 'autocannon';
import { Kind, parse, print } from 'graphql';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { generate } from './generator.ts';
import type { ServerName, ServerTask } from './http-server.ts';
import type { StoreTask } from './http-store.ts';
import { answerOf, start, stopped } from './own-process.ts';
import { boxOf, questionsOf } from './questions.ts';

/** What was measured of a server. */
export interface HttpResult extends Fired {
  name: ServerName;
  bytesPerAnswer: number;
}

interface Fired {
  requestsPerSecond: number;
  p50ms: number;
  p99ms: number;
  /** Answers that were not 200, of which there should be none. */
  failed: number;
}

/** A server that runs, and what was measured of it in each round. */
interface Server {
  port: number;
  child: ChildProcess;
  fired: Fired[];
}

/** How many events, how many views in turn, and how often each server is asked for them, for how many seconds. */
export interface HttpEffort {
  events: number;
  views: number;
  rounds: number;
  seconds: number;
}

const NAMES: ServerName[] = [
  'dateline',
  'dateline, every view new',
  'dateline, nothing compiled',
  'Mercurius with JIT',
  'GraphQL Yoga',
  'bare Fastify route',
];

/** Those that would keep answers, and may not: of the requests to them no two are alike. The rivals keep none anyway. */
const ALWAYS_NEW: ServerName[] = ['dateline, every view new', 'dateline, nothing compiled'];

const CONNECTIONS = 10;

/** Asks each server for the marks of views, as the web does; all must give the same answers. */
export async function measureHttp(effort: HttpEffort, tell: (what: string) => void): Promise<HttpResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'dateline-bench-'));
  try {
    const file = join(folder, 'atlas.sqlite');
    tell(`a database of ${effort.events} events`);
    await answerOf('http-store.ts', { file, events: effort.events } satisfies StoreTask);
    return await inRounds(file, requestsOf(effort), effort, tell);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All servers run, and are fired at one after the other, in several rounds: what disturbs the machine disturbs them all. */
async function inRounds(
  file: string,
  requests: string[],
  { rounds, seconds }: HttpEffort,
  tell: (what: string) => void,
): Promise<HttpResult[]> {
  const servers = new Map<ServerName, Server>();
  try {
    const started = async (name: ServerName, expected: string[]): Promise<string[]> => {
      tell(`whether ${name} answers as the first server does`);
      const task: ServerTask = { name, file, bodies: expected };
      const { said: port, child } = await start<number>('http-server.ts', task);
      servers.set(name, { port, child, fired: [] });
      // It has none, and its answers come one after the other.
      if (name !== 'bare Fastify route') await untilIndexed(port);
      const answers = await answersOf(port, requests);
      if (expected.length > 0) checkSame(name, answers, expected);
      return answers;
    };
    const [first, ...others] = NAMES as [ServerName, ...ServerName[]];
    const bodies = await started(first, []);
    await Promise.all(others.map((name) => started(name, bodies)));
    const inOrder = NAMES.map((name) => ({ name, ...(servers.get(name) as Server) }));
    for (let round = 0; round <= rounds; round++)
      for (const { name, port, fired } of inOrder) {
        tell(`${name}, ${round === 0 ? 'to warm up' : `round ${round}`}`);
        const result = await fire(port, requests, ALWAYS_NEW.includes(name), seconds);
        if (round > 0) fired.push(result);
      }
    const bytesPerAnswer = Math.round(bodies.reduce((sum, { length }) => sum + length, 0) / bodies.length);
    return inOrder.map(({ name, fired }) => ({ name, bytesPerAnswer, ...medians(fired) }));
  } finally {
    for (const { child } of servers.values()) await stopped(child);
  }
}

/** Views at several zooms, in a period, without the list of events beside the map. */
function requestsOf({ events, views }: HttpEffort): string[] {
  const date = (minute: number): string => new Date(minute * 60_000).toISOString().slice(0, 10);
  return questionsOf(generate(events), views).map((question) => {
    const [west, south, east, north] = boxOf(question);
    const viewport = { west, south, east, north, zoom: question.zoom };
    const filter = { during: { from: date(question.from), to: date(question.to) } };
    return JSON.stringify({ query: QUERY, variables: { viewport, filter, language: 'en' } });
  });
}

/** What the web asks of a mark. */
const QUERY = `query View($viewport: Viewport!, $filter: EventFilter, $language: String) {
  clusters(viewport: $viewport, filter: $filter) { ...Mark }
}
${markFragment()}`;

function markFragment(): string {
  const queries = readFileSync(resolve(import.meta.dirname, '../../web/queries.graphql'), 'utf8');
  const mark = parse(queries).definitions.find(
    (each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === 'Mark',
  );
  if (!mark) throw new Error('web/queries.graphql has no fragment Mark');
  return print(mark);
}

const HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

/** Asks for little until it is answered: the first questions wait for the index, and ours are told when that takes long. */
async function untilIndexed(port: number): Promise<void> {
  const body = JSON.stringify({ query: '{ atlas { eventCount } }' });
  const ask = (): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers: HEADERS, body });
  while ((await ask()).status === 503);
}

async function answersOf(port: number, requests: string[]): Promise<string[]> {
  const answers: string[] = [];
  for (const body of requests) {
    const url = `http://127.0.0.1:${port}/graphql`;
    const response = await fetch(url, { method: 'POST', headers: HEADERS, body });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`status ${response.status}: ${text.slice(0, 500)}`);
    answers.push(text);
  }
  return answers;
}

function checkSame(name: string, answers: string[], expected: string[]): void {
  answers.forEach((answer, at) => {
    if (JSON.stringify(JSON.parse(answer)) !== JSON.stringify(JSON.parse(expected[at] ?? '')))
      throw new Error(`${name} answers differently: ${answer.slice(0, 500)}`);
  });
}

/** @param isNew whether each request is another: it has a number that changes nothing of the answer */
async function fire(port: number, bodies: string[], isNew: boolean, duration: number): Promise<Fired> {
  let count = 0;
  const numbered = (body: string): string => `${body.slice(0, -1)},"extensions":{"number":${count++}}}`;
  const { requests, latency, non2xx, errors } = await autocannon({
    url: `http://127.0.0.1:${port}/graphql`,
    connections: CONNECTIONS,
    duration,
    timeout: 120,
    requests: bodies.map((body) => ({
      method: 'POST',
      headers: HEADERS,
      body,
      ...(isNew && { setupRequest: (request) => ({ ...request, body: numbered(body) }) }),
    })),
  });
  return {
    requestsPerSecond: requests.average,
    p50ms: latency.p50,
    p99ms: latency.p99,
    failed: non2xx + errors,
  };
}

/** Of each figure the median of the rounds, and all failures. */
function medians(fired: Fired[]): Fired {
  const median = (of: (each: Fired) => number): number =>
    fired.map(of).sort((a, b) => a - b)[fired.length >> 1] ?? Number.NaN;
  return {
    requestsPerSecond: median((each) => each.requestsPerSecond),
    p50ms: median((each) => each.p50ms),
    p99ms: median((each) => each.p99ms),
    failed: fired.reduce((sum, each) => sum + each.failed, 0),
  };
}
