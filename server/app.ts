import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloDrainPlugin, fastifyApolloHandler } from '@as-integrations/fastify';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compiledExecution, HOT } from './graphql/compiled.ts';
import { contextMaker, type Context } from './graphql/context.ts';
import { limitQueries, QUERY_LIMITS, type QueryLimits } from './graphql/limits.ts';
import { parsedDocuments, persistedQueries } from './graphql/query-caches.ts';
import { resolvers } from './graphql/resolvers.ts';
import { keepWholeAnswers, tagAnswers } from './http/caching.ts';
import { tellHowToEmbed, withDiscovery } from './http/embedding.ts';
import { compress, refuseEncodedBodies } from './http/encoding.ts';
import { serveExports } from './http/export.ts';
import {
  faultStatus,
  publicError,
  refuseConnection,
  refuseInGraphQLShape,
  tellRefusal,
} from './http/faults.ts';
import { keepAnswers } from './http/kept-answers.ts';
import { IndexKeeper } from './index-keeper.ts';
import { tileOrigin, type Settings } from './settings.ts';
import type { Store } from './store/store.ts';

const HOME = resolve(import.meta.dirname, '..');

/** The built pages: index.html, graphiql.html and their hashed files in assets/. */
const WEB = resolve(HOME, 'web/dist');

/** In milliseconds: a request that has not come whole by then is refused, so that slow senders hold no connections. */
const PATIENCE = {
  requestTimeout: 10_000,
  http: { headersTimeout: 10_000, connectionsCheckingInterval: 1000 },
};

/**
 * The HTTP application over a store; it does not listen on a port. Closing it leaves the store open.
 * @param compile which operations are compiled: none, ours and those that are hot, or all that can be
 */
export async function buildApp(
  store: Store,
  settings: Pick<Settings, 'tiles'> & { limits?: QueryLimits },
  compile: 'never' | 'hot' | 'always' = 'hot',
): Promise<FastifyInstance> {
  const app = fastify({
    logger: { level: 'warn', stream: process.stderr },
    routerOptions: { ignoreTrailingSlash: true },
    ...PATIENCE,
    clientErrorHandler: refuseConnection,
    frameworkErrors: tellRefusal,
  });
  const { limits = QUERY_LIMITS } = settings;
  // Before any route: a route keeps the error handler that it finds.
  refuseInGraphQLShape(app);
  refuseEncodedBodies(app);
  const apollo = new ApolloServer<Context>({
    typeDefs: await readFile(resolve(HOME, 'schema.graphql'), 'utf8'),
    resolvers,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    // Who starts the program stops it; Apollo would end it by the signal before the store is closed.
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => publicError(formatted, error, app.log),
    parseOptions: { maxTokens: limits.tokens },
    persistedQueries: { cache: persistedQueries() },
    documentStore: parsedDocuments(),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      // It would have every field resolved through a function of its own, for hints that the schema has none of.
      ApolloServerPluginCacheControlDisabled(),
      fastifyApolloDrainPlugin(app),
      limitQueries(limits),
      ...(compile === 'never' ? [] : [compiledExecution(compile === 'always' ? 1 : HOT)]),
      faultStatus,
      keepWholeAnswers,
    ],
  });
  await apollo.start();
  const keeper = new IndexKeeper(store);
  app.addHook('onClose', () => keeper.close());
  const context = contextMaker(store, keeper);
  const run = fastifyApolloHandler(apollo, { context: async () => context() });
  await app.register(async (api) => {
    // A store that fails is Apollo's to tell.
    const atlasVersion = (): Promise<string | undefined> => store.version().catch(() => undefined);
    await compress(api, 'answers');
    tagAnswers(api, await programVersion(), oncePerTurn(atlasVersion));
    const answer = keepAnswers(
      api,
      async (request, reply) => run.call(api, headAsGet(request), reply),
      async (version) => version === (await atlasVersion()),
    );
    api.route({ method: ['GET', 'POST'], url: '/graphql', handler: answer });
    refuseOtherMethods(api, '/graphql');
  });

  app.addHook('onSend', (request, reply, _, done) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'strict-origin-when-cross-origin');
    if (reply.getHeader('content-type')?.toString().startsWith('text/html'))
      reply.header('content-security-policy', contentPolicy(request.url, settings.tiles?.url));
    done();
  });
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_, reply) => {
    const isReady = (await store.summary().catch(() => undefined)) !== undefined;
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'no atlas' });
  });
  app.get('/settings.json', async () => ({ tiles: settings.tiles }));
  await serveExports(app, await programVersion(), context);
  tellHowToEmbed(app, async () => (await store.summary())?.title ?? 'Dateline');
  await servePages(app);
  return app;
}

/** Requests that came together are told the same, and it is asked once. */
function oncePerTurn<T>(ask: () => Promise<T>): () => Promise<T> {
  let told: Promise<T> | undefined;
  return () => {
    if (told === undefined) setImmediate(() => (told = undefined));
    return (told ??= ask());
  };
}

/** Fastify sends of an answer to HEAD only its head, but Apollo knows no such method. */
const headAsGet = (request: FastifyRequest): FastifyRequest =>
  request.method === 'HEAD' ? Object.create(request, { method: { value: 'GET' } }) : request;

/** Refuses at a route what is neither GET nor POST, before a body is read. OPTIONS is told what there is. */
function refuseOtherMethods(api: FastifyInstance, url: string): void {
  const allow = 'GET, POST';
  api.route({
    method: api.supportedMethods.filter((method) => !['GET', 'HEAD', 'POST'].includes(method)),
    url,
    onRequest: async ({ method }, reply) => {
      reply.header('allow', allow);
      if (method === 'OPTIONS') return reply.code(204).send();
      const message = `${method} is not for queries. Send them by GET or POST.`;
      throw Object.assign(new Error(message), { statusCode: 405, code: 'METHOD_NOT_ALLOWED' });
    },
    handler: async () => undefined,
  });
}

async function programVersion(): Promise<string> {
  return JSON.parse(await readFile(resolve(HOME, 'package.json'), 'utf8')).version;
}

async function servePages(app: FastifyInstance): Promise<void> {
  if (!existsSync(WEB)) return;
  await app.register(async (pages) => {
    await compress(pages, 'files');
    await pages.register(fastifyStatic, {
      root: WEB,
      wildcard: false,
      index: false,
      setHeaders: cacheHeaders,
    });
    pages.get('/', async (request, reply) => {
      cacheHeaders(reply, '/');
      const page = await readFile(resolve(WEB, 'index.html'), 'utf8');
      return reply.type('text/html; charset=utf-8').send(withDiscovery(page, request));
    });
    pages.get('/embed', (_, reply) => reply.sendFile('index.html'));
    pages.get('/graphiql', (_, reply) => reply.sendFile('graphiql.html'));
  });
}

/** Files in assets/ have a hash of their content in their names; the pages that name them are asked for anew. */
function cacheHeaders(reply: { header(name: string, value: string): unknown }, path: string): void {
  const isHashed = path.includes('/assets/');
  reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
  reply.header('vary', 'accept-encoding');
}

/** No script but ours and nothing from elsewhere, except the map tiles that the settings name. @param url path and query */
function contentPolicy(url: string, tiles: string | undefined): string {
  const path = url.replace(/\/?(\?.*)?$/, '');
  const isGraphiql = path === '/graphiql' || path === '/graphiql.html';
  const tileHost = tiles === undefined ? '' : ` ${tileOrigin(tiles)}`;
  return [
    "default-src 'self'",
    `img-src 'self' data: blob:${isGraphiql ? '' : tileHost}`,
    // GraphiQL's editor writes its own style elements.
    `style-src 'self'${isGraphiql ? " 'unsafe-inline'" : ''}`,
    `font-src 'self' data:`,
    `worker-src 'self' blob:`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    // Other sites may show the map in a frame, where it is made for one.
    `frame-ancestors ${path === '/embed' ? '*' : "'none'"}`,
  ].join('; ');
}
