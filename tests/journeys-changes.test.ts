import { expect, onTestFinished, test } from 'vitest';
import { Desk } from '../server/desk/desk.ts';
import { axe, type Page } from './browser.ts';
import { DESK, Journeys, listed, PHONE, READERS } from './journey.ts';
import { EVENT } from './office.ts';

const journeys = new Journeys();

/** Each text as it is said in English and in Arabic. */
const SAID = {
  one: { en: '1 new or changed event in view', ar: 'حدث جديد أو معدّل في الإطار' },
  show: { en: 'Show', ar: 'إظهار' },
  corrections: { en: 'Corrections', ar: 'تصحيحات' },
  history: { en: 'History', ar: 'سجلّ التغييرات' },
  retracted: { en: 'Retracted', ar: 'سُحب' },
  lost: { en: 'The connection to the server is lost', ar: 'انقطع الاتصال بالخادم' },
};

/** Writes to the atlas as a desk does, and gives what the mutation answers. */
async function write(query: string, variables: object): Promise<{ event: { version: string } }> {
  const { compiled: app, store } = journeys.server;
  const { text } = await new Desk(store).createToken({
    ...{ name: 'desk', role: 'EDITOR', createdAt: new Date().toISOString(), expiresAt: null },
  });
  const headers = { authorization: `Bearer ${text}` };
  const answer = await app.inject({
    method: 'POST',
    url: '/graphql',
    headers,
    payload: { query, variables },
  });
  const { data, errors } = answer.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data.written;
}

const create = (id: string, title: string) =>
  write('mutation ($event: EventInput!) { written: createEvent(event: $event) { event { version } } }', {
    event: { ...EVENT, id, title },
  });
const update = (id: string, basedOn: string, event: object, reason: string) =>
  write(
    `mutation ($id: ID!, $basedOn: String!, $event: EventPatch!, $reason: String) {
      written: updateEvent(id: $id, basedOn: $basedOn, event: $event, reason: $reason) { event { version } } }`,
    { id, basedOn, event, reason },
  );
const retract = (id: string, basedOn: string, reason: string) =>
  write(
    `mutation ($id: ID!, $basedOn: String!, $reason: String!) {
      written: retractEvent(id: $id, basedOn: $basedOn, reason: $reason) { event { version } } }`,
    { id, basedOn, reason },
  );

const notice = (page: Page) => page.locator('.notice');
const streams = () => journeys.server.compiled.streams();

/** Has the page believe that somebody looks at it, or that nobody does. */
const setHidden = (page: Page, isHidden: boolean) =>
  page.evaluate(
    (state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    },
    isHidden ? 'hidden' : 'visible',
  );

const PATIENT = { timeout: 20_000 };

test('an atlas that nobody writes to says nothing of changes, and has no page of corrections to offer', async () => {
  const { page, problems } = await journeys.visit(DESK);
  await expect.poll(streams, PATIENT).toBe(1);
  expect(await notice(page).innerText()).toBe('');
  expect(await page.locator('header a[href^="/corrections"]').count()).toBe(0);
  await page.goto(`${journeys.address}/corrections`);
  await page.getByText('Nothing has been corrected so far.').waitFor();
  expect(problems()).toEqual([]);
});

test.each(READERS)(
  'something new in view is told of, and shown when it is wanted: %s, on %s',
  { timeout: 120_000 },
  async (_, __, language, screen) => {
    const { page, problems } = await journeys.visit({ ...screen, locale: language });
    await page.locator('[role=status]').filter({ hasText: /\d/ }).first().waitFor();
    const before = await listed(page);
    const id = `talks-${language}`;
    // Before the page follows anything: it is told of what it missed.
    const { event } = await create(id, `Talks of today, ${language}`);
    await notice(page).getByText(SAID.one[language]).waitFor(PATIENT);
    // What somebody reads stays as it is.
    expect(await listed(page)).toBe(before);
    expect(await axe(page)).toEqual([]);
    const button = notice(page).getByRole('button', { name: SAID.show[language] });
    await button.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => listed(page), PATIENT).toBe(before + 1);
    expect(await notice(page).innerText()).toBe('');
    // And while it follows.
    const changed = await update(id, event.version, { title: `Talks put right, ${language}` }, 'a slip');
    await notice(page).getByText(SAID.one[language]).waitFor(PATIENT);
    await button.click();
    await expect.poll(() => notice(page).innerText()).toBe('');
    // Nothing is told of what lies elsewhere.
    await page.goto(`${journeys.address}/?map=9/50/30&lang=${language}`);
    await expect.poll(streams, PATIENT).toBe(1);
    await retract(id, changed.event.version, 'the paper took it back');
    await page.goto(`${journeys.address}/?event=${id}&lang=${language}`);
    const brief = page.locator('.brief');
    await brief.getByRole('heading', { name: SAID.history[language] }).waitFor();
    const history = brief.locator('.history');
    expect(await history.locator('li').count()).toBe(3);
    expect(await history.innerText()).toContain('the paper took it back');
    expect(await history.locator('li').first().innerText()).toContain(SAID.retracted[language]);
    await history.locator('summary').nth(1).click();
    expect(await history.locator('del').nth(1).innerText()).toBe(`Talks of today, ${language}`);
    expect(await axe(page)).toEqual([]);
    expect(problems()).toEqual([]);
  },
);

test.each(READERS)(
  'corrections have a page of their own, which leads to their events: %s, on %s',
  { timeout: 120_000 },
  async (_, __, language, screen) => {
    const id = `page-${language}`;
    const { event } = await create(id, `Before, ${language}`);
    await update(id, event.version, { title: `After, ${language}` }, 'wrong by a word');
    const { page, problems } = await journeys.visit({ ...screen, locale: language }, `/?lang=${language}`);
    await page.getByRole('link', { name: SAID.corrections[language] }).click();
    await page.getByRole('heading', { level: 1, name: SAID.corrections[language] }).waitFor();
    const first = page.locator('.corrections li').first();
    await first.waitFor();
    expect(await first.innerText()).toContain('wrong by a word');
    expect([await first.locator('del').innerText(), await first.locator('ins').innerText()]).toEqual([
      `Before, ${language}`,
      `After, ${language}`,
    ]);
    expect(await page.locator('html').getAttribute('lang')).toBe(language);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await axe(page)).toEqual([]);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(screen.width);
    await first.getByRole('link', { name: `After, ${language}` }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.brief').getByRole('heading', { name: SAID.history[language] }).waitFor();
    expect(page.url()).toContain(`event=${id}`);
    expect(problems()).toEqual([]);
  },
);

test('nobody follows while nobody looks, and nothing is missed by it', { timeout: 60_000 }, async () => {
  const { page } = await journeys.visit(DESK);
  await expect.poll(streams, PATIENT).toBe(1);
  await setHidden(page, true);
  await expect.poll(streams, PATIENT).toBe(0);
  await create('unseen-talks', 'Unseen talks');
  expect(await notice(page).innerText()).toBe('');
  await setHidden(page, false);
  await notice(page).getByText(SAID.one.en).waitFor(PATIENT);
  expect(streams()).toBe(1);
});

test.each([
  ['en', DESK],
  ['ar', PHONE],
] as const)(
  'a connection that is lost is told of, and its return: %s',
  { timeout: 60_000 },
  async (language, screen) => {
    const { page } = await journeys.visit({ ...screen, locale: language });
    onTestFinished(() => page.unrouteAll({ behavior: 'ignoreErrors' }));
    await expect.poll(streams, PATIENT).toBe(1);
    await page.route('**/graphql/stream*', (route) => route.abort());
    journeys.server.compiled.server.closeAllConnections();
    await notice(page).getByText(SAID.lost[language]).waitFor(PATIENT);
    await create(`meanwhile-${language}`, 'Meanwhile');
    await page.unroute('**/graphql/stream*');
    // What was missed is more than that it is back.
    await notice(page).getByText(SAID.one[language]).waitFor(PATIENT);
    await notice(page).getByRole('button').click();
    await expect.poll(() => notice(page).innerText(), PATIENT).not.toContain(SAID.lost[language]);
  },
);
