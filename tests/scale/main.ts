/**
 * Whether several servers are as good as one: PostgreSQL with a hot standby, three servers behind nginx, many who follow, readers,
 * a desk that writes and an import, all as real processes on this machine; then each of them fails. Prints what was seen, and
 * ends with 1 where something was lost, doubled or left behind.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writeUcdpRows } from '../bench/ucdp-rows.ts';
import { startNginx } from '../nginx.ts';
import { CAN_START_POSTGRESQL } from '../postgresql-cluster.ts';
import { Follower } from './followers.ts';
import { readAtlas } from './readers.ts';
import { addressOf, Site } from './site.ts';
import { Writer } from './desk.ts';

const USAGE = `npm run test:scale -- [--events 100000] [--added 100000] [--followers 1000] [--readers 20] [--cut 30] [--json]
  --events     events of the atlas at first
  --added      rows that are imported while it is read
  --followers  who follow its changes
  --readers    connections that read without a pause
  --cut        seconds for which the database can't be reached
  --json       one JSON object as the last line`;

const SERVERS = 3;
/** In milliseconds: so long all servers and followers may take to come to what was written last. */
const LATEST = 120_000;

interface Row {
  what: string;
  seen: string;
  goal: string;
  isMet: boolean;
}

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '100000' },
    added: { type: 'string', default: '100000' },
    followers: { type: 'string', default: '1000' },
    readers: { type: 'string', default: '20' },
    cut: { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const rows: Row[] = [];

function tell(what: string, seen: string, goal = '', isMet = true): void {
  rows.push({ what, seen, goal, isMet });
  process.stderr.write(`${isMet ? '' : 'NOT MET: '}${what}: ${seen}${goal && ` (goal: ${goal})`}\n`);
}

const seconds = (from: number): string => `${((performance.now() - from) / 1000).toFixed(1)} s`;

/** What a server answers to a short question; null while it doesn't. */
async function ask(url: string, query: string): Promise<Record<string, unknown> | null> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
      signal: AbortSignal.timeout(10_000),
    });
    const { data } = (await response.json()) as { data?: Record<string, unknown> };
    return response.ok && data ? data : null;
  } catch {
    return null;
  }
}

/** Waits until something is so. @throws when it is not in time */
async function until(isSo: () => boolean | Promise<boolean>, what: string, most = LATEST): Promise<void> {
  for (const end = performance.now() + most; !(await isSo()); await wait(20))
    if (performance.now() > end) throw new Error(`after ${most / 1000} s still not: ${what}`);
}

/** Imports a file by the command, as an editor does beside the servers. */
async function importFile(databaseUrl: string, file: string): Promise<void> {
  const command = resolve(import.meta.dirname, '../../server/main.ts');
  const child = spawn(process.execPath, [command, 'import', file, '--into', databaseUrl], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data) => (said += String(data)));
  const code = await new Promise((settle) => child.once('exit', settle));
  if (code !== 0) throw new Error(`the import ended with ${code}: ${said}`);
}

/** In milliseconds, from when a write was acknowledged until each server answers with it: for each of several writes. */
async function latenesses(site: Site, writer: Writer, times: number): Promise<number[]> {
  const found: number[] = [];
  for (let time = 0; time < times; time++) {
    const since = await writer.write();
    const id = writer.acknowledged.at(-1);
    const query = `{ event(id: "${id}") { id } events(first: 1) { totalCount } atlas { version } }`;
    let answers: string[] = [];
    await until(
      async () => {
        const all = await Promise.all(site.members.map((each) => ask(addressOf(each), query)));
        answers = all.map((each) => JSON.stringify(each));
        return all.every((each) => each?.['event']) && new Set(answers).size === 1;
      },
      `all servers answer alike with ${id}: ${answers.join(' ')}`,
    );
    found.push(performance.now() - since);
  }
  return found.sort((a, b) => a - b);
}

/** Waits until every server has the last write, and every follower is told of the version that this led to. */
async function caughtUp(site: Site, writer: Writer, followers: readonly Follower[]): Promise<void> {
  const query = `{ event(id: "${writer.acknowledged.at(-1)}") { id } atlas { version } }`;
  await until(async () => {
    const answers = await Promise.all(site.members.map((each) => ask(addressOf(each), query)));
    const versions = answers.map((each) => each?.['event'] && (each['atlas'] as { version: string }).version);
    const [version] = versions;
    return (
      Boolean(version) &&
      versions.every((each) => each === version) &&
      followers.every((each) => each.version === version)
    );
  }, 'all servers have the last write, and all followers are told of it');
}

/** What followers missed of some events, and were told twice. */
function counted(
  followers: readonly Follower[],
  ids: readonly string[],
): { missed: number; doubled: number } {
  let [missed, doubled] = [0, 0];
  for (const { told } of followers)
    for (const id of ids) {
      const times = told.get(id) ?? 0;
      if (times === 0) missed++;
      if (times > 1) doubled += times - 1;
    }
  return { missed, doubled };
}

async function main(): Promise<void> {
  if (values.help) return console.log(USAGE);
  if (!CAN_START_POSTGRESQL)
    throw new Error('PostgreSQL is not installed (Debian: apt-get install postgresql).');
  const [events, added, many, readers] = [values.events, values.added, values.followers, values.readers].map(
    Number,
  ) as [number, number, number, number];
  tell('machine', `${availableParallelism()} cores, load ${(loadavg()[0] ?? 0).toFixed(1)} before`);
  let begun = performance.now();
  const site = await Site.open(events, SERVERS);
  const followers: Follower[] = [];
  try {
    tell(
      'set up',
      `PostgreSQL, a hot standby, ${SERVERS} servers, nginx, ${events} events, in ${seconds(begun)}`,
    );
    await throughput(site, events, readers);

    for (let at = 0; at < many; at++) followers.push(new Follower(site.url, at / many));
    await until(() => followers.every(({ isOpen }) => isOpen), 'all followers are connected');
    const writer = new Writer(site.url, site.token);
    // From the first change on they have a cursor, and can come back.
    await writer.write();
    await caughtUp(site, writer, followers);
    tell('followers', `${many} connected through nginx, and told of a first change`);

    await underLoad(site, writer, followers, { events, added, readers });
    await faults(site, writer, followers);

    const missing = (
      await Promise.all(site.members.map((each) => lost(addressOf(each), writer.acknowledged)))
    ).flat();
    tell(
      'lost of what was acknowledged',
      `${missing.length} of ${writer.acknowledged.length} writes`,
      'none',
      missing.length === 0,
    );
  } finally {
    for (const follower of followers) follower.close();
    await site.close();
  }
}

/** How many are read a second with one, two and three servers. */
async function throughput(site: Site, events: number, readers: number): Promise<void> {
  for (let count = 1; count <= SERVERS; count++) {
    const folder = join(site.folder, `nginx-${count}`);
    mkdirSync(folder);
    const nginx = await startNginx(site.members.slice(0, count).map(addressOf), folder);
    try {
      await readAtlas(nginx.url, events, readers, 3);
      const read = await readAtlas(nginx.url, events, readers, 10);
      tell(
        `reads with ${count} of ${SERVERS} servers`,
        `${read.requestsPerSecond}/s, p50 ${read.p50ms} ms, p99 ${read.p99ms} ms, ${read.failed} failed`,
      );
    } finally {
      await nginx.stop();
    }
  }
}

/** Reading, writing and a large import at one time. */
async function underLoad(
  site: Site,
  writer: Writer,
  followers: readonly Follower[],
  { events, added, readers }: { events: number; added: number; readers: number },
): Promise<void> {
  const file = join(site.folder, 'added.csv');
  await writeUcdpRows(file, added);
  const reading = readAtlas(site.url, events, readers, 60);
  const quiet = await latenesses(site, writer, 10);
  tell(
    'all servers alike after a write',
    `p50 ${quiet[5]?.toFixed(0)} ms, at most ${quiet.at(-1)?.toFixed(0)} ms, while ${readers} read`,
    '1 s',
    (quiet.at(-1) ?? 0) < 1000,
  );
  const before = writer.acknowledged.length;
  const begun = performance.now();
  await importFile(site.databaseUrl, file);
  tell('import', `${added} rows in ${seconds(begun)}`);
  const committed = performance.now();
  const counts = (): Promise<unknown[]> =>
    Promise.all(site.members.map((each) => ask(addressOf(each), '{ atlas { version eventCount } }')));
  await until(async () => {
    const all = await counts();
    return (
      all.every(
        (each) =>
          (each as { atlas?: { eventCount: number } } | null)?.atlas?.eventCount === events + before + added,
      ) && new Set(all.map((each) => JSON.stringify(each))).size === 1
    );
  }, 'all servers have what was imported');
  tell('all servers alike after the import', `${seconds(committed)} after the command had ended`);
  await caughtUp(site, writer, followers);
  const wholes = followers.filter((each) => each.wholes > 0).length;
  tell(
    'followers told of the import',
    `${wholes} of ${followers.length}`,
    'all',
    wholes === followers.length,
  );
  rmSync(file);
  const late = await latenesses(site, writer, 10);
  tell(
    'all servers alike after a write, beside the import’s events',
    `p50 ${late[5]?.toFixed(0)} ms, at most ${late.at(-1)?.toFixed(0)} ms`,
    '1 s',
    (late.at(-1) ?? 0) < 1000,
  );
  const read = await reading;
  tell(
    `reads meanwhile, ${followers.length} following`,
    `${read.requestsPerSecond}/s, p50 ${read.p50ms} ms, p99 ${read.p99ms} ms, ${read.failed} failed`,
    'p99 250 ms, none failed',
    read.p99ms < 250 && read.failed === 0,
  );
  await caughtUp(site, writer, followers);
  const { missed, doubled } = counted(followers, writer.acknowledged);
  tell(
    'changes missed or told twice',
    `${missed} and ${doubled} of ${followers.length} × ${writer.acknowledged.length}`,
    'none',
    missed + doubled === 0,
  );
}

/** Each part fails while the desk goes on writing. */
async function faults(site: Site, writer: Writer, followers: readonly Follower[]): Promise<void> {
  const survive = async (what: string, fault: () => Promise<void>): Promise<void> => {
    const [first, refused] = [writer.acknowledged.length, writer.refused];
    writer.start(100);
    await wait(1000);
    await fault();
    const over = performance.now();
    await writer.end();
    await caughtUp(site, writer, followers);
    const { missed, doubled } = counted(followers, writer.acknowledged.slice(first));
    const breaks = followers.reduce((sum, each) => sum + each.breaks, 0);
    tell(
      what,
      `${writer.acknowledged.length - first} writes acknowledged, ${writer.refused - refused} tries refused; all followers caught up ${seconds(over)} after, ${missed} changes missed, ${doubled} told twice (${breaks} connections broken so far)`,
      'none missed, none twice',
      missed + doubled === 0,
    );
  };
  for (const [at, member] of site.members.entries())
    await survive(`kill -9 of server ${at + 1}, started again`, () => site.crash(member));
  const cut = Number(values.cut);
  await survive(`database cut off for ${cut} s`, async () => {
    site.cutDatabase(true);
    await wait(cut * 1000);
    site.cutDatabase(false);
  });
  await survive('kill -9 of the primary, standby promoted', () => site.failOver());
}

/** Which of some events a server doesn't have. */
async function lost(url: string, ids: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (let at = 0; at < ids.length; at += 20) {
    const part = ids.slice(at, at + 20);
    const fields = part.map((id, nth) => `e${nth}: event(id: "${id}") { id }`).join(' ');
    const found = await ask(url, `{ ${fields} }`);
    missing.push(...part.filter((_, nth) => !found?.[`e${nth}`]));
  }
  return missing;
}

await main();
if (rows.length > 0) {
  console.log('| what | seen | goal |\n| --- | --- | --- |');
  for (const { what, seen, goal, isMet } of rows)
    console.log(`| ${what} | ${seen} | ${goal}${goal && !isMet ? ', not met' : ''} |`);
  if (values.json) console.log(JSON.stringify({ rows }));
  if (rows.some(({ isMet }) => !isMet)) process.exitCode = 1;
}
