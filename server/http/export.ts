import type { FastifyInstance } from 'fastify';
import { Readable } from 'node:stream';
import { filterOf } from '../export/address.ts';
import { correctionsFeed } from '../export/corrections.ts';
import { Selection } from '../export/format.ts';
import { EXPORT_FORMATS } from '../export/formats.ts';
import type { Context } from '../graphql/context.ts';
import { answerOfAtlas, refusal } from './atlas-answer.ts';
import { compress } from './encoding.ts';

/**
 * Serves the events as files, `/export/events.geojson?q=ceasefire`, with the filter that the page's address has. What is in a
 * file is found in the time that a query may take; then it is sent as it is made: no faster than it is read, and no further when
 * the reader goes.
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
      routes.get(`/export/events.${format.name}`, (request, reply) => {
        const context = newContext();
        return answerOfAtlas(request, reply, { program, context }, async ({ atlas, home, parameters }) => {
          const filter = await filterOf(parameters.toString(), context);
          reply
            .type(format.mediaType)
            .header('content-disposition', `attachment; filename="${fileName(atlas.id)}.${format.name}"`);
          // How long it will be isn't known, so it isn't said.
          if (request.method === 'HEAD') return Readable.from([]);
          const selection = new Selection(
            { store: context.store, index: await context.index() },
            { atlas, home, filter },
          );
          // Within the time that a query may take: once the file has begun, it takes as long as it is read.
          await selection.find();
          return Readable.from(format.write(selection), { objectMode: false });
        });
      });
    routes.get('/export/corrections.rss', (request, reply) => {
      const context = newContext();
      return answerOfAtlas(request, reply, { program, context }, async ({ atlas, home }) => {
        reply.type('application/rss+xml; charset=utf-8');
        return correctionsFeed(context.store, atlas, home);
      });
    });
    routes.get('/export/:file', async (request) => {
      const { file } = request.params as { file: string };
      const known = EXPORT_FORMATS.map(({ name }) => `events.${name}`).join(', ');
      throw refusal(404, 'NOT_FOUND', `unknown file to export: "${file.slice(0, 100)}". Known: ${known}.`);
    });
  });
}

/** An atlas's id as a part of a file's name. */
const fileName = (id: string): string => id.replaceAll(/[^\w-]+/g, '-') || 'events';
