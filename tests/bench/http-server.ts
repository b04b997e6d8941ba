import fastify from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { createSchema, createYoga } from 'graphql-yoga';
import mercurius, { type MercuriusOptions } from 'mercurius';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { buildApp } from '../../server/app.ts';
import { contextMaker } from '../../server/graphql/context.ts';
import { resolvers } from '../../server/graphql/resolvers.ts';
import { SqliteStore } from '../../server/store/sqlite.ts';
import { onTask } from './own-process.ts';

/** Which server, on which database, and for the bare route what it sends. */
export interface ServerTask {
  name: keyof typeof SERVERS;
  file: string;
  bodies: string[];
}

/** Servers by name: each listens on a free port and gives it. */
const SERVERS = {
  dateline: (task: ServerTask) => listenDateline(task, 'hot'),
  'dateline, every view new': (task: ServerTask) => listenDateline(task, 'hot'),
  'dateline, nothing compiled': (task: ServerTask) => listenDateline(task, 'never'),
  'Mercurius with JIT': listenMercurius,
  'GraphQL Yoga': listenYoga,
  'bare Fastify route': listenBare,
};

/** The names of the servers, in the order in which they are measured. */
export type ServerName = keyof typeof SERVERS;

async function listenDateline({ file }: ServerTask, compile: 'never' | 'hot'): Promise<number> {
  const app = await buildApp(new SqliteStore(file), { tiles: null }, compile);
  await app.listen({ port: 0, host: '127.0.0.1' });
  return portOf(app.server.address());
}

async function listenMercurius({ file }: ServerTask): Promise<number> {
  const app = fastify();
  const context = contextMaker(new SqliteStore(file));
  // Compiled at the first request.
  const options = { schema: executable(), context: async () => context(), jit: 1 };
  await app.register(mercurius, options as unknown as MercuriusOptions);
  await app.listen({ port: 0, host: '127.0.0.1' });
  return portOf(app.server.address());
}

async function listenYoga({ file }: ServerTask): Promise<number> {
  const context = contextMaker(new SqliteStore(file));
  const yoga = createYoga({
    schema: executable(),
    context: () => context(),
    logging: false,
    graphiql: false,
  });
  // On Node's own server, as its manual has it.
  const server = createServer((request, response) => void yoga(request, response));
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  return portOf(server.address());
}

/** The floor: reads the request, and sends what the first server answered, one answer after the other. */
async function listenBare({ bodies }: ServerTask): Promise<number> {
  const app = fastify();
  let next = 0;
  app.post('/graphql', async (_, reply) => {
    reply.type('application/json; charset=utf-8');
    return bodies[next++ % bodies.length];
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return portOf(app.server.address());
}

type IResolvers = Exclude<Parameters<typeof createSchema>[0]['resolvers'], readonly unknown[] | undefined>;

/** Our schema and our resolvers, as other servers take them. */
function executable(): GraphQLSchema {
  const typeDefs = readFileSync(resolve(import.meta.dirname, '../../schema.graphql'), 'utf8');
  return createSchema({ typeDefs, resolvers: resolvers as IResolvers });
}

const portOf = (address: AddressInfo | string | null): number => (address as AddressInfo).port;

onTask(async (task: ServerTask) => {
  process.once('disconnect', () => process.exit());
  return SERVERS[task.name](task);
});
