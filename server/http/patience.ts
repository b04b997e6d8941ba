import type { ApolloServerPlugin } from '@apollo/server';
import type { FastifyInstance } from 'fastify';
import { finishInAnyCase, Unwanted, whileWanted, Work } from '../wanted.ts';
import type { Answer } from './kept-answers.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Ends what is done for the request. */
    work: Work;
  }
}

/** In milliseconds: a request that has not come whole by then is refused, so that slow senders hold no connections. */
export const PATIENCE = {
  requestTimeout: 10_000,
  http: { headersTimeout: 10_000, connectionsCheckingInterval: 1000 },
};

/** Stops what is done for callers who have gone. */
export function stopForGoneCallers(app: FastifyInstance): void {
  app.decorateRequest('work');
  // What a hook begins after the body was read goes on in what follows.
  app.addHook('preHandler', (request, reply, done) => {
    const work = new Work();
    request.work = work;
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished)
        work.stop(new Unwanted('CALLER_GONE', 'the caller has gone. Ask again to have an answer.'));
    });
    whileWanted(work, done);
  });
}

/** Answers in time, or says that it took too long and stops the work. */
export const inTime =
  (answer: Answer, seconds: number): Answer =>
  async (request, reply) => {
    const { work } = request;
    const message = `the query took longer than ${seconds} s and was stopped. Ask for less: longer words, a shorter period, fewer rows.`;
    const timer = setTimeout(() => work.stop(new Unwanted('TIMEOUT', message)), seconds * 1000);
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    work.signal.addEventListener('abort', () => reject(work.signal.reason));
    try {
      return await Promise.race([answer(request, reply), stopped]);
    } finally {
      clearTimeout(timer);
    }
  };

/** Has writes made to their end: who is told that one was stopped would make it again. */
export const finishWrites: ApolloServerPlugin = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation?.operation === 'mutation') finishInAnyCase();
    },
  }),
};
