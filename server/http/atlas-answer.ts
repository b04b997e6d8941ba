import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../graphql/context.ts';
import { InputError } from '../input-error.ts';
import type { AtlasSummary } from '../store/store.ts';
import { letBeKept, namesTag, tagOf } from './caching.ts';

/** What a route answers from. */
export interface Served {
  /** The version of the program. */
  program: string;
  context: Context;
}

/** Whom and what an answer is of. */
export interface AskedOfAtlas {
  atlas: AtlasSummary;
  /** The address of the map as the asker knows it, with a slash at its end. */
  home: string;
  parameters: URLSearchParams;
}

/**
 * Answers a GET about the atlas that may be kept until the atlas changes: 304 where the asker has the answer, 503 before
 * there is an atlas, 400 with the message of an InputError.
 * @param answer the body, its type being set on the reply
 */
export async function answerOfAtlas(
  request: FastifyRequest,
  reply: FastifyReply,
  { program, context }: Served,
  answer: (asked: AskedOfAtlas) => Promise<unknown>,
): Promise<FastifyReply> {
  const atlas = await context.store.summary();
  if (!atlas) throw refusal(503, 'NO_ATLAS', 'no atlas is served yet. Ask again in a moment.');
  const home = homeOf(request);
  // Of weak tags those of an older moment are asked for anew, so the version is taken before the events.
  const tag = tagOf({ program, atlas: atlas.version, url: home + request.url, accept: '' });
  letBeKept(reply).header('etag', tag).header('vary', 'accept-encoding');
  if (namesTag(request.headers['if-none-match'], tag)) return reply.code(304).send();
  const parameters = new URLSearchParams(request.url.replace(/^[^?]*/, ''));
  try {
    return reply.send(await answer({ atlas, home, parameters }));
  } catch (error) {
    reply.removeHeader('etag').removeHeader('content-disposition').header('cache-control', 'no-store');
    reply.type('application/json; charset=utf-8');
    throw error instanceof InputError ? refusal(400, 'BAD_USER_INPUT', error.message) : error;
  }
}

/** The address of the map as the asker knows it. */
function homeOf({ protocol, host }: FastifyRequest): string {
  const address = `${protocol}://${host}/`;
  return URL.canParse(address) ? new URL(address).href : 'http://localhost/';
}

/** A fault of the asker's, or of the moment. */
export const refusal = (statusCode: number, code: string, message: string): Error =>
  Object.assign(new Error(message), { statusCode, code });
