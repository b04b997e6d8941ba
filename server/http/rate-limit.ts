import fastifyRateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';

/** What is asked by whoever watches the server, and files that cost next to nothing and that a page has dozens of. */
const UNCOUNTED = /^\/(healthz|readyz|metrics)\/?(\?|$)|^\/assets\//;

/** Addresses that are counted at the same time. */
const MOST_ADDRESSES = 20_000;

/** Refuses requests of an address that has sent more than its share within the minute, whatever they are for. */
export async function limitRequests(app: FastifyInstance, perMinute: number): Promise<void> {
  if (perMinute === 0) return;
  await app.register(fastifyRateLimit, {
    global: false,
    max: perMinute,
    timeWindow: 60_000,
    cache: MOST_ADDRESSES,
    allowList: ({ url }) => UNCOUNTED.test(url),
    // Says nothing while all is well: the answers are everybody's, and are kept on the way.
    addHeadersOnExceeding: {
      'x-ratelimit-limit': false,
      'x-ratelimit-remaining': false,
      'x-ratelimit-reset': false,
    },
    errorResponseBuilder: (_, { ttl }) =>
      Object.assign(
        new Error(
          `your address has sent more than ${perMinute} requests within a minute. Ask again in ${Math.ceil(ttl / 1000)} s.`,
        ),
        { statusCode: 429, code: 'TOO_MANY_REQUESTS' },
      ),
  });
  // For what is at no route too.
  app.addHook('onRequest', app.rateLimit());
}
