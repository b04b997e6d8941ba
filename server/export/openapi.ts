import { CORROBORATIONS, ROLES, STATUSES, type AtlasSummary } from '../store/store.ts';
import { GEOJSON, OPENAPI } from './ogc-documents.ts';
import { MOST_LIMIT, USUAL_LIMIT } from './ogc-items.ts';

const small = (values: readonly string[]): string[] => values.map((value) => value.toLowerCase());
const TEXT = { type: 'string' };

/** A parameter of a query. Lists are given by repeating it. */
const query = (name: string, description: string, schema: object, isList = false): object => ({
  ...{ name, in: 'query', required: false, description },
  schema: isList ? { type: 'array', items: schema } : schema,
  ...{ style: 'form', explode: isList },
});

const FORMAT = query('f', 'the format of the answer', { type: 'string', enum: ['json'] });

const ITEMS = [
  query('bbox', 'west,south,east,north in degrees; west > east crosses the antimeridian', {
    ...{ type: 'array', minItems: 4, maxItems: 6, items: { type: 'number' } },
  }),
  query('datetime', 'a moment, or an interval such as 2016-10-01T00:00:00Z/..', TEXT),
  query('limit', 'features in an answer', {
    ...{ type: 'integer', minimum: 1, maximum: MOST_LIMIT, default: USUAL_LIMIT },
  }),
  query('after', 'where the page begins, from a next link', TEXT),
  query('q', 'words of the event, each the beginning of one', TEXT),
  query('from', 'first date of the period in EDTF, as in the address of the map', TEXT),
  query('to', 'the date before which the period ends', TEXT),
  query('within', 'whether the event may or must lie in the period', {
    ...{ type: 'string', enum: ['possibly', 'certainly'] },
  }),
  query('undated', 'events without a date', { type: 'string', enum: ['only'] }),
  query('unplaced', 'events without a place', { type: 'string', enum: ['only'] }),
  query('category', 'ids of categories', TEXT, true),
  query('with', 'ids of actors', TEXT, true),
  query('at', 'ids of places', TEXT, true),
  query('from-source', 'ids of sources', TEXT, true),
  query('role', 'roles of placements', { type: 'string', enum: small(ROLES) }, true),
  query('status', 'statuses', { type: 'string', enum: small(STATUSES) }, true),
  query('claims', 'how claims stand to each other', { type: 'string', enum: small(CORROBORATIONS) }, true),
];

const path = (name: string): object => ({ name, in: 'path', required: true, schema: TEXT });

const answer = (type: string, schema: object): object => ({
  description: 'the answer',
  content: { [type]: { schema } },
});
const REFUSAL = {
  description: 'what is wrong, and what would work',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['errors'],
        properties: {
          errors: {
            type: 'array',
            items: {
              type: 'object',
              required: ['message'],
              properties: { message: TEXT, extensions: { type: 'object', properties: { code: TEXT } } },
            },
          },
        },
      },
    },
  },
};

const LINKS = {
  type: 'array',
  items: {
    type: 'object',
    required: ['href', 'rel'],
    properties: { href: TEXT, rel: TEXT, type: TEXT, title: TEXT },
  },
};
const WITH_LINKS = { type: 'object', required: ['links'], properties: { links: LINKS } };
const FEATURE = {
  type: 'object',
  required: ['type', 'geometry', 'properties'],
  properties: {
    ...{ type: { type: 'string', enum: ['Feature'] }, id: TEXT, links: LINKS },
    geometry: { type: 'object', nullable: true },
    properties: { type: 'object', nullable: true },
  },
};
const FEATURES = {
  type: 'object',
  required: ['type', 'features'],
  properties: {
    ...{ type: { type: 'string', enum: ['FeatureCollection'] }, links: LINKS },
    features: { type: 'array', items: FEATURE },
    numberMatched: { type: 'integer', minimum: 0 },
    numberReturned: { type: 'integer', minimum: 0 },
  },
};

const get = (
  operationId: string,
  summary: string,
  parameters: object[],
  ok: object,
  refusals: string[] = [],
): object => ({
  get: {
    ...{ operationId, summary, parameters: [...parameters, FORMAT] },
    responses: {
      ...{ 200: ok },
      ...Object.fromEntries(['400', ...refusals, '500', '503'].map((status) => [status, REFUSAL])),
    },
  },
});

/** The API in OpenAPI 3.0. @param base where it is, without a slash at its end */
export const openApi = (atlas: AtlasSummary, base: string, version: string): object => ({
  openapi: '3.0.3',
  info: {
    title: `${atlas.title}: OGC API – Features`,
    version,
    ...(atlas.license !== null && { license: { name: atlas.license } }),
  },
  servers: [{ url: base }],
  paths: {
    '/': get('landing', 'Where everything is', [], answer('application/json', WITH_LINKS)),
    '/api': get('api', 'This definition', [], answer(OPENAPI, { type: 'object' })),
    '/conformance': get(
      'conformance',
      'What of OGC API – Features there is',
      [],
      answer('application/json', {
        ...{ type: 'object', required: ['conformsTo'] },
        properties: { conformsTo: { type: 'array', items: TEXT } },
      }),
    ),
    '/collections': get('collections', 'The collections', [], answer('application/json', WITH_LINKS)),
    '/collections/{collectionId}': get(
      'collection',
      'A collection',
      [path('collectionId')],
      answer('application/json', WITH_LINKS),
      ['404'],
    ),
    '/collections/{collectionId}/items': get(
      'items',
      'Events, as features',
      [path('collectionId'), ...ITEMS],
      answer(GEOJSON, FEATURES),
      ['404'],
    ),
    '/collections/{collectionId}/items/{featureId}': get(
      'item',
      'An event, as a feature',
      [path('collectionId'), path('featureId')],
      answer(GEOJSON, FEATURE),
      ['404'],
    ),
  },
});
