import type { ApolloServerPlugin } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hash } from 'node:crypto';

declare module 'fastify' {
  interface FastifyRequest {
    /** The version of the atlas when the request came; undefined where no answer to it may be kept. */
    atlasVersion: string | undefined;
    /** The tag of its answer, if that may be kept by who asks. */
    tag: string | undefined;
  }
}

/**
 * Browsers and CDNs may answer again for ten seconds without asking, which takes most of a crowd's requests off the
 * server; then they ask whether it still holds, and show the old answer meanwhile. So a change of the atlas is seen
 * within ten seconds by who keeps looking.
 */
const KEEP = 'public, max-age=10, stale-while-revalidate=30';

/**
 * The type depends on Accept. The header that lets a GET through is no part of this, though without it the answer is
 * a refusal: that is never kept, the answers are everybody's, and giving a kept one runs nothing. What is answered to a
 * token is kept by nobody.
 */
const VARY = 'accept, accept-encoding, authorization';

/** Lets whole answers to queries be kept, and nothing else: no part of an answer, and no fault. */
export const keepWholeAnswers: ApolloServerPlugin = {
  requestDidStart: async () => ({
    willSendResponse: async ({ operation, response: { body, http } }) => {
      const isWhole = body.kind === 'single' && !body.singleResult.errors;
      http.headers.set('cache-control', isWhole && operation?.operation === 'query' ? KEEP : 'no-store');
    },
  }),
};

/** Whether the answer that is about to be sent holds for everybody until the atlas changes. */
export const mayBeKept = (reply: FastifyReply): boolean =>
  reply.statusCode === 200 && reply.getHeader('cache-control') === KEEP;

/** Says of an answer that was kept that it may be kept. */
export const letBeKept = (reply: FastifyReply): FastifyReply => reply.header('cache-control', KEEP);

/**
 * Tags the answers to GET of a GraphQL route that may be kept, and answers 304 without running anything when the asker
 * has what it would get. What is posted is kept by nobody on the way.
 * @param program the version of the program
 * @param atlasVersion the version of the atlas as it is now, undefined if there is none; asked at every request
 */
export function tagAnswers(
  api: FastifyInstance,
  program: string,
  atlasVersion: () => Promise<string | undefined>,
): void {
  api.decorateRequest('atlasVersion', undefined);
  api.decorateRequest('tag', undefined);
  api.addHook('onRequest', async (request, reply) => {
    reply.header('vary', VARY);
    if (!isLetThrough(request) || request.headers.authorization !== undefined) return undefined;
    // Before the answer is made: an atlas that changes meanwhile leaves the new answer with the old tag, which is
    // asked for anew, and never the old answer with the new one.
    const atlas = await atlasVersion();
    request.atlasVersion = atlas;
    if (atlas === undefined || !isRead(request)) return undefined;
    const tag = tagOf({ program, atlas, url: request.url, accept: request.headers.accept ?? '' });
    request.tag = tag;
    if (!namesTag(request.headers['if-none-match'], tag)) return undefined;
    return reply.code(304).header('etag', tag).header('cache-control', KEEP).send();
  });
  api.addHook('onSend', (request, reply, _, done) => {
    if (reply.statusCode !== 304) {
      if (request.tag !== undefined && mayBeKept(reply)) reply.header('etag', request.tag);
      else
        reply.header(
          'cache-control',
          request.headers.authorization === undefined ? 'no-store' : 'private, no-store',
        );
    }
    done();
  });
}

/**
 * The tag of an answer, from all that it depends on. Weak: it is the same for all encodings of the answer, whose bytes
 * are not.
 */
export function tagOf(of: { program: string; atlas: string; url: string; accept: string }): string {
  const text = JSON.stringify([of.program, of.atlas, of.url, of.accept]);
  return `W/"${hash('sha256', text, 'base64url').slice(0, 27)}"`;
}

/** Whether an If-None-Match header names a tag. A `*` would need an answer to compare with, and none is made yet. */
export function namesTag(header: string | undefined, tag: string): boolean {
  const opaque = (each: string): string => each.trim().replace(/^W\//, '');
  return header !== undefined && header.split(',').map(opaque).includes(opaque(tag));
}

const isRead = ({ method }: FastifyRequest): boolean => method === 'GET' || method === 'HEAD';

/** Whether Apollo lets a request through: a page from elsewhere cannot make a browser send these headers unasked. */
function isLetThrough({ headers }: FastifyRequest): boolean {
  const type = headers['content-type'];
  if (type !== undefined) return /^application\/json\s*(;|$)/i.test(type);
  return Boolean(headers['apollo-require-preflight'] || headers['x-apollo-operation-name']);
}
