import { afterAll, beforeAll, onTestFinished, test } from 'vitest';
import {
  launchBrowser,
  openPage,
  type Browser,
  type Page,
  type RecordedPage,
  type Screen,
} from './browser.ts';
import { TestServer } from './server.ts';

export const DESK: Screen = { width: 1440, height: 900, reducedMotion: true };
export const PHONE: Screen = { width: 390, height: 844, reducedMotion: true, touch: true };

const ALL_READERS = [
  ['English', 'a desk', 'en', DESK],
  ['Arabic', 'a phone', 'ar', PHONE],
  ['English', 'a phone', 'en', PHONE],
  ['Arabic', 'a desk', 'ar', DESK],
] as const;

const isAll = process.env['JOURNEYS'] === 'all';

/** Each language and each size once; with `JOURNEYS=all` each with each. */
export const READERS = isAll ? ALL_READERS : ALL_READERS.slice(0, 2);

/** The same, and what each of them walks journeys with: they take turns, and with `JOURNEYS=all` each walks all. */
export const READERS_IN_TURN = READERS.map((reader, turn) => {
  let journeys = 0;
  const walk = (...journey: [name: string, walk: () => Promise<void>]): void => {
    const isTheirs = isAll || journeys++ % READERS.length === turn;
    (isTheirs ? test : leave)(...journey);
  };
  return [...reader, walk] as const;
});

const leave = (): void => {};

/** A server of the built-in atlas and a browser, for the journeys of one test file. */
export class Journeys {
  readonly server = new TestServer();
  browser!: Browser;
  address!: string;

  constructor() {
    beforeAll(async () => {
      this.address = await this.server.compiled.listen({ port: 0, host: '127.0.0.1' });
      this.browser = await launchBrowser();
    });
    afterAll(() => this.browser?.close());
  }

  /** Opens the page and waits until it shows marks. */
  readonly visit = async (screen: Screen, path = '/'): Promise<RecordedPage> => {
    const opened = await openPage(this.browser, screen);
    onTestFinished(() => opened.page.context().close());
    await opened.page.goto(this.address + path);
    await opened.page.locator('.mark').first().waitFor();
    return opened;
  };
}

/** The mark of a place, in English or Arabic. */
export const mark = (page: Page, name: string) =>
  page.getByRole('button', { name: new RegExp(`^${name}[,،] .*(event|حدث|أحداث)`) });

/** What marks are called, in the order in which they are reached. */
export const marks = (page: Page): Promise<string[]> => labels(page, '.mark');

/** What buttons are called, of those that a selector finds. */
export const labels = (page: Page, selector: string): Promise<string[]> =>
  page.locator(selector).evaluateAll((all) => all.map((each) => each.getAttribute('aria-label') ?? ''));

/** How many events the page says that it shows. */
export const listed = async (page: Page): Promise<number> =>
  Number(/\d+/.exec(await page.getByRole('status').innerText())?.[0]);

/** What has the focus, by its text, or by what it is called where it has none. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { activeElement: at } = document;
    return at?.textContent?.trim() || (at?.getAttribute('aria-label') ?? '');
  });

/** Presses Tab until what has the focus is called so. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 200; presses++) {
    await page.keyboard.press('Tab');
    if (name.test(await focused(page))) return;
  }
  throw new Error(`Tab never came to ${name}; it ended on “${await focused(page)}”`);
}
