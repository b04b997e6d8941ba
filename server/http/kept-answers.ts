import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { LruCache } from '../graphql/lru-cache.ts';
import { mustBeWanted } from '../wanted.ts';
import { letBeKept, mayBeKept } from './caching.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the answer is kept under; undefined where none is kept. */
    key: string | undefined;
    /** The answer that is given, if it is kept. */
    kept: Kept | undefined;
  }
}

/** Answers a request: sets the status and the headers and gives the body, or has begun to send it by itself. */
export type Answer = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

interface Kept {
  type: string;
  /** As a text: Node sends a short one together with the head, which is faster than bytes. */
  plain: string;
  /** By Accept-Encoding, for those who had it compressed. */
  compressed: Map<string, { encoding: string; body: Buffer }>;
}

/**
 * In bytes. Of all together: thousands of views, each plain and compressed for several browsers. Of one, with its key:
 * what is longer is rare, and would push out a hundred others.
 */
const MOST = { together: 64 * 2 ** 20, one: 2 ** 20 };

/** Browsers have a few ways of saying what they accept; who has thought of more is compressed for each time. */
const MOST_COMPRESSIONS = 8;

/** What an answer and each of its compressions take beside their contents, in bytes. */
const EACH = 500;

/**
 * Runs the same request at the same version of the atlas once. What may be kept is kept, plain and as it was compressed,
 * and sent again; who asks while it is being made waits for it.
 *
 * Requests are the same when all is the same, to the letter, that an answer or a refusal depends on. So no answer is
 * given to who would have been refused, and nothing needs to be understood of a request here. The answers are
 * everybody's: once one depends on who asks, that must be a part of the key.
 * @param api compresses already, and knows the version of the atlas for each request
 * @param isNow whether that is still the version
 */
export function keepAnswers(
  api: FastifyInstance,
  answer: Answer,
  isNow: (version: string | undefined) => Promise<boolean>,
  most = MOST,
): Answer {
  const answers = new LruCache<Kept>({ entries: Infinity, weight: most.together });
  const running = new Map<string, Promise<Kept | undefined>>();

  const keep = (key: string, kept: Kept): void => {
    const weight = weightOf(key, kept);
    if (weight <= most.one) answers.set(key, kept, weight);
  };

  api.decorateRequest('key', undefined);
  api.decorateRequest('kept', undefined);
  const parse = api.getDefaultJsonParser('error', 'error');
  api.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    find(request, text);
    // What was answered was parsed.
    if (request.kept) done(null);
    else void parse(request, text, done);
  });
  api.addHook('preHandler', (request, reply, done) => {
    if (request.method === 'GET') find(request, '');
    if (request.kept) void reply.send(bodyOf(request.kept, request, reply));
    else done();
  });
  const find = (request: FastifyRequest, text: string): void => {
    const { atlasVersion, method, url, headers } = request;
    if (atlasVersion === undefined || method === 'HEAD') return;
    const head = JSON.stringify([atlasVersion, method, url, headers.accept, headers['content-type']]);
    request.key = head + text;
    request.kept = answers.get(request.key);
  };

  // After that of compressing.
  api.addHook('onRoute', (route) => {
    route.onSend = [route.onSend ?? []].flat();
    route.onSend.push((request, reply, payload, done) => {
      const { key, kept } = request;
      const encoding = reply.getHeader('content-encoding');
      const accepted = request.headers['accept-encoding'];
      if (!key || !kept || !encoding || !accepted || kept.compressed.has(accepted)) return done();
      if (kept.compressed.size >= MOST_COMPRESSIONS) return done();
      const keepCompressed = (bytes: Buffer): void => {
        const body = bytesAlone(bytes);
        kept.compressed.set(accepted, { encoding: String(encoding), body });
        keep(key, kept);
        done(null, body);
      };
      if (Buffer.isBuffer(payload)) keepCompressed(payload);
      else void buffer(payload as Readable).then(keepCompressed, done);
    });
  });

  /** Makes an answer, and keeps it if the atlas is still of the version that was asked. */
  const make = async (key: string, request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { promise, resolve } = Promise.withResolvers<Kept | undefined>();
    running.set(key, promise);
    try {
      const text = await answer(request, reply);
      const isKept = typeof text === 'string' && mayBeKept(reply) && (await isNow(request.atlasVersion));
      if (!isKept) return text;
      request.kept = { type: String(reply.getHeader('content-type')), plain: text, compressed: new Map() };
      keep(key, request.kept);
      resolve(request.kept);
      return text;
    } finally {
      running.delete(key);
      resolve(undefined);
    }
  };

  return async (request, reply) => {
    const { key } = request;
    if (key === undefined) return answer(request, reply);
    // Whoever made it may have had a fault, or gone: then one of those who waited makes it, and the others wait for that.
    for (let made = running.get(key); made && !request.kept; made = running.get(key))
      request.kept = await made;
    if (request.kept) return bodyOf(request.kept, request, reply);
    mustBeWanted();
    return make(key, request, reply);
  };
}

/** The body of a kept answer as it is for who asks, with the headers that belong to it. */
function bodyOf({ type, plain, compressed }: Kept, request: FastifyRequest, reply: FastifyReply): unknown {
  letBeKept(reply).type(type);
  const ready = compressed.get(request.headers['accept-encoding'] ?? '');
  if (ready === undefined) return plain;
  reply.header('content-encoding', ready.encoding);
  return ready.body;
}

/** In bytes, of which a character takes one or two. */
function weightOf(key: string, { plain, compressed }: Kept): number {
  let weight = 2 * (key.length + plain.length) + EACH;
  for (const [accepted, { body }] of compressed) weight += 2 * accepted.length + body.length + EACH;
  return weight;
}

/** Bytes by themselves: those of zlib are part of a larger block, which would be kept with them. */
const bytesAlone = (bytes: Buffer): Buffer => Buffer.from(new Uint8Array(bytes).buffer);
