import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildApp } from '../server/app.ts';
import type { Atlas } from '../server/event.ts';
import { readSoundPackage } from '../server/import/data-package.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { launchBrowser, type Browser, type Page } from './browser.ts';
import { ADDRESSES, COLOURS, hostile, openGuarded, WAYS_OUT } from './hostile-page.ts';
import { DESK } from './journey.ts';
import { BUILT_IN } from './server.ts';

let browser: Browser;
let atlas: Atlas;
let store: SqliteStore;
let app: FastifyInstance;
let address: string;
const folder = mkdtempSync(join(tmpdir(), 'dateline-'));

beforeAll(async () => {
  atlas = hostile(await readSoundPackage(BUILT_IN));
  store = new SqliteStore(join(folder, 'atlas.sqlite'));
  await store.replace(atlas);
  app = await buildApp(store, { tiles: null });
  address = await app.listen({ port: 0, host: '127.0.0.1' });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
  await store?.close();
  rmSync(folder, { recursive: true });
});

/** Opens a page on which anything that breaks out of its text is found. */
async function open(screen = DESK): Promise<{
  page: Page;
  visit: (path: string) => Promise<void>;
  check: (path: string) => Promise<void>;
  step: (path: string, headings: readonly string[]) => Promise<void>;
}> {
  const guarded = await openGuarded(browser, screen);
  const { page, broken } = guarded;
  onTestFinished(() => page.context().close());
  const check = async (path: string): Promise<void> => expect([path, ...(await broken())]).toEqual([path]);
  const visit = async (path: string): Promise<void> => {
    await guarded.visit(address + path);
    await check(path);
  };
  /** Goes on to what has one of these headings. */
  const step = async (path: string, headings: readonly string[]): Promise<void> => {
    await guarded.step(path);
    await expect.poll(async () => headings.map(asShown).includes(asShown(await shown(page)))).toBe(true);
    await check(path);
  };
  return { page, visit, check, step };
}

const at = (kind: string, id: string, more = ''): string => `/?${new URLSearchParams({ [kind]: id })}${more}`;
const shown = (page: Page): Promise<string> => page.getByRole('heading', { level: 2 }).innerText();
const asShown = (text: string): string => text.replaceAll('\u0000', '').replaceAll(/\s+/g, ' ').trim();

test('the atlas has every way out in it', () => {
  const text = JSON.stringify(atlas);
  for (const way of [...WAYS_OUT, ...ADDRESSES, ...COLOURS])
    expect([way, text.includes(JSON.stringify(way).slice(1, -1))]).toEqual([way, true]);
});

test('the map, its list and its legend show the data as text', async () => {
  const { page, visit } = await open();
  for (const path of ['/', '/?lang=ar', `/?q=${encodeURIComponent(WAYS_OUT[0] ?? '')}`]) await visit(path);
  await visit('/');
  expect(asShown(await page.getByRole('heading', { level: 1 }).innerText())).toBe(asShown(atlas.title));
  for (const mark of await page.locator('.mark').all()) await mark.hover({ force: true });
  for (const row of (await page.locator('.row').all()).slice(0, 5)) await row.hover();
  await visit('/');
});

test('events, sources, places and actors show their texts as text, and link to pages alone', async () => {
  const { visit, step } = await open();
  await visit('/');
  for (const { id, title } of atlas.events) await step(at('event', id), [title]);
  for (const { id, title } of atlas.sources) await step(at('source', id), [title]);
  for (const { id, name, names } of atlas.places.slice(0, 12))
    await step(at('place', id), [name, ...names.map((each) => each.name)]);
  for (const { id, name, names } of atlas.actors.slice(0, 12))
    await step(at('actor', id), [name, ...names.map((each) => each.name)]);
  const around = WAYS_OUT.join(' ');
  await visit(`/?area=30,30,45,40&around=${encodeURIComponent(around)}`);
});

test('what is searched for and filtered by is shown as text', async () => {
  const { page, visit, check } = await open();
  const [event] = atlas.events;
  const parameters = new URLSearchParams([
    ['q', WAYS_OUT[1] ?? ''],
    ['category', event?.category ?? ''],
    ['with', atlas.actors[0]?.id ?? ''],
    ['at', atlas.places[0]?.id ?? ''],
    ['from-source', atlas.sources[0]?.id ?? ''],
  ]);
  await page.goto(`${address}/?${parameters}`);
  await page.locator('.sentence').waitFor();
  await page.waitForLoadState('networkidle');
  await check(page.url());
  await visit('/');
  await page.getByRole('button', { name: 'Filters' }).click();
  await page.waitForLoadState('networkidle');
  for (const letters of ['mos', 'syria', '<img']) {
    await page.locator('input[type=search]').fill(letters);
    await page.waitForLoadState('networkidle');
  }
  await check(page.url());
});

test('the frame, the picture and the page of paper take the data as text', async () => {
  const { page, visit } = await open();
  await visit('/embed');
  await visit(`/embed${at('event', atlas.events[0]?.id ?? '').slice(1)}`);
  await visit('/');
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save a picture' }).click();
  expect((await saving).suggestedFilename()).toMatch(/^[\p{L}\p{N}_-]+\.png$/u);
  await page.pdf();
  await visit('/');
});

test('the frame’s code and what other sites are told hold the title as text', async () => {
  const { body } = await app.inject({
    url: `/oembed?url=${encodeURIComponent(`http://maps.example/?q=${WAYS_OUT[2]}`)}`,
    headers: { host: 'maps.example' },
  });
  expect(JSON.parse(body).html).toMatch(/^<iframe src="[^"<>]*" title="[^"<>]*" [^<>]*><\/iframe>$/);
});
