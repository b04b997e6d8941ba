import type { FastifyReply, FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import { inTurns } from '../server/http/turns.ts';
import { Unwanted, whileWanted, Work } from '../server/wanted.ts';

const reply = {} as FastifyReply;
const asked = (id: string): FastifyRequest => ({ id }) as FastifyRequest;

test('answers that are asked for together are begun one in each turn, in their order, and not for who has gone', async () => {
  const begun: string[] = [];
  const answer = inTurns(async ({ id }) => {
    begun.push(id);
    return `answer to ${id}`;
  });
  const gone = new Work();
  const all = [
    answer(asked('first'), reply),
    answer(asked('second'), reply),
    whileWanted(gone, () => answer(asked('gone'), reply)).catch(String),
    answer(asked('last'), reply),
  ];
  gone.stop(new Unwanted('CALLER_GONE', 'the caller has gone.'));
  const turns: string[] = [];
  for (let turn = 0; turn < 4; turn++) {
    await new Promise((done) => setImmediate(done));
    turns.push(begun.join(' '));
  }
  expect(turns).toEqual(['first', 'first second', 'first second', 'first second last']);
  expect(await Promise.all(all)).toEqual([
    'answer to first',
    'answer to second',
    'Unwanted: the caller has gone.',
    'answer to last',
  ]);
  expect(await answer(asked('later'), reply)).toBe('answer to later');
});
