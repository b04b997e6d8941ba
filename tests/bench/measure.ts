/** How long something took, in microseconds, over so many times. */
export interface Times {
  times: number;
  minUs: number;
  p50us: number;
  p99us: number;
}

/** How long to measure for. */
export interface Effort {
  milliseconds: number;
  /** The most and, however long it takes, the fewest times. */
  most: number;
  least: number;
}

/** Numbers that the measured answers give, kept so that no compiler finds them to be of no use. */
let sink = 0;

/** Asks the first question, the second and so on, round after round, each timed alone; once unmeasured to warm up. */
export async function measure(
  questions: number,
  effort: Effort,
  ask: (question: number) => number | Promise<number>,
): Promise<Times> {
  await run(questions, { milliseconds: effort.milliseconds / 4, most: effort.most / 4, least: 1 }, ask);
  return timesOf(await run(questions, effort, ask));
}

async function run(
  questions: number,
  { milliseconds, most, least }: Effort,
  ask: (question: number) => number | Promise<number>,
): Promise<number[]> {
  const taken: number[] = [];
  const until = performance.now() + milliseconds;
  for (let at = 0; at < most && (at < least || performance.now() < until); at++) {
    const before = performance.now();
    const answer = ask(at % questions);
    // Those that answer at once are not made to wait for the event loop.
    sink += typeof answer === 'number' ? answer : await answer;
    taken.push((performance.now() - before) * 1000);
  }
  if (Number.isNaN(sink)) throw new Error('an answer that is no number was measured');
  return taken;
}

function timesOf(taken: number[]): Times {
  const sorted = taken.toSorted((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
  return { times: sorted.length, minUs: at(0), p50us: at(0.5), p99us: at(0.99) };
}
