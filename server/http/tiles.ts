import type { FastifyInstance } from 'fastify';
import { filterOf } from '../export/address.ts';
import { licenseLine } from '../export/description.ts';
import { DEEPEST_TILE, tileOf } from '../export/tile.ts';
import { htmlText } from '../export/xml.ts';
import type { Context } from '../graphql/context.ts';
import { InputError } from '../input-error.ts';
import { answerOfAtlas } from './atlas-answer.ts';
import { compress } from './encoding.ts';

const MVT = 'application/vnd.mapbox-vector-tile';

/**
 * Serves the placements as vector tiles, `/tiles/{z}/{x}/{y}.mvt`, and what they are as TileJSON 3.0 at `/tiles.json`; both with
 * the filter that the page's address has.
 */
export async function serveTiles(
  app: FastifyInstance,
  program: string,
  newContext: () => Context,
): Promise<void> {
  await app.register(async (routes) => {
    await compress(routes, 'answers');
    routes.get('/tiles.json', (request, reply) => {
      const context = newContext();
      return answerOfAtlas(request, reply, { program, context }, async ({ atlas, home, parameters }) => {
        // A filter that means nothing is told here rather than tile by tile.
        await filterOf(parameters.toString(), context);
        const search = parameters.size === 0 ? '' : `?${parameters}`;
        reply.type('application/json; charset=utf-8');
        return JSON.stringify({
          tilejson: '3.0.0',
          name: atlas.title,
          ...(atlas.description !== null && { description: atlas.description }),
          // Maps show it as HTML.
          attribution: htmlText(
            [atlas.title, licenseLine({ atlas })].filter((line) => line !== null).join('. '),
          ),
          scheme: 'xyz',
          tiles: [`${home}tiles/{z}/{x}/{y}.mvt${search}`],
          minzoom: 0,
          maxzoom: DEEPEST_TILE,
          bounds: [-180, -85.0511287798066, 180, 85.0511287798066],
          vector_layers: [{ id: 'placements', description: LAYER, fields: FIELDS }],
        });
      });
    });
    routes.get('/tiles/:z/:x/:y(^\\d+).mvt', (request, reply) => {
      const context = newContext();
      return answerOfAtlas(request, reply, { program, context }, async ({ parameters }) => {
        const { z, x, y } = request.params as Record<'z' | 'x' | 'y', string>;
        const tile = { z: whole(z), x: whole(x), y: whole(y) };
        const side = 2 ** tile.z;
        if (!(tile.z <= DEEPEST_TILE && tile.x < side && tile.y < side))
          throw new InputError(
            `no tile: "${[z, x, y].join('/').slice(0, 100)}". z is 0 to ${DEEPEST_TILE}, x and y are 0 to 2^z - 1.`,
          );
        const filter = await filterOf(parameters.toString(), context);
        const { store } = context;
        const bytes = await tileOf({ store, index: await context.index() }, filter, tile);
        reply.type(MVT);
        if (bytes === null) reply.code(204);
        return bytes === null ? '' : Buffer.from(bytes);
      });
    });
  });
}

const whole = (text: string): number => (/^\d{1,8}$/.test(text) ? Number(text) : NaN);

const LAYER =
  'Events at places. Where a tile has few, a point for each, with its event; else a point for each cell with its count.';

const FIELDS = {
  count: 'Placements that the point stands for; 1 has the fields of its event',
  category: 'Id of the category; of a cell, that of most of its placements',
  category_count: 'How many placements of a cell are of that category',
  planned: 'How many placements of a cell are of planned events',
  disputed: 'How many placements of a cell are of events whose sources differ',
  event: 'Id of the event',
  title: 'Title of the event',
  status: 'OCCURRED, PLANNED, CANCELLED or RETRACTED',
  role: 'VENUE or SUBJECT',
  when: 'When, in EDTF',
  place: 'Name of the place',
  precision: 'EXACT, SETTLEMENT, REGION or COUNTRY: how well the place is known',
};
