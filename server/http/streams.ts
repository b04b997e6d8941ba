import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  getOperationAST,
  GraphQLError,
  parse,
  validate,
  type ExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import { once } from 'node:events';
import type { Context } from '../graphql/context.ts';
import { mustBeAffordable } from '../graphql/limits.ts';
import type { LiveChanges } from '../live-changes.ts';
import type { Limits } from '../settings.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** How many streams are told what changes now. */
    streams(): number;
  }
}

/** Bytes that wait to be sent to a follower, before it is told nothing more until they are. */
const MOST_WAITING = 64 * 1024;

/** Milliseconds that a follower may take to receive what waits for it: one that takes longer is gone, or is up to no good. */
const PATIENCE = 60_000;

/**
 * Streams subscriptions at /graphql/stream by server-sent events, as graphql-sse does: one stream per subscription, by POST, or by GET as a
 * browser's EventSource asks. The limits of queries hold here too, and an address may have so many streams.
 */
export function streamChanges(
  app: FastifyInstance,
  of: {
    schema: GraphQLSchema;
    limits: Limits;
    live: LiveChanges;
    context: (request: FastifyRequest, signal: AbortSignal, ready: () => Promise<void>) => Context;
    tell: (formatted: GraphQLFormattedError, error: GraphQLError) => GraphQLFormattedError;
  },
): void {
  const { schema, limits, live, context, tell } = of;
  app.decorate('streams', () => live.followers);
  const streams = new Map<string, number>();
  const handler = createHandler<Context & Record<PropertyKey, unknown>>({
    // Each stream is a connection of its own.
    authenticate: () => null,
    onSubscribe: ({ raw, context: { reply } }, { query, variables, operationName }) => {
      try {
        const document = parse(query, { maxTokens: limits.tokens });
        const faults = validate(schema, document, undefined, { maxErrors: 5 });
        if (faults.length > 0)
          return { data: null, errors: faults.map((fault) => coded(fault, 'GRAPHQL_VALIDATION_FAILED')) };
        const operation = getOperationAST(document, operationName);
        if (operation?.operation !== 'subscription')
          return {
            data: null,
            errors: [badRequest('this is no subscription. Send queries and mutations to /graphql.')],
          };
        mustBeAffordable(schema, document, operation, variables ?? {}, limits);
        return {
          ...{ schema, document, operationName, variableValues: variables },
          contextValue: { ...context(raw, gone(reply), () => drained(reply)) },
        };
      } catch (error) {
        if (!(error instanceof GraphQLError)) throw error;
        return { data: null, errors: [coded(error, 'GRAPHQL_PARSE_FAILED')] };
      }
    },
    onNext: (_, __, { errors, ...result }) =>
      (errors ? { ...result, errors: errors.map((error) => told(error)) } : result) as ExecutionResult,
  });
  const told = (error: GraphQLError): GraphQLError => {
    const { http: _http, ...extensions } = error.extensions;
    const formatted = { ...error.toJSON(), extensions: { code: 'INTERNAL_SERVER_ERROR', ...extensions } };
    // It is sent as JSON, of which this is all.
    return tell(formatted, error) as GraphQLError;
  };
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql/stream',
    onRequest: async ({ ip, headers }, reply) => {
      if (headers.accept !== 'text/event-stream')
        throw Object.assign(
          new Error(
            'a stream is asked for with the header Accept: text/event-stream. Send that, or query /graphql.',
          ),
          {
            ...{ statusCode: 406, code: 'NOT_ACCEPTABLE' },
          },
        );
      const open = streams.get(ip) ?? 0;
      if (open >= limits.streams)
        throw Object.assign(
          new Error(`your address has ${open} streams open, and may have ${limits.streams}. End one first.`),
          { statusCode: 429, code: 'TOO_MANY_STREAMS' },
        );
      streams.set(ip, open + 1);
      reply.raw.once('close', () => {
        const left = (streams.get(ip) ?? 1) - 1;
        if (left > 0) streams.set(ip, left);
        else streams.delete(ip);
      });
    },
    handler: async (request, reply) => {
      // What was to be sent with every answer; the stream is written beside Fastify.
      reply.hijack();
      // It goes on for as long as it is read.
      clearTimeout(request.timer);
      reply.header('x-accel-buffering', 'no');
      try {
        await handler(request, reply);
      } catch (error) {
        // Whoever has gone is no fault. After one of ours the reader comes again, and goes on where it was.
        if (!reply.raw.destroyed && !isGone(error)) request.log.error({ err: error }, 'a stream failed');
        reply.raw.destroy();
      }
    },
  });
  app.addHook('preClose', (done) => {
    live.close();
    done();
  });
}

/** Aborted when the connection is gone. */
function gone(reply: FastifyReply): AbortSignal {
  const end = new AbortController();
  reply.raw.once('close', () => end.abort());
  return end.signal;
}

/** Waits until what was sent before is on its way, so that what waits for a slow reader is bounded; one too slow is dropped. */
async function drained({ raw, log }: FastifyReply): Promise<void> {
  if (raw.writableLength < MOST_WAITING) return;
  const signal = AbortSignal.timeout(PATIENCE);
  await once(raw, 'drain', { signal }).catch(() => {
    log.warn('a stream was dropped: its reader is too slow');
    raw.destroy();
  });
}

const badRequest = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });

const isGone = (error: unknown): boolean =>
  ['EPIPE', 'ECONNRESET'].includes(String((error as NodeJS.ErrnoException).code));

/** An error with the code that its kind has, where it has none of its own. */
function coded(error: GraphQLError, code: string): GraphQLError {
  error.extensions['code'] ??= code;
  return error;
}
