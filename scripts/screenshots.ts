/**
 * Pictures of the page, of the built-in atlas. Needs a built web.
 *
 *     npm run screenshots                              those in docs/, the README's among them
 *     npm run screenshots -- FOLDER                    every screen in every language, at every size, in light and in dark
 *     npm run screenshots -- FOLDER event,map ar 390   those of them that have one of the words of each group in their names
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildApp } from '../server/app.ts';
import { readSoundPackage } from '../server/import/data-package.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { launchBrowser, openPage, type Page, type Screen } from '../tests/browser.ts';
import { LANGUAGES } from '../web/languages.ts';

const home = resolve(import.meta.dirname, '..');
const EVENT = '/?event=lausanne-meeting-2016-10-15';

/** Where a picture is taken, and what is done there before. */
interface View {
  path: string;
  act?: (page: Page) => Promise<unknown>;
}

const press = (selector: string) => (page: Page) => page.locator(selector).first().click();
const unfoldTime = async (page: Page): Promise<void> => {
  const bar = page.locator('.timeline .slim');
  if (await bar.isVisible()) await bar.click();
};

/** All that the page shows, each by what it is called in the picture's name. */
const SCREENS: Record<string, View> = {
  map: { path: '/' },
  area: {
    path: '/',
    act: async (page) => {
      const counts = await page.locator('.mark-count').allInnerTexts();
      const fullest = counts
        .map(Number)
        .reduce((most, count, at, all) => (count > (all[most] ?? 0) ? at : most), 0);
      await page.locator('.mark').nth(fullest).click();
    },
  },
  place: { path: '/?place=aleppo' },
  event: { path: EVENT },
  claims: {
    path: EVENT,
    act: (page) =>
      page
        .locator('.aspect')
        .first()
        .evaluate((each) => each.scrollIntoView()),
  },
  actor: { path: '/?actor=iran' },
  source: { path: '/?source=financial-tribune-2016-10-13' },
  filters: { path: '/?claims=disputed&category=meeting', act: press('.filters summary, .filters > button') },
  search: {
    path: '/',
    act: (page) => page.locator('[role=searchbox]').pressSequentially('ale', { delay: 30 }),
  },
  time: { path: '/?from=2016-09-01&to=2016-11-01&time=2016-04-01/2017-01-24', act: unfoldTime },
  legend: {
    path: '/',
    act: (page) =>
      page
        .locator('.legend:not([open]) summary')
        .click({ timeout: 500 })
        .catch(() => undefined),
  },
  share: { path: '/', act: press('.top .opener') },
  keys: { path: '/', act: (page) => page.keyboard.press('?') },
  nothing: { path: '/?category=visit&from=2015-01-01&to=2015-01-11' },
  unreachable: {
    path: '/',
    act: async (page) => {
      await page.route(/\/graphql\b/, (route) => route.abort());
      await page.locator('.leaflet-control-zoom-in').click();
      await page.getByRole('alert').waitFor();
      await page.unroute(/\/graphql\b/);
    },
  },
  frame: { path: '/embed?place=aleppo' },
  'print-map': {
    path: '/',
    act: async (page) => {
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      await page.emulateMedia({ media: 'print' });
    },
  },
  'print-event': { path: EVENT, act: (page) => page.emulateMedia({ media: 'print' }) },
  'forced-map': { path: '/', act: (page) => page.emulateMedia({ forcedColors: 'active' }) },
  'forced-event': { path: EVENT, act: (page) => page.emulateMedia({ forcedColors: 'active' }) },
};

const SIZES: [width: number, height: number][] = [
  [1440, 900],
  [820, 1100],
  [390, 844],
];
const SCHEMES = ['light', 'dark'] as const;

interface Picture {
  name: string;
  screen: Screen;
  view: View;
}

const picture = (
  name: string,
  [width, height]: [number, number],
  colorScheme: 'light' | 'dark',
  view: View,
): Picture => ({
  name,
  view,
  screen: { width, height, colorScheme, reducedMotion: true, touch: width < 500 },
});

/** Those that the documents show. */
const DOCUMENTED = [
  picture('map', [1440, 900], 'light', { path: '/' }),
  picture('map-dark', [1440, 900], 'dark', { path: '/' }),
  picture('event', [1440, 900], 'light', { path: EVENT }),
  picture('phone', [390, 844], 'light', { path: '/' }),
];

/** Each screen in each language, at each size and in light and dark, by a name of these words. */
function everything(): Picture[] {
  return Object.keys(LANGUAGES).flatMap((language) =>
    SIZES.flatMap((size) =>
      SCHEMES.flatMap((scheme) =>
        Object.entries(SCREENS).map(([name, { path, ...view }]) => {
          const spoken = `${path}${path.includes('?') ? '&' : '?'}lang=${language}`;
          return picture([name, language, size[0], scheme].join(' '), size, scheme, {
            path: spoken,
            ...view,
          });
        }),
      ),
    ),
  );
}

const [target, ...groups] = process.argv.slice(2);
const wanted = groups.map((group) => group.split(','));
const pictures = target
  ? everything().filter(({ name }) =>
      wanted.every((group) => group.some((word) => name.split(' ').includes(word))),
    )
  : DOCUMENTED;
if (pictures.length === 0)
  throw new Error(`no picture is called ${groups.join(' ')}. Screens: ${Object.keys(SCREENS).join(', ')}`);

/** Waits until all has come and is drawn. */
async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle');
  await page.waitForFunction(() => {
    const tiles = [...document.querySelectorAll('.leaflet-tile')];
    const areThere =
      tiles.length > 0 && tiles.every((tile) => tile.classList.contains('leaflet-tile-loaded'));
    return areThere && document.fonts.status === 'loaded';
  });
  await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
}

const folder = await mkdtemp(join(tmpdir(), 'dateline-'));
const store = new SqliteStore(join(folder, 'atlas.sqlite'));
await store.replace(await readSoundPackage(resolve(home, 'data')));
const app = await buildApp(store, { tiles: null });
const address = await app.listen({ port: 0, host: '127.0.0.1' });
const browser = await launchBrowser();
const out = resolve(home, target ?? 'docs');
await mkdir(out, { recursive: true });
for (const { name, screen, view } of pictures) {
  const { page, problems } = await openPage(browser, screen);
  await page.goto(address + view.path);
  await settle(page);
  if (view.act) {
    await view.act(page);
    await settle(page);
  }
  await page.screenshot({ path: join(out, `${name.replaceAll(' ', '-')}.png`) });
  for (const problem of problems()) console.error(`${name}: ${problem}`);
  await page.context().close();
}
await browser.close();
await app.close();
await store.close();
await rm(folder, { recursive: true });
