import type { Target } from './target.ts';

/** Something that is done to a server, and what must come of it. */
export interface Check {
  /** A letter for its group and a number, with a letter for a part: B12, C5a. */
  id: string;
  /** What is feared. */
  threat: string;
  /**
   * Tries it, and gives what was seen in a few words.
   * @param server one that others have tried things on before; a check that would spoil it starts its own
   * @throws NotRun where it cannot be tried here; anything else when it is not as it must be
   */
  run(server: Target, effort: Effort): Promise<string | Seen>;
}

/** What a check has seen, and how much of it was tried: what is told of the whole run is counted, and not written down. */
export interface Seen {
  seen: string;
  /** Requests, files and values that nobody should send. */
  inputs?: number;
  /** Processes killed, files torn, disks filled, servers taken away, each with nothing lost. */
  faults?: number;
}

/** How much is done: `short` in a few minutes, `usual` in a quarter of an hour, `full` before a release. */
export type Effort = 'short' | 'usual' | 'full';

/** A check cannot be tried on this machine or with this effort: the message says why. It never counts as passed. */
export class NotRun extends Error {
  override name = 'NotRun';
}

export interface Result {
  id: string;
  threat: string;
  outcome: 'passed' | 'failed' | 'not run';
  /** What was seen, or what went wrong, or why it was not run. */
  seen: string;
  seconds: number;
  /** How many bad inputs were tried and how many faults survived by a check that has passed. */
  inputs: number;
  faults: number;
}

/** Runs checks one after the other. After each, the server they share must be as well as before. */
export async function runChecks(
  checks: readonly Check[],
  server: Target,
  effort: Effort,
  tell: (result: Result) => void,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const { id, threat, run } of checks) {
    const start = performance.now();
    const end = (outcome: Result['outcome'], { seen, inputs = 0, faults = 0 }: Seen): void => {
      const seconds = (performance.now() - start) / 1000;
      const result = { id, threat, outcome, seen, seconds, inputs, faults };
      results.push(result);
      tell(result);
    };
    try {
      const seen = await run(server, effort);
      await server.mustBeWell();
      end('passed', typeof seen === 'string' ? { seen } : seen);
    } catch (error) {
      if (error instanceof NotRun) end('not run', { seen: error.message });
      else end('failed', { seen: error instanceof Error ? error.message : String(error) });
    }
  }
  return results;
}
