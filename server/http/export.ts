import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { filterOf } from '../export/address.ts';
import { Selection, type ExportFormat } from '../export/format.ts';
import { EXPORT_FORMATS } from '../export/formats.ts';
import type { Context } from '../graphql/context.ts';
import { InputError } from '../input-error.ts';
import { letBeKept, namesTag, tagOf } from './caching.ts';
import { compress } from './encoding.ts';

/**
 * Serves the events as files, `/export/events.geojson?q=ceasefire`, with the filter that the page's address has. A file is
 * sent as it is made: no faster than it is read, and no further when the reader goes.
 * @param program the version of the program
 */
export async function serveExports(
  app: FastifyInstance,
  program: string,
  newContext: () => Context,
): Promise<void> {
  await app.register(async (routes) => {
    await compress(routes, 'answers');
    for (const format of EXPORT_FORMATS)
      routes.get(`/export/events.${format.name}`, (request, reply) =>
        sendEvents(format, request, reply, { program, context: newContext() }),
      );
  });
}

async function sendEvents(
  format: ExportFormat,
  request: FastifyRequest,
  reply: FastifyReply,
  { program, context }: { program: string; context: Context },
): Promise<FastifyReply> {
  const atlas = await context.store.summary();
  if (!atlas) throw withStatus(503, 'NO_ATLAS', 'no atlas is served yet. Ask again in a moment.');
  const home = homeOf(request);
  // Of weak tags those of an older moment are asked for anew, so the version is taken before the events.
  const tag = tagOf({ program, atlas: atlas.version, url: home + request.url, accept: '' });
  letBeKept(reply).header('etag', tag).header('vary', 'accept-encoding');
  if (namesTag(request.headers['if-none-match'], tag)) return reply.code(304).send();
  const filter = await filterOf(request.url.replace(/^[^?]*/, ''), context).catch((error: unknown) => {
    reply.removeHeader('etag').header('cache-control', 'no-store');
    throw error instanceof InputError ? withStatus(400, 'BAD_USER_INPUT', error.message) : error;
  });
  reply
    .type(format.mediaType)
    .header('content-disposition', `attachment; filename="${fileName(atlas.id)}.${format.name}"`);
  // How long it will be isn't known, so it isn't said.
  if (request.method === 'HEAD') return reply.send(Readable.from([]));
  const selection = new Selection(
    { store: context.store, index: await context.index() },
    { atlas, home, filter },
  );
  return reply.send(Readable.from(format.write(selection), { objectMode: false }));
}

/** The address of the map as the asker knows it. */
function homeOf({ protocol, host }: FastifyRequest): string {
  const address = `${protocol}://${host}/`;
  return URL.canParse(address) ? new URL(address).href : 'http://localhost/';
}

/** An atlas's id as a part of a file's name. */
const fileName = (id: string): string => id.replaceAll(/[^\w-]+/g, '-') || 'events';

const withStatus = (statusCode: number, code: string, message: string): Error =>
  Object.assign(new Error(message), { statusCode, code });
