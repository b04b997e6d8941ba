import fastifyCompress from '@fastify/compress';
import type { FastifyInstance } from 'fastify';
import { constants } from 'node:zlib';

/**
 * How hard, by what it costs. Of an answer of 100 kB, zstd makes 16 % in 0.2 ms, brotli 1 makes 17 % in 0.4 ms and gzip 1
 * makes 18 % in 0.6 ms; the usual brotli 4 and gzip 6 take 1.1 and 1.3 ms for 16 %, which is more than finding the answer.
 * Files are kept by who gets them and can cost more: 24 and 48 ms per megabyte, in zlib's threads.
 */
const LEVELS = { answers: { brotli: 1, gzip: 1 }, files: { brotli: 4, gzip: 6 } };

/** Compresses what the routes give that are added to an instance after this, from 1 kB on; not fonts and pictures. */
export async function compress(routes: FastifyInstance, what: keyof typeof LEVELS): Promise<void> {
  const { brotli, gzip } = LEVELS[what];
  await routes.register(fastifyCompress, {
    globalDecompression: false,
    encodings: ['zstd', 'br', 'gzip'],
    // Its own list, lines of JSON, GeoPackages and vector tiles.
    customTypes:
      /^text\/(?!event-stream)|[+/](?:json|text|xml)(?:;|$)|octet-stream(?:;|$)|x-ndjson(?:;|$)|\+sqlite3$|mapbox-vector-tile$/,
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: brotli } },
    // Of gzip; zstd has no option of this name and takes its own 3.
    zlibOptions: { level: gzip },
    // Longer answers go to zlib's threads, so that nobody waits for them.
    syncThreshold: 32_768,
  });
}

/** Refuses compressed bodies, of which a kilobyte could become a gigabyte, and those in other charsets than UTF-8. */
export function refuseEncodedBodies(app: FastifyInstance): void {
  app.addHook('onRequest', ({ headers }, reply, done) => {
    const { 'content-encoding': encoding = 'identity', 'content-type': type = '' } = headers;
    const charset = /charset\s*=\s*"?([^\s";,]*)/i.exec(type)?.[1] ?? 'utf-8';
    if (encoding !== 'identity') {
      reply.header('accept-encoding', 'identity');
      const message = `a body encoded as "${encoding.slice(0, 100)}" is not read. Send it without content-encoding.`;
      done(Object.assign(new Error(message), { statusCode: 415, code: 'UNSUPPORTED_CONTENT_ENCODING' }));
    } else if (/^utf-?8$/i.test(charset)) done();
    else {
      const message = `a body in the charset "${charset.slice(0, 100)}" is not read. Send it as UTF-8.`;
      done(Object.assign(new Error(message), { statusCode: 415, code: 'UNSUPPORTED_MEDIA_TYPE' }));
    }
  });
}
