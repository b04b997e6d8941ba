import type { ApolloServerPlugin } from '@apollo/server';
import type { FastifyInstance } from 'fastify';
import type { BlockList } from 'node:net';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { WEB_QUERIES } from '../graphql/web-queries.generated.ts';
import type { IndexKeeper } from '../index-keeper.ts';
import { codeOf } from './faults.ts';

/** In seconds. */
const BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The names of the page's own operations: others are counted together, or strangers could name any number. */
const KNOWN_OPERATIONS = new Set(
  [...WEB_QUERIES.values()].map((query) => /query (\w+)/.exec(query)?.[1] ?? ''),
);

/** The process's own: its memory, its processor time, and how late its event loop is. One for all apps of a process. */
let ofProcess: Registry | undefined;
function processMetrics(): Registry {
  if (ofProcess === undefined) collectDefaultMetrics({ register: (ofProcess = new Registry()) });
  return ofProcess;
}

/** What is counted and measured of an app. */
export interface Metrics {
  /** Counts what is refused of a query. */
  refused(code: string): void;
  /** Measures operations. */
  plugin: ApolloServerPlugin;
}

/** Measures an app, and tells Prometheus at /metrics what was measured. @param from the addresses that may read it */
export function measureApp(app: FastifyInstance, keeper: IndexKeeper, from: BlockList): Metrics {
  const register = new Registry();
  const registers = [register];
  const requests = new Histogram({
    ...{ name: 'dateline_http_request_seconds', help: 'How long answers took, by route and status.' },
    ...{ labelNames: ['route', 'status'], buckets: BUCKETS, registers },
  });
  const operations = new Histogram({
    ...{ name: 'dateline_operation_seconds', help: 'How long operations took that were run, by name.' },
    ...{ labelNames: ['operation'], buckets: BUCKETS, registers },
  });
  const refusals = new Counter({
    ...{ name: 'dateline_refused_total', help: 'What was refused or failed, by code.' },
    ...{ labelNames: ['code'], registers },
  });
  const index = (name: string, help: string, value: (about: IndexAbout) => number): void =>
    void new Gauge({
      ...{ name, help, registers },
      collect() {
        if (keeper.about) this.set(value(keeper.about));
      },
    });
  index('dateline_index_events', 'Events in the index.', ({ events }) => events);
  index('dateline_index_age_seconds', 'Since when the index is the one that answers.', ({ since }) =>
    Math.round((Date.now() - since) / 1000),
  );

  app.addHook('onResponse', (request, reply, done) => {
    // Routes are ours and few; what is at none is counted together.
    const route = request.routeOptions.url ?? 'none';
    requests.observe({ route: routeLabel(route), status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
  app.addHook('onError', async (_, __, error) => refusals.inc({ code: codeOf(error) }));
  app.get('/metrics', async (request, reply) => {
    const family = request.ip.includes(':') ? 'ipv6' : 'ipv4';
    if (!from.check(request.ip, family)) return reply.callNotFound();
    reply.type(register.contentType).header('cache-control', 'no-store');
    return `${await processMetrics().metrics()}\n${await register.metrics()}`;
  });
  return {
    refused: (code) => refusals.inc({ code }),
    plugin: {
      requestDidStart: async () => {
        const start = performance.now();
        return {
          willSendResponse: async ({ operationName }) => {
            const operation = KNOWN_OPERATIONS.has(operationName ?? '') ? (operationName ?? '') : 'other';
            operations.observe({ operation }, (performance.now() - start) / 1000);
          },
        };
      },
    },
  };
}

type IndexAbout = NonNullable<IndexKeeper['about']>;

/** Files of the page are one. */
const routeLabel = (route: string): string => (/\.\w+$/.test(route) ? 'file' : route);
