import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { axe, launchBrowser, openPage, type Browser, type Page } from './browser.ts';
import { buildApp } from '../server/app.ts';
import { TestServer } from './server.ts';

const server = new TestServer();
let browser: Browser;
let address: string;

beforeAll(async () => {
  address = await server.app.listen({ port: 0, host: '127.0.0.1' });
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

type Screen = Parameters<typeof openPage>[1];
const DESK: Screen = { width: 1440, height: 900, reducedMotion: true };
const PHONE: Screen = { width: 390, height: 844, reducedMotion: true, touch: true };

/** Opens the map and waits until it shows marks and a list. */
async function visit(screen: Screen, path = '/'): Promise<{ page: Page; problems: () => string[] }> {
  const { page, problems } = await openPage(browser, screen);
  onTestFinished(() => page.context().close());
  await page.goto(address + path);
  await page.locator('.mark').first().waitFor();
  return { page, problems };
}

const mark = (page: Page, name: string) =>
  page.getByRole('button', { name: new RegExp(`^${name}, \\d+ events?`) });
const listed = async (page: Page): Promise<number> =>
  Number((await page.getByRole('status').innerText()).replace(/ events? in view/, ''));
const heading = (page: Page) => page.getByRole('heading', { level: 2 });
const marks = (page: Page): Promise<string[]> => page.locator('.mark .unseen').allTextContents();

/** Waits until the marks are others than they were. */
const changed = async (page: Page, before: string[]): Promise<void> => {
  await expect.poll(() => marks(page)).not.toEqual(before);
};

/** Presses a mark until a place that it counted has one of its own, as often as the screen is too small for it. */
async function takeApart(page: Page, name: string, inside: string): Promise<void> {
  for (let presses = 0; presses < 4 && (await mark(page, inside).count()) === 0; presses++) {
    const before = await marks(page);
    await mark(page, name).click();
    await changed(page, before);
  }
  await expect.poll(() => mark(page, inside).count()).toBe(1);
}

describe.each([
  ['a desk', DESK],
  ['a phone', PHONE],
])('on %s', (_, screen) => {
  test('the first view shows the whole atlas, as marks and as a list', async () => {
    const { page, problems } = await visit(screen);
    expect(await page.title()).toBe('Syria diplomacy, 2016-17 · Dateline');
    expect(await listed(page)).toBe(58);
    await expect
      .poll(() => page.getByRole('listitem').filter({ hasText: 'Meeting on Syria in Lausanne' }).count())
      .toBe(1);
    await expect.poll(() => mark(page, 'Moscow').count()).toBe(1);
    expect(problems()).toEqual([]);
  });

  test('zooming in takes marks apart, and the list follows the view', async () => {
    const { page, problems } = await visit(screen);
    const all = await listed(page);
    await takeApart(page, 'Syria', 'Aleppo');
    while (new URL(page.url()).search !== '') {
      const opened = page.url();
      await page.getByRole('button', { name: 'Back' }).click();
      await expect.poll(() => page.url()).not.toBe(opened);
    }
    await expect.poll(() => listed(page)).toBeLessThan(all);
    await expect.poll(() => mark(page, 'Astana').count()).toBe(0);
    expect(problems()).toEqual([]);
  });

  test('a place lists its events in date order, and tells venue from subject', async () => {
    const { page, problems } = await visit(screen, '/?place=aleppo');
    await expect.poll(() => heading(page).innerText()).toBe('Aleppo');
    const rows = await page
      .getByRole('listitem')
      .filter({ has: page.locator('.when') })
      .allInnerTexts();
    expect(rows.length).toBe(5);
    expect(rows[0]).toMatch(/^2012/);
    expect(rows.some((row) => row.includes('about this place'))).toBe(true);
    expect(rows.some((row) => row.includes('here'))).toBe(true);
    expect(problems()).toEqual([]);
  });

  test('an event tells when, where, who and what each source claims, and its sources can be followed', async () => {
    const { page, problems } = await visit(screen, '/?event=deir-al-zor-strikes-2016-09');
    const dispute = page.getByRole('region', { name: 'Sources differ: soldiers killed' });
    await dispute.waitFor();
    expect(await dispute.innerText()).toMatch(/more than 60/i);
    expect(await dispute.innerText()).toContain('83');
    const [one, other] = await dispute.locator('.side').all();
    const boxes = [await one?.boundingBox(), await other?.boundingBox()];
    expect(boxes[0]?.y).toBe(boxes[1]?.y);
    expect(Math.abs((boxes[0]?.width ?? 0) - (boxes[1]?.width ?? 0))).toBeLessThan(20);
    expect(await page.locator('.dateline').innerText()).toContain('2016');
    await dispute.getByRole('link').first().click();
    await expect.poll(() => heading(page).innerText()).toBe('Diplomatic Push to Ease Syria Crisis');
    await expect.poll(() => page.locator('.row').count()).toBeGreaterThan(10);
    await page.goBack();
    await expect.poll(() => heading(page).innerText()).toContain('Deir al-Zor');
    expect(problems()).toEqual([]);
  });

  test.each(['light', 'dark'] as const)(
    'axe finds nothing serious on the map, a place, an event and a source, %s',
    async (colorScheme) => {
      for (const path of [
        '/',
        '/?place=aleppo',
        '/?event=us-russia-ceasefire-2016-09',
        '/?source=tasnim-2016-05-10',
      ]) {
        const { page } = await visit({ ...screen, colorScheme }, path);
        await (path === '/' ? page.getByRole('status') : heading(page)).waitFor();
        expect([path, ...(await axe(page))]).toEqual([path]);
      }
    },
  );

  test('nothing is wider than the screen', async () => {
    const { page } = await visit(screen, '/?event=us-russia-ceasefire-2016-09');
    await heading(page).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(screen.width);
  });
});

test('dragging the map asks for what came into view, and drops what is out of date', async () => {
  const { page, problems } = await visit(DESK);
  const before = await marks(page);
  await page.mouse.move(900, 300);
  await page.mouse.down();
  await page.mouse.move(1300, 500, { steps: 8 });
  await page.mouse.up();
  await changed(page, before);
  await expect.poll(() => mark(page, 'Astana').count()).toBe(0);
  await page.mouse.move(700, 450);
  for (let i = 0; i < 4; i++) await page.mouse.wheel(0, -300);
  await expect.poll(() => listed(page)).toBeLessThan(58);
  const zoomed = await marks(page);
  await page.waitForLoadState('networkidle');
  expect(await marks(page)).toEqual(zoomed);
  expect(problems()).toEqual([]);
});

test('moving the map a little asks for no marks, and those that lay beside it are there at once', async () => {
  const { page } = await visit(DESK);
  await expect.poll(() => listed(page)).toBe(58);
  const asked: string[] = [];
  page.on('request', (request) => {
    const variables = new URL(request.url()).searchParams.get('variables');
    if (variables?.includes('viewport')) asked.push(variables);
  });
  await page.mouse.move(900, 300);
  await page.mouse.down();
  await page.mouse.move(840, 300, { steps: 6 });
  await page.waitForTimeout(300);
  await page.mouse.up();
  await page.waitForLoadState('networkidle');
  expect(asked).toEqual([]);
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await expect.poll(() => asked.length).toBe(1);
});

test('a drag that begins on a mark moves the map and opens nothing', async () => {
  const { page } = await visit(DESK);
  const box = await mark(page, 'Moscow').boundingBox();
  const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 120, y + 90, { steps: 6 });
  await page.mouse.up();
  await page.waitForLoadState('networkidle');
  expect(await heading(page).count()).toBe(0);
  expect((await mark(page, 'Moscow').boundingBox())?.x).toBeGreaterThan((box?.x ?? 0) + 100);
});

test('the whole journey by keyboard: zoom, open a mark, an event, a source, and back to the mark', async () => {
  const { page, problems } = await visit(DESK);
  const before = await marks(page);
  await page.getByRole('region', { name: 'Map' }).focus();
  await page.keyboard.press('+');
  await changed(page, before);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('-');
  await expect.poll(() => mark(page, 'Moscow').count()).toBe(1);

  await tabTo(page, /Moscow, 5 events$/);
  await page.keyboard.press('Enter');
  await expect.poll(() => heading(page).innerText()).toBe('Moscow');
  expect(await focused(page)).toBe('Moscow');
  await page.locator('.row').first().waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('.kicker').count()).toBe(1);
  await tabTo(page, /^(Iran|Diplomatic|Syria)[^,]*$/);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('.head .kicker').innerText()).toBe('Source');
  await page.keyboard.press('Escape');
  await expect.poll(() => page.locator('.brief').count()).toBe(1);
  await page.keyboard.press('Escape');
  await expect.poll(() => heading(page).innerText()).toBe('Moscow');
  await page.keyboard.press('Escape');
  await expect.poll(() => heading(page).count()).toBe(0);
  await expect.poll(() => focused(page)).toMatch(/Moscow, 5 events$/);
  expect(problems()).toEqual([]);
});

test('a region and a country are drawn as areas, once they have a mark of their own', async () => {
  const { page } = await visit(DESK);
  await mark(page, 'Syria').click();
  await expect.poll(() => mark(page, 'Northern Syria').count()).toBe(1);
  await expect.poll(() => page.locator('path.area').count()).toBeGreaterThan(1);
});

test.each([
  ['an event', '/?event=lausanne-meeting-2016-10-15', 'Lausanne'],
  ['a place', '/?place=deir-al-zor', 'Deir al-Zor'],
])('a link to %s goes in until its place is named on the map, and rings it', async (_, path, name) => {
  const { page, problems } = await visit(DESK, path);
  await expect.poll(() => page.locator('.mark.is-ringed .unseen').first().textContent()).toContain(name);
  expect(await page.locator('.mark.is-ringed .mark-name').first().isVisible()).toBe(true);
  expect(problems()).toEqual([]);
});

test('a link to a region draws its area', async () => {
  const { page } = await visit(DESK, '/?place=northern-syria');
  await expect.poll(() => page.locator('path.area.is-pointed').count()).toBe(1);
});

test('an event that is opened from the list rings its marks and leaves the map where it is', async () => {
  const { page } = await visit(DESK);
  const [before, all] = [await marks(page), await listed(page)];
  await page.locator('[data-event="lausanne-meeting-2016-10-15"]').click();
  await expect.poll(() => page.locator('.mark.is-ringed').count()).toBeGreaterThan(0);
  expect(await marks(page)).toEqual(before);
  await page.keyboard.press('Escape');
  await expect.poll(() => page.locator('.mark.is-ringed').count()).toBe(0);
  expect(await listed(page)).toBe(all);
});

test('the names of marks stay on the map', async () => {
  const { page } = await visit(PHONE);
  await takeApart(page, 'Syria', 'Deir al-Zor');
  for (const name of await page.locator('.mark-name[data-side]').all()) {
    const { x = 0, width = 0 } = (await name.boundingBox()) ?? {};
    expect(x).toBeGreaterThanOrEqual(0);
    expect(x + width).toBeLessThanOrEqual(PHONE.width);
  }
});

test('where nothing lies, the whole atlas is one press away', async () => {
  const { page } = await visit(DESK);
  const all = await listed(page);
  await page.mouse.move(500, 800);
  await page.mouse.wheel(0, -3000);
  await expect.poll(() => listed(page)).toBe(0);
  await page.getByRole('button', { name: 'Show the whole atlas' }).click();
  await expect.poll(() => listed(page)).toBe(all);
});

test('the sheet follows the finger, comes to rest at the nearest height, and the map takes the rest', async () => {
  const { page } = await visit(PHONE);
  const handle = page.getByRole('button', { name: /^Make the list/ });
  const top = async (): Promise<number> => Math.round((await handle.boundingBox())?.y ?? 0);
  const mapEnd = async (): Promise<number> => {
    const { y = 0, height = 0 } = (await page.getByRole('region', { name: 'Map' }).boundingBox()) ?? {};
    return y + height;
  };
  const half = await top();
  expect(half).toBe(PHONE.height / 2);
  await page.mouse.move(195, half + 10);
  await page.mouse.down();
  await page.mouse.move(195, half + 110, { steps: 5 });
  expect(await top()).toBe(half + 100);
  await page.waitForTimeout(100);
  await page.mouse.move(195, half + 300, { steps: 5 });
  await page.mouse.up();
  await expect.poll(async () => PHONE.height - (await top())).toBeLessThan(130);
  expect(await mapEnd()).toBeGreaterThan(await top());
  await handle.click();
  await expect.poll(top).toBe(half);
  await handle.focus();
  await page.keyboard.press('Enter');
  await expect.poll(top).toBe(56);
});

test('a finger finds every button: 44 pixels and more', async () => {
  const { page } = await visit(PHONE, '/?place=aleppo');
  await page.locator('.row').first().waitFor();
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('button, summary, .leaflet-bar a, .row')]
      .map((each) => ({ name: each.textContent, box: each.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 44 || box.height < 44)
      .map(({ name }) => name),
  );
  expect(small).toEqual([]);
});

test('the credits name the makers of the map, and say that borders are no endorsement', async () => {
  const { page } = await visit(DESK);
  const credit = await page.locator('.credit').innerText();
  for (const name of ['Natural Earth', 'GeoNames', 'Leaflet', 'no endorsement'])
    expect(credit).toContain(name);
});

test('a server that has gone is said, the last answer stays, and trying again works', async () => {
  const { page } = await visit(DESK);
  await page.route(/\/graphql\b/, (route) => route.abort());
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await page.getByRole('alert').waitFor();
  expect(await page.getByRole('alert').innerText()).toContain('cannot be reached');
  expect(await page.locator('.mark').count()).toBeGreaterThan(3);
  await page.unroute(/\/graphql\b/);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => page.getByRole('alert').count()).toBe(0);
});

test('online tiles are shown when the settings name some, and credited', async () => {
  const asked: string[] = [];
  const pixel =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const tiles = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.from(pixel, 'base64'));
  });
  await new Promise<void>((listening) => tiles.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(tiles.address() as AddressInfo).port}/{z}/{x}/{y}.png`;
  const app = await buildApp(server.store, { tiles: { url, attribution: 'The Tile Makers' } });
  onTestFinished(async () => {
    await app.close();
    tiles.close();
  });
  const { page } = await openPage(browser, DESK);
  onTestFinished(() => page.context().close());
  await page.goto(await app.listen({ port: 0, host: '127.0.0.1' }));
  await expect.poll(() => asked.length).toBeGreaterThan(5);
  expect(asked.every((path) => /^\/\d+\/\d+\/\d+\.png$/.test(path))).toBe(true);
  await expect.poll(() => page.locator('img.leaflet-tile-loaded').count()).toBeGreaterThan(5);
  expect(await page.locator('.credit').innerText()).toContain('The Tile Makers');
});

test('GraphiQL is served from here and answers its example', async () => {
  const { page, problems } = await openPage(browser, DESK);
  onTestFinished(() => page.context().close());
  await page.goto(`${address}/graphiql`);
  // Its editor is ready when it shows the example.
  await page.locator('.graphiql-query-editor .view-line').nth(3).waitFor();
  await page.getByRole('button', { name: /execute/i }).click();
  await expect.poll(() => page.locator('.result-window').innerText()).toContain('Lausanne');
  expect(problems()).toEqual([]);
});

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const at = document.activeElement;
    return at?.textContent?.trim() ?? '';
  });

/** Presses Tab until what has the focus is called so. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 200; presses++) {
    await page.keyboard.press('Tab');
    if (name.test(await focused(page))) return;
  }
  throw new Error(`Tab never came to ${name}; it ended on “${await focused(page)}”`);
}
