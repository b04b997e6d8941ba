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

/** Aborted with an `Unwanted` as the reason. */
const signals = new AsyncLocalStorage<AbortSignal>();

/** Does work that is wanted until a signal is aborted, with an `Unwanted` as the reason. */
export const whileWanted = <T>(signal: AbortSignal, work: () => T): T => signals.run(signal, work);

/** The signal of the work at hand; undefined where it is wanted in any case. */
export const wantedSignal = (): AbortSignal | undefined => signals.getStore();

export const isWanted = (): boolean => wantedSignal()?.aborted !== true;

/** To be called now and then in work that can take long. @throws Unwanted when nobody waits for it any more */
export const mustBeWanted = (): void => wantedSignal()?.throwIfAborted();
