import { readAddress, writeAddress, type Selection } from './address.ts';
import { ask, AskError } from './api.ts';
import { readTranslation, type Language } from './languages.ts';
import { EventsDocument, MarksDocument, StartDocument } from './queries.generated.ts';
import type { EventFilter, MarkFragment, RowFragment, StartQuery } from './queries.generated.ts';
import { areaOf, boxOf, isCovered, viewportOf, type Frame, type Spot } from './view.ts';
import { Words } from './words.ts';

/** A list of events as far as it was read. */
export interface EventList {
  filter: EventFilter;
  total: number;
  rows: RowFragment[];
  next: string | null;
}

/**
 * The shared state of the page, and its only writer. What the server answered is kept whole and replaced whole; an answer to
 * a question that has been followed by another is dropped.
 */
export class Explorer {
  /** The page in the reader's language. */
  words: Words;
  atlas = $state.raw<StartQuery['atlas'] | null>(null);
  categories = $state.raw<ReadonlyMap<string, StartQuery['categories'][number]>>(new Map());
  /** The marks of the area around the view that was last answered. */
  marks = $state.raw<readonly MarkFragment[]>([]);
  /** The events in the view. */
  inView = $state.raw<EventList | null>(null);
  selection = $state.raw<Selection | null>(readAddress(location.search).selection);
  /** The places of what is chosen: the map points them out and brings the first into view. */
  spots = $state.raw<readonly Spot[]>([]);
  /** Why the last question failed; null when it did not. */
  problem = $state.raw<Error | null>(null);

  /** What the page was opened on. */
  readonly #arrival = this.selection;
  #frame: Frame | null = null;
  /** The area that the marks are of, once they are there. */
  #area: Frame | null = null;
  #asking: AbortController | null = null;
  /** The language that was chosen, here or by the address; null when it is the browser's. */
  #language = $state.raw<Language | null>(readAddress(location.search).language);
  /** The language that was chosen last, whose texts may still be on their way. */
  #wanted: Language | null = null;

  constructor(words: Words) {
    this.words = $state.raw(words);
    // The page lives as long as its state, so nothing takes this listener off again.
    addEventListener('popstate', () => {
      this.#open(readAddress(location.search).selection);
      // The language is the page's, and no step on the way through it.
      history.replaceState(history.state, '', this.addressOf(this.selection));
    });
  }

  /** Asks what the atlas is. */
  async start(): Promise<void> {
    await this.#attempt(async () => {
      const { atlas, categories } = await ask(StartDocument, {});
      this.atlas = atlas;
      this.categories = new Map(categories.map((category) => [category.id, category]));
    });
  }

  /** Says everything in another language from now on, and asks again for the names in what is shown. */
  async speak(language: Language): Promise<void> {
    this.#wanted = language;
    await this.#attempt(async () => {
      const texts = await readTranslation(language).catch(() => {
        throw new AskError('The texts cannot be read.', 'unreachable');
      });
      if (this.#wanted !== language) return;
      this.words = new Words(language, texts);
      this.#language = language;
      history.replaceState(history.state, '', this.addressOf(this.selection));
      this.#area = null;
      if (this.#frame) this.show(this.#frame);
    });
  }

  /**
   * The map shows this now: asks for its events, and for its marks where they are not those of its area already. Gives
   * whether they are.
   */
  show(frame: Frame): boolean {
    this.#frame = frame;
    this.#asking?.abort();
    this.#asking = new AbortController();
    const isShown = this.#area !== null && isCovered(frame, this.#area);
    void this.#ask(frame, isShown, this.#asking.signal);
    return isShown;
  }

  async #ask(frame: Frame, isShown: boolean, signal: AbortSignal): Promise<void> {
    const filter = { bbox: boxOf(viewportOf(frame)) };
    const area = areaOf(frame);
    const { language } = this.words;
    const marks = isShown ? null : ask(MarksDocument, { viewport: viewportOf(area), language }, signal);
    await this.#attempt(async () => {
      const list = ask(EventsDocument, { filter, language }, signal);
      if (marks) {
        const { clusters } = await marks;
        if (signal.aborted) return;
        this.#area = area;
        this.marks = clusters;
      }
      const { events } = await list;
      if (!signal.aborted) this.inView = listOf(filter, events);
    }, signal);
  }

  /** Asks again for all that is missing after a failure. */
  async retry(): Promise<void> {
    if (!this.atlas) await this.start();
    if (this.#frame) this.show(this.#frame);
  }

  /** Reads the next page of the list in view. */
  async more(): Promise<void> {
    const list = this.inView;
    if (!list?.next) return;
    await this.#attempt(async () => {
      const { language } = this.words;
      const { events } = await ask(EventsDocument, { filter: list.filter, after: list.next, language });
      if (this.inView !== list) return;
      const next = listOf(list.filter, events);
      this.inView = { ...next, rows: [...list.rows, ...next.rows] };
    });
  }

  /** Opens something in the panel; the browser's back button closes it again. */
  choose(selection: Selection): void {
    this.#open(selection);
    history.pushState({ isOurs: true }, '', this.addressOf(selection));
  }

  /** The address at which something is open; of the whole page, when nothing is. */
  addressOf(selection: Selection | null): string {
    return location.pathname + writeAddress({ selection, language: this.#language });
  }

  /** Whether the reader came straight to what is chosen, by a link, and has seen nothing of the map yet. */
  get isArrival(): boolean {
    return this.selection !== null && this.selection === this.#arrival;
  }

  /** Goes back to what was open before; to the list, when the page was opened on what is chosen now. */
  back(): void {
    if (history.state?.isOurs) history.back();
    else {
      this.#open(null);
      history.replaceState(null, '', this.addressOf(null));
    }
  }

  /** Points out on the map the places of what is chosen. */
  pointOut(spots: readonly Spot[]): void {
    const idsOf = (each: readonly Spot[]): string => each.map(({ id }) => id).join(' ');
    // The same ones in another language leave the map where the reader has moved it.
    if (idsOf(spots) !== idsOf(this.spots)) this.spots = spots;
  }

  #open(selection: Selection | null): void {
    this.selection = selection;
    this.spots = [];
  }

  async #attempt(work: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    try {
      await work();
      this.problem = null;
    } catch (error) {
      if (!signal?.aborted) this.problem = error as Error;
    }
  }
}

/** A page of events as the beginning of a list. */
export const listOf = (
  filter: EventFilter,
  page: {
    totalCount: number;
    nodes: RowFragment[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  },
): EventList => ({
  filter,
  total: page.totalCount,
  rows: page.nodes,
  next: page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null,
});
