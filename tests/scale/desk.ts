import { setTimeout as wait } from 'node:timers/promises';

const CREATE = `mutation ($event: EventInput!, $named: NamedInput, $key: String!) {
  createEvent(event: $event, named: $named, key: $key, reason: "written to be followed") { event { id } }
}`;

/** In milliseconds between two tries of a write that was not acknowledged. */
const AGAIN = 250;

/** Somebody who writes an event after the other, and tries each until it is acknowledged. */
export class Writer {
  readonly #url: string;
  readonly #token: string;
  /** Ids of the events whose writing was acknowledged. */
  readonly acknowledged: string[] = [];
  /** Tries that were not. */
  refused = 0;
  #isEnded = false;
  #running: Promise<void> | undefined;

  constructor(url: string, token: string) {
    [this.#url, this.#token] = [url, token];
  }

  /** Writes until it is told to end, so many milliseconds after the last was acknowledged. */
  start(pause: number): void {
    this.#isEnded = false;
    this.#running = (async () => {
      while (!this.#isEnded) {
        await this.write();
        await wait(pause);
      }
    })();
  }

  /** Ends when what is being written is acknowledged. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#running;
  }

  /** Writes one event, and gives when it was acknowledged, by performance.now(). */
  async write(): Promise<number> {
    const id = `live-${this.acknowledged.length}`;
    while (!(await this.#isWritten(id))) {
      this.refused++;
      await wait(AGAIN);
    }
    this.acknowledged.push(id);
    return performance.now();
  }

  async #isWritten(id: string): Promise<boolean> {
    const event = {
      ...{ id, title: `Written ${id}`, category: 'category-0', when: '2016-10-15' },
      placements: [{ place: 'place-00000000', role: 'VENUE' }],
      claims: [{ aspect: 'STATUS', statement: 'It was written.', source: 'desk' }],
    };
    const named = { sources: [{ id: 'desk', title: 'The desk' }] };
    try {
      const response = await fetch(`${this.#url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#token}` },
        body: JSON.stringify({ query: CREATE, variables: { event, named, key: id } }),
        signal: AbortSignal.timeout(20_000),
      });
      const { data, errors } = (await response.json()) as { data?: unknown; errors?: { message: string }[] };
      const [error] = errors ?? [];
      if (error && response.status < 500) throw new Refused(error.message);
      return response.ok && Boolean(data);
    } catch (error) {
      if (error instanceof Refused) throw error;
      return false;
    }
  }
}

/** The write itself is at fault, and would be refused for ever. */
class Refused extends Error {}
