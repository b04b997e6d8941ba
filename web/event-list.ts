import { ask as askServer, AskError } from './api.ts';
import { writeMoment } from './filter.ts';
import {
  EventCursorsDocument,
  EventsDocument,
  RanksDocument,
  type EventCursorsQuery,
  type EventCursorsQueryVariables,
  type EventFilter,
  type EventsQuery,
  type RanksQueryVariables,
  type RowFragment,
} from './queries.generated.ts';

/** How many rows are read first, to be there soon, and how many with each question after that. */
const FIRST = 60;
const PAGE = 500;

/** What `Ranks` calls the moments that it is asked about. */
const MOMENTS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const satisfies (keyof RanksQueryVariables)[];
const MINUTE = 60_000;

const changed = (): AskError => new AskError('The atlas has changed.', 'changed');

type PageAsked = Omit<EventCursorsQueryVariables, 'filter'>;

/** At an end of the list there is no cursor to name. */
const after = (cursor: string | null | undefined): PageAsked => (cursor ? { after: cursor } : {});
const before = (cursor: string | null | undefined): PageAsked => (cursor ? { before: cursor } : {});

/** How an answer is to be had, and whose names are to be in it. */
export interface Asking {
  ask: typeof askServer;
  /** A BCP 47 tag. */
  language: string;
  /** All dates lie between these, in milliseconds since 1970 UTC; null when nothing is dated or an end is open. */
  during: { from: number; to: number } | null;
}

/**
 * All events of a filter in date order, of which those are read that somebody comes near to. A row far from any that was
 * read is found without those between: the events that begin before a moment are the first ones of the list, so their
 * number is the moment's place in it.
 */
export class EventList {
  readonly filter: EventFilter;
  readonly total: number;
  /** Called when rows have come, or a question has failed. */
  onRead: () => void = () => {};
  /** Why the last question failed; null when it did not. */
  problem: Error | null = null;

  readonly #asking: Asking;
  readonly #rows = new Map<number, RowFragment>();
  /** The cursors to read on after, by the number of the row that comes next, and to read back before, by the one before which. */
  readonly #after = new Map<number, string | null>([[0, null]]);
  readonly #before = new Map<number, string | null>();
  /** Moments, and how many events begin before them; both ascend. */
  #ranks: { moment: number; rank: number }[] = [];
  #wanted: [from: number, to: number] = [0, 0];
  #isReading = false;

  private constructor(filter: EventFilter, total: number, asking: Asking) {
    this.filter = filter;
    this.total = total;
    this.#asking = asking;
    this.#before.set(total, null);
    const { undated, during } = filter;
    // Of the events that surely lay in a period those that begin early are not asked for by a shorter period.
    const isSearchable = !undated && during?.match !== 'CERTAINLY';
    if (asking.during && isSearchable) {
      const { from, to } = asking.during;
      this.#ranks = [
        { moment: Math.max(from, during?.from ? Date.parse(during.from) : from), rank: 0 },
        { moment: Math.min(to, during?.to ? Date.parse(during.to) : to), rank: total },
      ];
    }
  }

  /** Reads the beginning of a list. @throws AskError; DOMException AbortError when aborted */
  static async read(filter: EventFilter, asking: Asking, signal?: AbortSignal): Promise<EventList> {
    const { language } = asking;
    const { events } = await asking.ask(EventsDocument, { filter, first: FIRST, language }, signal);
    const list = new EventList(filter, events.totalCount, asking);
    list.#keep(events, 0);
    return list;
  }

  /** A row by its number from 0; undefined when it is not there yet. */
  row(index: number): RowFragment | undefined {
    return this.#rows.get(index);
  }

  /** The number of an event's row, among those that were read; -1 when it is not there. */
  indexOf(id: string): number {
    for (const [index, row] of this.#rows) if (row.id === id) return index;
    return -1;
  }

  /** Reads the rows [from, to) before all others. What was wanted before and is no longer is left. */
  want(from: number, to: number): void {
    this.#wanted = [Math.max(0, from), Math.min(this.total, to)];
    if (!this.#isReading && !this.problem) void this.#readAll();
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    try {
      for (let next = this.#missing(); next !== null; next = this.#missing()) await this.#readTowards(next);
    } catch (error) {
      this.problem = error as Error;
      this.onRead();
    } finally {
      this.#isReading = false;
    }
  }

  #missing(): number | null {
    const [from, to] = this.#wanted;
    for (let index = from; index < to; index++) if (!this.#rows.has(index)) return index;
    return null;
  }

  /** Reads the page that holds a row, or comes nearer to it by one question. */
  async #readTowards(index: number): Promise<void> {
    const from = Math.max(...[...this.#after.keys()].filter((each) => each <= index));
    const to = Math.min(...[...this.#before.keys()].filter((each) => each > index));
    const [ahead, behind] = [index - from, to - index];
    if (ahead < PAGE) {
      const page = await this.#ask({ first: PAGE, ...after(this.#after.get(from)) });
      this.#keep(page, from);
    } else if (behind <= PAGE) {
      const page = await this.#ask({ last: PAGE, ...before(this.#before.get(to)) });
      this.#keep(page, to - page.nodes.length);
    } else if (!(await this.#search(index))) {
      // Too many begin at one moment, or have no date: only the cursors are read on the way.
      if (ahead < behind) {
        const { endCursor } = await this.#askCursors({ first: PAGE, ...after(this.#after.get(from)) });
        this.#after.set(from + PAGE, endCursor);
      } else {
        const { startCursor } = await this.#askCursors({ last: PAGE, ...before(this.#before.get(to)) });
        this.#before.set(to - PAGE, startCursor);
      }
    }
  }

  async #ask(page: PageAsked): Promise<EventsQuery['events']> {
    const { ask, language } = this.#asking;
    const { events } = await ask(EventsDocument, { filter: this.filter, language, ...page });
    if (events.totalCount !== this.total) throw changed();
    return events;
  }

  /** Only where a page begins and ends. */
  async #askCursors(page: PageAsked): Promise<EventCursorsQuery['events']['pageInfo']> {
    const { events } = await this.#asking.ask(EventCursorsDocument, { filter: this.filter, ...page });
    if (events.totalCount !== this.total) throw changed();
    return events.pageInfo;
  }

  #keep({ nodes, pageInfo }: EventsQuery['events'], from: number): void {
    if (nodes.length === 0 && this.total > 0) throw changed();
    for (const [at, row] of nodes.entries()) this.#rows.set(from + at, row);
    this.#before.set(from, pageInfo.startCursor);
    this.#after.set(from + nodes.length, pageInfo.endCursor);
    this.onRead();
  }

  /** Narrows down when a row begins by one question. Gives false where there is no moment left between those that are known. */
  async #search(index: number): Promise<boolean> {
    const high = this.#ranks.findIndex(({ rank }) => rank > index);
    const [low, next] = [this.#ranks[high - 1], this.#ranks[high]];
    if (!low || !next || next.moment - low.moment <= MINUTE) return false;
    const step = (next.moment - low.moment) / (MOMENTS.length + 1);
    const moments = MOMENTS.map((_, at) => {
      const minute = Math.floor((low.moment + (at + 1) * step) / MINUTE);
      return Math.max(minute, Math.floor(low.moment / MINUTE) + 1) * MINUTE;
    });
    const filters = moments.map((moment) => ({
      ...this.filter,
      during: { ...this.filter.during, to: writeMoment(moment) },
    }));
    const variables = Object.fromEntries(MOMENTS.map((name, at) => [name, filters[at]]));
    const answer = await this.#asking.ask(RanksDocument, variables as RanksQueryVariables);
    const found = MOMENTS.map((name, at) => ({ moment: moments[at] as number, ...answer[name] }));
    for (const { totalCount, pageInfo } of found) this.#after.set(totalCount, pageInfo.endCursor);
    const ranks = found.map(({ moment, totalCount }) => ({ moment, rank: totalCount }));
    this.#ranks.splice(high, 0, ...ranks);
    return true;
  }
}
