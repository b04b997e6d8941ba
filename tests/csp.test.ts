import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { buildApp } from '../server/app.ts';
import type { Atlas } from '../server/event.ts';
import { readSoundPackage } from '../server/import/data-package.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { launchBrowser, openPage, type Browser, type Page } from './browser.ts';
import { DESK } from './journey.ts';
import { BUILT_IN } from './server.ts';

/** Ways out of text: into elements, attributes, style, script, addresses and templates. Each would call `broken`. */
const WAYS_OUT = [
  '<img src=x onerror=broken()>',
  '"><svg onload=broken()>',
  "'><script>broken()</script>",
  '</title></textarea></style><script src=//evil.example/x.js></script>',
  '<iframe srcdoc="<script>parent.broken()</script>">',
  '<math><mtext><table><mglyph><style><!--</style><img title="--><img src=x onerror=broken()>">',
  '" onmouseover="broken()" autofocus onfocus="broken()" x="',
  '<a href="javascript:broken()">press</a>',
  '{{constructor.constructor("broken()")()}}${broken()}<%= broken() %>',
  '{@html "<img src=x onerror=broken()>"}',
  '<style>*{background:url(//evil.example/style)}</style>',
  '<base href="//evil.example/"><meta http-equiv=refresh content="0;url=//evil.example/">',
  '&lt;img src=x onerror=broken()&gt;<!--',
  '\u202e</bdi><b>\u0000broken',
];
const ADDRESSES = [
  'javascript:broken()',
  'JaVaScRiPt:broken()//https://',
  '\tjavascript:broken()',
  'data:text/html,<script>broken()</script>',
  'https://example.org/"onclick="broken()"><img src=x onerror=broken()>',
];
const COLOURS = [
  'red;background:url(//evil.example/colour)',
  '"><img src=x onerror=broken()>',
  'url(//evil.example/paint)',
  '#12345g',
];

/** Fields whose values are of a few kinds or numbers of ours. */
const OURS = new Set(['status', 'when', 'role', 'aspect', 'precision', 'publishedOn', 'version', 'country']);

let [addresses, colours] = [0, 0];

/** An atlas with a way out in each of its texts, ids among them: the same in the same place, so that references hold. */
function hostile<Value>(value: Value, field = '', record: object = {}): Value {
  if (Array.isArray(value)) return value.map((each) => hostile(each, field, record)) as Value;
  if (typeof value === 'object' && value !== null && field !== 'when')
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => [name, hostile(part, name, value)]),
    ) as Value;
  // Nothing refers to these, so each way has its turn, where the atlas has no address too.
  if (field === 'url') return ADDRESSES[addresses++ % ADDRESSES.length] as Value;
  if (field === 'color') return COLOURS[colours++ % COLOURS.length] as Value;
  if (typeof value !== 'string') return value;
  // What an actor is, and what it was at an event, share a name with what a place is to it.
  if (OURS.has(field) && !(field === 'role' && 'actor' in record)) return value;
  if (field === 'kind' && !('related' in record)) return value;
  const number = [...value].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973, 7);
  const pick = (ways: readonly string[]): string => ways[number % ways.length] ?? '';
  // By a name's language it is chosen: half of them stay what they are.
  if (field === 'language') return (number % 2 ? value : pick(WAYS_OUT)) as Value;
  return `${value} ${pick(WAYS_OUT)}` as Value;
}

let browser: Browser;
let atlas: Atlas;
let store: SqliteStore;
let app: FastifyInstance;
let address: string;
const folder = mkdtempSync(join(tmpdir(), 'dateline-'));

beforeAll(async () => {
  atlas = hostile(await readSoundPackage(BUILT_IN));
  store = new SqliteStore(join(folder, 'atlas.sqlite'));
  await store.replace(atlas);
  app = await buildApp(store, { tiles: null });
  address = await app.listen({ port: 0, host: '127.0.0.1' });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
  await store?.close();
  rmSync(folder, { recursive: true });
});

/** Opens a page on which anything that breaks out of its text is found. */
async function open(screen = DESK): Promise<{
  page: Page;
  visit: (path: string) => Promise<void>;
  check: (path: string) => Promise<void>;
  step: (path: string, headings: readonly string[]) => Promise<void>;
}> {
  const { page, problems } = await openPage(browser, screen);
  onTestFinished(() => page.context().close());
  const found: string[] = [];
  page.on('dialog', (dialog) => {
    found.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.exposeFunction('broken', () => found.push('script from the data ran'));
  await page.exposeFunction('violated', (what: string) => found.push(`forbidden by the policy: ${what}`));
  await page.addInitScript(() => {
    const { violated } = globalThis as unknown as { violated(what: string): void };
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      violated(`${violatedDirective} ${blockedURI}`),
    );
  });
  const check = async (path: string): Promise<void> => {
    const foreign = await page.evaluate(() => {
      const made =
        'main img:not(.leaflet-tile), iframe, object, embed, base, meta[http-equiv], math, [onerror], [onload], [onclick], [onmouseover], [onfocus], [autofocus], script:not([src]), body style';
      const links = [...document.querySelectorAll<HTMLAnchorElement>('a[href]')].map((link) => link.href);
      return [
        ...[...document.querySelectorAll(made)].map((element) => element.outerHTML),
        ...links.filter((href) => !/^https?:/.test(href)),
      ];
    });
    expect([path, ...foreign, ...found, ...problems()]).toEqual([path]);
  };
  const visit = async (path: string): Promise<void> => {
    await page.goto(address + path);
    await page.locator('.mark').first().waitFor();
    await page.waitForLoadState('networkidle');
    await check(path);
  };
  /** Goes on within the page, as the browser's way back does, to what has one of these headings. */
  const step = async (path: string, headings: readonly string[]): Promise<void> => {
    await page.evaluate((to) => {
      history.pushState(null, '', to);
      dispatchEvent(new PopStateEvent('popstate'));
    }, path);
    await expect.poll(async () => headings.map(asShown).includes(asShown(await shown(page)))).toBe(true);
    await check(path);
  };
  return { page, visit, check, step };
}

const at = (kind: string, id: string, more = ''): string => `/?${new URLSearchParams({ [kind]: id })}${more}`;
const shown = (page: Page): Promise<string> => page.getByRole('heading', { level: 2 }).innerText();
const asShown = (text: string): string => text.replaceAll('\u0000', '').replaceAll(/\s+/g, ' ').trim();

test('the atlas has every way out in it', () => {
  const text = JSON.stringify(atlas);
  for (const way of [...WAYS_OUT, ...ADDRESSES, ...COLOURS])
    expect([way, text.includes(JSON.stringify(way).slice(1, -1))]).toEqual([way, true]);
});

test('the map, its list and its legend show the data as text', async () => {
  const { page, visit } = await open();
  for (const path of ['/', '/?lang=ar', `/?q=${encodeURIComponent(WAYS_OUT[0] ?? '')}`]) await visit(path);
  await visit('/');
  expect(asShown(await page.getByRole('heading', { level: 1 }).innerText())).toBe(asShown(atlas.title));
  for (const mark of await page.locator('.mark').all()) await mark.hover({ force: true });
  for (const row of (await page.locator('.row').all()).slice(0, 5)) await row.hover();
  await visit('/');
});

test('events, sources, places and actors show their texts as text, and link to pages alone', async () => {
  const { visit, step } = await open();
  await visit('/');
  for (const { id, title } of atlas.events) await step(at('event', id), [title]);
  for (const { id, title } of atlas.sources) await step(at('source', id), [title]);
  for (const { id, name, names } of atlas.places.slice(0, 12))
    await step(at('place', id), [name, ...names.map((each) => each.name)]);
  for (const { id, name, names } of atlas.actors.slice(0, 12))
    await step(at('actor', id), [name, ...names.map((each) => each.name)]);
  const around = WAYS_OUT.join(' ');
  await visit(`/?area=30,30,45,40&around=${encodeURIComponent(around)}`);
});

test('what is searched for and filtered by is shown as text', async () => {
  const { page, visit, check } = await open();
  const [event] = atlas.events;
  const parameters = new URLSearchParams([
    ['q', WAYS_OUT[1] ?? ''],
    ['category', event?.category ?? ''],
    ['with', atlas.actors[0]?.id ?? ''],
    ['at', atlas.places[0]?.id ?? ''],
    ['from-source', atlas.sources[0]?.id ?? ''],
  ]);
  await page.goto(`${address}/?${parameters}`);
  await page.locator('.sentence').waitFor();
  await page.waitForLoadState('networkidle');
  await check(page.url());
  await visit('/');
  await page.getByRole('button', { name: 'Filters' }).click();
  await page.waitForLoadState('networkidle');
  for (const letters of ['mos', 'syria', '<img']) {
    await page.locator('input[type=search]').fill(letters);
    await page.waitForLoadState('networkidle');
  }
  await check(page.url());
});

test('the frame, the picture and the page of paper take the data as text', async () => {
  const { page, visit } = await open();
  await visit('/embed');
  await visit(`/embed${at('event', atlas.events[0]?.id ?? '').slice(1)}`);
  await visit('/');
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save a picture' }).click();
  expect((await saving).suggestedFilename()).toMatch(/^[\p{L}\p{N}_-]+\.png$/u);
  await page.pdf();
  await visit('/');
});

test('the frame’s code and what other sites are told hold the title as text', async () => {
  const { body } = await app.inject({
    url: `/oembed?url=${encodeURIComponent(`http://maps.example/?q=${WAYS_OUT[2]}`)}`,
    headers: { host: 'maps.example' },
  });
  expect(JSON.parse(body).html).toMatch(/^<iframe src="[^"<>]*" title="[^"<>]*" [^<>]*><\/iframe>$/);
});
