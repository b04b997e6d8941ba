import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runChecks, type Check, type Effort, type Result } from './check.ts';
import { ABSENT } from './absent.ts';
import { BAD_FILES } from './bad-files.ts';
import { BROWSER } from './browser.ts';
import { CONFORMANCE } from './conformance.ts';
import { DEPENDENCIES } from './dependencies.ts';
import { DESK } from './desk.ts';
import { EXPORTS } from './exports.ts';
import { FAULTS } from './faults.ts';
import { FETCHING } from './fetching.ts';
import { FUZZING } from './fuzz.ts';
import { GRAPHQL } from './graphql.ts';
import { HTTP } from './http.ts';
import { LOAD } from './load.ts';
import { PROXY } from './proxy.ts';
import { SHARED_FAULTS } from './shared-faults.ts';
import { STREAMS } from './streams.ts';
import { table } from './report.ts';
import { Target } from './target.ts';
import { TORN_FILES } from './torn.ts';

const USAGE = `npm run test:hardening -- [--short | --full] [--only A,B12] [--json FILE]
  --short      a little of each, in a few minutes; without it, a quarter of an hour
  --full       with load for a minute, and two hours of use
  --only       these groups or checks alone
  --json FILE  the results as JSON too
Ends with 1 when a check failed. A check that could not be run is said to be so.`;

/** All groups, in the order in which they are run. */
const CHECKS: Check[] = [
  ...CONFORMANCE,
  ...GRAPHQL,
  ...HTTP,
  ...PROXY,
  ...DESK,
  ...EXPORTS,
  ...BAD_FILES,
  ...FETCHING,
  ...FUZZING,
  ...FAULTS,
  ...TORN_FILES,
  ...SHARED_FAULTS,
  ...LOAD,
  ...STREAMS,
  ...BROWSER,
  ...DEPENDENCIES,
  ...ABSENT,
];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      only: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const effort: Effort = values.full ? 'full' : values.short ? 'short' : 'usual';
  const only = values.only?.split(',');
  const isAsked = ({ id }: Check): boolean =>
    !only || only.some((name) => id === name || (/^[A-Z]$/.test(name) && id.startsWith(name)));
  const server = await Target.start();
  const results = await runChecks(CHECKS.filter(isAsked), server, effort, tell);
  await server.stop();
  console.log(table(results));
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ effort, results }, null, 2)}\n`);
  if (results.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1;
}

/** Progress goes to standard error: standard output is for the table. */
function tell({ id, threat, outcome, seen, seconds }: Result): void {
  const why = outcome === 'passed' ? '' : `: ${seen}`;
  process.stderr.write(`${id} ${threat}: ${outcome} (${seconds.toFixed(1)} s)${why}\n`);
}

await main();
