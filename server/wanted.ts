import { AsyncLocalStorage } from 'node:async_hooks';

/** The work was stopped, since nobody waits for what would come of it: its time is over, or who asked has gone. */
export class Unwanted extends Error {
  override name = 'Unwanted';
  readonly statusCode = 503;
  readonly code: 'TIMEOUT' | 'CALLER_GONE';

  constructor(code: Unwanted['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Work that ends when nobody waits for it any more, unless it must be finished in any case: a write is made or not, and told. */
export class Work {
  readonly #controller = new AbortController();
  #mustBeFinished = false;

  /** Aborted with an `Unwanted` as the reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  stop(why: Unwanted): void {
    if (!this.#mustBeFinished) this.#controller.abort(why);
  }

  mustBeFinished(): void {
    this.#mustBeFinished = true;
  }
}

const works = new AsyncLocalStorage<Work>();

/** Does something as long as the work is wanted that it is a part of. */
export const whileWanted = <T>(work: Work, part: () => T): T => works.run(work, part);

/** From now on the work at hand goes on to its end, whoever waits for it. */
export const finishInAnyCase = (): void => works.getStore()?.mustBeFinished();

/** The signal of the work at hand; undefined where it is wanted in any case. */
export const wantedSignal = (): AbortSignal | undefined => works.getStore()?.signal;

export const isWanted = (): boolean => wantedSignal()?.aborted !== true;

/** To be called now and then in work that can take long. @throws Unwanted when nobody waits for it any more */
export const mustBeWanted = (): void => wantedSignal()?.throwIfAborted();
