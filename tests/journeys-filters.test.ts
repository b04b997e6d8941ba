import { beforeAll, describe, expect, test } from 'vitest';
import { readTranslation } from '../web/languages.ts';
import { Words } from '../web/words.ts';
import { axe, type Page } from './browser.ts';
import { DESK, Journeys, PHONE, READERS_IN_TURN, focused, listed, marks, tabTo } from './journey.ts';

const journeys = new Journeys();
const { visit } = journeys;

/** What the journeys look for, in the languages that they are made in. */
const NAMES = {
  en: {
    meeting: 'Meeting or talks',
    statement: 'Statement or report',
    aleppo: 'Aleppo',
    astana: 'Astana',
    moscow: 'Moscow',
  },
  ar: {
    meeting: 'اجتماع أو محادثات',
    statement: 'تصريح أو تقرير',
    aleppo: 'حلب',
    astana: 'أستانا',
    moscow: 'موسكو',
  },
};

const sentence = (page: Page) => page.locator('.sentence');
const choice = (page: Page, name: string) =>
  page.getByRole('checkbox', { name: new RegExp(`^${name} ?[,،]`) });
/** How many events a value says that it would show. */
const promised = async (page: Page, name: string): Promise<number> =>
  Number(
    await page
      .locator('.filters label', { has: choice(page, name) })
      .locator('.tally')
      .innerText(),
  );

describe.each(READERS_IN_TURN)('in %s on %s', (_, __, language, size, walk) => {
  const screen = { ...size, locale: language };
  const names = NAMES[language];
  let words: Words;
  beforeAll(async () => {
    words = new Words(language, await readTranslation(language));
  });
  const openFilters = (page: Page): Promise<void> =>
    page.getByRole('button', { name: words.say('filters'), exact: true }).click();

  walk(
    'each value shows as many events as it promised, and the sentence says and takes off what is asked for',
    async () => {
      const { page, problems } = await visit(screen);
      const all = await listed(page);
      const everywhere = await marks(page);
      await openFilters(page);
      await choice(page, names.meeting).waitFor();
      await expect.poll(() => promised(page, names.meeting)).toBeGreaterThan(2);
      const meetings = await promised(page, names.meeting);
      await choice(page, names.meeting).check();
      await expect.poll(() => listed(page)).toBe(meetings);
      await expect.poll(() => marks(page)).not.toEqual(everywhere);
      expect(page.url()).toContain('category=meeting');

      // The counts of a part stay, and those of the others follow it.
      expect(await promised(page, names.meeting)).toBe(meetings);
      const single = words.say('shown.SINGLE_SOURCE');
      await expect.poll(() => promised(page, single)).toBeLessThan(meetings);
      const both = await promised(page, single);
      await choice(page, single).check();
      await expect.poll(() => listed(page)).toBe(both);
      for (const part of [names.meeting, single]) expect(await sentence(page).innerText()).toContain(part);
      await expect.poll(() => page.getByRole('status').innerText()).toContain(single);

      const off = (part: string) => page.getByRole('button', { name: words.say('takeOff', { part }) });
      await off(names.meeting).click();
      await expect.poll(() => listed(page)).toBeGreaterThan(both);
      expect(await focused(page)).toContain(single);
      expect(await choice(page, names.meeting).isChecked()).toBe(false);
      expect(await choice(page, single).isChecked()).toBe(true);

      await page.getByRole('button', { name: words.say('clearAll') }).click();
      await expect.poll(() => listed(page)).toBe(all);
      expect(await focused(page)).toBe(words.count('eventsInView', all));
      expect(await page.getByRole('button', { name: words.say('clearAll') }).count()).toBe(0);
      await page.goBack();
      await expect.poll(() => choice(page, single).isChecked()).toBe(true);
      expect(problems()).toEqual([]);
    },
  );

  walk('the legend asks for what it explains, with exact counts', async () => {
    const { page, problems } = await visit(screen);
    const legend = page.locator('.legend');
    if (!(await legend.getAttribute('open').then((open) => open !== null)))
      await legend.locator('summary').click();
    const key = (name: string) => legend.getByRole('button', { name: new RegExp(`^${name}( ?[,،]|$)`) });
    await key(names.statement).locator('.tally').waitFor();
    const statements = Number(await key(names.statement).locator('.tally').innerText());
    await key(names.statement).click();
    await expect.poll(() => listed(page)).toBe(statements);
    expect(await key(names.statement).getAttribute('aria-pressed')).toBe('true');
    await key(names.statement).click();
    for (const [name, asked] of [
      [words.say('role.OCCURRED'), 'role=venue'],
      [words.say('role.SUBJECT'), 'role=subject'],
      [words.say('legend.planned'), 'status=planned'],
      [words.say('legend.disputed'), 'claims=disputed'],
    ] as const) {
      await key(name).click();
      expect(new URL(page.url()).search).toContain(asked);
      expect(await key(name).getAttribute('aria-pressed')).toBe('true');
      await key(name).click();
      expect(new URL(page.url()).search).not.toContain(asked);
    }
    expect(problems()).toEqual([]);
  });

  walk('who opens a link is told its parts by their names, and finds them chosen', async () => {
    const { page, problems } = await visit(
      screen,
      '/?at=aleppo&from-source=tasnim-2016-05-10&from=2016-05-01&to=2016-06-01&within=certainly',
    );
    for (const part of [
      names.aleppo,
      'Iranian, Russian FMs Confer on Syria Crisis',
      words.date('2016-05'),
      words.say('shown.certain'),
    ])
      await expect.poll(() => sentence(page).innerText()).toContain(part);
    await openFilters(page);
    await expect.poll(() => choice(page, names.aleppo).isChecked()).toBe(true);
    expect(problems()).toEqual([]);
  });

  walk('what is chosen stays in its list, with its count, where nothing of it is left', async () => {
    const { page, problems } = await visit(screen);
    await page.goto(`${journeys.address}/?at=astana&at=moscow&category=fighting`);
    await openFilters(page);
    for (const name of [names.astana, names.moscow]) {
      await expect.poll(() => choice(page, name).isChecked()).toBe(true);
      await expect.poll(() => promised(page, name)).toBe(0);
    }
    expect(problems()).toEqual([]);
  });

  walk('the event that has no place is found', async () => {
    const { page, problems } = await visit(screen);
    await openFilters(page);
    const unplaced = words.say('shown.unplaced');
    await expect.poll(() => promised(page, unplaced)).toBe(1);
    await choice(page, unplaced).check();
    await expect.poll(() => page.locator('[data-event]').count()).toBe(1);
    expect(await sentence(page).innerText()).toContain(words.count('events', 1));
    expect(problems()).toEqual([]);
  });

  walk('of a long list the highest are shown, and any other is found by a part of its name', async () => {
    const { page, problems } = await visit(screen);
    await openFilters(page);
    const group = page.getByRole('group', { name: words.aspect('PARTICIPANTS') });
    await expect.poll(() => group.getByRole('checkbox').count()).toBe(8);
    await group.getByRole('button', { name: words.say('filters.more') }).click();
    await expect.poll(() => group.getByRole('checkbox').count()).toBeGreaterThan(20);
    const rare = await group.locator('label bdi').last().innerText();
    const finder = group.getByRole('searchbox', { name: words.say('filters.find') });
    expect(await finder.evaluate((each) => each === document.activeElement)).toBe(true);
    await finder.fill(rare.slice(0, -1).toUpperCase());
    await expect.poll(() => group.getByRole('checkbox').count()).toBeLessThan(8);
    await group.getByRole('checkbox', { name: rare }).check();
    await expect.poll(() => sentence(page).innerText()).toContain(rare);
    await finder.fill('qqq');
    await expect.poll(() => group.innerText()).toContain(words.say('filters.none'));
    expect(await group.getByRole('checkbox').count()).toBe(1);
    await group.getByRole('button', { name: words.say('filters.fewer') }).click();
    await expect.poll(() => group.getByRole('checkbox').count()).toBe(9);
    expect(await group.getByRole('checkbox', { name: rare }).isChecked()).toBe(true);
    expect(problems()).toEqual([]);
  });

  walk(
    'axe finds nothing serious where all is open, in light and in dark, and nothing is too wide',
    async () => {
      const { page, problems } = await visit(screen, '/?category=meeting&category=call&from=2016-10-01');
      await openFilters(page);
      await page.locator('.filters .tally').first().waitFor();
      const legend = page.locator('.legend');
      if ((await legend.getAttribute('open')) === null) await legend.locator('summary').click();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect([colorScheme, ...(await axe(page))]).toEqual([colorScheme]);
      }
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
        screen.width,
      );
      expect(problems()).toEqual([]);
    },
  );
});

test.each(['en', 'ar'] as const)('all is done by keyboard in %s', async (language) => {
  const words = new Words(language, await readTranslation(language));
  const names = NAMES[language];
  const { page, problems } = await visit({ ...DESK, locale: language });
  const all = await listed(page);
  await tabTo(page, new RegExp(`^${words.say('filters')}$`));
  await page.keyboard.press('Enter');
  await choice(page, names.meeting).locator('..').locator('.tally').waitFor();
  // Past the download beside it, and to the fifth category.
  for (let presses = 0; presses < 6; presses++) await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await expect.poll(() => choice(page, names.meeting).isChecked()).toBe(true);
  await expect.poll(() => listed(page)).toBeLessThan(all);
  const meetings = await listed(page);
  await tabTo(page, new RegExp(`^${words.count('showEvents', meetings)}$`));
  await page.keyboard.press('Enter');
  expect(await focused(page)).toBe(words.say('filters'));
  expect(await page.getByRole('checkbox').count()).toBe(0);
  await page.keyboard.press('Shift+Tab');
  expect(await focused(page)).toBe(words.say('clearAll'));
  await page.keyboard.press('Enter');
  await expect.poll(() => listed(page)).toBe(all);
  await tabTo(page, new RegExp(`^${names.statement}`));
  await page.keyboard.press('Space');
  await expect.poll(() => page.url()).toContain('category=statement');
  expect(problems()).toEqual([]);
});

test('counts follow the view', async () => {
  const { page } = await visit(DESK, '/?map=7/36/38');
  await page.getByRole('button', { name: 'Filters', exact: true }).click();
  const inAleppo = await promised(page, 'Fighting and control of ground');
  await page.getByRole('button', { name: 'Zoom out' }).click();
  await page.getByRole('button', { name: 'Zoom out' }).click();
  await page.getByRole('button', { name: 'Zoom out' }).click();
  await expect.poll(() => promised(page, 'Statement or report')).toBeGreaterThan(inAleppo);
  await choice(page, 'Statement or report').check();
  await expect.poll(() => listed(page)).toBe(await promised(page, 'Statement or report'));
});

test('a filter leaves the map where the reader has moved it', async () => {
  const { page } = await visit(DESK, '/?map=5/36/38');
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await expect.poll(() => page.url()).toContain('map=6/');
  await page.locator('.legend button').first().click();
  await expect.poll(() => page.url()).toContain('category=');
  await page.waitForLoadState('networkidle');
  expect(page.url()).toContain('map=6/');
});

test('a finger finds every choice, every part of the sentence and every key: 44 pixels and more', async () => {
  const { page } = await visit(PHONE, '/?category=meeting&category=call');
  await page.locator('.legend summary').click();
  await page.getByRole('button', { name: 'Filters', exact: true }).click();
  await page.locator('.filters .tally').first().waitFor();
  const small = await page.evaluate(() =>
    [
      ...document.querySelectorAll(
        '.filters :is(label, button), .sentence button, .legend :is(button, summary)',
      ),
    ]
      .filter((each) => each.checkVisibility())
      .map((each) => ({ name: each.textContent, box: each.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 44 || box.height < 44)
      .map(({ name, box }) => `${name}: ${box.width} × ${box.height}`),
  );
  expect(small).toEqual([]);
});

test('on a phone the sheet makes room for the filters, stays where a finger puts it, and goes back after them', async () => {
  const { page } = await visit(PHONE);
  const top = async (): Promise<number> => (await page.locator('.panel').boundingBox())?.y ?? 0;
  const before = await top();
  const opener = page.getByRole('button', { name: 'Filters', exact: true });
  await opener.tap();
  await expect.poll(top).toBeLessThan(PHONE.height / 3);
  await page.locator('.filters .end button').tap();
  await expect.poll(top).toBe(before);
  const handle = page.locator('.panel .handle').first();
  await handle.tap();
  await expect.poll(top).toBeLessThan(PHONE.height / 3);
  await opener.tap();
  for (const _ of ['to the title alone', 'to half the screen']) await handle.tap();
  await expect.poll(top).toBe(before);
  await opener.tap();
  await expect.poll(() => opener.getAttribute('aria-expanded')).toBe('false');
  expect(await top()).toBe(before);
});

test.each([DESK, PHONE])(
  'an open legend leaves most of the map free, and all of its buttons: $width pixels',
  async (screen) => {
    const { page } = await visit(screen);
    const legend = page.locator('.legend');
    if ((await legend.getAttribute('open')) === null) await legend.locator('summary').click();
    await legend.locator('.tally').first().waitFor();
    const box = async (part: string) =>
      (await page.locator(part).boundingBox()) ?? { y: 0, width: 0, height: 0 };
    const [open, map, zoom] = [await box('.legend'), await box('.map'), await box('.leaflet-control-zoom')];
    expect(open.height).toBeGreaterThan(150);
    expect((open.width * open.height) / (map.width * map.height)).toBeLessThan(0.5);
    expect(open.y).toBeGreaterThan(zoom.y + zoom.height);
  },
);
