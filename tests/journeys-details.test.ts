import { beforeAll, describe, expect, test } from 'vitest';
import { readTranslation } from '../web/languages.ts';
import { Words } from '../web/words.ts';
import { type Page } from './browser.ts';
import { DESK, Journeys, READERS_IN_TURN, focused, listed, mark, tabTo } from './journey.ts';

const { visit, server } = new Journeys();

const STRIKES = '/?event=deir-al-zor-strikes-2016-09';
const MEETING = '/?event=lausanne-meeting-2016-10-15';

const heading = (page: Page) => page.getByRole('heading', { level: 2 });
const section = (page: Page, name: string) => page.getByRole('heading', { name, exact: true });
const isWithin = (page: Page, width: number): Promise<boolean> =>
  page.evaluate((most) => document.documentElement.scrollWidth <= most, width);

/** What is asked of whatever has the focus: selected text, or a clipboard. */
const selected = (page: Page): Promise<string> => page.evaluate(() => String(getSelection()));

describe.each(READERS_IN_TURN)('in %s on %s', (_, __, language, size, walk) => {
  const screen = { ...size, locale: language };
  let words: Words;
  beforeAll(async () => {
    words = new Words(language, await readTranslation(language));
  });

  walk('an event shows its places on a small map that says the same in words', async () => {
    const { page, problems } = await visit(screen, MEETING);
    const [lausanne, syria] = language === 'en' ? ['Lausanne', 'Syria'] : ['لوزان', 'سوريا'];
    const drawing = page.getByRole('img', { name: lausanne });
    await drawing.scrollIntoViewIfNeeded();
    expect(await drawing.getAttribute('aria-label')).toContain(words.role('SUBJECT', 'PLANNED'));
    await expect.poll(() => drawing.locator('.name').allTextContents()).toEqual([lausanne, syria]);
    const [venue, subject] = await drawing.locator('.spot').all();
    const [from, to] = [await venue?.boundingBox(), await subject?.boundingBox()];
    // Geneva is west of Syria however the page is read.
    expect(from?.x).toBeLessThan(to?.x ?? 0);
    expect(await isWithin(page, screen.width)).toBe(true);
    expect(problems()).toEqual([]);
  });

  walk(
    'an event is told by aspect, each claim with its source and paragraph, and its category by its name',
    async () => {
      const { page, problems } = await visit(screen, STRIKES);
      await heading(page).waitFor();
      expect(await page.locator('.kicker').innerText()).toBe(
        language === 'en' ? 'Fighting and control of ground' : 'قتال وسيطرة ميدانية',
      );
      const aspects = await page.locator('.aspect h4').allTextContents();
      expect(aspects.slice(0, 2)).toEqual([words.aspect('TIME'), words.aspect('PLACE')]);
      const toll = page.locator('.aspect').filter({ has: section(page, words.aspect('TOLL')) });
      expect(await toll.locator('.said').count()).toBe(3);
      expect(await toll.innerText()).toContain(words.locator('paragraph 8'));
      expect(problems()).toEqual([]);
    },
  );

  walk(
    'an actor is opened from an event, and shows over what time, where and with whom they appear',
    async () => {
      const { page, problems } = await visit(screen, MEETING);
      const [kerry, states, lavrov] =
        language === 'en'
          ? ['John Kerry', 'United States', 'Sergey Lavrov']
          : ['جون كيري', 'الولايات المتحدة', 'سيرغي لافروف'];
      await page.getByRole('link', { name: kerry }).click();
      await expect.poll(() => heading(page).innerText()).toBe(kerry);
      expect(await page.locator('.kicker').innerText()).toContain(words.say('kind.PERSON'));
      expect(await page.locator('.kicker').innerText()).toContain(states);
      const bars = page.getByRole('img', {
        name: new RegExp(`^${words.say('bars', { span: '|', most: '', when: '' }).split('|')[0]}`),
      });
      expect(await bars.locator('rect').count()).toBeGreaterThan(1);
      await section(page, words.say('where')).waitFor();
      const together = page
        .getByRole('list')
        .filter({ has: page.getByRole('link', { name: lavrov, exact: true }) });
      expect(await together.getByRole('link', { name: kerry, exact: true }).count()).toBe(0);
      await expect.poll(() => page.locator('[data-event="lausanne-meeting-2016-10-15"]').count()).toBe(1);
      expect(await isWithin(page, screen.width)).toBe(true);
      await page.goBack();
      await expect.poll(() => heading(page).innerText()).toBe('Meeting on Syria in Lausanne');
      expect(problems()).toEqual([]);
    },
  );

  walk('a source shows all that the atlas takes from it, by event in date order, page by page', async () => {
    const { page, problems } = await visit(screen, '/?source=financial-tribune-2016-10-13');
    const more = page.getByRole('button', { name: words.say('readMore') });
    await more.waitFor();
    expect(await page.locator('.event').count()).toBe(20);
    await more.click();
    await expect.poll(() => more.count()).toBe(0);
    const { source, events } = await server.data(
      `{ source(id: "financial-tribune-2016-10-13") { title } events(filter: { sources: ["financial-tribune-2016-10-13"] }, first: 500) {
        nodes { title claims(source: "financial-tribune-2016-10-13") { statement } } } }`,
    );
    expect(await heading(page).innerText()).toBe(source.title);
    const titles = await page.locator('.event .title').allTextContents();
    expect(titles).toEqual(events.nodes.map(({ title }: { title: string }) => title));
    const statements = await page.locator('.event li bdi').allTextContents();
    expect(statements).toEqual(
      events.nodes.flatMap(({ claims }: { claims: { statement: string }[] }) =>
        claims.map(({ statement }) => statement),
      ),
    );
    expect(problems()).toEqual([]);
  });

  walk('the map shows the events of an actor alone, and all of them again', async () => {
    const { page, problems } = await visit(screen, '/?actor=qatar');
    const button = page.getByRole('button', { name: words.say('narrow') });
    await button.click();
    await expect.poll(() => new URL(page.url()).searchParams.getAll('with')).toEqual(['qatar']);
    expect(await button.getAttribute('aria-pressed')).toBe('true');
    await expect.poll(() => mark(page, language === 'en' ? 'Moscow' : 'موسكو').count()).toBe(0);
    await button.click();
    await expect.poll(() => new URL(page.url()).searchParams.has('with')).toBe(false);
    expect(await button.getAttribute('aria-pressed')).toBe('false');
    expect(problems()).toEqual([]);
  });

  walk('an event is cited in three formats, copied by a press that is answered in words', async () => {
    const { page, problems } = await visit(screen, `${MEETING}&q=kerry`);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const clipboard = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
    const press = async (what: string): Promise<void> => {
      await page.getByRole('button', { name: words.say('copy.what', { what }) }).click();
      await expect
        .poll(() => page.locator('.said[role=status]').innerText())
        .toBe(words.say('copied', { what }));
    };
    await press(words.say('permalink'));
    const link = `${new URL(page.url()).origin}/?event=lausanne-meeting-2016-10-15`;
    expect(await clipboard()).toBe(link);
    expect(await page.getByRole('link', { name: link }).getAttribute('href')).toBe(link);
    await page.getByText(words.say('cite'), { exact: true }).click();
    await press(words.say('cite.text'));
    expect(await clipboard()).toContain('Meeting on Syria in Lausanne');
    expect(await clipboard()).toContain(words.date('2016-10-15'));
    await press('BibTeX');
    expect(await clipboard()).toMatch(/^@misc\{lausanne-meeting-2016-10-15,\n[^]*\}$/);
    await press('CSL-JSON');
    // Other journeys change the store that the page is of, and no other.
    const { atlas } = (await server.ask('{ atlas { title version } }', {}, server.app)).data;
    expect(JSON.parse(await clipboard())).toMatchObject([
      {
        title: 'Meeting on Syria in Lausanne',
        URL: link,
        'container-title': atlas.title,
        version: atlas.version,
      },
    ]);
    expect(problems()).toEqual([]);
  });

  walk(
    'three answers to one question stand side by side or under one another, none before the others',
    async () => {
      const [event] = await server.store.events(['deir-al-zor-strikes-2016-09']);
      const [first] = event?.claims.filter(({ question }) => question === 'soldiers killed') ?? [];
      if (!event || !first) throw new Error('the atlas has lost the dispute');
      const third = { ...first, id: 'third', value: '~70', statement: 'About 70 were killed.' };
      await server.store.change({ events: [{ ...event, claims: [...event.claims, third] }] });
      try {
        const { page, problems } = await visit(screen, STRIKES);
        const sides = page
          .getByRole('region', { name: words.say('sourcesDifferOn', { question: 'soldiers killed' }) })
          .locator('.side');
        await expect.poll(() => sides.count()).toBe(3);
        const boxes = await Promise.all((await sides.all()).map((side) => side.boundingBox()));
        const widths = boxes.map((box) => box?.width ?? 0);
        expect(Math.max(...widths) - Math.min(...widths)).toBeLessThan(2);
        for (const value of await sides.locator('.value').all())
          expect(await value.evaluate((each) => getComputedStyle(each).fontSize)).toBe('20px');
        expect(await isWithin(page, screen.width)).toBe(true);
        expect(problems()).toEqual([]);
      } finally {
        await server.store.change({ events: [event] });
      }
    },
  );
});

test('where the browser lets no page copy, the text is selected and the reader told', async () => {
  const { page } = await visit(DESK, MEETING);
  await page.evaluate(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
  });
  await page.getByRole('button', { name: 'Copy: Permanent link' }).click();
  await expect
    .poll(() => page.locator('.said[role=status]').innerText())
    .toMatch(/^The browser does not let/);
  expect(await selected(page)).toMatch(/\?event=lausanne-meeting-2016-10-15$/);
});

test('what hangs together is told in the order in which it happened, with this event in its place', async () => {
  const { page, problems } = await visit(DESK, MEETING);
  const steps = page.locator('.thread li');
  await steps.first().waitFor();
  const texts = await steps.allInnerTexts();
  expect(texts[0]).toMatch(/^Announced by, 12 October 2016/);
  expect(texts.at(-1)).toMatch(/^this event, 15 October 2016\s+Meeting on Syria in Lausanne$/);
  expect(await steps.last().getAttribute('aria-current')).toBe('true');
  await steps.first().getByRole('link').click();
  await expect.poll(() => steps.first().getAttribute('aria-current')).toBe('true');
  expect((await steps.allInnerTexts()).some((text) => text.startsWith('Announces, 15 October 2016'))).toBe(
    true,
  );
  expect(problems()).toEqual([]);
});

test('categories are called what they are in another language as soon as it is spoken', async () => {
  const { page, problems } = await visit(DESK, MEETING);
  await expect.poll(() => page.locator('.kicker').innerText()).toContain('Meeting or talks');
  const before = await page.locator('.leaflet-map-pane').getAttribute('style');
  await page.getByRole('combobox', { name: 'Language' }).selectOption('Türkçe');
  await expect.poll(() => page.locator('.kicker').innerText()).toContain('Toplantı veya görüşmeler');
  expect(await page.locator('.kicker bdi').getAttribute('lang')).toBeNull();
  expect(await heading(page).getAttribute('lang')).toBe('en');
  expect(await page.locator('.leaflet-map-pane').getAttribute('style')).toBe(before);
  expect(problems()).toEqual([]);
});

test('by keyboard from an event to an actor, to another, and back to the event', async () => {
  const { page, problems } = await visit(DESK, MEETING);
  await heading(page).waitFor();
  await tabTo(page, /^Sergey Lavrov$/);
  await page.keyboard.press('Enter');
  await expect.poll(() => focused(page)).toBe('Sergey Lavrov');
  await tabTo(page, /^John Kerry$/);
  await page.keyboard.press('Enter');
  await expect.poll(() => focused(page)).toBe('John Kerry');
  await page.keyboard.press('Escape');
  await expect.poll(() => heading(page).innerText()).toBe('Sergey Lavrov');
  await page.keyboard.press('Escape');
  await expect.poll(() => heading(page).innerText()).toBe('Meeting on Syria in Lausanne');
  await page.keyboard.press('Escape');
  await expect.poll(() => heading(page).count()).toBe(0);
  expect(await listed(page)).toBeGreaterThan(0);
  expect(problems()).toEqual([]);
});

test('an actor, an event and a source that the atlas does not have are told, and not waited for', async () => {
  for (const kind of ['actor', 'event', 'source']) {
    const { page } = await visit(DESK, `/?${kind}=nobody`);
    await expect
      .poll(() => page.locator('.quiet').allInnerTexts())
      .toContainEqual(expect.stringContaining('nobody'));
  }
});
