import { describe, expect, test } from 'vitest';
import { readTranslation } from '../web/languages.ts';
import { Words } from '../web/words.ts';
import { type Page } from './browser.ts';
import { DESK, Journeys, PHONE, READERS_IN_TURN, focused, mark, marks } from './journey.ts';

const { visit } = new Journeys();

const heading = (page: Page) => page.getByRole('heading', { level: 2 });
const box = (page: Page) => page.getByRole('searchbox');
/** Those of the search; the choice of a language has others. */
const options = (page: Page) => page.getByRole('listbox').getByRole('option');

/** Types as people do, and waits for suggestions of all that was typed. */
async function type(page: Page, text: string): Promise<void> {
  await box(page).pressSequentially(text, { delay: 20 });
  await options(page).first().waitFor();
  await page.waitForLoadState('networkidle');
}

/** What the box says is active, as a screen reader follows it. */
const active = (page: Page): Promise<string> =>
  box(page).evaluate(
    (input) => document.getElementById(input.getAttribute('aria-activedescendant') ?? '')?.innerText ?? '',
  );

describe.each(READERS_IN_TURN)('in %s on %s', (_, __, language, size, walk) => {
  const screen = { ...size, locale: language };
  const aleppo = { en: 'Aleppo', ar: 'حلب' }[language];

  walk('a place is found in any script, opens, and the map goes there', async () => {
    const { page, problems } = await visit(screen);
    const before = await marks(page);
    for (const spelling of ['Халеб', 'Halab', 'حلب']) {
      await box(page).fill('');
      await type(page, spelling);
      await expect.poll(() => options(page).first().innerText(), { message: spelling }).toContain(aleppo);
    }
    await options(page).first().click();
    await expect.poll(() => heading(page).innerText()).toBe(aleppo);
    await expect.poll(() => marks(page)).not.toEqual(before);
    await expect.poll(() => mark(page, aleppo).count()).toBe(1);
    expect(await box(page).inputValue()).toBe('');
    expect(problems()).toEqual([]);
  });

  walk('words that are no name are looked for in the events, and taken off again', async () => {
    const words = new Words(language, await readTranslation(language));
    const { page, problems } = await visit(screen);
    await type(page, 'ceasefire');
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.get('q')).toBe('ceasefire');
    await expect.poll(() => page.locator('.row').count()).toBeLessThan(40);
    expect(await page.locator('.row').count()).toBeGreaterThan(3);
    expect(await options(page).count()).toBe(0);
    await page.getByRole('button', { name: words.say('search.clear') }).click();
    await expect.poll(() => page.locator('.row').count()).toBe(58);
    expect(await box(page).inputValue()).toBe('');
    expect(problems()).toEqual([]);
  });
});

test('the whole search by keyboard: slash, the arrows, Enter, and Escape step by step', async () => {
  const { page, problems } = await visit(DESK);
  await page.keyboard.press('/');
  await type(page, 'russia');
  expect(await active(page)).toBe('');
  await page.keyboard.press('ArrowDown');
  expect(await active(page)).toMatch(/^Russia\b/);
  await page.keyboard.press('ArrowUp');
  expect(await active(page)).toBe('');
  await page.keyboard.press('ArrowUp');
  expect(await active(page)).toContain('“russia”');
  await page.keyboard.press('Escape');
  expect(await page.getByRole('listbox').count()).toBe(0);
  expect(await box(page).inputValue()).toBe('russia');
  await page.keyboard.press('ArrowDown');
  await options(page).first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.url()).toContain('actor=');
  await page.keyboard.press('Escape');
  await expect.poll(() => page.url()).not.toContain('actor=');
  expect(problems()).toEqual([]);
});

test('a source and an event open from the suggestions', async () => {
  const { page } = await visit(DESK);
  await type(page, 'diplomatic push');
  await page.getByRole('group', { name: 'Sources' }).getByRole('option').first().click();
  await expect.poll(() => page.url()).toContain('source=');
  await page.keyboard.press('/');
  await type(page, 'lausanne');
  await page.getByRole('group', { name: 'Events' }).getByRole('option').first().click();
  await expect.poll(() => page.url()).toContain('event=');
});

test('what opens late leaves the focus to who searches again', async () => {
  const { page } = await visit(DESK);
  await type(page, 'diplomatic push');
  let answer = (): void => {};
  const late = new Promise<void>((done) => (answer = done));
  await page.route(/\/graphql(?!\/)/, async (route) => {
    await late;
    await route.continue();
  });
  await page.getByRole('group', { name: 'Sources' }).getByRole('option').first().click();
  await expect.poll(() => page.url()).toContain('source=');
  await page.keyboard.press('/');
  await page.keyboard.type('laus');
  expect(await heading(page).count()).toBe(0);
  answer();
  await heading(page).waitFor();
  await page.keyboard.type('anne');
  expect(await box(page).inputValue()).toBe('lausanne');
});

test('the box shows the words of an address, and of the way back', async () => {
  const { page } = await visit(DESK, '/?q=truce');
  expect(await box(page).inputValue()).toBe('truce');
  await box(page).fill('talks');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.url()).toContain('q=talks');
  await page.goBack();
  await expect.poll(() => box(page).inputValue()).toBe('truce');
});

test('while one types, question mark and slash are letters', async () => {
  const { page } = await visit(DESK);
  await page.keyboard.press('/');
  expect(await box(page).inputValue()).toBe('');
  await page.keyboard.type('who? and/or');
  expect(await box(page).inputValue()).toBe('who? and/or');
  expect(await page.getByRole('dialog').count()).toBe(0);
});

test('the help opens and closes by key and by button, gives the focus back, and leaves open what is open', async () => {
  const { page } = await visit(DESK, '/?event=lausanne-meeting-2016-10-15');
  await page.getByRole('button', { name: 'Zoom in' }).focus();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(page.url()).toContain('event=');
  expect(await focused(page)).toBe('+');
  await page.getByRole('button', { name: 'Keys' }).click();
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  expect(await page.getByRole('dialog').count()).toBe(0);
});

test('single keys can be switched off, and stay so', async () => {
  const { page } = await visit(DESK);
  await page.keyboard.press('?');
  await page.getByRole('checkbox').uncheck();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  expect(await page.getByRole('dialog').count()).toBe(0);
  await page.reload();
  await page.locator('.mark').first().waitFor();
  await page.keyboard.press('/');
  expect(await box(page).evaluate((input) => input === document.activeElement)).toBe(false);
});

test('on a phone the sheet makes room for the search, and goes back after it', async () => {
  const { page } = await visit(PHONE);
  const top = async (): Promise<number> => (await page.locator('.panel').boundingBox())?.y ?? 0;
  const before = await top();
  await box(page).tap();
  await expect.poll(top).toBeLessThan(PHONE.height / 3);
  await type(page, 'mosc');
  const list = await page.getByRole('listbox').boundingBox();
  expect(list?.y).toBeLessThan(PHONE.height / 2);
  await options(page).first().tap();
  await expect.poll(() => heading(page).innerText()).toBe('Moscow');
  await expect.poll(top).toBe(before);
});
