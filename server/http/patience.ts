import type { ApolloServerPlugin } from '@apollo/server';
import type { FastifyInstance } from 'fastify';
import { finishInAnyCase, Unwanted, whileWanted, Work } from '../wanted.ts';
import type { Answer } from './kept-answers.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Ends what is done for the request. */
    work: Work;
    /** Says that the time for it is over. */
    timer: NodeJS.Timeout | undefined;
  }
}

/** In milliseconds: a request that has not come whole by then is refused, so that slow senders hold no connections. */
export const PATIENCE = {
  requestTimeout: 10_000,
  http: { headersTimeout: 10_000, connectionsCheckingInterval: 1000 },
};

/**
 * Stops what is done for callers who have gone, and what has not begun to be answered after so many seconds: a file that is
 * sent as it is made may take as long as it takes.
 */
export function stopWork(app: FastifyInstance, seconds: number): void {
  const message = `the query took longer than ${seconds} s and was stopped. Ask for less: longer words, a shorter period, fewer rows.`;
  app.decorateRequest('work');
  app.decorateRequest('timer');
  // What a hook begins after the body was read goes on in what follows.
  app.addHook('preHandler', (request, reply, done) => {
    const work = new Work();
    request.work = work;
    request.timer = setTimeout(() => work.stop(new Unwanted('TIMEOUT', message)), seconds * 1000);
    reply.raw.once('close', () => {
      clearTimeout(request.timer);
      if (!reply.raw.writableFinished)
        work.stop(new Unwanted('CALLER_GONE', 'the caller has gone. Ask again to have an answer.'));
    });
    whileWanted(work, done);
  });
  app.addHook('onSend', ({ timer }, _, __, done) => {
    clearTimeout(timer);
    done();
  });
}

/** Answers in time, or says that it took too long, though the work itself may take a moment more to end. */
export const inTime =
  (answer: Answer): Answer =>
  async (request, reply) => {
    const { signal } = request.work;
    const { promise: stopped, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(signal.reason));
    return Promise.race([answer(request, reply), stopped]);
  };

/** Has writes made to their end: who is told that one was stopped would make it again. */
export const finishWrites: ApolloServerPlugin = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation?.operation === 'mutation') finishInAnyCase();
    },
  }),
};
