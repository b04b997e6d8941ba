import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { buildApp } from '../server/app.ts';
import { LANGUAGES, readTranslation, type Language } from '../web/languages.ts';
import { Words } from '../web/words.ts';
import { openPage, type Page } from './browser.ts';
import { DESK, focused, Journeys, labels, listed, mark, marks, PHONE, tabTo } from './journey.ts';

const journeys = new Journeys();
const { server, visit } = journeys;

const heading = (page: Page) => page.getByRole('heading', { level: 2 });

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

/** What the journeys look for, in the languages that they are made in. */
const PLACES = {
  en: { syria: 'Syria', aleppo: 'Aleppo', moscow: 'Moscow', astana: 'Astana', deirAlZor: 'Deir al-Zor' },
  ar: { syria: 'سوريا', aleppo: 'حلب', moscow: 'موسكو', astana: 'أستانا', deirAlZor: 'دير الزور' },
};

describe.each([
  ['English', 'a desk', 'en', DESK],
  ['English', 'a phone', 'en', PHONE],
  ['Arabic', 'a desk', 'ar', DESK],
  ['Arabic', 'a phone', 'ar', PHONE],
] as const)('in %s on %s', (_, __, language, size) => {
  const screen = { ...size, locale: language };
  const places = PLACES[language];
  let words: Words;
  beforeAll(async () => {
    words = new Words(language, await readTranslation(language));
  });

  test('the first view shows the whole atlas, as marks and as a list', async () => {
    const { page, problems } = await visit(screen);
    expect(await page.title()).toBe('Syria diplomacy, 2016-17 · Dateline');
    expect(await listed(page)).toBe(58);
    await expect
      .poll(() => page.getByRole('listitem').filter({ hasText: 'Meeting on Syria in Lausanne' }).count())
      .toBe(1);
    await expect.poll(() => mark(page, places.moscow).count()).toBe(1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(screen.width);
    expect(problems()).toEqual([]);
  });

  test('the name of a place is written whole, beside its mark', async () => {
    const { page } = await visit(screen);
    const button = mark(page, places.moscow);
    await button.waitFor();
    const { x, y, width, height } = (await button.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    /** How many of the next so many columns of pixels beside the mark have letters in them, on the side where there are more. */
    const lettered = (columns: number): Promise<number> =>
      page.evaluate(
        ([from, middle, to, most]) => {
          const canvases = [...document.querySelectorAll<HTMLCanvasElement>('.map canvas')];
          const count = (start: number): number => {
            let found = 0;
            for (let column = start; column < start + most; column++)
              found += Number(
                canvases.some((canvas) => {
                  const { left, top, width: shown } = canvas.getBoundingClientRect();
                  const ratio = canvas.width / shown;
                  const context = canvas.getContext('2d');
                  const [at, above] = [(column - left) * ratio, (middle - 6 - top) * ratio];
                  return context
                    ?.getImageData(at, above, 1, 12 * ratio)
                    .data.some((value, n) => n % 4 === 3 && value > 200);
                }),
              );
            return found;
          };
          return Math.max(count(to), count(from - most));
        },
        [x, y + height / 2, x + width, columns] as const,
      );
    // A letter is narrower than this, and the name is not.
    await expect.poll(() => lettered(40)).toBeGreaterThan(24);
  });

  test('a mark that is pressed comes apart, and the list follows the view', async () => {
    const { page, problems } = await visit(screen);
    const all = await listed(page);
    await takeApart(page, places.syria, places.aleppo);
    while (/[?&](place|area|event)=/.test(page.url())) {
      const opened = page.url();
      await page.getByRole('button', { name: words.say('back') }).click();
      await expect.poll(() => page.url()).not.toBe(opened);
    }
    await expect.poll(() => listed(page)).toBeLessThan(all);
    await expect.poll(() => mark(page, places.astana).count()).toBe(0);
    expect(problems()).toEqual([]);
  });

  test('a place lists its events in date order, and tells venue from subject', async () => {
    const { page, problems } = await visit(screen, '/?place=aleppo');
    await expect.poll(() => heading(page).innerText()).toBe(places.aleppo);
    const rows = await page
      .getByRole('listitem')
      .filter({ has: page.locator('.when') })
      .allInnerTexts();
    expect(rows.length).toBe(5);
    expect(rows[0]).toMatch(/^2012/);
    expect(rows.some((row) => row.includes(words.say('about', { places: words.say('thisPlace') })))).toBe(
      true,
    );
    expect(rows.some((row) => row.includes(words.say('here')))).toBe(true);
    expect(problems()).toEqual([]);
  });

  test('an event tells when, where, who and what each source claims, and its sources can be followed', async () => {
    const { page, problems } = await visit(screen, '/?event=deir-al-zor-strikes-2016-09');
    const dispute = page.getByRole('region', {
      name: words.say('sourcesDifferOn', { question: 'soldiers killed' }),
    });
    await dispute.waitFor();
    const [one, other] = await dispute.locator('.side').all();
    const values = await dispute.locator('.value').allTextContents();
    expect(values).toEqual([words.value('TOLL', '>60', ''), words.value('TOLL', '83', '')]);
    const boxes = [await one?.boundingBox(), await other?.boundingBox()];
    expect(boxes[0]?.y).toBe(boxes[1]?.y);
    expect(Math.abs((boxes[0]?.width ?? 0) - (boxes[1]?.width ?? 0))).toBeLessThan(20);
    const dateline = await page.locator('.dateline').innerText();
    expect(dateline.toLowerCase()).toBe(
      words.line([places.deirAlZor, words.date('[2016-09-12..2016-09-26]')]).toLowerCase(),
    );
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(screen.width);
    await dispute.getByRole('link').first().click();
    await expect.poll(() => heading(page).innerText()).toBe('Diplomatic Push to Ease Syria Crisis');
    await expect.poll(() => page.locator('.event').count()).toBeGreaterThan(10);
    await page.goBack();
    await expect.poll(() => heading(page).innerText()).toContain('Deir al-Zor');
    expect(problems()).toEqual([]);
  });
});

test('another language is spoken at once, without a reload, and is kept in the address and on the way back', async () => {
  const { page, problems } = await visit({ ...DESK, locale: 'ru-RU' });
  const root = page.locator('html');
  expect([await root.getAttribute('lang'), await root.getAttribute('dir')]).toEqual(['ru', 'ltr']);
  await expect.poll(() => marks(page)).toContain('Москва, 5 событий');
  await page.evaluate(() => Object.assign(window, { isSamePage: true }));
  await page.locator('[data-event="lausanne-meeting-2016-10-15"]').click();
  await expect.poll(() => page.locator('.place').innerText()).toBe('ЛОЗАННА');

  await page.getByRole('combobox', { name: 'Язык' }).selectOption('العربية');
  await expect.poll(() => page.locator('.place').innerText()).toBe('لوزان');
  await expect.poll(() => marks(page)).toContain('موسكو، 5 أحداث');
  expect([await root.getAttribute('lang'), await root.getAttribute('dir')]).toEqual(['ar', 'rtl']);
  expect(new URL(page.url()).search).toBe('?event=lausanne-meeting-2016-10-15&lang=ar');
  await page.goBack();
  await expect.poll(() => page.getByRole('status').innerText()).toBe('58 حدثًا في الإطار');
  expect(new URL(page.url()).search).toBe('?lang=ar');
  expect(await page.evaluate(() => 'isSamePage' in window)).toBe(true);

  await page.reload();
  await expect.poll(() => page.getByRole('status').innerText()).toBe('58 حدثًا في الإطار');
  expect(problems()).toEqual([]);
});

test('a language whose texts cannot be read is not spoken, and the reader is told', async () => {
  const { page } = await visit(DESK);
  await page.route(/\/fr-[^/]*\.js$/, (route) => route.abort());
  await page.getByRole('combobox', { name: 'Language' }).selectOption('Français');
  await expect.poll(() => page.getByRole('alert').innerText()).toContain('cannot be reached');
  expect(await page.getByRole('combobox', { name: 'Language' }).inputValue()).toBe('en');
  expect(new URL(page.url()).search).toBe('');
});

test('only the language in use is read', async () => {
  const read = async (locale: string): Promise<string[]> => {
    const { page } = await visit({ ...DESK, locale });
    const files = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    return (Object.keys(LANGUAGES) as Language[]).filter((language) =>
      files.some((name) => new RegExp(`/${language}-[^/]*\\.js$`).test(name)),
    );
  };
  expect(await read('en-GB')).toEqual([]);
  expect(await read('ar-SY')).toEqual(['ar']);
});

test('from right to left everything is mirrored, save the map itself', async () => {
  const isLeft = async (language: 'en' | 'ar'): Promise<boolean[]> => {
    const { page } = await visit({ ...DESK, locale: language });
    const middle = async (part: ReturnType<Page['locator']>): Promise<number> => {
      const { x = 0, width = 0 } = (await part.first().boundingBox()) ?? {};
      return x + width / 2;
    };
    const { moscow, astana } = PLACES[language];
    expect(await middle(mark(page, moscow))).toBeLessThan(await middle(mark(page, astana)));
    const parts = ['.panel', '.leaflet-control-zoom', '.legend', '.credit', '.wordmark', '.row svg'];
    const middles = await Promise.all(parts.map((part) => middle(page.locator(part))));
    return middles.map((x) => x < DESK.width / 2);
  };
  expect(await isLeft('en')).toEqual([true, false, false, false, true, true]);
  expect(await isLeft('ar')).toEqual([false, true, true, true, false, false]);
});

test('what the atlas and its sources say stays as it is written, in no language that it is not in', async () => {
  const { page } = await visit({ ...DESK, locale: 'fa' }, '/?event=deir-al-zor-strikes-2016-09');
  await expect
    .poll(() => heading(page).innerText())
    .toBe('Air strikes kill Syrian soldiers near Deir al-Zor');
  expect(await heading(page).getAttribute('lang')).toBe('en');
  expect(await heading(page).evaluate((each) => getComputedStyle(each).direction)).toBe('ltr');
  expect(await page.locator('.sources bdi').first().getAttribute('lang')).toBe('en');
  expect(await page.locator('.kicker bdi').getAttribute('lang')).toBeNull();
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

test.each([
  ['English', 'en', 'Map', 'Moscow', /Moscow, 5 events$/, 'Source'],
  ['Arabic', 'ar', 'الخريطة', 'موسكو', /موسكو، 5 أحداث$/, 'مصدر'],
])(
  'the whole journey by keyboard in %s: zoom, open a mark, an event, a source, and back to the mark',
  async (...of) => {
    const [, locale, map, moscow, itsMark, source] = of;
    const { page, problems } = await visit({ ...DESK, locale });
    const before = await marks(page);
    await page.getByRole('region', { name: map }).focus();
    await page.keyboard.press('+');
    await changed(page, before);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('-');
    await expect.poll(() => mark(page, moscow).count()).toBe(1);

    await tabTo(page, itsMark);
    await page.keyboard.press('Enter');
    await expect.poll(() => heading(page).innerText()).toBe(moscow);
    expect(await focused(page)).toBe(moscow);
    await page.locator('.row').first().waitFor();
    await tabTo(page, /201\d/);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.kicker').count()).toBe(1);
    await tabTo(page, /^(Iran.*|Diplomatic Push to Ease) Syria.*/);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.kicker').innerText()).toBe(source);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.brief').count()).toBe(1);
    await page.keyboard.press('Escape');
    await expect.poll(() => heading(page).innerText()).toBe(moscow);
    await page.keyboard.press('Escape');
    await expect.poll(() => heading(page).count()).toBe(0);
    await expect.poll(() => focused(page)).toMatch(itsMark);
    expect(problems()).toEqual([]);
  },
);

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
  await expect.poll(() => labels(page, '.mark.is-ringed')).toEqual([expect.stringContaining(name)]);
  expect(await page.locator('.mark.is-ringed').getAttribute('data-name')).not.toBe('none');
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

test('where nothing lies, the whole atlas is one press away', async () => {
  const { page } = await visit(DESK);
  const all = await listed(page);
  await page.mouse.move(500, 700);
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
  // Between them lies the bar of the timeline.
  expect(Math.abs((await top()) - (await mapEnd()) - 45)).toBeLessThan(2);
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
    [...document.querySelectorAll('button, select, summary, .leaflet-bar a, .row')]
      .map((each) => ({ name: each.textContent, box: each.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 44 || box.height < 44))
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
  const { page } = await openPage(journeys.browser, DESK);
  onTestFinished(() => page.context().close());
  await page.goto(await app.listen({ port: 0, host: '127.0.0.1' }));
  await expect.poll(() => asked.length).toBeGreaterThan(5);
  expect(asked.every((path) => /^\/\d+\/\d+\/\d+\.png$/.test(path))).toBe(true);
  await expect.poll(() => page.locator('img.leaflet-tile-loaded').count()).toBeGreaterThan(5);
  expect(await page.locator('.credit').innerText()).toContain('The Tile Makers');
});

test('GraphiQL is served from here and answers its example', async () => {
  const { page, problems } = await openPage(journeys.browser, DESK);
  onTestFinished(() => page.context().close());
  await page.goto(`${journeys.address}/graphiql`);
  // Its editor is ready when it shows the example.
  await page.locator('.graphiql-query-editor .view-line').nth(3).waitFor();
  await page.getByRole('button', { name: /execute/i }).click();
  await expect.poll(() => page.locator('.result-window').innerText()).toContain('Lausanne');
  expect(problems()).toEqual([]);
});

test('at twice the size the map keeps most of its height, the timeline opens over it, and a brief has the sheet to itself', async () => {
  const { page } = await visit({ ...DESK, width: 720, height: 450 });
  const boxOf = async (selector: string) =>
    (await page.locator(selector).boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  expect((await boxOf('.stage')).height).toBeGreaterThan(380);
  await page.getByRole('button', { name: /^Timeline/ }).click();
  const body = await boxOf('.timeline .body');
  expect(body.y > 0 && body.y + body.height <= 450).toBe(true);
  const [credit, legend] = [await boxOf('.credit'), await boxOf('.legend')];
  expect(credit.x + credit.width <= legend.x || credit.y >= legend.y + legend.height).toBe(true);

  await page.setViewportSize({ width: 390, height: 500 });
  await page.goto(`${journeys.address}/?event=lausanne-meeting-2016-10-15`);
  await heading(page).waitFor();
  const sheet = await boxOf('.panel');
  expect((await boxOf('.scroller')).height / sheet.height).toBeGreaterThan(0.65);
  await page.keyboard.press('/');
  expect((await boxOf('.search')).height).toBeGreaterThan(30);
  expect(await page.getByRole('searchbox').evaluate((each) => each === document.activeElement)).toBe(true);
});

test('in forced colours what colour alone would tell is still told: bars, the dot of a category, the handles', async () => {
  const { page } = await visit(DESK, '/?event=lausanne-meeting-2016-10-15&from=2016-09-01');
  await expect.poll(() => page.locator('.timeline path.layer').count()).toBeGreaterThan(1);
  await heading(page).waitFor();
  const dot = () => page.locator('.kicker .dot').evaluate((each) => getComputedStyle(each).backgroundColor);
  const before = await dot();
  await page.emulateMedia({ forcedColors: 'active' });
  expect(await dot()).toBe(before);
  const fills = await page
    .locator('.timeline path.layer')
    .evaluateAll((all) =>
      all.map((each) => `${each.classList.contains('is-soft')} ${getComputedStyle(each).fill}`),
    );
  expect(new Set(fills).size).toBe(2);
  const grip = await page
    .locator('.handle .grip')
    .first()
    .evaluate((each) => getComputedStyle(each).backgroundColor);
  const paper = await page.locator('.timeline').evaluate((each) => getComputedStyle(each).backgroundColor);
  expect(grip).not.toBe(paper);
});
