/** Work that takes a good part of a frame, by whose it is, in the order in which it was asked for. */
const waiting = new Map<unknown, () => void>();

/**
 * Does such work in a frame of its own: what falls due at once is spread over the frames to come, so that none of them is
 * late. Whoever asks again before the turn has come keeps the turn, and the last work is done.
 */
export function inTurn(whose: unknown, work: () => void): void {
  if (waiting.size === 0) requestAnimationFrame(next);
  waiting.set(whose, work);
}

/** Waits for a frame in which no other such work is done. */
export const turn = (): Promise<void> => new Promise((done) => inTurn(done, done));

/** Takes work back whose turn has not come. */
export function withdraw(whose: unknown): void {
  waiting.delete(whose);
}

function next(): void {
  const [first] = waiting;
  if (!first) return;
  const [whose, work] = first;
  waiting.delete(whose);
  if (waiting.size > 0) requestAnimationFrame(next);
  work();
}
