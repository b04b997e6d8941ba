import { parseArgs } from 'node:util';
import { measureHttp, type HttpEffort, type HttpResult } from './http.ts';
import { measureImport, type ImportEffort, type ImportResult } from './import.ts';
import type { IndexResult, IndexTask } from './index-bench.ts';
import { thisMachine } from './machine.ts';
import type { Effort } from './measure.ts';
import { answerOf } from './own-process.ts';
import { asJson, tables, type Measured } from './report.ts';
import { RIVAL_NAMES, type RivalResult, type RivalTask } from './rivals.ts';
import { measureWeb, type WebEffort, type WebResult } from './web.ts';

const PARTS = ['index', 'rivals', 'http', 'web', 'import'];

const USAGE = `npm run bench -- [${PARTS.join('|')}] [--quick] [--huge] [--json]
                 [--index-events 10000,10000000] [--rival DuckDB] [--http-events 1000000]
                 [--web-events 10000000] [--import-rows 10000000]
  PART, --only PART  that part alone; the rivals need the index, to compare with it
  --quick            smaller sizes, in about a minute
  --huge             the index alone at 100 million events too
  --json             one JSON object as the last line
  --index-events     the index and the rivals at these sizes
  --rival            of the rivals that one alone
  --http-events, --web-events, --import-rows  those parts at this size`;

/** How much is measured. */
interface Plan {
  sizes: number[];
  /** Sizes at which the rivals are asked too. */
  rivalSizes: number[];
  questions: number;
  index: Effort;
  rival: Effort;
  http: HttpEffort;
  web: WebEffort;
  import: ImportEffort;
}

const FULL: Plan = {
  sizes: [10_000, 1_000_000, 10_000_000],
  rivalSizes: [10_000, 1_000_000, 10_000_000],
  questions: 1000,
  index: { milliseconds: 10_000, most: 10_000, least: 1000 },
  rival: { milliseconds: 10_000, most: 2000, least: 200 },
  http: { events: 1_000_000, views: 200, rounds: 3, seconds: 5 },
  web: {
    sizes: [10_000, 1_000_000, 10_000_000],
    // A million markers take it half a minute; ten million, more memory than a page may have.
    rivalSizes: [10_000, 1_000_000],
    visits: 5,
    strokes: 12,
    sweeps: 3,
  },
  import: { rows: 1_000_000 },
};

const QUICK: Plan = {
  sizes: [10_000, 100_000],
  rivalSizes: [100_000],
  questions: 200,
  index: { milliseconds: 500, most: 1000, least: 100 },
  rival: { milliseconds: 250, most: 500, least: 50 },
  http: { events: 10_000, views: 40, rounds: 1, seconds: 1 },
  web: { sizes: [10_000], rivalSizes: [], visits: 0, strokes: 1, sweeps: 1 },
  import: { rows: 5000 },
};

const HUGE = 100_000_000;

/** Progress goes to standard error: standard output is for the tables. */
const tell = (what: string): void => void process.stderr.write(`measuring ${what}\n`);

async function measureIndexes(plan: Plan, sizes: number[]): Promise<IndexResult[]> {
  const results: IndexResult[] = [];
  for (const events of sizes) {
    tell(`the index at ${events} events`);
    const task: IndexTask = { events, questions: plan.questions, effort: plan.index };
    results.push(await answerOf('index-bench.ts', task));
  }
  return results;
}

async function measureRivals(plan: Plan, index: IndexResult[], names: string[]): Promise<RivalResult[]> {
  const results: RivalResult[] = [];
  for (const { events, answers } of index) {
    if (!plan.rivalSizes.includes(events)) continue;
    for (const name of names) {
      tell(`${name} at ${events} events`);
      const task: RivalTask = { name, events, questions: plan.questions, effort: plan.rival, answers };
      results.push(await answerOf('rival-bench.ts', task));
    }
  }
  return results;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      huge: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      only: { type: 'string' },
      'index-events': { type: 'string' },
      rival: { type: 'string' },
      'http-events': { type: 'string' },
      'web-events': { type: 'string' },
      'import-rows': { type: 'string' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const plan = values.quick ? QUICK : FULL;
  const asked = values.only === undefined ? positionals : [...positionals, values.only];
  for (const part of asked)
    if (!PARTS.includes(part)) throw new Error(`no part "${part}". Known: ${PARTS.join(', ')}.`);
  const wants = (part: string): boolean => asked.length === 0 || asked.includes(part);
  const httpEffort = { ...plan.http, events: Number(values['http-events'] ?? plan.http.events) };
  const webSizes = values['web-events'] === undefined ? plan.web.sizes : [Number(values['web-events'])];
  const machine = thisMachine();
  const ofIndex = values['index-events']?.split(',').map(Number);
  const sizes = [...(ofIndex ?? plan.sizes), ...(values.huge ? [HUGE] : [])];
  const names = RIVAL_NAMES.filter((name) => values.rival === undefined || values.rival === name);
  const index = wants('index') || wants('rivals') ? await measureIndexes(plan, sizes) : [];
  const rivals = wants('rivals')
    ? await measureRivals({ ...plan, rivalSizes: ofIndex ?? plan.rivalSizes }, index, names)
    : [];
  const http: HttpResult[] = wants('http') ? await measureHttp(httpEffort, tell) : [];
  const web: WebResult[] = wants('web') ? await measureWeb({ ...plan.web, sizes: webSizes }, tell) : [];
  const importEffort = { rows: Number(values['import-rows'] ?? plan.import.rows) };
  const imports: ImportResult[] = wants('import') ? await measureImport(importEffort, tell) : [];
  const measured: Measured = { machine, index, rivals, http, httpEvents: httpEffort.events, web, imports };
  console.log(tables(measured));
  if (values.json) console.log(asJson(measured));
}

await main();
