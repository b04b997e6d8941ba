import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readTranslation } from '../web/languages.ts';
import { Words } from '../web/words.ts';
import { openPage, type Page } from './browser.ts';
import { DESK, Journeys, PHONE, READERS_IN_TURN, listed } from './journey.ts';

const journeys = new Journeys();
const { visit } = journeys;

const JUNE_TO_SEPTEMBER = '/?from=2016-06-01&to=2016-10-01';

/** Where a part of the bars lies on the screen, from their inline start. */
async function spotAt(page: Page, part: number): Promise<{ x: number; y: number }> {
  const box = await page.locator('.timeline .plot').boundingBox();
  const isMirrored = (await page.locator('html').getAttribute('dir')) === 'rtl';
  const { x = 0, y = 0, width = 0, height = 0 } = box ?? {};
  return { x: x + width * (isMirrored ? 1 - part : part), y: y + height / 2 };
}

async function drag(page: Page, from: number, to: number): Promise<void> {
  const [start, end] = [await spotAt(page, from), await spotAt(page, to)];
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(end.x, end.y, { steps: 8 });
}

/** What part of the bars lies before a handle. */
async function partOf(page: Page, end: 'from' | 'to'): Promise<number> {
  const { x, width } = (await page.locator(`.handle.is-${end} .grip`).boundingBox()) ?? { x: 0, width: 0 };
  const [start, whole] = [await spotAt(page, 0), await spotAt(page, 1)];
  return (x + width / 2 - start.x) / (whole.x - start.x);
}

/** The ends of the period, as the address has them. */
const asked = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const parameters = new URLSearchParams(location.search);
    return ['from', 'to'].map((name) => parameters.get(name) ?? 'open');
  });

/** Opens the timeline where it is folded away. */
async function unfold(page: Page, words: Words): Promise<void> {
  const bar = page.getByRole('button', { name: new RegExp(`^${words.say('timeline')}`) });
  if (await bar.isVisible()) await bar.click();
  await page.locator('.timeline .certainly').first().waitFor({ state: 'attached' });
  await expect.poll(() => page.locator('.timeline path.possibly').getAttribute('d')).toContain('M');
}

/** Touches of several fingers, which Playwright's own touch screen has not. */
async function fingers(page: Page) {
  const session = await page.context().newCDPSession(page);
  const put = (type: 'touchStart' | 'touchMove' | 'touchEnd', spots: { x: number; y: number }[]) =>
    session.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: spots.map((spot, id) => ({ ...spot, id })),
    });
  return async (...steps: number[][]): Promise<void> => {
    for (const [at, parts] of steps.entries()) {
      const spots = await Promise.all(parts.map((part) => spotAt(page, part)));
      await put(at === 0 ? 'touchStart' : 'touchMove', spots);
    }
    await put('touchEnd', []);
  };
}

describe.each(READERS_IN_TURN)('in %s on %s', (_, __, language, size, walk) => {
  const screen = { ...size, locale: language };
  let words: Words;
  beforeAll(async () => {
    words = new Words(language, await readTranslation(language));
  });
  const slider = (page: Page, end: 'from' | 'to') =>
    page.getByRole('slider', { name: words.say(`time.${end}`), exact: true });
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

  walk(
    'a period is drawn by hand, the list follows while it is, and the way back takes it off at once',
    async () => {
      const { page, problems } = await visit(screen);
      await unfold(page, words);
      const all = await listed(page);
      await drag(page, 0.5, 0.8);
      await expect.poll(() => listed(page)).toBeLessThan(all);
      expect(await asked(page)).toEqual(['open', 'open']);
      await page.mouse.up();
      const [from = '', to = ''] = await asked(page);
      expect([from, to]).toEqual(['2014-02-01', '2015-12-01']);
      await page.goBack();
      await expect.poll(() => listed(page)).toBe(all);
      expect(await asked(page)).toEqual(['open', 'open']);
      expect(problems()).toEqual([]);
    },
  );

  walk(
    'either handle and the middle of the window are taken by hand; time runs as the page is read',
    async () => {
      const { page, problems } = await visit(screen, '/?from=2012-01-01&to=2014-01-01');
      await unfold(page, words);
      const [start, end] = [await partOf(page, 'from'), await partOf(page, 'to')];
      expect(start < end).toBe(true);
      await drag(page, (start + end) / 2, (start + end) / 2 + 0.2);
      await page.mouse.up();
      const [from = '', to = ''] = await asked(page);
      expect([from, to]).toEqual(['2013-03-01', '2015-03-01']);
      await expect.poll(() => partOf(page, 'from')).toBeGreaterThan(start + 0.15);

      await drag(page, await partOf(page, 'to'), 0.99);
      await page.mouse.up();
      expect((await asked(page))[0]).toBe(from);
      expect(((await asked(page))[1] ?? '') > to).toBe(true);
      await drag(page, await partOf(page, 'from'), 0.02);
      await page.mouse.move((await spotAt(page, -0.02)).x, 0);
      await page.mouse.up();
      expect((await asked(page))[0]).toBe('open');
      expect(problems()).toEqual([]);
    },
  );

  walk('the handles are sliders that say whole dates, and keys move them by the chosen step', async () => {
    const { page, problems } = await visit(screen, JUNE_TO_SEPTEMBER);
    await unfold(page, words);
    const said = (end: 'from' | 'to') => slider(page, end).getAttribute('aria-valuetext');
    expect([await said('from'), await said('to')]).toEqual([
      words.date('2016-06-01'),
      words.date('2016-09-30'),
    ]);
    const [on, back] = language === 'ar' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowRight', 'ArrowLeft'];
    const start = await partOf(page, 'from');
    await slider(page, 'from').press(on);
    await expect.poll(() => asked(page)).toEqual(['2016-07-01', '2016-10-01']);
    expect(await said('from')).toBe(words.date('2016-07-01'));
    expect((await partOf(page, 'from')) > start).toBe(true);
    await slider(page, 'to').press(back);
    await slider(page, 'to').press('ArrowDown');
    await slider(page, 'to').press('ArrowDown');
    await expect.poll(() => asked(page)).toEqual(['2016-07-01', '2016-08-01']);
    await page.getByRole('combobox', { name: words.say('time.step'), exact: true }).selectOption('day');
    await slider(page, 'to').press('ArrowUp');
    await expect.poll(() => asked(page)).toEqual(['2016-07-01', '2016-08-02']);
    await slider(page, 'to').press('Shift+ArrowUp');
    await expect.poll(() => asked(page)).toEqual(['2016-07-01', '2016-08-08']);
    await slider(page, 'to').press('PageUp');
    await slider(page, 'from').press('Home');
    await expect.poll(() => asked(page)).toEqual(['open', '2016-08-15']);
    await slider(page, 'from').press('End');
    await expect.poll(() => asked(page)).toEqual(['2016-08-14', '2016-08-15']);
    await slider(page, 'to').press('End');
    await expect.poll(() => asked(page)).toEqual(['2016-08-14', 'open']);
    await page.goBack();
    await expect.poll(() => asked(page)).toEqual(['2016-08-14', '2016-08-15']);
    expect(problems()).toEqual([]);
  });

  walk('steps go on and back by what is chosen, and playing goes to the end', async () => {
    const { page, problems } = await visit(screen, '/?from=2016-11-01&to=2016-12-01');
    await unfold(page, words);
    await button(page, words.say('time.earlier')).click();
    await expect.poll(() => asked(page)).toEqual(['2016-10-01', '2016-11-01']);
    await button(page, words.say('time.later')).click();
    await expect.poll(() => asked(page)).toEqual(['2016-11-01', '2016-12-01']);
    await button(page, words.say('time.play')).click();
    await button(page, words.say('time.pause')).waitFor();
    await button(page, words.say('time.play')).waitFor();
    expect(await asked(page)).toEqual(['2017-01-01', '2017-02-01']);
    expect(await button(page, words.say('time.later')).isDisabled()).toBe(true);
    await page.goBack();
    await expect.poll(() => asked(page)).toEqual(['2016-11-01', '2016-12-01']);
    await button(page, words.say('time.clear')).click();
    await expect.poll(() => asked(page)).toEqual(['open', 'open']);
    expect(problems()).toEqual([]);
  });

  walk(
    'a switch asks what possibly or surely was in the period, and undated events are counted and listed',
    async () => {
      const { page, problems } = await visit(screen, JUNE_TO_SEPTEMBER);
      await unfold(page, words);
      const possibly = await listed(page);
      await page.getByRole('radio', { name: words.say('time.certainly') }).check();
      await expect.poll(() => listed(page)).toBeLessThan(possibly);
      expect(page.url()).toContain('within=certainly');
      await page.getByRole('radio', { name: words.say('time.possibly') }).check();
      await expect.poll(() => listed(page)).toBe(possibly);
      const undated = button(page, words.count('time.undated', 1));
      await undated.click();
      await expect.poll(() => page.getByRole('status').innerText()).toMatch(/1|واحد/);
      expect(page.url()).toContain('undated=only');
      expect(await undated.getAttribute('aria-pressed')).toBe('true');
      await undated.click();
      await expect.poll(() => listed(page)).toBe(possibly);
      expect(problems()).toEqual([]);
    },
  );
});

describe('on a desk', () => {
  test('a bar that is pressed is the period, and a double press takes the period off', async () => {
    const { page } = await visit(DESK);
    await page.locator('.timeline path.certainly').waitFor({ state: 'attached' });
    const { x, y } = await spotAt(page, 0.5);
    await page.mouse.click(x, y);
    const [from = '', to = ''] = await asked(page);
    expect(Date.parse(to) - Date.parse(from)).toBeLessThanOrEqual(31 * 24 * 3600e3);
    expect(from).toMatch(/-01$/);
    await page.mouse.dblclick(x, y);
    await expect.poll(() => asked(page)).toEqual(['open', 'open']);
  });

  test('the wheel looks closer around the pointer, buttons closer at the period, and back at the whole', async () => {
    const { page, problems } = await visit(DESK, JUNE_TO_SEPTEMBER);
    const bars = () => page.locator('.timeline path.possibly').getAttribute('d');
    const ticks = () => page.locator('.timeline .tick').allInnerTexts();
    await expect.poll(ticks).toEqual(['2012', '2013', '2014', '2015', '2016']);
    const whole = await bars();
    await page.getByRole('button', { name: 'Fill the timeline with the period' }).click();
    await expect.poll(ticks).toContain('Aug');
    await expect.poll(bars).not.toBe(whole);
    expect([await partOf(page, 'from'), await partOf(page, 'to')].map((part) => part.toFixed(2))).toEqual([
      ...['0.17', '0.83'],
    ]);
    const { x, y } = await spotAt(page, 0.17);
    await page.mouse.move(x, y);
    await page.mouse.wheel(0, -200);
    await expect.poll(async () => (await partOf(page, 'to')) > 0.99).toBe(true);
    expect(Math.abs((await partOf(page, 'from')) - 1 / 6)).toBeLessThan(0.01);
    for (let presses = 0; presses < 8; presses++) await page.mouse.wheel(0, 400);
    await expect.poll(ticks).toEqual(['2012', '2013', '2014', '2015', '2016']);
    await expect.poll(bars).toBe(whole);
    expect(await page.getByRole('button', { name: 'More time, in less detail' }).isDisabled()).toBe(true);
    expect(problems()).toEqual([]);
  });

  test('its bars have the colours of the legend, which are asked for by themselves and not while a hand moves', async () => {
    const { page } = await visit(DESK, '/?time=2016-04-01/2017-01-24');
    const fills = (): Promise<string[]> =>
      page
        .locator('.timeline path.layer:not(.is-soft)')
        .evaluateAll((all) => all.map((each) => getComputedStyle(each).fill));
    await expect.poll(async () => (await fills()).length).toBeGreaterThan(4);
    const legend = await page
      .locator('.legend button .glyph [fill], .legend button .glyph path, .legend button .glyph circle')
      .evaluateAll((all) => all.map((each) => getComputedStyle(each).fill));
    for (const fill of await fills()) expect(legend).toContain(fill);
    expect(await page.locator('.timeline path.layer.is-soft').count()).toBeGreaterThan(0);
    await page.getByRole('button', { name: /^Meeting or talks/ }).click();
    await expect.poll(async () => (await fills()).length).toBe(1);
  });

  test('its bars are there in one colour as long as the others have not come', async () => {
    const { page } = await openPage(journeys.browser, DESK);
    onTestFinished(() => page.context().close());
    let colour: () => void = () => {};
    const isAllowed = new Promise<void>((allow) => (colour = allow));
    await page.route(/\/graphql(?!\/)/, async (route) => {
      const answer = await route.fetch();
      if ((await answer.text()).includes('certainCategories')) await isAllowed;
      await route.fulfill({ response: answer });
    });
    await page.goto(journeys.address);
    await expect.poll(() => page.locator('.timeline path.certainly').getAttribute('d')).toContain('M');
    expect(await page.locator('.timeline path.layer').count()).toBe(0);
    colour();
    await expect.poll(() => page.locator('.timeline path.layer').count()).toBeGreaterThan(4);
  });

  test('how close the timeline is stands in the address, which brings it back, and closing a brief leaves it', async () => {
    const { page, problems } = await visit(DESK, JUNE_TO_SEPTEMBER);
    const time = (): Promise<string | null> =>
      page.evaluate(() => new URLSearchParams(location.search).get('time'));
    await page.getByRole('button', { name: 'Fill the timeline with the period' }).click();
    await expect.poll(time).toBe('2016-05-01T12:00Z/2016-10-31T12:00Z');
    await page.reload();
    const ticks = () => page.locator('.timeline .tick').allInnerTexts();
    await expect.poll(ticks).toContain('Aug');
    expect((await partOf(page, 'from')).toFixed(2)).toBe('0.17');
    await page.locator('.row').first().click();
    await page.locator('.brief').waitFor();
    await page.getByRole('button', { name: 'More time, in less detail' }).click();
    await expect.poll(time).toBe('2016-01-24/2017-01-24');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.brief').count()).toBe(0);
    expect(await time()).toBe('2016-01-24/2017-01-24');
    expect(problems()).toEqual([]);
  });

  test('an address of a time that the atlas has nothing of shows all of its own', async () => {
    const { page } = await visit(DESK, '/?time=1914-01-01/1918-12-31');
    await expect.poll(() => page.locator('.timeline .tick').allInnerTexts()).toContain('2014');
    await expect.poll(() => page.locator('.timeline path.possibly').getAttribute('d')).toContain('M');
  });

  test('a hand that moves the window asks for the list and the marks, and never again for the same bars', async () => {
    const { page } = await visit(DESK, JUNE_TO_SEPTEMBER);
    await expect.poll(() => page.locator('.timeline path.possibly').getAttribute('d')).toContain('M');
    await page.waitForLoadState('networkidle');
    const variables: string[] = [];
    page.on('request', (request) =>
      variables.push(new URL(request.url()).searchParams.get('variables') ?? ''),
    );
    await drag(page, await partOf(page, 'from'), 0.3);
    await page.mouse.up();
    await page.waitForLoadState('networkidle');
    expect(variables.filter((each) => each.includes('during')).length).toBeGreaterThan(1);
    expect(variables.filter((each) => each.includes('bins'))).toEqual([]);
  });

  test('the window follows the hand though the server does not answer', async () => {
    const { page } = await visit(DESK, JUNE_TO_SEPTEMBER);
    await expect.poll(() => page.locator('.timeline path.possibly').getAttribute('d')).toContain('M');
    await page.route(/\/graphql\b/, () => {});
    const [from, to] = [await partOf(page, 'from'), await partOf(page, 'to')];
    await drag(page, from - 0.005, 0.3);
    expect(await partOf(page, 'from')).toBeCloseTo(0.3, 1);
    expect(await partOf(page, 'to')).toBeCloseTo(to, 3);
    await page.mouse.up();
  });

  test('stays as high as it is when nothing is left to draw', async () => {
    const { page } = await visit(DESK);
    const height = async () => (await page.locator('.timeline').boundingBox())?.height;
    const before = await height();
    await page.goto(`${new URL(page.url()).origin}/?q=zzzz`);
    await page.getByText('No dated event is in view.').waitFor();
    expect(await height()).toBe(before);
    await page.goto(`${new URL(page.url()).origin}/?from=2016-06-01`);
    await page.getByRole('button', { name: 'Show all dates' }).waitFor();
    expect(await height()).toBe(before);
  });

  test('playing by a reader who wants less motion shows each step without a glide', async () => {
    const { page } = await visit({ ...DESK, reducedMotion: true }, '/?from=2016-09-01&to=2016-10-01');
    await page.getByRole('button', { name: 'Play' }).click();
    const glide = await page
      .locator('.timeline .window')
      .evaluate((each) => getComputedStyle(each).transition);
    expect(glide).not.toContain('transform');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Play' }).waitFor();
  });
});

describe('on a phone', () => {
  test('the bar lies between the map and the sheet, and opens over the map with targets of 44 pixels', async () => {
    const { page } = await visit(PHONE, JUNE_TO_SEPTEMBER);
    const bar = page.getByRole('button', { name: /^Timeline/ });
    const [strip, sheet] = [await bar.boundingBox(), await page.locator('.panel').boundingBox()];
    expect(strip && sheet && strip.y + strip.height <= sheet.y + 1).toBe(true);
    expect(await bar.innerText()).toContain('June – September 2016');
    await bar.click();
    const body = await page.locator('.timeline .body').boundingBox();
    expect(body && strip && body.y > 0 && body.y + body.height <= strip.y + 2).toBe(true);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll('.timeline :is(button, select, label)')]
        .map((each) => ({ name: each.textContent?.trim(), box: each.getBoundingClientRect() }))
        .filter(({ box }) => box.width < 44 || box.height < 44),
    );
    expect(small).toEqual([]);
    await bar.click();
    expect(await page.locator('.timeline .body').isVisible()).toBe(false);
  });

  test('a finger draws a period, two look closer without drawing one, and a tap chooses a bar', async () => {
    const { page, problems } = await visit(PHONE);
    await page.getByRole('button', { name: /^Timeline/ }).click();
    const touch = await fingers(page);
    await touch([0.5], [0.55], [0.6], [0.7]);
    await expect.poll(async () => (await asked(page))[0]).toMatch(/^201[34]/);
    const drawn = await asked(page);
    await touch([0.4, 0.6], [0.35, 0.65], [0.2, 0.8]);
    await expect.poll(() => page.locator('.timeline .tick').allInnerTexts()).not.toContain('2012');
    expect(await asked(page)).toEqual(drawn);
    await touch([0.1]);
    await expect.poll(() => asked(page)).not.toEqual(drawn);
    expect(problems()).toEqual([]);
  });
});
