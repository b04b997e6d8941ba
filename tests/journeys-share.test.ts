import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { buildApp } from '../server/app.ts';
import { readTranslation, type Language } from '../web/languages.ts';
import { FILES, LIVE } from '../web/share/downloads.ts';
import { Words } from '../web/words.ts';
import { axe, openPage, type Page } from './browser.ts';
import { DESK, Journeys, READERS_IN_TURN, mark } from './journey.ts';

const journeys = new Journeys();
const { visit } = journeys;

const speaking = async (language: Language): Promise<Words> =>
  new Words(language, await readTranslation(language));
const share = async (page: Page, words: Words): Promise<void> =>
  page.getByRole('button', { name: words.say('share'), exact: true }).click();
const menu = (page: Page) => page.locator('.menu:popover-open');
const press = (
  page: Page,
  words: Words,
  key: 'share.link' | 'share.code' | 'share.picture' | 'share.print',
) =>
  menu(page)
    .getByRole('button', { name: words.say(key) })
    .click();
const copied = (page: Page): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
const allowCopying = (page: Page): Promise<void> =>
  page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
/** The size of a PNG in pixels, as its header has it. */
const sizeOf = (png: Buffer): [width: number, height: number] => [png.readUInt32BE(16), png.readUInt32BE(20)];
const pagesOf = (pdf: Buffer): number => pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;

/** How many colours there are in a picture, in a grid of its pixels. */
async function coloursOf(page: Page, png: Buffer): Promise<number> {
  const blank = await page.context().newPage();
  const count = await blank.evaluate(
    async (address) => {
      const image = new Image();
      image.src = address;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      context?.drawImage(image, 0, 0);
      const { data } = context?.getImageData(0, 0, image.width, image.height) ?? { data: [] };
      const found = new Set<string>();
      for (let at = 0; at < data.length; at += 4 * 7) found.add(data.slice(at, at + 3).join());
      return found.size;
    },
    `data:image/png;base64,${png.toString('base64')}`,
  );
  await blank.close();
  return count;
}

describe.each(READERS_IN_TURN)('in %s on %s', (_, __, language, size, walk) => {
  const screen = { ...size, locale: language };

  walk('a link and the code for another site are copied, and that is said', async () => {
    const words = await speaking(language);
    const { page, problems } = await visit(screen, '/?event=lausanne-meeting-2016-10-15');
    await allowCopying(page);
    await share(page, words);
    await press(page, words, 'share.link');
    await expect.poll(() => menu(page).getByRole('status').innerText()).toBe(words.say('share.linkCopied'));
    expect(await copied(page)).toBe(page.url());
    await press(page, words, 'share.code');
    await expect.poll(() => menu(page).getByRole('status').innerText()).toBe(words.say('share.codeCopied'));
    expect(await copied(page)).toContain(
      `<iframe src="${page.url().replace('/?', '/embed?').replaceAll('&', '&amp;')}"`,
    );
    expect(await axe(page, { include: ['.menu:popover-open'] })).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => menu(page).isVisible()).toBe(false);
    expect(page.url()).toContain('event=');
    expect(problems()).toEqual([]);
  });

  walk(
    'what is shown is saved as a picture, twice as fine as the screen, with names and numbers',
    async () => {
      const words = await speaking(language);
      const { page, problems } = await visit(screen, '/?from=2016-09-01&to=2016-12-01');
      await expect.poll(() => mark(page, language === 'en' ? 'Geneva' : 'جنيف').count()).toBe(1);
      const { width = 0, height = 0 } = (await page.locator('.map').boundingBox()) ?? {};
      await share(page, words);
      const saving = page.waitForEvent('download');
      await press(page, words, 'share.picture');
      const download = await saving;
      expect(download.suggestedFilename()).toBe('syria-diplomacy-2016-17_2016-09-01_2016-12-01.png');
      const png = await readFile(await download.path());
      expect(png.subarray(1, 4).toString()).toBe('PNG');
      expect(sizeOf(png)[0]).toBe(2 * width);
      expect(sizeOf(png)[1]).toBeGreaterThan(2 * height + 100);
      // Land, water, borders, names and marks all over the map; a blank one has a single colour, and no area or ring.
      const colours = await coloursOf(page, png);
      expect(colours).toBeGreaterThan(40);
      expect(problems()).toEqual([]);
    },
  );

  walk(
    'the events are had as a file of each kind, and at addresses for other programs, with the same filter',
    async () => {
      const words = await speaking(language);
      const { page, problems } = await visit(screen, '/?category=meeting&from=2016-09-01&map=7/46.5/6.6');
      await page.getByRole('button', { name: words.say('download'), exact: true }).click();
      const links = menu(page).getByRole('link');
      const addresses = (): Promise<string[]> =>
        links.evaluateAll((all) => all.map((each) => each.getAttribute('href') ?? ''));
      const asked = '?from=2016-09-01&category=meeting';
      expect(await addresses()).toEqual([...FILES, ...LIVE].map(({ path }) => path + asked));
      expect(await axe(page, { include: ['.menu:popover-open'] })).toEqual([]);

      const saved = async (name: string): Promise<[string, string]> => {
        const saving = page.waitForEvent('download');
        await links.filter({ hasText: name }).click();
        const download = await saving;
        return [download.suggestedFilename(), await readFile(await download.path(), 'utf8')];
      };
      const countOf = async (name: string): Promise<[string, number]> => {
        const [file, text] = await saved(name);
        return [file, (JSON.parse(text) as { features: unknown[] }).features.length];
      };
      expect(await countOf('GeoJSON')).toEqual(['syria-diplomacy-2016-17.geojson', 12]);
      await menu(page).getByRole('checkbox').check();
      expect((await addresses())[0]).toMatch(/&bbox=[\d.]+,[\d.]+,[\d.]+,[\d.]+$/);
      expect(await countOf('GeoJSON')).toEqual(['syria-diplomacy-2016-17.geojson', 2]);
      for (const address of await addresses()) {
        const response = await page.request.get(journeys.address + address);
        expect([address, response.status()]).toEqual([address, 200]);
      }
      await page.keyboard.press('Escape');
      await expect.poll(() => menu(page).count()).toBe(0);
      expect(problems()).toEqual([]);
    },
  );

  walk('it prints as one page with the map, the legend, the list and the sources', async () => {
    const words = await speaking(language);
    const { page, problems } = await visit(screen);
    await share(page, words);
    const seen = page.evaluate(
      () =>
        new Promise<Record<string, unknown>>((done) => {
          addEventListener('beforeprint', () => {
            const sheet = document.querySelector('.paper');
            const text = (selector: string): string[] =>
              [...(sheet?.querySelectorAll(selector) ?? [])].map((each) => each.textContent.trim());
            done({
              title: text('h1'),
              map: sheet?.querySelector('canvas')?.width,
              key: text('.key li').length,
              rows: text('ol li:not(.rest)').length,
              rest: text('.rest'),
              sources: text('cite'),
            });
          });
        }),
    );
    await press(page, words, 'share.print');
    const sheet = await seen;
    const rows = Number(sheet['rows']);
    expect(sheet).toMatchObject({
      title: ['Syria diplomacy, 2016-17'],
      rest: [words.count('andEvents', 58 - rows)],
    });
    expect(rows).toBeGreaterThan(5);
    expect(sheet['key']).toBeGreaterThan(8);
    expect(sheet['sources']).toHaveLength(5);
    expect(sheet['map']).toBeGreaterThan(2 * 350);
    await expect.poll(() => page.locator('.paper').count()).toBe(0);
    expect(pagesOf(await page.pdf({ format: 'A4', preferCSSPageSize: false }))).toBe(1);
    expect(pagesOf(await page.pdf({ format: 'Letter' }))).toBe(1);
    expect(problems()).toEqual([]);
  });

  walk(
    'an open brief prints as it is read: its claims, disputes and sources, and nothing to press',
    async () => {
      const words = await speaking(language);
      const { page, problems } = await openPage(journeys.browser, screen);
      onTestFinished(() => page.context().close());
      // The sources of the built-in atlas have no address.
      await page.route(/\/graphql(?!\/)/, async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replaceAll('"url":null', '"url":"https://news.example/1"');
        await route.fulfill({ response, body });
      });
      await page.goto(`${journeys.address}/?event=lausanne-meeting-2016-10-15`);
      await page.locator('.small-map .land').first().waitFor();
      await share(page, words);
      const isAsked = page.evaluate(
        () => new Promise<boolean>((done) => addEventListener('beforeprint', () => done(true))),
      );
      await menu(page)
        .getByRole('button', { name: words.say('share.printBrief') })
        .click();
      expect(await isAsked).toBe(true);
      expect(await page.locator('.paper').count()).toBe(0);
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      const seen = async (selector: string): Promise<string[]> => {
        const all = await page.locator(selector).all();
        const texts = await Promise.all(
          all.map(async (each) => ((await each.isVisible()) ? each.innerText() : '')),
        );
        return texts.filter((text) => text !== '');
      };
      expect(await seen('button, select, input, .map, .timeline, .legend')).toEqual([]);
      expect(await seen('.brief h2')).toEqual(['Meeting on Syria in Lausanne']);
      expect(await seen('.brief .value')).toHaveLength(2);
      expect((await seen('.brief .said')).length).toBeGreaterThan(8);
      expect(await seen('.brief .sources li')).toHaveLength(2);
      expect(await seen('.brief .cited-at')).toEqual(Array(2).fill('https://news.example/1'));
      expect((await seen('.brief pre')).join()).toContain('Syria diplomacy, 2016-17');
      expect(await seen('.brief .bibtex')).toEqual([]);
      const [paper, ink] = await page
        .locator('.brief')
        .evaluate((each) => [getComputedStyle(document.body).backgroundColor, getComputedStyle(each).color]);
      expect([paper, ink]).toEqual(['rgba(0, 0, 0, 0)', 'rgb(31, 29, 26)']);
      expect(pagesOf(await page.pdf({ format: 'A4' }))).toBeLessThanOrEqual(3);
      expect(problems()).toEqual([]);
    },
  );

  walk(
    'in a frame of another site the map shows what the address says, and leads to the whole of it',
    async () => {
      const words = await speaking(language);
      const host = createServer((_request, response) => {
        response.setHeader('content-type', 'text/html');
        response.end(
          `<!doctype html><title>A site</title><iframe src="${journeys.address}/embed?place=aleppo" title="map" width="380" height="600"></iframe>`,
        );
      });
      await new Promise<void>((listening) => host.listen(0, '127.0.0.1', listening));
      onTestFinished(() => void host.close());
      const { page } = await openPage(journeys.browser, screen);
      onTestFinished(() => page.context().close());
      await page.goto(`http://127.0.0.1:${(host.address() as AddressInfo).port}/`);
      const frame = page.frameLocator('iframe');
      const heading = frame.getByRole('heading', { level: 2 });
      await expect.poll(() => heading.innerText()).toBe(language === 'en' ? 'Aleppo' : 'حلب');
      const steps = await page.evaluate(() => history.length);
      await frame.locator('.row').first().click();
      await expect.poll(() => heading.innerText()).toBe('Aleppo divided between government and militants');
      const link = frame.getByRole('link', { name: 'Dateline: Syria diplomacy, 2016-17' });
      expect([await link.getAttribute('target'), await link.getAttribute('rel')]).toEqual([
        '_blank',
        'noopener',
      ]);
      await frame.getByRole('button', { name: words.say('back') }).click();
      await expect.poll(() => heading.innerText()).toBe(language === 'en' ? 'Aleppo' : 'حلب');
      await frame.getByRole('button', { name: words.say('back') }).click();
      await expect.poll(() => heading.count()).toBe(0);
      await expect
        .poll(() => link.getAttribute('href'))
        .toMatch(new RegExp(`^${journeys.address}/(\\?map=.*)?$`));
      expect(await page.evaluate(() => history.length)).toBe(steps);
      expect(await page.context().cookies()).toEqual([]);
    },
  );
});

test('an address restores every part of what it says, and the browser’s back and forward go through it', async () => {
  const address =
    '/?place=aleppo&q=truce&from=2016-05-01&to=2016-10-20&within=certainly&category=ceasefire&with=iran&at=aleppo&role=subject&status=occurred&claims=disputed&map=6/36/37&lang=fr';
  const { page } = await openPage(journeys.browser, DESK);
  onTestFinished(() => page.context().close());
  const asked: Record<string, unknown>[] = [];
  page.on('request', (request) => {
    const variables = new URL(request.url()).searchParams.get('variables');
    if (variables) asked.push(JSON.parse(variables));
  });
  await page.goto(journeys.address + address);
  await expect.poll(() => page.getByRole('heading', { level: 2 }).innerText()).toBe('Alep');
  await expect
    .poll(() => asked.map(({ filter }) => filter))
    .toContainEqual({
      categories: ['ceasefire'],
      actors: ['iran'],
      places: ['aleppo'],
      roles: ['SUBJECT'],
      statuses: ['OCCURRED'],
      corroboration: ['DISPUTED'],
      during: { from: '2016-05-01', to: '2016-10-20', match: 'CERTAINLY' },
      text: 'truce',
    });
  const parts = (url: string): string[][] => [...new URL(url).searchParams].sort();
  expect(parts(page.url())).toEqual(parts(journeys.address + address));
  await page.getByRole('button', { name: 'Retour' }).click();
  await expect.poll(() => page.url()).not.toContain('place=');
  await page.goBack();
  await expect.poll(() => page.getByRole('heading', { level: 2 }).innerText()).toBe('Alep');
  await page.goForward();
  await expect.poll(() => page.getByRole('heading', { level: 2 }).count()).toBe(0);
  expect(page.url()).toContain('q=truce');
});

test('where the browser lets nobody copy, the link is there to be copied by hand', async () => {
  const words = await speaking('en');
  const { page } = await visit(DESK);
  // As on a page that did not come by HTTPS.
  await page.evaluate(() => Reflect.deleteProperty(Navigator.prototype, 'clipboard'));
  await share(page, words);
  await press(page, words, 'share.link');
  const field = menu(page).getByRole('textbox');
  await expect.poll(() => field.inputValue()).toBe(page.url());
  expect(await page.evaluate(() => getSelection()?.toString())).toBe(page.url());
});

test('of a map from another site no picture is saved, and the reader is told why', async () => {
  const words = await speaking('en');
  const app = await buildApp(journeys.server.store, {
    tiles: { url: 'http://localhost:9/{z}/{x}/{y}.png', attribution: 'Somebody' },
  });
  onTestFinished(() => app.close());
  const { page } = await openPage(journeys.browser, DESK);
  onTestFinished(() => page.context().close());
  await page.goto(await app.listen({ port: 0, host: '127.0.0.1' }));
  await page.locator('img.leaflet-tile').first().waitFor({ state: 'attached' });
  await share(page, words);
  await press(page, words, 'share.picture');
  await expect.poll(() => menu(page).getByRole('status').innerText()).toBe(words.say('share.noPicture'));
});
