import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { buildApp } from '../server/app.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { readTranslation } from '../web/languages.ts';
import { Words } from '../web/words.ts';
import { generateAtlas } from './bench/generated-atlas.ts';
import { openPage, type Page } from './browser.ts';
import { DESK, Journeys, labels, listed, mark, marks, PHONE } from './journey.ts';

const journeys = new Journeys();
const { visit } = journeys;

const row = (page: Page, id: string) => page.locator(`[data-event="${id}"]`);
const ringed = (page: Page): Promise<string[]> => labels(page, '.mark.is-pointed');
const pointed = (page: Page): Promise<string[]> => page.locator('li.pointed .title').allTextContents();
const focusedEvent = (page: Page): Promise<string | null> =>
  page.evaluate(() => document.activeElement?.getAttribute('data-event') ?? null);

test('a row that is pointed at rings the marks that count it, and draws nothing anew', async () => {
  const { page, problems } = await visit(DESK);
  const drawn = await mark(page, 'Geneva').elementHandle();
  await row(page, 'lausanne-meeting-2016-10-15').hover();
  await expect.poll(() => ringed(page)).toContainEqual(expect.stringContaining('Geneva'));
  await page.mouse.move(900, 300);
  await expect.poll(() => ringed(page)).toEqual([]);
  await row(page, 'lausanne-meeting-2016-10-15').focus();
  await expect.poll(() => ringed(page)).toContainEqual(expect.stringContaining('Geneva'));
  expect(await drawn?.evaluate((button) => button.isConnected)).toBe(true);
  expect(problems()).toEqual([]);
});

test('a mark that is pointed at, or has the focus, marks its rows and no others', async () => {
  const { page } = await visit(DESK);
  await mark(page, 'Astana').hover();
  await expect.poll(async () => (await pointed(page)).length).toBe(4);
  const rows = await page.locator('li.pointed .how').allInnerTexts();
  expect(rows.every((how) => how.includes('Astana'))).toBe(true);
  await page.mouse.move(800, 600);
  await expect.poll(() => pointed(page)).toEqual([]);
  await mark(page, 'Moscow').focus();
  await expect.poll(async () => (await pointed(page)).length).toBe(5);
});

test('the list is one stop of Tab, and the arrows go through it to its end and back', async () => {
  const { page } = await visit(DESK);
  const stops = page.locator('.rows [tabindex="0"]');
  // The map may have its marks before the list has its rows.
  await expect.poll(() => stops.count()).toBe(1);
  await stops.focus();
  const first = await focusedEvent(page);
  await page.keyboard.press('ArrowDown');
  const second = await focusedEvent(page);
  expect(second).not.toBe(first);
  await page.keyboard.press('End');
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.closest('li')?.dataset['row']))
    .toBe('57');
  await page.keyboard.press('Home');
  await expect.poll(() => focusedEvent(page)).toBe(first);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.closest('.rows'))).toBeNull();
  await page.keyboard.press('Shift+Tab');
  expect(await focusedEvent(page)).toBe(second);
});

test('who goes back is on the row again, in the list and in the list of a place', async () => {
  const { page } = await visit(DESK);
  await row(page, 'lausanne-meeting-2016-10-15').click();
  await page.locator('.brief').waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => focusedEvent(page)).toBe('lausanne-meeting-2016-10-15');
  await mark(page, 'Astana').click();
  await page.getByRole('heading', { level: 2, name: 'Astana' }).waitFor();
  const inPlace = page.locator('.rows [data-event]').nth(2);
  const id = await inPlace.getAttribute('data-event');
  await inPlace.click();
  await page.locator('.brief').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 2, name: 'Astana' }).waitFor();
  await expect.poll(() => focusedEvent(page)).toBe(id);
});

describe.each([
  ['English', 'a desk', 'en', DESK],
  ['Arabic', 'a phone', 'ar', PHONE],
] as const)('in %s on %s', (_, __, language, size) => {
  test('where there is nothing in a period, the nearest event is said and is one press away', async () => {
    const words = new Words(language, await readTranslation(language));
    const { page, problems } = await openPage(journeys.browser, { ...size, locale: language });
    onTestFinished(() => page.context().close());
    await page.goto(`${journeys.address}/?category=visit&from=2015-01-01&to=2015-01-11`);
    await expect.poll(() => page.locator('.nothing').innerText()).toContain(words.say('nothingThen'));
    const go = page.locator('.nothing button').first();
    await expect.poll(() => go.innerText()).toMatch(/\d+|[٠-٩]+/);
    await go.click();
    await expect.poll(() => page.locator('.rows .row').count()).toBeGreaterThan(0);
    const { searchParams } = new URL(page.url());
    expect(Date.parse(searchParams.get('from') ?? '')).toBeGreaterThan(Date.parse('2016-01-01'));
    expect(problems()).toEqual([]);
  });
});

test('a slow answer leaves the one before, and says so after a while', async () => {
  const { page } = await visit(DESK);
  const [before, all] = [await marks(page), await listed(page)];
  let answer: () => void = () => {};
  const answered = new Promise<void>((done) => (answer = done));
  await page.route(/\/graphql(?!\/)/, async (route) => {
    await answered;
    await route.continue();
  });
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await page.locator('.is-late').waitFor({ state: 'attached' });
  expect(await page.locator('.in-view').getAttribute('aria-busy')).toBe('true');
  expect([await marks(page), await page.locator('.rows .row').count()]).toEqual([before, all]);
  answer();
  await expect.poll(() => page.locator('.is-late').count()).toBe(0);
  await expect.poll(() => listed(page)).toBeLessThan(all);
});

test('what failed says what to do, and comes back by itself with the connection', async () => {
  const { page } = await visit(DESK);
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await expect.poll(() => page.getByRole('alert').innerText()).toContain('Check the connection');
  expect(await page.locator('.rows .row').count()).toBe(58);
  await page.context().setOffline(false);
  await expect.poll(() => page.getByRole('alert').count()).toBe(0);
});

test('the page does not jump while it loads', async () => {
  const { page } = await openPage(journeys.browser, DESK);
  onTestFinished(() => page.context().close());
  await page.addInitScript(() => {
    Object.assign(window, { shifts: 0 });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        (window as unknown as { shifts: number }).shifts += (entry as unknown as { value: number }).value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(journeys.address);
  await page.locator('.rows .row').first().waitFor();
  await page.waitForLoadState('networkidle');
  expect(await page.evaluate(() => (window as unknown as { shifts: number }).shifts)).toBeLessThan(0.1);
});

describe('a list of 20,000 events', () => {
  const EVENTS = 20_000;
  const folder = mkdtempSync(join(tmpdir(), 'dateline-'));
  let store: SqliteStore;
  let app: FastifyInstance;
  let address: string;
  beforeAll(async () => {
    store = new SqliteStore(join(folder, 'atlas.sqlite'));
    await store.replace(generateAtlas(EVENTS));
    app = await buildApp(store, { tiles: null });
    address = await app.listen({ port: 0, host: '127.0.0.1' });
  }, 120_000);
  afterAll(async () => {
    await app.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const open = async (
    screen: typeof DESK,
    path = '/',
  ): Promise<{ page: Page; total: number; problems: () => string[] }> => {
    const { page, problems } = await openPage(journeys.browser, screen);
    onTestFinished(() => page.context().close());
    await page.goto(address + path);
    await page.locator('.rows .row').first().waitFor();
    await page.waitForLoadState('networkidle');
    const total = Number(await page.locator('.rows li').first().getAttribute('aria-setsize'));
    return { page, total, problems };
  };
  /** The numbers of the rows in sight, and whether all of them have come. */
  const inSight = (page: Page): Promise<{ rows: number[]; isThere: boolean }> =>
    page.evaluate(() => {
      const { top, bottom } = document.querySelector('.scroller')?.getBoundingClientRect() ?? {
        top: 0,
        bottom: 0,
      };
      const seen = [...document.querySelectorAll<HTMLElement>('.rows li:not(.aside)')].filter((each) => {
        const box = each.getBoundingClientRect();
        return box.bottom > top + 1 && box.top < bottom - 1;
      });
      return {
        rows: seen.map((each) => Number(each.dataset['row'])),
        isThere: seen.length > 0 && seen.every((each) => each.querySelector('a')),
      };
    });
  const scrollTo = (page: Page, part: number): Promise<void> =>
    page.locator('.scroller').evaluate((box, to) => {
      box.scrollTop = to * (box.scrollHeight - box.clientHeight);
    }, part);

  test.each([DESK, PHONE])(
    'has a scrollbar as long as all of it, and the rows of wherever one goes: $width pixels',
    async (screen) => {
      const { page, total, problems } = await open(screen);
      expect(total).toBeGreaterThan(EVENTS / 2);
      for (const part of [0.5, 1, 0.25, 0]) {
        await scrollTo(page, part);
        await expect.poll(async () => (await inSight(page)).isThere).toBe(true);
        const { rows } = await inSight(page);
        expect(rows).toEqual(Array.from({ length: rows.length }, (_, nth) => (rows[0] ?? 0) + nth));
        expect(Math.abs((rows[0] ?? 0) / total - part)).toBeLessThan(0.03);
        expect(await page.locator('.rows li').count()).toBeLessThan(80);
      }
      expect(problems()).toEqual([]);
    },
  );

  test('is read to the last row by keyboard, and the focus stays where it was scrolled out of sight', async () => {
    const { page, total } = await open(DESK);
    const rowOfFocus = (): Promise<number> =>
      page.evaluate(() => Number(document.activeElement?.closest('li')?.dataset['row'] ?? -1));
    await page.locator('.rows [tabindex="0"]').focus();
    await page.keyboard.press('End');
    await expect.poll(() => focusedEvent(page)).not.toBeNull();
    await expect.poll(rowOfFocus).toBe(total - 1);
    await page.keyboard.press('ArrowUp');
    await expect.poll(rowOfFocus).toBe(total - 2);
    await scrollTo(page, 0.4);
    await expect.poll(async () => (await inSight(page)).isThere).toBe(true);
    expect(await rowOfFocus()).toBe(total - 2);
    await page.keyboard.press('ArrowUp');
    await expect.poll(rowOfFocus).toBe(total - 3);
    await expect.poll(async () => (await inSight(page)).rows).toContain(total - 3);
  });

  test.each(['of the view', 'of an area'])(
    '%s is found again where it was left, however deep',
    async (of) => {
      const { page, total } = await open(
        DESK,
        of === 'of an area' ? '/?area=-170,-60,170,75&around=it' : '/',
      );
      expect(total).toBeGreaterThan(EVENTS / 2);
      await scrollTo(page, 0.6);
      await expect.poll(async () => (await inSight(page)).isThere).toBe(true);
      const { rows } = await inSight(page);
      const link = page.locator(`.rows li[data-row="${rows[2]}"] a`);
      const id = await link.getAttribute('data-event');
      await link.click();
      await page.locator('.brief').waitFor();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(decodeURIComponent(request.url())));
      await page.keyboard.press('Escape');
      await expect.poll(() => focusedEvent(page)).toBe(id);
      // A list that is read from its beginning again would have no such row.
      expect(asked.filter((each) => each.includes('"first":60'))).toEqual([]);
      expect((await inSight(page)).rows).toContain(rows[2]);
    },
  );

  test('begins again with another view', async () => {
    const { page, total } = await open(DESK);
    await scrollTo(page, 0.6);
    await expect.poll(async () => (await inSight(page)).isThere).toBe(true);
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await expect
      .poll(async () => Number(await page.locator('.rows li').first().getAttribute('aria-setsize')))
      .toBeLessThan(total);
    await expect.poll(async () => (await inSight(page)).rows[0]).toBe(0);
  });
});
