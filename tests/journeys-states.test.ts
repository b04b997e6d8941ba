import { expect, onTestFinished, test } from 'vitest';
import { LANGUAGES, type Language } from '../web/languages.ts';
import { axe, openPage, type Screen } from './browser.ts';
import { DESK, Journeys, PHONE } from './journey.ts';
import { arrive, SCREENS, type ScreenState } from './screens.ts';

const journeys = new Journeys();

/** Those that stand on a screen; what is printed is looked at as it is printed. */
const STATES = Object.entries<ScreenState>(SCREENS).filter(([name]) => !name.startsWith('print'));

/** Rows are alike, and the first of them stand for all. */
const LIKE_OTHERS = { exclude: ['.rows > li:nth-child(n + 9)'] };

/** A window of 1280 by 1024 pixels where everything is twice as large. */
const TWICE: Screen = { ...DESK, width: 640, height: 512 };

const isAll = process.env['JOURNEYS'] === 'all';

/**
 * English and Arabic at one size each in every state, with axe, and in the dark in every other one. The other languages in turn,
 * where they may be too long for a screen: each comes to a quarter of the states, and each state to one of them. With
 * `JOURNEYS=all` each language at both sizes in every state, with axe.
 */
const READERS = (Object.keys(LANGUAGES) as Language[]).flatMap((language, at) => {
  const sizes = at % 2 === 0 ? [DESK, PHONE] : [PHONE, DESK];
  return sizes.slice(0, isAll ? 2 : 1).map((size) => ({ language, size, turn: at }));
});

test.each([...READERS, { language: 'fr' as const, size: TWICE, turn: 4 }])(
  'axe finds nothing in the states of the page, and none is wider than the screen: $language, $size.width pixels',
  { timeout: 400_000 },
  async ({ language, size, turn }) => {
    const { page, problems } = await openPage(journeys.browser, { ...size, locale: language });
    onTestFinished(() => page.context().close());
    // Colours are the same in every language.
    const isColoured = turn < 2;
    const found: string[] = [];
    const states = STATES.filter((_, at) => isAll || isColoured || at % 4 === turn % 4);
    expect(states.length).toBeGreaterThan(3);
    for (const [at, [name, { path, act }]] of states.entries()) {
      await page.goto(journeys.address + path);
      await arrive(page);
      await act?.(page);
      if (isAll || isColoured) {
        const rules = { 'color-contrast': { enabled: isColoured } };
        const light = await axe(page, { ...LIKE_OTHERS, rules });
        found.push(...light.map((each) => `${name}: ${each}`));
      }
      if (isColoured && (isAll || at % 2 === turn)) {
        await page.emulateMedia({ colorScheme: 'dark' });
        const dark = await axe(page, { ...LIKE_OTHERS, runOnly: ['color-contrast'] });
        found.push(...dark.map((each) => `${name}, in the dark: ${each}`));
      }
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > size.width) found.push(`${name}: ${width} pixels wide`);
      await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
    }
    expect(found).toEqual([]);
    // One of the states is that of a server that cannot be reached.
    expect(problems().filter((each) => !each.includes('ERR_FAILED'))).toEqual([]);
  },
);
