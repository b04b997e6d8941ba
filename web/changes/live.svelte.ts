import { ChangesDocument, type ChangesSubscription, type EventFilter } from '../queries.generated.ts';

/** In milliseconds: who looks in for less needs no stream, and a view that is still moving no other one. */
const [SETTLED, REST] = [3000, 1000];

/** In milliseconds: how soon a connection that broke is tried again, at first and at last, and how long its return is told. */
const [FIRST_TRY, LAST_TRY, RETURN] = [1000, 30_000, 5000];

/**
 * Follows what becomes of the atlas after what is shown, as far as it is in view. It is told all that happened since at any time, by a
 * cursor, so a connection that broke, a page that was hidden and a view that moved miss nothing. Nothing is followed while
 * nobody looks.
 */
export class Live {
  /** How many events in view are new, or different from what is shown. */
  pending = $state(0);
  /** Whether so much is different that nobody counts it. */
  isWhole = $state(false);
  /** What there is to say of the connection. */
  connection = $state<'quiet' | 'lost' | 'back'>('quiet');

  /** What is shown, and the newest that was told of. */
  #shown: string | null = null;
  #told: string | null = null;
  #filter: EventFilter | null = null;
  /** The events that are pending, and how many more there are that were not named. */
  readonly #events = new Set<string>();
  #unnamed = 0;
  #source: EventSource | null = null;
  #wasOpen = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #return: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    // It lives as long as the page.
    const look = (): void => (this.#mayFollow ? this.#soon(0) : this.#close());
    document.addEventListener('visibilitychange', look);
    addEventListener('online', look);
    addEventListener('offline', look);
    addEventListener('pagehide', () => this.#close());
  }

  /** Begins with what is shown now. @param cursor the atlas's */
  begin(cursor: string): void {
    this.#shown = this.#told = cursor;
    this.#clear();
    this.#soon(SETTLED);
  }

  /** What is in view is this from now on. */
  look(filter: EventFilter): void {
    if (JSON.stringify(filter) === JSON.stringify(this.#filter)) return;
    const isFirst = this.#filter === null;
    this.#filter = filter;
    if (this.#shown !== null) this.#soon(isFirst || !this.#wasOpen ? SETTLED : REST);
  }

  /** All that was told of is shown from now on. */
  take(): void {
    this.#shown = this.#told;
    this.#clear();
  }

  get #mayFollow(): boolean {
    return document.visibilityState === 'visible' && navigator.onLine;
  }

  #clear(): void {
    this.#events.clear();
    this.#unnamed = 0;
    this.pending = 0;
    this.isWhole = false;
  }

  #soon(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), wait);
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
    this.#failures = 0;
    this.connection = 'quiet';
  }

  #open(): void {
    this.#source?.close();
    this.#source = null;
    if (!this.#mayFollow || this.#shown === null || this.#filter === null) return;
    const variables = JSON.stringify({ filter: this.#filter, after: this.#shown });
    const parameters = new URLSearchParams({ query: ChangesDocument.toString(), variables });
    const source = new EventSource(`/graphql/stream?${parameters.toString()}`);
    this.#source = source;
    // All since what is shown is told anew, of this view.
    let isFirst = true;
    source.addEventListener('open', () => {
      if (this.connection === 'lost') this.#tellReturn();
      this.#failures = 0;
      this.#wasOpen = true;
      if (this.#told === this.#shown) this.#clear();
    });
    source.addEventListener('next', ({ data }: MessageEvent<string>) => {
      const { data: told } = JSON.parse(data) as { data?: ChangesSubscription | null };
      if (!told) return;
      if (isFirst) this.#clear();
      isFirst = false;
      this.#hear(told.changes);
    });
    source.addEventListener('error', () => {
      source.close();
      if (this.#source !== source) return;
      this.#source = null;
      // One that never was there is none that is lost: a proxy may not let it through.
      if (this.#wasOpen && ++this.#failures > 1) this.connection = 'lost';
      this.#soon(Math.min(LAST_TRY, FIRST_TRY * 2 ** this.#failures));
    });
  }

  #hear({ cursor, isWhole, eventCount, events }: ChangesSubscription['changes']): void {
    this.#told = cursor;
    for (const { id } of events) this.#events.add(id);
    this.#unnamed += eventCount - events.length;
    this.pending = this.#events.size + this.#unnamed;
    this.isWhole ||= isWhole;
  }

  #tellReturn(): void {
    this.connection = 'back';
    clearTimeout(this.#return);
    this.#return = setTimeout(() => {
      if (this.connection === 'back') this.connection = 'quiet';
    }, RETURN);
  }
}
