import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { Atlas } from '../../server/event.ts';
import { readSoundPackage } from '../../server/import/data-package.ts';
import { launchBrowser, openPage, type Browser } from '../browser.ts';
import { hostile, openGuarded } from '../hostile-page.ts';
import { NotRun, type Check, type Seen } from './check.ts';
import { startImported } from './hostile-target.ts';
import type { Target } from './target.ts';

const HOME = resolve(import.meta.dirname, '../..');
const SCREEN = { width: 1280, height: 800 };
const PAGES = ['/', '/embed', '/graphiql'];

/** Starts a browser for a check. @throws NotRun where there is none */
async function withBrowser<T>(work: (browser: Browser) => Promise<T>): Promise<T> {
  const browser = await launchBrowser().catch((error: Error) => {
    throw new NotRun(error.message.split('\n')[0] ?? 'no browser');
  });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

/** What hostile texts do in a page when they came by a file of a format. */
const crossSite = (id: string, format: string): Check => ({
  id,
  threat: `texts of ${format} that break out of the page`,
  run: (_, effort) => {
    if (effort === 'short' && format !== 'csv')
      throw new NotRun('in the short run, one format stands for all');
    return withBrowser(async (browser) => {
      const sound = await readSoundPackage(join(HOME, 'data'));
      const atlas: Atlas = hostile(sound);
      // A package is refused for these, so that nothing of it would be seen.
      const isChecked = format === 'datapackage.zip';
      const server = await startImported(isChecked ? withFields(atlas, sound, CHECKED) : atlas, format);
      try {
        return await walk(browser, server);
      } finally {
        await server.stop('SIGKILL');
      }
    });
  },
});

/** Fields of which a data package says what they may be. */
const CHECKED = new Set(['language', 'color', 'url']);

/** A value with some fields, wherever they are in it, as another of its shape has them. */
function withFields<Value>(value: Value, other: Value, fields: ReadonlySet<string>): Value {
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value).map(([name, part]) => {
    const its = (other as Record<string, unknown>)[name];
    return [name, fields.has(name) ? its : withFields<unknown>(part, its, fields)] as const;
  });
  return (Array.isArray(value) ? parts.map(([, part]) => part) : Object.fromEntries(parts)) as Value;
}

/** Walks through all pages of an atlas, its first records among them. */
async function walk(browser: Browser, server: Target): Promise<Seen> {
  const { page, visit, step, broken } = await openGuarded(browser, SCREEN);
  const check = async (path: string): Promise<void> => assert.deepEqual([path, ...(await broken())], [path]);
  const query =
    '{ events(first: 12) { nodes { id } } places(first: 8) { nodes { id } } actors(first: 8) { nodes { id } } sources(first: 8) { nodes { id } } }';
  const { data } = (await server.ask(query)).json;
  await visit(`${server.url}/`);
  await check('/');
  for (const mark of await page.locator('.mark').all()) await mark.hover({ force: true });
  for (const row of (await page.locator('.row').all()).slice(0, 5)) await row.hover();
  let records = 0;
  for (const [list, kind] of [
    ['events', 'event'],
    ['places', 'place'],
    ['actors', 'actor'],
    ['sources', 'source'],
  ] as const)
    for (const { id } of data[list].nodes as { id: string }[]) {
      const path = `/?${new URLSearchParams({ [kind]: id })}`;
      await step(path);
      await page.waitForLoadState('networkidle');
      await check(path);
      records++;
    }
  await visit(`${server.url}/embed`);
  await check('/embed');
  await page.context().close();
  const seen = `${records} records looked at: nothing broke out, nothing was asked of elsewhere`;
  return { seen, inputs: records };
}

/** H: what a browser is kept from. */
export const BROWSER: Check[] = [
  crossSite('H1a', 'csv'),
  crossSite('H1b', 'geojson'),
  crossSite('H1c', 'kml'),
  crossSite('H1d', 'ndjson'),
  crossSite('H1e', 'datapackage.zip'),
  {
    id: 'H2',
    threat: 'ways for a text to become markup',
    run: async () => {
      const sinks =
        /\{@html|\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write|srcdoc|bindPopup\(|bindTooltip\(|\.setContent\(|divIcon\(|eval\(|new Function/;
      const files = readdirSync(join(HOME, 'web'), { recursive: true, encoding: 'utf8' }).filter(
        (name) => /\.(svelte|ts)$/.test(name) && !name.startsWith('dist') && !name.includes('node_modules'),
      );
      const found = files.flatMap((name) => {
        const lines = readFileSync(join(HOME, 'web', name), 'utf8').split('\n');
        return lines.flatMap((line, at) => (sinks.test(line) ? [`${name}:${at + 1}: ${line.trim()}`] : []));
      });
      assert.deepEqual(found, []);
      return `none in ${files.length} files`;
    },
  },
  {
    id: 'H3',
    threat: 'scripts, frames and requests that no page of ours has',
    run: (server) =>
      withBrowser(async (browser) => {
        for (const path of PAGES) {
          const { page, broken } = await openGuarded(browser, SCREEN);
          const response = await page.goto(server.url + path);
          await page.waitForLoadState('networkidle');
          const policy = response?.headers()['content-security-policy'] ?? '';
          assert.match(policy, /^default-src 'self'; /, path);
          assert.doesNotMatch(policy.replace(/frame-ancestors \*/, ''), /unsafe-eval|\*|https?:/, path);
          assert.doesNotMatch(/script-src[^;]*/.exec(policy)?.[0] ?? '', /unsafe/, path);
          const said = await broken();
          // GraphiQL has frames and styles of its own; what counts is that its policy is kept.
          const isKept = said.filter(
            (each) => path !== '/graphiql' || /^(forbidden|foreign|dialog|script)/.test(each),
          );
          assert.deepEqual([path, ...isKept], [path]);
          const isRun = await page.evaluate(() => {
            const script = document.createElement('script');
            script.textContent = 'globalThis.wasRun = true';
            document.head.append(script);
            return 'wasRun' in globalThis;
          });
          assert.equal(isRun, false, `${path} runs a script in its text`);
          await page.context().close();
        }
        return `${PAGES.length} pages keep to their policies, and a script put in does not run`;
      }),
  },
  {
    id: 'H4',
    threat: 'answers that browsers may take for something else',
    run: async (server) => {
      const paths = [
        ...PAGES,
        '/healthz',
        '/readyz',
        '/settings.json',
        '/graphql',
        '/nowhere',
        '/export/events.geojson',
        '/export/events.csv',
        '/oembed',
        '/service-worker.js',
        '/%zz',
        '/..%2f',
      ];
      for (const path of paths) {
        const { headers } = await server.get(path);
        assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
        assert.equal(headers.get('referrer-policy'), 'strict-origin-when-cross-origin', path);
        assert.equal(headers.get('access-control-allow-origin'), '*', path);
        assert.equal(headers.get('access-control-allow-credentials'), null, path);
        const policy = headers.get('content-security-policy') ?? '';
        assert.match(policy, path === '/embed' ? /frame-ancestors \*/ : /frame-ancestors 'none'/, path);
        assert.equal(headers.get('set-cookie'), null, path);
        assert.equal(headers.get('x-powered-by') ?? headers.get('server'), null, path);
      }
      return `${paths.length} addresses have all of them`;
    },
  },
  {
    id: 'H5',
    threat: 'pages elsewhere that frame ours or read as somebody',
    run: (server) =>
      withBrowser(async (browser) => {
        const elsewhere = createServer((request, response) => {
          response.setHeader('content-type', 'text/html');
          response.end(`<iframe width="800" height="600" src="${server.url}${request.url}"></iframe>`);
        }).listen(0, '127.0.0.1');
        await new Promise((done) => elsewhere.once('listening', done));
        const { port } = elsewhere.address() as AddressInfo;
        try {
          const { page } = await openPage(browser, SCREEN);
          const frame = async (path: string): Promise<boolean> => {
            await page.goto(`http://127.0.0.1:${port}${path}`);
            const marks = page.frameLocator('iframe').locator('.mark');
            const shown = marks.first().waitFor({ timeout: path === '/embed' ? 20_000 : 5000 });
            return shown.then(
              () => true,
              () => false,
            );
          };
          assert.equal(await frame('/embed'), true, '/embed is not shown in a frame');
          assert.equal(await frame('/'), false, '/ is shown in a frame');
          const read = (credentials: RequestCredentials): Promise<string> =>
            page.evaluate(
              async ([url, how]) => {
                const body = JSON.stringify({ query: '{ atlas { id } }' });
                const headers = { 'content-type': 'application/json' };
                const asked = { method: 'POST', headers, body, credentials: how as RequestCredentials };
                return fetch(`${url}/graphql`, asked).then(
                  (response) => response.text(),
                  () => 'refused',
                );
              },
              [server.url, credentials] as const,
            );
          assert.match(await read('omit'), /"data"/);
          assert.equal(await read('include'), 'refused');
          await page.context().close();
        } finally {
          elsewhere.close();
        }
        return 'only /embed is framed; anybody may read, nobody as somebody';
      }),
  },
];
