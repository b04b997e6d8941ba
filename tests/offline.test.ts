import { expect, onTestFinished, test } from 'vitest';
import { axe, openPage, type Page, type Screen } from './browser.ts';
import { DESK, Journeys, listed, marks as inOrder, PHONE } from './journey.ts';

const journeys = new Journeys();

/** Opens the page where it may be kept, and waits until it and what it was answered are. */
async function visit(screen: Screen, path = '/'): Promise<{ page: Page; problems: () => string[] }> {
  const opened = await openPage(journeys.browser, { ...screen, worksOffline: true });
  const { page } = opened;
  onTestFinished(() => page.context().close());
  await page.goto(journeys.address + path);
  await page.locator('.mark').first().waitFor();
  await expect.poll(() => kept(page, 'answers')).toBeGreaterThan(2);
  return opened;
}

/** How many answers, or files and pages, are kept. */
const kept = (page: Page, what: 'answers' | 'page'): Promise<number> =>
  page.evaluate(async (name) => {
    const names = (await caches.keys()).filter((each) => each.startsWith(name));
    const caught = await Promise.all(names.map(async (each) => (await caches.open(each)).keys()));
    return caught.flat().length;
  }, what);

/** Takes the connection away: from the page, and from its service worker, which the browser's switch leaves alone. */
async function disconnect(page: Page): Promise<void> {
  await page.context().setOffline(true);
  await page.context().route('**', (route) => route.abort('internetdisconnected'));
}

async function reconnect(page: Page): Promise<void> {
  await page.context().unrouteAll();
  await page.context().setOffline(false);
}

const marks = async (page: Page): Promise<string[]> => (await inOrder(page)).sort();
const bar = (page: Page) => page.locator('.offline');

test.each([
  ['en', DESK, /^No connection\. The data is as of \d+ \w+ \d{4} at \d\d:\d\d\.$/],
  ['ar', PHONE, /^لا اتصال\. البيانات كما كانت في .+\.$/],
] as const)('in %s, without a connection the page opens as it was, and says of when it is', async (...of) => {
  const [locale, size, words] = of;
  const { page } = await visit({ ...size, locale });
  const [shown, total] = [await marks(page), await listed(page)];
  expect(await bar(page).isVisible()).toBe(false);

  await disconnect(page);
  await page.reload();
  await expect.poll(() => bar(page).innerText()).toMatch(words);
  await expect.poll(() => marks(page)).toEqual(shown);
  expect(await page.locator('.sentence').innerText()).toContain(locale === 'en' ? String(total) : '');
  expect(await page.locator('canvas.leaflet-tile').count()).toBeGreaterThan(0);
  expect(await axe(page, { include: ['.offline'] })).toEqual([]);

  await reconnect(page);
  await expect.poll(() => bar(page).isVisible()).toBe(false);
});

test('what was seen with a connection is seen without; what was not is said to be out of reach', async () => {
  const { page } = await visit(DESK);
  const before = await marks(page);
  await page.locator('[data-event]').first().click();
  const heading = page.getByRole('heading', { level: 2 });
  await expect.poll(() => heading.count()).toBe(1);
  const title = await heading.innerText();
  await page.getByRole('button', { name: 'Back', exact: true }).click();
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await expect.poll(() => marks(page)).not.toEqual(before);
  const nearer = await marks(page);
  await page.waitForLoadState('networkidle');

  await disconnect(page);
  await page.getByRole('button', { name: 'Zoom out' }).click();
  await expect.poll(() => marks(page)).toEqual(before);
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await expect.poll(() => marks(page)).toEqual(nearer);
  await expect.poll(() => bar(page).isVisible()).toBe(true);
  await page.locator('[data-event]').first().click();
  await expect.poll(() => heading.innerText()).toBe(title);
  await page.goto(`${journeys.address}/?source=tasnim-2016-05-10`);
  await expect.poll(() => page.getByRole('alert').first().innerText()).toContain('cannot be reached');
  await reconnect(page);
  await page.getByRole('button', { name: 'Try again' }).first().click();
  await expect.poll(() => heading.count()).toBe(1);
});

test('a server that is gone is told as a connection that is gone', async () => {
  const { page } = await visit(DESK);
  await page.context().route('**/graphql?**', (route) => route.abort('connectionrefused'));
  await page.reload();
  await expect.poll(() => bar(page).innerText()).toMatch(/^No connection\. The data is as of /);
});

test('no error is kept, and no refusal', async () => {
  const { page } = await visit(DESK);
  await page.waitForLoadState('networkidle');
  const before = await kept(page, 'answers');
  const statuses = await page.evaluate(async () => {
    const ask = async (query: string): Promise<number> => {
      const headers = { 'apollo-require-preflight': 'true' };
      return (await fetch(`/graphql?query=${encodeURIComponent(query)}`, { headers })).status;
    };
    return [
      await ask('{ nothing }'),
      await ask('{ events(first: -1) { totalCount } }'),
      await ask('{ atlas { title } }'),
    ];
  });
  expect(statuses).toEqual([400, 400, 200]);
  await expect.poll(() => kept(page, 'answers')).toBe(before + 1);
});

test('of answers the last are kept, and no more than there is room for', async () => {
  const { page } = await visit(DESK);
  await page.waitForLoadState('networkidle');
  const oldest = await page.evaluate(async () => {
    const cache = await caches.open('answers');
    const [first] = await cache.keys();
    for (let i = 0; i < 400; i++) await cache.put(`/graphql?query=${i}`, new Response('{}'));
    const headers = { 'apollo-require-preflight': 'true' };
    await fetch(`/graphql?query=${encodeURIComponent('{ atlas { title } }')}`, { headers });
    return first?.url ?? '';
  });
  await expect.poll(() => kept(page, 'answers')).toBe(400);
  const addresses = await page.evaluate(async () =>
    (await (await caches.open('answers')).keys()).map(({ url }) => decodeURIComponent(url)),
  );
  expect(addresses.at(-1)).toContain('{ atlas { title } }');
  expect(addresses).not.toContain(decodeURIComponent(oldest));
});

test('the map in a frame keeps nothing', async () => {
  const { page } = await openPage(journeys.browser, { ...DESK, worksOffline: true });
  onTestFinished(() => page.context().close());
  await page.goto(`${journeys.address}/embed`);
  await page.locator('.mark').first().waitFor();
  await page.waitForLoadState('networkidle');
  expect(await page.evaluate(() => navigator.serviceWorker.getRegistrations())).toEqual([]);
  expect(await page.evaluate(() => caches.keys())).toEqual([]);
});

test('all languages, and what is read later, are there without a connection', async () => {
  const { page } = await visit(DESK);
  await disconnect(page);
  await page.getByRole('combobox', { name: 'Language' }).selectOption('Русский');
  await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('ru');
  await page.getByRole('button', { name: 'Поделиться' }).click();
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Сохранить картинку' }).click();
  expect((await saving).suggestedFilename()).toBe('syria-diplomacy-2016-17.png');
});
