import type { FastifyInstance } from 'fastify';
import type { Desk } from '../desk/desk.ts';
import type { Token } from '../desk/token.ts';
import { LruCache } from '../graphql/lru-cache.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The token that the request came with; null without one. */
    token: Token | null;
  }
}

/** An address that sends so many tokens which don't hold, within so many milliseconds, is not listened to for as long. */
const [MOST_FAILURES, WINDOW] = [20, 60_000];

/** Addresses that are remembered at the same time. */
const MOST_ADDRESSES = 20_000;

/**
 * Finds out whose token a request comes with. One that doesn't hold is refused, whatever is asked for: who believes to be
 * somebody must not be answered as nobody.
 */
export function authenticate(app: FastifyInstance, desk: Desk): void {
  const failures = new LruCache<{ count: number; until: number }>({
    entries: MOST_ADDRESSES,
    weight: Infinity,
  });
  app.decorateRequest('token', null);
  app.addHook('onRequest', async (request, reply) => {
    const { authorization } = request.headers;
    if (authorization === undefined) return;
    const now = Date.now();
    const failed = failures.get(request.ip);
    const isOpen = failed !== undefined && now < failed.until;
    if (isOpen && failed.count >= MOST_FAILURES) {
      const seconds = Math.ceil((failed.until - now) / 1000);
      reply.header('retry-after', seconds);
      const message = `too many tokens that don't hold came from your address. Try again in ${seconds} s.`;
      throw Object.assign(new Error(message), { statusCode: 429, code: 'TOO_MANY_REQUESTS' });
    }
    const [, text] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
    request.token = text === undefined ? null : await desk.tokenOf(text, now);
    if (request.token !== null) return;
    failures.set(
      request.ip,
      isOpen ? { ...failed, count: failed.count + 1 } : { count: 1, until: now + WINDOW },
      1,
    );
    reply.header('www-authenticate', 'Bearer realm="dateline", error="invalid_token"');
    const message =
      "the token doesn't hold: it was mistyped, revoked, or its time is over. Send another as Authorization: Bearer TOKEN, or none to read what is public.";
    throw Object.assign(new Error(message), { statusCode: 401, code: 'UNAUTHENTICATED' });
  });
}
