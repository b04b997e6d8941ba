import type { Event } from './event.ts';
import { factsOf, matches, type EventFilter, type Facts } from './filter.ts';
import { InputError } from './input-error.ts';
import { byId } from './store/differing.ts';
import type { AtlasState, Store } from './store/store.ts';

/** What became of an atlas between two of its states. */
export interface ChangesMade {
  /** Its state after them. */
  state: AtlasState;
  /** The events that are new or different; null where they are too many to name, or it is another atlas altogether. */
  events: { event: Event; facts: Facts }[] | null;
}

/** More changed events than this are not named: who follows asks for everything again. */
const MOST_EVENTS = 1000;

/** Differences between states that are remembered: who follows is mostly at one of the last few. */
const REMEMBERED = 32;

/** Tells any number of followers what becomes of a store's atlas, each in the time that it takes. */
export class LiveChanges {
  readonly #store: Store;
  readonly #waiting = new Set<() => void>();
  readonly #made = new Map<string, Promise<ChangesMade>>();
  #endWatch: (() => void) | null = null;
  #isClosed = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Those who follow now. */
  followers = 0;

  /**
   * The changes after a state, as they are made. Nothing is queued: who takes long to come back for more is given all that was
   * changed meanwhile at once. So a follower costs the same however slow it is, and misses nothing.
   * @param after null begins now
   * @param signal ends it
   */
  async *follow(after: AtlasState | null, signal: AbortSignal): AsyncGenerator<ChangesMade> {
    this.followers++;
    this.#endWatch ??= this.#store.watch(() => this.#wake());
    const wake = (): void => this.#wake();
    signal.addEventListener('abort', wake);
    try {
      let state = after ?? (await this.#store.state());
      while (!signal.aborted && !this.#isClosed) {
        // Before looking, so that no change comes between.
        const changed = new Promise<void>((done) => this.#waiting.add(done));
        const now = await this.#store.state();
        if (now.version === state.version) {
          if (!signal.aborted && !this.#isClosed) await changed;
          continue;
        }
        const made = await this.#between(state, now);
        state = made.state;
        if (!signal.aborted) yield made;
      }
    } finally {
      signal.removeEventListener('abort', wake);
      if (--this.followers === 0) {
        this.#endWatch?.();
        this.#endWatch = null;
      }
    }
  }

  /** Ends all that follow. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const done of waiting) done();
  }

  /** Asked for once, however many follow. */
  #between(from: AtlasState, to: AtlasState): Promise<ChangesMade> {
    const key = JSON.stringify([from.version, to.version]);
    let made = this.#made.get(key);
    if (!made) {
      made = this.#read(from, to);
      this.#made.set(key, made);
      made.catch(() => this.#made.delete(key));
      const [oldest] = this.#made.keys();
      if (this.#made.size > REMEMBERED && oldest !== undefined) this.#made.delete(oldest);
    }
    return made;
  }

  async #read(from: AtlasState, to: AtlasState): Promise<ChangesMade> {
    const store = this.#store;
    const changes = to.last.event - from.last.event > MOST_EVENTS ? null : await store.changes(from);
    if (changes === null) return { state: to, events: null };
    const { added } = changes;
    const rows = await store.rows('event', [...added.event]);
    const events = (await store.events(rows.flatMap((row) => row?.id ?? []))).flatMap((event) => event ?? []);
    const ids = (of: (event: Event) => string[]): string[] => [...new Set(events.flatMap(of))];
    const places = byId(await store.places(ids(({ placements }) => placements.map(({ place }) => place))));
    const actors = byId(
      await store.actors(ids(({ participants }) => participants.map(({ actor }) => actor))),
    );
    return {
      state: { version: added.version, last: added.last },
      events: events.map((event) => ({ event, facts: factsOf(event, places, actors) })),
    };
  }
}

/** The events of a change that a filter asks for. */
export const matching = ({ events }: ChangesMade, filter: EventFilter): Event[] =>
  (events ?? []).filter(({ facts }) => matches(facts, filter)).map(({ event }) => event);

/** A state as a text that a follower gives back to go on after it. */
export const cursorOf = ({ version, last }: AtlasState): string =>
  Buffer.from(JSON.stringify([version, last.event, last.place, last.actor, last.source])).toString(
    'base64url',
  );

/** @throws InputError for a text that `cursorOf` did not make */
export function readCursor(text: string): AtlasState {
  try {
    const [version, event, place, actor, source] = JSON.parse(
      Buffer.from(text, 'base64url').toString(),
    ) as unknown[];
    const last = { event, place, actor, source };
    if (typeof version === 'string' && Object.values(last).every((key) => Number.isSafeInteger(key)))
      return { version, last: last as AtlasState['last'] };
  } catch {
    // It is none.
  }
  throw new InputError(
    `not a cursor of changes: "${text.slice(0, 80)}". Give one that came with a change, or none.`,
  );
}
