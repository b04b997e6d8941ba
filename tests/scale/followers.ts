import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

const QUERY = `subscription ($after: String) {
  changes(after: $after) { version cursor isWhole events { id } }
}`;

/** In milliseconds: so long a follower waits before it comes back, and at most that much longer, as browsers do. */
const [PAUSE, SPREAD] = [200, 300];

/** What a stream tells. */
interface Change {
  version: string;
  cursor: string;
  isWhole: boolean;
  events: { id: string }[];
}

/** Somebody who follows the changes of an atlas, and comes back when the connection breaks. */
export class Follower {
  readonly #url: string;
  readonly #delay: number;
  #request: ClientRequest | undefined;
  #isClosed = false;
  #cursor: string | undefined;
  /** How often it was told of each event. */
  readonly told = new Map<string, number>();
  /** The version that it was told last. */
  version: string | undefined;
  /** How often it was told to ask for everything again, and how often its connection broke. */
  wholes = 0;
  breaks = 0;
  isOpen = false;

  /** @param turn 0 to 1: where among many its time to come back lies */
  constructor(url: string, turn: number) {
    this.#url = url;
    this.#delay = PAUSE + SPREAD * turn;
    void this.#follow();
  }

  close(): void {
    this.#isClosed = true;
    this.#request?.destroy();
  }

  async #follow(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#read(await this.#open());
      } catch {
        // It comes back, however it ended.
      }
      this.isOpen = false;
      if (this.#isClosed) return;
      this.breaks++;
      await wait(this.#delay);
    }
  }

  #open(): Promise<IncomingMessage> {
    const variables = JSON.stringify(this.#cursor === undefined ? {} : { after: this.#cursor });
    const query = new URLSearchParams({ query: QUERY, variables });
    const headers = { accept: 'text/event-stream', 'apollo-require-preflight': '1' };
    return new Promise((opened, failed) => {
      this.#request = get(`${this.#url}/graphql/stream?${query}`, { headers, agent: false }, opened);
      this.#request.on('error', failed);
    });
  }

  async #read(response: IncomingMessage): Promise<void> {
    if (response.statusCode !== 200) {
      response.resume();
      throw new Error(`status ${response.statusCode}`);
    }
    this.isOpen = true;
    let text = '';
    for await (const piece of response.setEncoding('utf8')) {
      text += piece;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const data = /^event: next\ndata: (.*)$/m.exec(text.slice(0, end))?.[1];
        text = text.slice(end + 2);
        if (data !== undefined) this.#take(JSON.parse(data));
      }
    }
  }

  #take({ data }: { data?: { changes: Change } | null }): void {
    if (!data) return;
    const { version, cursor, isWhole, events } = data.changes;
    [this.version, this.#cursor] = [version, cursor];
    if (isWhole) this.wholes++;
    for (const { id } of events) this.told.set(id, (this.told.get(id) ?? 0) + 1);
  }
}
