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
import { launchBrowser, openPage, type Screen } from '../tests/browser.ts';
import { SCREENS, settle, type ScreenState } from '../tests/screens.ts';
import { LANGUAGES } from '../web/languages.ts';

const home = resolve(import.meta.dirname, '..');

const SIZES: [width: number, height: number][] = [
  [1440, 900],
  [820, 1100],
  [390, 844],
];
const SCHEMES = ['light', 'dark'] as const;

interface Picture {
  name: string;
  screen: Screen;
  state: ScreenState;
}

const picture = (
  name: string,
  [width, height]: [number, number],
  colorScheme: 'light' | 'dark',
  state: ScreenState,
): Picture => ({
  name,
  state,
  screen: { width, height, colorScheme, reducedMotion: true, touch: width < 500 },
});

/** Those that the documents show. */
const DOCUMENTED = [
  picture('map', [1440, 900], 'light', SCREENS.map),
  picture('map-dark', [1440, 900], 'dark', SCREENS.map),
  picture('event', [1440, 900], 'light', SCREENS.event),
  picture('phone', [390, 844], 'light', SCREENS.map),
];

/** Each screen in each language, at each size and in light and dark, by a name of these words. */
function everything(): Picture[] {
  return Object.keys(LANGUAGES).flatMap((language) =>
    SIZES.flatMap((size) =>
      SCHEMES.flatMap((scheme) =>
        Object.entries<ScreenState>(SCREENS).map(([name, { path, ...act }]) => {
          const spoken = `${path}${path.includes('?') ? '&' : '?'}lang=${language}`;
          return picture([name, language, size[0], scheme].join(' '), size, scheme, {
            path: spoken,
            ...act,
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

const folder = await mkdtemp(join(tmpdir(), 'dateline-'));
const store = new SqliteStore(join(folder, 'atlas.sqlite'));
await store.replace(await readSoundPackage(resolve(home, 'data')));
const app = await buildApp(store, { tiles: null });
const address = await app.listen({ port: 0, host: '127.0.0.1' });
const browser = await launchBrowser();
const out = resolve(home, target ?? 'docs');
await mkdir(out, { recursive: true });
for (const { name, screen, state } of pictures) {
  const { page, problems } = await openPage(browser, screen);
  await page.goto(address + state.path);
  await settle(page);
  if (state.act) {
    await state.act(page);
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
