import { mustBeWanted } from '../wanted.ts';
import type { Answer } from './kept-answers.ts';

/**
 * Begins answers one by one in the order in which they were asked for, one in each turn of the event loop. Finding an answer
 * takes milliseconds without a pause; a hundred that came together would be found in one turn, and for so long nobody's time
 * would end, nobody who has gone be noticed, and nobody be told that the server is alive.
 */
export function inTurns(answer: Answer): Answer {
  const waiting: (() => void)[] = [];
  const beginNext = (): void => {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(beginNext);
  };
  return async (request, reply) => {
    await new Promise<void>((begin) => {
      waiting.push(begin);
      if (waiting.length === 1) setImmediate(beginNext);
    });
    mustBeWanted();
    return answer(request, reply);
  };
}
