import { untrack } from 'svelte';
import { readAddress, writeAddress, type Selection, type Span, type View } from './address.ts';
import { ask, askAnew, AskError } from './api.ts';
import { EventList, type Asking } from './event-list.ts';
import { NO_FILTER, questionOf, type Filter } from './filter.ts';
import { Names } from './filters/names.svelte.ts';
import { Live } from './changes/live.svelte.ts';
import { readTranslation, type Language } from './languages.ts';
import { Latest } from './latest.ts';
import {
  MarksDocument,
  StartDocument,
  TimelineColoursDocument,
  TimelineDocument,
} from './queries.generated.ts';
import type {
  MarkFragment,
  StartQuery,
  TimelineColoursQueryVariables,
  TimelineQuery,
} from './queries.generated.ts';
import type { Colours } from './timeline/axis.ts';
import { within } from './timeline/calendar.ts';
import { turn } from './turns.ts';
import { areaOf, boxOf, isCovered, viewportOf, type Box, type Frame, type Spot } from './view.ts';
import { Words } from './words.ts';

/** As many as bars that can be told apart on the widest screens. */
const MOST_BINS = 240;

/** After so many milliseconds without an answer it is said that the one before is still shown. */
const LATE = 400;

/** So many milliseconds the bars of the timeline wait for their colours. */
const PATIENCE = 100;

/** After so many milliseconds without another turn of the wheel the hand rests. */
const REST = 200;

/** A kind of event, by its name in the reader's language; the atlas's own, where it has none, is marked with its language. */
export interface Category {
  id: string;
  label: string;
  lang: string | undefined;
  color: string;
}

/**
 * The shared state of the page, and its only writer. What the server answered is kept whole and replaced whole, each answer
 * in a frame of its own; an answer to a question that has been followed by another is dropped.
 */
export class Explorer {
  /** The page in the reader's language. */
  words: Words;
  atlas = $state.raw<StartQuery['atlas'] | null>(null);
  /** The same as it is by now: what it holds, and how much of that was corrected. */
  holds = $state.raw<(StartQuery['atlas'] & { corrections: number }) | null>(null);
  /** What becomes of it; in a frame of another site nobody follows that. */
  readonly live = new Live();
  /** Grows with each time that all is to be read anew. */
  readings = $state(0);
  categories = $state.raw<ReadonlyMap<string, Category>>(new Map());
  /** Which events are shown; change it by `narrow`. */
  filter = $state.raw<Filter>(NO_FILTER);
  /** The marks of the area around the view that was last answered. */
  marks = $state.raw<readonly MarkFragment[]>([]);
  /** The events in the view. */
  inView = $state.raw<EventList | null>(null);
  /** Exact counts per bin in the view, of what the filter leaves when its period is taken off. */
  timeline = $state.raw<TimelineQuery['timeline'] | null>(null);
  /** What its bins have of each category; null as long as that is not known of these. */
  timelineColours = $state.raw<Colours | null>(null);
  /** What the timeline spans; null is the whole atlas. */
  timelineSpan = $state.raw<Span | null>(null);
  selection = $state.raw<Selection | null>(null);
  /** Where an address says that the map is to stand, which goes there: no view is the whole atlas. Null before any says so. */
  wantedView = $state.raw<{ view: View | null } | null>(null);
  /** The places of what is chosen: the map points them out and brings the first into view. */
  spots = $state.raw<readonly Spot[]>([]);
  /** The places of a row under the pointer or the focus: the map points them out and stays where it is. */
  pointed = $state.raw<readonly Spot[]>([]);
  /** The mark under the pointer or the focus: the list points out its events. */
  pointedMark = $state.raw<MarkFragment | null>(null);
  /** What was closed last by going back, till it has the focus again where it is listed. */
  left: Selection | null = null;
  /** Whether an answer is so long on its way that what is shown should be said to be the one before. */
  isLate = $state(false);
  /** What actors, places and sources are called that the filter names. */
  readonly names = new Names();
  /** Why the last question failed; null when it did not. */
  problem = $state.raw<Error | null>(null);

  /** Whether the page stands in a frame of another site, whose way back it must leave alone. */
  readonly #isFramed: boolean;
  /** What the page was opened on. */
  readonly #arrival: Selection | null;
  #isClosing = false;
  #frame: Frame | null = null;
  /** Where the map stands, unless it shows the whole atlas. */
  #view: View | null = null;
  /** What the marks are of, once they are there: an area, and a filter as it was asked. */
  #area: { frame: Frame; asked: string } | null = null;
  /** What the timeline's counts are of: a filter as it was asked. */
  #counted: string | null = null;
  /** What the list is of, as it was asked. */
  #listed: string | null = null;
  readonly #asking = { marks: new Latest(), list: new Latest(), timeline: new Latest() };
  /** How many questions have no answer yet, and what will say that the first of them is late. */
  #waiting = 0;
  #lateness: ReturnType<typeof setTimeout> | undefined;
  #writing: ReturnType<typeof setTimeout> | undefined;
  /** The language that was chosen, here or by the address; null when it is the browser's. */
  #language = $state.raw<Language | null>(null);
  /** The language that was chosen last, whose texts may still be on their way. */
  #wanted: Language | null = null;

  constructor(words: Words, isFramed = false) {
    this.words = $state.raw(words);
    this.#isFramed = isFramed;
    const { selection, filter, view, time, language } = readAddress(location.search);
    this.selection = selection;
    this.filter = filter;
    this.timelineSpan = time;
    this.wantedView = view && { view };
    this.#view = view;
    this.#language = language;
    this.#arrival = view === null ? selection : null;
    // The page lives as long as its state, so nothing takes this listener off again.
    addEventListener('popstate', () => {
      const {
        selection: before,
        filter: narrowed,
        view: stood,
        time: spanned,
      } = readAddress(location.search);
      if (!this.#isClosing) this.left = this.selection;
      this.#open(before);
      // Who closes what is open looks on from where the map and the timeline are.
      if (!this.#isClosing) {
        this.wantedView = { view: stood };
        this.timelineSpan = spanned;
      }
      this.#isClosing = false;
      this.#narrow(narrowed);
      // The language is the page's, and no step on the way through it.
      this.#writeAddress();
    });
  }

  /** What the atlas's own texts are marked with as a language; empty where it does not say. */
  get atlasLang(): string {
    return this.atlas?.language ?? '';
  }

  /** Asks what the atlas is. */
  async start(): Promise<void> {
    await this.#attempt(async () => {
      const { language } = this.words;
      const { atlas, categories, changes } = await ask(StartDocument, { language });
      if (language !== this.words.language) return;
      this.holds = { ...atlas, corrections: changes.totalCount };
      if (this.atlas === null && !this.#isFramed) this.live.begin(atlas.cursor);
      // The same in any language, and who sets it anew sets the map on its way again.
      this.atlas ??= atlas;
      if (this.timelineSpan) this.#askTimeline();
      this.categories = new Map(
        categories.map(({ id, label, ownLabel, color }) => [
          id,
          { id, label, color, lang: label === ownLabel ? this.atlasLang : undefined },
        ]),
      );
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
      this.#writeAddress();
      this.#area = null;
      void this.start();
      this.#ask();
    });
  }

  /**
   * The map shows this now: asks for its events, and for its marks where they are not those of its area already. Gives
   * whether they are.
   * @param view where it stands; null while it shows the whole atlas
   */
  show(frame: Frame, view: View | null): boolean {
    // The map says this from within the effects that move it too, and what is read here is not to make them move it again.
    return untrack(() => {
      this.#frame = frame;
      this.#view = view;
      this.#writeAddress();
      this.#ask();
      return this.#isShown(frame);
    });
  }

  /**
   * Changes parts of the filter, and shows what it leaves. A step that the browser's back button takes back; while a hand is
   * still moving, none yet.
   */
  narrow(parts: Partial<Filter>, isStillMoving = false): void {
    this.#narrow({ ...this.filter, ...parts });
    if (!isStillMoving) this.#push({ ...trail(), isOpening: false });
  }

  #narrow(filter: Filter): void {
    this.filter = filter;
    this.#ask();
  }

  /** Shows another part of time, or with null all of it. */
  spanTimeline(span: Span | null): void {
    this.timelineSpan = span;
    // A wheel turns faster than browsers let an address change.
    clearTimeout(this.#writing);
    this.#writing = setTimeout(() => this.#writeAddress(), REST);
    this.#askTimeline();
  }

  #isShown(frame: Frame): boolean {
    return this.#area !== null && this.#area.asked === this.#asked() && isCovered(frame, this.#area.frame);
  }

  /** The filter as the marks are asked. */
  #asked(): string {
    return JSON.stringify(questionOf(this.filter, null));
  }

  /** Shows what is new, as far as it has been told of: all that is shown is read again, and stands where it is. */
  async refresh(): Promise<void> {
    askAnew();
    this.live.take();
    this.#area = null;
    this.#counted = null;
    this.#listed = null;
    this.readings++;
    this.#ask();
    await this.start();
  }

  #ask(): void {
    if (!this.#frame) return;
    this.live.look(questionOf(this.filter, this.box));
    this.#askMarks();
    this.#askTimeline();
    this.#askList();
  }

  #askList(): void {
    this.#asking.list.run((signal) =>
      this.#attempt(async () => {
        const filter = questionOf(this.filter, this.box);
        const { asking } = this;
        const question = JSON.stringify([filter, asking.language, asking.during]);
        // Who comes back to a list finds it as far as it had been read.
        if (question === this.#listed && this.inView?.problem === null) return;
        const list = await EventList.read(filter, asking, signal);
        await turn();
        this.#listed = question;
        this.inView = list;
      }, signal),
    );
  }

  #askMarks(): void {
    this.#asking.marks.run((signal) =>
      this.#attempt(async () => {
        const frame = this.#frame;
        if (!frame || this.#isShown(frame)) return;
        const [area, asked, { language }] = [areaOf(frame), this.#asked(), this.words];
        const filter = questionOf(this.filter, null);
        const { clusters } = await ask(
          MarksDocument,
          { viewport: viewportOf(area), filter, language },
          signal,
        );
        await turn();
        this.#area = { frame: area, asked };
        this.marks = clusters;
      }, signal),
    );
  }

  #askTimeline(): void {
    this.#asking.timeline.run((signal) =>
      this.#attempt(async () => {
        if (!this.#frame) return;
        const { from, to } = this.timelineSpan ? (this.spanned ?? NO_FILTER) : NO_FILTER;
        const asked = { ...this.filter, isUndated: false, isCertain: false, from, to };
        const filter = questionOf(asked, this.box);
        const question = JSON.stringify(filter);
        // While a period is chosen by hand the counts stay what they are.
        if (question === this.#counted) return;
        const variables = { filter, bins: MOST_BINS };
        const colouring = this.#askColours(question, variables, signal);
        const { timeline } = await ask(TimelineDocument, variables, signal);
        this.#counted = question;
        // The colours mostly come with the bars, which then do not flash; where they take longer they come after them.
        const colours = await Promise.race([colouring, pause(PATIENCE)]);
        await turn();
        this.timeline = timeline;
        this.timelineColours = colours ?? null;
      }, signal),
    );
  }

  /** The colours of a timeline's bars, which do without when they cannot be had; shown when they come after the bars. */
  async #askColours(
    question: string,
    variables: TimelineColoursQueryVariables,
    signal: AbortSignal,
  ): Promise<Colours | null> {
    const answer = await ask(TimelineColoursDocument, variables, signal).catch(() => null);
    const colours = answer && answer.timeline.bins;
    if (question === this.#counted) this.timelineColours = colours;
    return colours;
  }

  /** West, south, east, north of the view; null before the map is there. */
  get box(): Box | null {
    return this.#frame && boxOf(viewportOf(this.#frame));
  }

  /** Asks again for all that is missing after a failure, and for the list in any case: what is shown may be of an earlier time. */
  async retry(): Promise<void> {
    this.#listed = null;
    if (!this.atlas) await this.start();
    this.#ask();
  }

  /** All that the atlas spans; null when nothing is dated or an end is open, and before it is known. */
  get whole(): Span | null {
    const [from = NaN, to = NaN] = [this.atlas?.during?.from, this.atlas?.during?.to].map((each) =>
      Date.parse(each ?? ''),
    );
    return from < to ? { from, to } : null;
  }

  /** The part of time that the timeline shows; null while there is none. */
  get spanned(): Span | null {
    return this.timelineSpan && this.whole ? within(this.timelineSpan, this.whole) : this.whole;
  }

  /** How a list of events is asked for. */
  get asking(): Asking {
    return { ask, language: this.words.language, during: this.whole };
  }

  /** Opens something in the panel; the browser's back button closes it again. */
  choose(selection: Selection): void {
    const opened = [...trail().opened, this.selection];
    this.left = null;
    this.#open(selection);
    this.#push({ opened, isOpening: true });
  }

  #push(state: Trail): void {
    const address = this.addressOf(this.selection);
    if (this.#isFramed) history.replaceState({ ...state, isOpening: false }, '', address);
    else history.pushState(state, '', address);
  }

  /** The address at which something is open; of the whole page, when nothing is. */
  addressOf(selection: Selection | null): string {
    return location.pathname + this.#query(selection);
  }

  /** Where it is told what was corrected, in the language that was chosen. */
  get correctionsAddress(): string {
    return this.#language === null ? '/corrections' : `/corrections?lang=${this.#language}`;
  }

  /** What is shown as a whole address to take elsewhere: of the map, or of the map in a frame. */
  linkTo(path: '/' | '/embed'): string {
    return location.origin + path + this.#query(this.selection);
  }

  #query(selection: Selection | null): string {
    const [filter, view, time, language] = [this.filter, this.#view, this.timelineSpan, this.#language];
    return writeAddress({ selection, filter, view, time, language });
  }

  #writeAddress(): void {
    history.replaceState(history.state, '', this.addressOf(this.selection));
  }

  /** Whether the reader came straight to what is chosen, by a link, and has seen nothing of the map yet. */
  get isArrival(): boolean {
    return this.selection !== null && this.selection === this.#arrival;
  }

  /** Goes back to what was open before; to the list, when the page was opened on what is chosen now. */
  async back(): Promise<void> {
    this.left = this.selection;
    const { opened, isOpening } = trail();
    // Where nothing else has happened since it was opened, the browser's way back is the same.
    if (isOpening) {
      this.#isClosing = true;
      const isBack = new Promise((done) => addEventListener('popstate', done, { once: true }));
      history.back();
      await isBack;
    } else {
      this.#open(opened.at(-1) ?? null);
      this.#push({ opened: opened.slice(0, -1), isOpening: false });
    }
  }

  /** Points out on the map the places of what is chosen. */
  pointOut(spots: readonly Spot[]): void {
    const idsOf = (each: readonly Spot[]): string => each.map(({ id }) => id).join(' ');
    // The same ones in another language leave the map where the reader has moved it.
    if (idsOf(spots) !== idsOf(this.spots)) this.spots = spots;
  }

  /** Points out in the list what a mark stands for, till the next. */
  pointAtMark(mark: MarkFragment | null): void {
    this.pointedMark = mark;
  }

  /** Points out on the map the places of a row, till the next. */
  pointAt(spots: readonly Spot[]): void {
    this.pointed = spots;
  }

  #open(selection: Selection | null): void {
    this.selection = selection;
    this.spots = [];
    this.pointed = [];
  }

  async #attempt(work: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    this.#waiting += 1;
    this.#lateness ??= setTimeout(() => (this.isLate = true), LATE);
    try {
      await work();
      this.problem = null;
    } catch (error) {
      if (!signal?.aborted) this.problem = error as Error;
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) {
        clearTimeout(this.#lateness);
        this.#lateness = undefined;
        this.isLate = false;
      }
    }
  }
}

/** What an entry of the browser's history remembers: what was open before, and whether it is there for having opened something. */
interface Trail {
  opened: (Selection | null)[];
  isOpening: boolean;
}

const trail = (): Trail => (history.state as Trail | null) ?? { opened: [], isOpening: false };

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));
