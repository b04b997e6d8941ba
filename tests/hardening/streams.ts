import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Event } from '../../server/event.ts';
import { SqliteStore } from '../../server/store/sqlite.ts';
import { readWhen } from '../../server/time.ts';
import type { Check, Effort } from './check.ts';
import { Target, withTarget } from './target.ts';

const CHANGES = 'subscription { changes { eventCount events { id title summary } } }';

/** How many rounds of so many streams are opened and left. */
const ROUNDS: Record<Effort, [rounds: number, streams: number]> = {
  short: [3, 50],
  usual: [20, 200],
  full: [20, 1000],
};

/** How many changes slow readers are not told, of a tenth of a megabyte each. */
const CHANGES_MADE: Record<Effort, number> = { short: 50, usual: 300, full: 3000 };

/** G, as far as it is of streams: those that are left, that nobody reads, and that are too many. */
export const STREAMS: Check[] = [
  {
    id: 'G2',
    threat: 'subscriptions that are left behind',
    run: (_, effort) =>
      withTarget({ STREAMS_PER_ADDRESS: '2000' }, async (server) => {
        const [rounds, streams] = ROUNDS[effort];
        const before = openFiles(server);
        for (let round = 0; round < rounds; round++) {
          const sockets = await opened(server, streams);
          for (const socket of sockets) socket.destroy();
        }
        let left = Infinity;
        for (let tries = 0; tries < 50 && left > before + 5; tries++) {
          await setTimeout(100);
          left = openFiles(server);
        }
        const seen = `${rounds} times ${streams} streams: ${before} open files before, ${left} after`;
        assert.ok(left <= before + 5, seen);
        return seen;
      }),
  },
  {
    id: 'G3',
    threat: 'readers of a stream who are slow',
    run: (_, effort) =>
      withTarget({}, async (server) => {
        const sockets = await opened(server, 20);
        for (const socket of sockets) socket.pause();
        const store = new SqliteStore(join(server.folder, 'atlas.sqlite'));
        const write = async (changes: number): Promise<void> => {
          for (let change = 0; change < changes; change++) {
            await store.change({ events: [large(change)] });
            await setTimeout(20);
          }
        };
        // What a process takes to be warm is no growth.
        await write(50);
        const before = server.memory();
        await write(CHANGES_MADE[effort]);
        await store.close();
        const grown = Math.round(server.memory() - before);
        for (const socket of sockets) socket.destroy();
        const seen = `20 readers that read nothing, ${CHANGES_MADE[effort]} changes of 100 kB: ${grown} MB more memory`;
        assert.ok(grown < 100, seen);
        return seen;
      }),
  },
  {
    id: 'G4',
    threat: 'streams without number, and those that ask for too much',
    run: async (server) => {
      const sockets = await opened(server, 20);
      const refused = await stream(server, CHANGES);
      for (const socket of sockets) socket.destroy();
      assert.deepEqual([refused.status, refused.codes], [429, ['TOO_MANY_STREAMS']]);
      for (let tries = 0, status = 429; status === 429 && tries < 50; tries++) {
        await setTimeout(100);
        ({ status } = await stream(server, '{ atlas { id } }'));
      }
      const deep = `subscription { changes { events { ${'related { '.repeat(50)}id${' }'.repeat(50)} } } }`;
      const wide = `subscription { ${'atlasVersion '.repeat(20_000)} }`;
      for (const [query, code] of [
        [deep, 'QUERY_TOO_DEEP'],
        [wide, 'GRAPHQL_PARSE_FAILED'],
      ] as const) {
        const { text } = await stream(server, query);
        assert.ok(text.includes(`"code":"${code}"`), text.slice(0, 200));
      }
      return {
        seen: '20 streams of an address, and no more; deep and long subscriptions are refused on them',
        inputs: 3,
      };
    },
  },
];

/** Streams that have begun. */
const opened = (server: Target, count: number): Promise<Socket[]> =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const socket = await server.connection();
      socket.write(
        `GET /graphql/stream?query=${encodeURIComponent(CHANGES)} HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n`,
      );
      await new Promise((done) => socket.once('data', done));
      return socket;
    }),
  );

/** Asks for a stream that ends by itself. */
const stream = (server: Target, query: string): ReturnType<Target['get']> =>
  server.get('/graphql/stream', {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });

const openFiles = ({ process: { child } }: Target): number => readdirSync(`/proc/${child.pid}/fd`).length;

const large = (number: number): Event => ({
  ...{ id: 'large', title: `Change ${number}`, summary: 'x'.repeat(100_000), category: 'meeting' },
  ...{ status: 'OCCURRED', when: readWhen('2016-10-18'), placements: [], participants: [], claims: [] },
  relations: [],
});
