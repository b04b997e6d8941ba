import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { filterOf } from '../export/address.ts';
import {
  collection,
  CONFORMANCE,
  GEOJSON,
  landingPage,
  linkTo,
  OPENAPI,
  type Link,
} from '../export/ogc-documents.ts';
import { featuresOf, readItems, readItemsQuery } from '../export/ogc-items.ts';
import { openApi } from '../export/openapi.ts';
import type { Context } from '../graphql/context.ts';
import { InputError } from '../input-error.ts';
import { answerOfAtlas, refusal, type AskedOfAtlas, type Served } from './atlas-answer.ts';
import { compress } from './encoding.ts';

/** Parameters of items besides those of the page. */
const OWN = ['bbox', 'datetime', 'limit', 'after', 'f'];

interface Asked extends AskedOfAtlas, Served {
  /** Where the API is, without a slash at its end. */
  base: string;
  params: Record<string, string>;
}

/**
 * Serves OGC API – Features, part 1 (OGC 17-069r4), at `/ogc`: core, GeoJSON and OpenAPI 3.0. So QGIS, GDAL and others read the
 * events live, with their own filters and with the page's.
 */
export async function serveOgc(
  app: FastifyInstance,
  program: string,
  newContext: () => Context,
): Promise<void> {
  await app.register(async (routes) => {
    await compress(routes, 'answers');
    const get = (path: string, type: string, answer: (asked: Asked) => unknown): void => {
      routes.get(`/ogc${path}`, (request: FastifyRequest, reply: FastifyReply) => {
        const served = { program, context: newContext() };
        return answerOfAtlas(request, reply, served, async (asked) => {
          checkFormat(asked.parameters, path.endsWith('/items'));
          const params = request.params as Record<string, string>;
          if ((params['collection'] ?? 'events') !== 'events')
            throw refusal(404, 'NOT_FOUND', `unknown collection: "${params['collection']}". Known: events.`);
          reply.type(type);
          return bytes(await answer({ ...asked, ...served, params, base: `${asked.home}ogc` }));
        });
      });
    };
    const JSON_TYPE = 'application/json; charset=utf-8';
    get('', JSON_TYPE, ({ atlas, base }) => landingPage(atlas, base));
    get('/api', OPENAPI, ({ atlas, base }) => openApi(atlas, base, program));
    get('/conformance', JSON_TYPE, () => CONFORMANCE);
    get('/collections', JSON_TYPE, async ({ atlas, base, context }) => ({
      links: [{ href: `${base}/collections`, rel: 'self', type: 'application/json' }],
      collections: [collection(atlas, base, await context.index())],
    }));
    get('/collections/:collection', JSON_TYPE, async ({ atlas, base, context }) =>
      collection(atlas, base, await context.index()),
    );
    get('/collections/:collection/items', GEOJSON, items);
    get('/collections/:collection/items/:feature', GEOJSON, item);
  });
}

/** As bytes, since texts are given a charset, which JSON's types do not have. */
const bytes = (answer: unknown): Buffer =>
  Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer));

/** @param isFiltered whether there may be other parameters, which are looked at elsewhere */
function checkFormat(parameters: URLSearchParams, isFiltered: boolean): void {
  for (const name of parameters.keys()) {
    if (!isFiltered && name !== 'f') throw new InputError(`unknown parameter: "${name}". Known: f.`);
    if (OWN.includes(name) && parameters.getAll(name).length > 1)
      throw new InputError(`"${name}" is given more than once. Give it once.`);
  }
  const format = parameters.get('f') ?? 'json';
  if (format !== 'json') throw new InputError(`unknown f: "${format}". Known: json.`);
}

async function items({ parameters, context, base }: Asked): Promise<string> {
  const ofPage = new URLSearchParams([...parameters].filter(([name]) => !OWN.includes(name)));
  const filter = await filterOf(ofPage.toString(), context, OWN);
  const query = readItemsQuery(parameters);
  if (query.period && filter.during)
    throw new InputError('both "datetime" and "from" or "to" are given. Give one of them.');
  const { store } = context;
  const { features, matched, next } = await readItems({ store, index: await context.index() }, filter, query);
  const path = `${base}/collections/events/items`;
  const at = (changes: Record<string, string>): string => {
    const changed = new URLSearchParams(parameters);
    for (const [name, value] of Object.entries(changes)) changed.set(name, value);
    return changed.size === 0 ? path : `${path}?${changed}`;
  };
  const links: Link[] = [
    linkTo.items('self', at({})),
    ...(next === null ? [] : [linkTo.items('next', at({ after: next }))]),
    linkTo.collection(base),
  ];
  const about = { type: 'FeatureCollection', numberMatched: matched, numberReturned: features.length, links };
  return `${JSON.stringify(about).slice(0, -1)},"features":[${features.join(',\n')}]}`;
}

async function item({ params, context, base }: Asked): Promise<string> {
  const id = params['feature'] ?? '';
  const [feature] = await featuresOf(context.store, [id]);
  if (feature === undefined)
    throw refusal(404, 'NOT_FOUND', `unknown event: "${id.slice(0, 100)}". The ids are in the items.`);
  const self = `${base}/collections/events/items/${encodeURIComponent(id)}`;
  const links = [linkTo.items('self', self), linkTo.collection(base)];
  return `${feature.slice(0, -1)},"links":${JSON.stringify(links)}}`;
}
