import { flushSync, mount, unmount } from 'svelte';
import { isBrief } from '../address.ts';
import { ask } from '../api.ts';
import type { EventList } from '../event-list.ts';
import type { Explorer } from '../explorer.svelte.ts';
import { SheetSourcesDocument, type SheetSourcesQuery } from '../queries.generated.ts';
import { drawMap, withFineMap } from './map-picture.ts';
import './print.css';
import Sheet from './Sheet.svelte';
import { sentenceShown } from './shown.ts';

/** As many as stand under the list in three or four lines. */
const MOST_SOURCES = 8;

/** What must be asked for before it is printed. */
interface Asked {
  of: EventList;
  sentence: string;
  sources: SheetSourcesQuery['sources'] | null;
}

/**
 * Has the browser print one clean page of what is shown, in the place of the page on the screen. A brief that is open is
 * printed as it stands there, by styles alone.
 */
export class Paper {
  readonly #explorer: Explorer;
  #asked: Asked | null = null;
  #sheet: Record<string, unknown> | null = null;

  constructor(explorer: Explorer) {
    this.#explorer = explorer;
    // While it prints, Chromium lets nobody make templates; so they are made now.
    this.#lay(document.createElement('canvas'));
    this.#clear();
    // It lives as long as the page.
    addEventListener('beforeprint', () => isBrief(explorer.selection) || (this.#sheet ?? this.#lay()));
    addEventListener('afterprint', () => this.#clear());
  }

  /** Prints with all that belongs to it. Who prints by the browser's menu gets what is there at that moment. */
  async print(): Promise<void> {
    if (isBrief(this.#explorer.selection)) return print();
    await this.#ask();
    await withFineMap(() => {
      this.#lay();
      print();
    });
  }

  async #ask(): Promise<void> {
    const list = this.#explorer.inView;
    if (!list) return;
    const question = { filter: list.filter, first: MOST_SOURCES };
    const [sentence, sources] = await Promise.all([
      sentenceShown(this.#explorer),
      ask(SheetSourcesDocument, question).then(
        (answer) => answer.sources,
        () => null,
      ),
    ]);
    this.#asked = { of: list, sentence, sources };
  }

  #lay(map = drawMap()): void {
    this.#clear();
    const { inView, words } = this.#explorer;
    const asked = this.#asked?.of === inView ? this.#asked : null;
    const sentence = asked?.sentence ?? words.count('eventsInView', inView?.total ?? 0);
    const sources = asked?.sources ?? null;
    const sheet = mount(Sheet, {
      target: document.body,
      props: { explorer: this.#explorer, sentence, map, isPaper: true, sources },
    });
    flushSync();
    sheet['fit']();
    this.#sheet = sheet;
  }

  #clear(): void {
    if (this.#sheet) void unmount(this.#sheet);
    this.#sheet = null;
  }
}
