import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AsyncLocalStorage } from 'node:async_hooks';

const requests = new AsyncLocalStorage<FastifyRequest>();

/** The request that is being answered: what is logged by its log has its id. Undefined outside of any. */
export const requestAtHand = (): FastifyRequest | undefined => requests.getStore();

/**
 * Says a line for each answer: at `info` which way was asked and how it went, and nothing of who asked or for what; at
 * `debug` the whole address too, which may hold a query and its variables.
 */
export function logRequests(app: FastifyInstance): void {
  // What a hook begins after the body was read goes on in what follows.
  app.addHook('preHandler', (request, _, done) => requests.run(request, done));
  app.addHook('onResponse', (request, reply, done) => {
    const { method, url, routeOptions, log } = request;
    const milliseconds = Math.round(reply.elapsedTime * 10) / 10;
    const about = { method, route: routeOptions.url ?? null, status: reply.statusCode, milliseconds };
    if (log.level === 'debug') log.debug({ ...about, url }, 'answered');
    else log.info(about, 'answered');
    done();
  });
}
