import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import fastifyStatic from '@fastify/static';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { fastify, LogController, type FastifyInstance, type FastifyRequest } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Desk } from './desk/desk.ts';
import { compiledExecution, HOT } from './graphql/compiled.ts';
import { contextMaker, type Context } from './graphql/context.ts';
import { limitQueries } from './graphql/limits.ts';
import { parsedDocuments, persistedQueries } from './graphql/query-caches.ts';
import { resolvers } from './graphql/resolvers.ts';
import { keepWholeAnswers, tagAnswers } from './http/caching.ts';
import { authenticate } from './http/authentication.ts';
import { tellHowToEmbed, withDiscovery } from './http/embedding.ts';
import { compress, refuseEncodedBodies } from './http/encoding.ts';
import { serveExports } from './http/export.ts';
import { serveOgc } from './http/ogc.ts';
import { serveTiles } from './http/tiles.ts';
import {
  faultStatus,
  publicError,
  refuseConnection,
  refuseInGraphQLShape,
  tellRefusal,
} from './http/faults.ts';
import { guardAnswer, guardBrowsers } from './http/headers.ts';
import { tellHealth } from './http/health.ts';
import { keepAnswers } from './http/kept-answers.ts';
import { logRequests, requestAtHand } from './http/log.ts';
import { measureApp, type Metrics } from './http/metrics.ts';
import { finishWrites, inTime, PATIENCE, stopWork } from './http/patience.ts';
import { limitRequests } from './http/rate-limit.ts';
import { streamChanges } from './http/streams.ts';
import { inTurns } from './http/turns.ts';
import { IndexKeeper } from './index-keeper.ts';
import { LiveChanges } from './live-changes.ts';
import { readSettings, type Limits, type Settings } from './settings.ts';
import type { Store } from './store/store.ts';
import { programVersion } from './program-version.ts';

const HOME = resolve(import.meta.dirname, '..');

/** The built pages: index.html, graphiql.html and their hashed files in assets/. */
const WEB = resolve(HOME, 'web/dist');

/** What an app is built with. What is missing is as by default, but that requests are not limited in number. */
export type AppSettings = Pick<Settings, 'tiles'> &
  Partial<Pick<Settings, 'limits' | 'trustProxy' | 'metricsFrom' | 'logLevel'>>;

/**
 * The HTTP application over a store; it does not listen on a port. Closing it leaves the store open.
 * @param compile which operations are compiled: none, ours and those that are hot, or all that can be
 */
export async function buildApp(
  store: Store,
  settings: AppSettings,
  compile: 'never' | 'hot' | 'always' = 'hot',
): Promise<FastifyInstance> {
  const usual = readSettings({});
  const { limits, trustProxy, metricsFrom, logLevel } = {
    ...usual,
    limits: { ...usual.limits, requestsPerMinute: 0 },
    ...settings,
  };
  const app = fastify({
    logger: { level: logLevel, stream: process.stderr },
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    routerOptions: { ignoreTrailingSlash: true },
    bodyLimit: limits.bodyBytes,
    trustProxy: trustProxy.length > 0 ? trustProxy : false,
    return503OnClosing: false,
    ...PATIENCE,
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => {
      guardAnswer(request, reply, settings.tiles?.url);
      tellRefusal(error, request, reply);
    },
  });
  const keeper = new IndexKeeper(store);
  // What is there and what changes is indexed at once, and not when somebody asks; what fails is tried again by who asks.
  const index = (): void => void keeper.current().catch(() => undefined);
  app.addHook('onListen', async () => index());
  const unwatch = store.watch(index);
  app.addHook('onClose', async () => {
    unwatch();
    await keeper.close();
  });
  // Before any route: a route keeps the error handler and the hooks that it finds.
  refuseInGraphQLShape(app);
  guardBrowsers(app, settings.tiles?.url);
  logRequests(app);
  const metrics = measureApp(app, keeper, metricsFrom);
  await limitRequests(app, limits.requestsPerMinute);
  refuseEncodedBodies(app);
  stopWork(app, limits.querySeconds);

  authenticate(app, new Desk(store));
  const live = new LiveChanges(store);
  const context = contextMaker(store, { keeper, live, pageSize: limits.pageSize });
  await serveQueries(app, { store, limits, compile, metrics, context, live });
  tellHealth(app, store, keeper);
  app.get('/settings.json', async () => ({ tiles: settings.tiles }));
  await serveExports(app, await programVersion(), context);
  await serveOgc(app, await programVersion(), context);
  await serveTiles(app, await programVersion(), context);
  tellHowToEmbed(app, async () => (await store.summary())?.title ?? 'Dateline');
  await servePages(app);
  return app;
}

/** Answers queries at /graphql. */
async function serveQueries(
  app: FastifyInstance,
  of: {
    store: Store;
    limits: Limits;
    compile: 'never' | 'hot' | 'always';
    metrics: Metrics;
    context: ReturnType<typeof contextMaker>;
    live: LiveChanges;
  },
): Promise<void> {
  const { store, limits, compile, metrics, context, live } = of;
  const schema = makeExecutableSchema<Context>({
    typeDefs: await readFile(resolve(HOME, 'schema.graphql'), 'utf8'),
    resolvers,
  });
  const tell = (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const told = publicError(formatted, error, requestAtHand() ?? { id: randomUUID(), log: app.log });
    metrics.refused(String(told.extensions?.['code']));
    return told;
  };
  const apollo = new ApolloServer<Context>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    // Who starts the program stops it; Apollo would end it by the signal before the store is closed.
    stopOnTerminationSignals: false,
    formatError: tell,
    parseOptions: { maxTokens: limits.tokens },
    persistedQueries: { cache: persistedQueries(limits.persistedQueries) },
    documentStore: parsedDocuments(),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      // It would have every field resolved through a function of its own, for hints that the schema has none of.
      ApolloServerPluginCacheControlDisabled(),
      limitQueries(limits),
      finishWrites,
      ...(compile === 'never' ? [] : [compiledExecution(compile === 'always' ? 1 : HOT)]),
      faultStatus,
      keepWholeAnswers,
      metrics.plugin,
    ],
  });
  await apollo.start();
  const run = fastifyApolloHandler(apollo, {
    context: async ({ token }) => context(token),
  });
  await app.register(async (api) => {
    // A store that fails is Apollo's to tell.
    const atlasVersion = (): Promise<string | undefined> => store.version().catch(() => undefined);
    await compress(api, 'answers');
    tagAnswers(api, await programVersion(), oncePerTurn(atlasVersion));
    const answer = keepAnswers(
      api,
      inTurns(async (request, reply) => run.call(api, headAsGet(request), reply)),
      async (version) => version === (await atlasVersion()),
    );
    const handler = inTime(answer);
    api.route({ method: ['GET', 'POST'], url: '/graphql', handler });
    refuseOtherMethods(api, '/graphql');
  });
  streamChanges(app, {
    ...{ schema, limits, live },
    context: ({ token }, signal, ready) => context(token, { signal, ready }),
    tell,
  });
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
    for (const path of ['/embed', '/corrections'])
      pages.get(path, (_, reply) => reply.sendFile('index.html'));
    pages.get('/graphiql', (_, reply) => reply.sendFile('graphiql.html'));
  });
}

/** Files in assets/ have a hash of their content in their names; the pages that name them are asked for anew. */
function cacheHeaders(reply: { header(name: string, value: string): unknown }, path: string): void {
  const isHashed = path.includes('/assets/');
  reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
  reply.header('vary', 'accept-encoding');
}
