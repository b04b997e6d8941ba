/** Writes pictures of the page to `docs/`, the README's among them: `npm run screenshots`. Needs a built web. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildApp } from '../server/app.ts';
import { readSoundPackage } from '../server/import/data-package.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { launchBrowser, openPage } from '../tests/browser.ts';

const home = resolve(import.meta.dirname, '..');
const EVENT = '/?event=lausanne-meeting-2016-10-15';

/** Name, width and height in CSS pixels, colour scheme, address, and the mark to click before the picture is taken. */
const PICTURES: [string, number, number, 'light' | 'dark', string, string?][] = [
  ['map', 1440, 900, 'light', '/'],
  ['map-dark', 1440, 900, 'dark', '/'],
  ['event', 1440, 900, 'light', EVENT],
  ['tablet', 820, 1100, 'light', '/', 'Syria'],
  ['phone', 390, 844, 'light', '/'],
  ['phone-event-dark', 390, 844, 'dark', EVENT],
  ['arabic', 1440, 900, 'light', '/?lang=ar'],
  ['phone-persian-dark', 390, 844, 'dark', `${EVENT}&lang=fa`],
];

const folder = await mkdtemp(join(tmpdir(), 'dateline-'));
const store = new SqliteStore(join(folder, 'atlas.sqlite'));
await store.replace(await readSoundPackage(resolve(home, 'data')));
const app = await buildApp(store, { tiles: null });
const address = await app.listen({ port: 0, host: '127.0.0.1' });
const browser = await launchBrowser();
const out = resolve(home, process.argv[2] ?? 'docs');
await mkdir(out, { recursive: true });
for (const [name, width, height, colorScheme, path, mark] of PICTURES) {
  const { page, problems } = await openPage(browser, {
    width,
    height,
    colorScheme,
    reducedMotion: true,
    touch: width < 500,
  });
  await page.goto(address + path);
  await page.locator('.mark').first().waitFor();
  await page.waitForTimeout(1500);
  if (mark) {
    await page.getByRole('button', { name: new RegExp(`^${mark},`) }).click();
    await page.waitForTimeout(1500);
  }
  await page.screenshot({ path: join(out, `${name}.png`) });
  for (const problem of problems()) console.error(`${name}: ${problem}`);
  await page.context().close();
}
await browser.close();
await app.close();
await store.close();
await rm(folder, { recursive: true });
