import type { Page } from './browser.ts';

/** A state of the page: the address at which it is found, and what is done there to come to it. */
export interface ScreenState {
  path: string;
  act?: (page: Page) => Promise<unknown>;
}

const EVENT = '/?event=lausanne-meeting-2016-10-15';

const press = (selector: string) => (page: Page) => page.locator(selector).first().click();

/** Presses what folds something away, where it is folded away. */
const unfold = (selector: string) => async (page: Page) => {
  const [fold] = await page.locator(selector).all();
  if (await fold?.isVisible()) await fold?.click();
};

/** All that the page shows, each state by its name, of the built-in atlas in any language. */
export const SCREENS = {
  map: { path: '/' },
  area: { path: '/?area=35.7,32.3,42.4,37.3&around=Syria&map=6/35/38.6' },
  place: { path: '/?place=aleppo' },
  event: { path: EVENT },
  claims: {
    path: EVENT,
    act: async (page: Page) => {
      await page.locator('.brief summary').click();
      await page
        .locator('.aspect')
        .first()
        .evaluate((each) => each.scrollIntoView());
    },
  },
  actor: { path: '/?actor=iran' },
  source: { path: '/?source=financial-tribune-2016-10-13' },
  unknown: { path: '/?event=never' },
  filters: { path: '/?claims=disputed&category=meeting', act: press('.filters .opener') },
  search: {
    path: '/',
    act: async (page: Page) => {
      await page.getByRole('searchbox').pressSequentially('ale');
      await page.locator('[role=option]').nth(1).waitFor();
    },
  },
  time: {
    path: '/?from=2016-09-01&to=2016-11-01&time=2016-04-01/2017-01-24',
    act: unfold('.timeline .slim'),
  },
  legend: { path: '/?role=subject', act: unfold('.legend:not([open]) summary') },
  share: { path: '/', act: press('.top .opener') },
  download: { path: '/?category=call', act: press('.filters .opener[popovertarget]') },
  keys: { path: '/', act: (page: Page) => page.keyboard.press('?') },
  nothing: { path: '/?category=visit&from=2015-01-01&to=2015-01-11' },
  unreachable: {
    path: '/',
    act: async (page: Page) => {
      await page.route(/\/graphql\b/, (route) => route.abort());
      await page.locator('.leaflet-control-zoom-in').click();
      await page.getByRole('alert').waitFor();
      await page.unroute(/\/graphql\b/);
    },
  },
  frame: { path: '/embed?place=aleppo' },
  'forced-map': {
    path: '/?from=2016-09-01',
    act: (page: Page) => page.emulateMedia({ forcedColors: 'active' }),
  },
  'forced-event': { path: EVENT, act: (page: Page) => page.emulateMedia({ forcedColors: 'active' }) },
  'print-map': {
    path: '/',
    act: async (page: Page) => {
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      await page.emulateMedia({ media: 'print' });
    },
  },
  'print-event': { path: EVENT, act: (page: Page) => page.emulateMedia({ media: 'print' }) },
} satisfies Record<string, ScreenState>;

/** Waits until what is to be read has come, though the map may still be drawn. */
export const arrive = (page: Page): Promise<void> =>
  page.locator('.row, .brief h2, .nothing, .quiet').first().waitFor();

/** Waits until all has come and is drawn. */
export async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.waitForFunction(() => {
    const tiles = [...document.querySelectorAll('.leaflet-tile')];
    const areThere =
      tiles.length > 0 && tiles.every((tile) => tile.classList.contains('leaflet-tile-loaded'));
    return areThere && document.fonts.status === 'loaded';
  });
  // Names are drawn in the frame after the tiles.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}
