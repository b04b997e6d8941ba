/** What the service worker tells of an answer: when the server gave it, and whether it is one that was kept. */
export interface Told {
  answered: string | null;
  isKept: boolean;
}

/** Whether the server can be reached, as far as the browser and the last answer say. */
class Connection {
  isLost = $state(!navigator.onLine);
  /** When the server gave the oldest of what is shown without it; null when that is not known. */
  asOf = $state.raw<Date | null>(null);
  /** Called when there is a connection again. */
  onReturn: () => void = () => {};

  #lastAnswer: Date | null = null;

  constructor() {
    // It lives as long as the page.
    addEventListener('offline', () => this.#lose(this.#lastAnswer));
    addEventListener('online', () => this.onReturn());
    // Only pages of a secure origin have one.
    navigator.serviceWorker?.addEventListener('message', ({ data }: MessageEvent<Told>) => this.#hear(data));
  }

  #hear({ answered, isKept }: Told): void {
    const at = answered === null ? null : new Date(answered);
    if (isKept) this.#lose(at);
    else {
      this.#lastAnswer = at;
      this.isLost = false;
      this.asOf = null;
    }
  }

  #lose(at: Date | null): void {
    this.isLost = true;
    if (at && (this.asOf === null || at < this.asOf)) this.asOf = at;
  }
}

export const connection = new Connection();
