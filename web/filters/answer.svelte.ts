import { ask } from '../api.ts';
import { Latest } from '../latest.ts';
import type { TypedDocumentString } from '../queries.generated.ts';

/** The answer to a question that changes with the view and the filter. The last one stays until the next is there. */
export class Answer<Result, Variables> {
  value = $state.raw<Result | null>(null);
  /** Why the last question failed; null when it did not. */
  problem = $state.raw<Error | null>(null);

  readonly #document: TypedDocumentString<Result, Variables>;
  readonly #latest = new Latest();
  /** What was asked last, and did not fail. */
  #asked = '';

  constructor(document: TypedDocumentString<Result, Variables>) {
    this.#document = document;
  }

  /** Asks; the same again asks nothing, unless it failed. */
  ask(variables: Variables): void {
    const asked = JSON.stringify(variables);
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#latest.run(async (signal) => {
      try {
        this.value = await ask(this.#document, variables, signal);
        this.problem = null;
      } catch (error) {
        if (this.#asked === asked) this.#asked = '';
        this.problem = error as Error;
      }
    });
  }
}
