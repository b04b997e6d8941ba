import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Desk } from '../../server/desk/desk.ts';
import { openStore } from '../../server/store/open-store.ts';
import { networkTo, type Network } from '../network.ts';
import {
  administer,
  CAN_START_POSTGRESQL,
  KEPT,
  startCluster,
  startServer,
  stopServer,
  type Cluster,
} from '../postgresql-cluster.ts';
import { Chance } from '../random.ts';
import { NotRun, type Check, type Effort } from './check.ts';
import { newFolder, POST, Target } from './target.ts';

/** How often the network is cut during a write. */
const CUTS: Record<Effort, number> = { short: 3, usual: 10, full: 50 };

/** How many changes are written while connections are ended. */
const CHANGES: Record<Effort, number> = { short: 10, usual: 50, full: 500 };

/** In milliseconds: when an answer must be there, and when the server must be well again. */
const [TOLD, WELL] = [10_000, 10_000];

/** F7 and F8: what the store on PostgreSQL goes through. */
export const SHARED_FAULTS: Check[] = [
  {
    id: 'F7a',
    threat: 'a PostgreSQL that is killed and comes again',
    run: () =>
      withPostgres({}, async ({ server, cluster }) => {
        const times: string[] = [];
        // At once, as by a crash, and as it is told to stop; to end when all have gone would be SIGTERM.
        for (const signal of ['SIGQUIT', 'SIGKILL', 'SIGINT'] as const) {
          await stopServer(cluster, signal);
          times.push(await mustSayThatItIsAway(server));
          Object.assign(cluster, await startServer(cluster.folder, cluster.port, false, KEPT));
          times.push(await mustBeWellAgain(server));
        }
        return { seen: `3 times: told after ${times.join(', ')} s`, faults: 3 };
      }),
  },
  {
    id: 'F7b',
    threat: 'a network to PostgreSQL that carries nothing',
    run: () =>
      withPostgres({}, async ({ server, network }) => {
        network.cut();
        const told = await mustSayThatItIsAway(server);
        const many = await Promise.all(Array.from({ length: 30 }, () => server.ask(QUERY)));
        for (const { status } of many) assert.equal(status, 503);
        network.mend();
        const well = await mustBeWellAgain(server);
        return {
          seen: `told after ${told} s, and 30 at once; answered ${well} s after it was mended`,
          faults: 1,
        };
      }),
  },
  {
    id: 'F7c',
    threat: 'a write that is made twice because its answer was lost',
    run: (_, effort) =>
      withPostgres({}, async ({ server, network, editor }) => {
        const chance = new Chance(7);
        const query = `mutation ($event: EventInput!, $key: String) {
          createEvent(event: $event, key: $key) { event { id version } }
        }`;
        const headers = { ...POST, authorization: `Bearer ${editor}` };
        const before = await eventCount(server);
        let lost = 0;
        for (let cut = 0; cut < CUTS[effort]; cut++) {
          const variables = { event: eventOf(cut), key: `write-${cut}` };
          const first = server.ask(query, variables, { headers });
          await wait(chance.next() * 20);
          network.cut();
          await wait(chance.next() * 50);
          // Half of the time all connections are ended, and half of the time they go on.
          if (chance.is(0.5)) network.drop();
          network.mend();
          const { status, json } = await first;
          if (status !== 200) lost++;
          const again = await untilAnswered(() => server.ask(query, variables, { headers }));
          assert.equal(again.json.data?.createEvent?.event.id, `shared-${cut}`, again.text);
          if (status === 200) assert.deepEqual(again.json, json);
        }
        assert.equal(await eventCount(server), before + CUTS[effort]);
        const seen = `${CUTS[effort]} writes, the network cut during each: ${lost} were not told, asked again under their keys each was made once`;
        return { seen, faults: CUTS[effort] };
      }),
  },
  {
    id: 'F7d',
    threat: 'connections to PostgreSQL that are all in use',
    run: () =>
      withPostgres({ DATABASE_CONNECTIONS: '1' }, async ({ server, cluster }) => {
        const { Client } = (await import('pg')).default;
        const holder = new Client({ connectionString: cluster.url });
        await holder.connect();
        await holder.query('BEGIN; LOCK TABLE dateline.event IN ACCESS EXCLUSIVE MODE');
        const query = '{ event(id: "lausanne-meeting-2016-10-15") { title } }';
        const answers = await Promise.all(Array.from({ length: 10 }, () => server.ask(query)));
        await holder.end();
        for (const { status, milliseconds } of answers) {
          assert.equal(status, 503);
          assert.ok(milliseconds < TOLD, `told after ${Math.round(milliseconds)} ms`);
        }
        assert.equal((await untilAnswered(() => server.ask(query))).status, 200);
        return { seen: `${answers.length} told 503, and answered when one was free`, faults: 1 };
      }),
  },
  {
    id: 'F8',
    threat: 'a server that is not told what another wrote',
    run: (_, effort) =>
      withPostgres({}, async ({ server: first, cluster, editor }) => {
        const second = await Target.start({ DATABASE_URL: cluster.url });
        try {
          const stream = await follow(second);
          const headers = { ...POST, authorization: `Bearer ${editor}` };
          const create = async (number: number): Promise<void> => {
            const { json, text } = await first.ask(
              'mutation ($event: EventInput!) { createEvent(event: $event) { isDraft } }',
              { event: eventOf(number) },
              { headers },
            );
            assert.ok(json.data, text);
          };
          const start = performance.now();
          await create(0);
          await stream.until('shared-0');
          const told = performance.now() - start;
          assert.ok(told < 1000, `told after ${Math.round(told)} ms`);
          const count = CHANGES[effort];
          const ended: Promise<void>[] = [];
          for (let number = 1; number <= count; number++) {
            // Who listens, on either server, is cut off again and again.
            if (number % 5 === 0)
              ended.push(
                administer(
                  cluster.url,
                  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ILIKE 'listen%' AND pid <> pg_backend_pid()`,
                ),
              );
            await create(number);
          }
          await Promise.all(ended);
          const all = await stream.until(`shared-${count}`);
          for (let number = 0; number <= count; number++)
            assert.ok(all.includes(`"shared-${number}"`), `event ${number} was never told`);
          assert.equal(await eventCount(second), await eventCount(first));
          const seen = `told on the other server after ${Math.round(told)} ms; of ${count} changes none was missed while listening was ended ${ended.length} times`;
          return { seen, faults: ended.length };
        } finally {
          await second.stop('SIGKILL');
        }
      }),
  },
];

const QUERY = '{ atlas { eventCount } events(first: 1) { nodes { id title } } }';

const eventOf = (number: number): object => ({
  ...{ id: `shared-${number}`, title: `Event ${number}`, category: 'meeting', when: '2016-10-18' },
  claims: [{ aspect: 'TIME', statement: 'They met.', source: 'financial-tribune-2016-10-13' }],
  placements: [{ place: 'lausanne', role: 'VENUE' }],
});

interface Shared {
  /** Asks PostgreSQL through the network. */
  server: Target;
  cluster: Cluster;
  network: Network;
  /** The token of one who may write. */
  editor: string;
}

/** Does something with a server on a PostgreSQL of its own. @throws NotRun where none can be started */
async function withPostgres<T>(
  settings: Record<string, string>,
  work: (shared: Shared) => Promise<T>,
): Promise<T> {
  if (!CAN_START_POSTGRESQL)
    throw new NotRun('PostgreSQL is not installed, or may not be started by this user');
  const folder = newFolder();
  const cluster = await startCluster(join(folder, 'postgresql'), false, KEPT);
  const network = await networkTo(cluster.port);
  try {
    const url = cluster.url.replace(String(cluster.port), String(network.port));
    const server = await Target.start({ DATABASE_URL: url, ...settings });
    try {
      const store = await openStore({ url: cluster.url, readUrl: null, listenUrl: null, connections: 2 });
      const { text: editor } = await new Desk(store).createToken({
        ...{ name: 'E', role: 'EDITOR', createdAt: '2026-01-01T00:00:00Z', expiresAt: null },
      });
      await store.close();
      return await work({ server, cluster, network, editor });
    } finally {
      await server.stop('SIGKILL');
    }
  } finally {
    network.end();
    await stopServer(cluster);
    rmSync(folder, { recursive: true, force: true });
  }
}

const eventCount = async (server: Target): Promise<number> =>
  (await untilAnswered(() => server.ask('{ atlas { eventCount } }'))).json.data.atlas.eventCount;

/** It says by 503 that it cannot answer, is alive and not ready. Gives after how many seconds. */
async function mustSayThatItIsAway(server: Target): Promise<string> {
  const start = performance.now();
  for (;;) {
    const { status, codes, headers, milliseconds } = await server.ask(QUERY);
    assert.ok(milliseconds < TOLD, `an answer took ${Math.round(milliseconds)} ms`);
    assert.ok(performance.now() - start < TOLD, 'it still answers');
    // What was known a moment ago is believed for as long.
    if (status === 200) continue;
    assert.equal(status, 503);
    // Whichever patience ended first: that for the store, or that for the query.
    assert.ok(['STORE_UNAVAILABLE', 'TIMEOUT'].includes(codes[0] ?? ''), codes[0]);
    if (codes[0] === 'STORE_UNAVAILABLE') assert.equal(headers.get('retry-after'), '5');
    break;
  }
  const seconds = secondsSince(start);
  assert.equal((await server.get('/healthz')).status, 200);
  assert.equal((await server.get('/readyz')).status, 503);
  return seconds;
}

async function mustBeWellAgain(server: Target): Promise<string> {
  const start = performance.now();
  await untilAnswered(() => server.ask(QUERY));
  await untilAnswered(() => server.get('/readyz'));
  return secondsSince(start);
}

const secondsSince = (start: number): string => ((performance.now() - start) / 1000).toFixed(1);

/** Asks until it is answered. @throws when that takes too long */
async function untilAnswered<T extends { status: number; text: string }>(ask: () => Promise<T>): Promise<T> {
  const start = performance.now();
  for (;;) {
    const got = await ask();
    if (got.status === 200) return got;
    assert.ok(
      performance.now() - start < WELL,
      `it is not well again: ${got.status} ${got.text.slice(0, 200)}`,
    );
    await wait(50);
  }
}

/** A stream of changes, and all that it told until something was in it. */
async function follow(server: Target): Promise<{ until: (what: string) => Promise<string> }> {
  const query = encodeURIComponent('subscription { changes { events { id } } }');
  const response = await fetch(`${server.url}/graphql/stream?query=${query}`, {
    headers: { accept: 'text/event-stream' },
    signal: AbortSignal.timeout(120_000),
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader);
  let told = '';
  return {
    until: async (what) => {
      while (!told.includes(`"${what}"`)) {
        const { value, done } = await reader.read();
        assert.ok(!done, 'the stream ended');
        told += value;
      }
      return told;
    },
  };
}
