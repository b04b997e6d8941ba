import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { axe, launchBrowser, openPage } from './browser.ts';
import type { Browser } from './browser.ts';

const PAGES: Record<string, string> = {
  '/': '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Good</title><main><h1>All is well</h1></main></html>',
  '/complains':
    '<script nonce="test">console.error("no map tiles"); console.info("hello"); nowhere()</script>',
  '/missing': '<script src="/no-such-file.js"></script>',
  '/foreign':
    '<img src="https://tiles.example/0/0/0.png"><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
  '/socket': '<script nonce="test">new WebSocket("wss://live.example/")</script>',
  '/worker': '<script nonce="test">new Worker("/worker.js")</script>',
  '/worker.js': 'fetch("https://worker.example/").catch(() => 0)',
  '/aborts':
    '<script nonce="test">const c = new AbortController(); fetch("/slow", c).catch(() => 0); c.abort()</script>',
  '/unnamed':
    '<!doctype html><html lang="en"><title>Bad</title><main><h1>Bad</h1><button></button></main></html>',
};

let browser: Browser;
let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const body = PAGES[request.url ?? ''];
    const type = request.url?.endsWith('.js') === true ? 'text/javascript' : 'text/html; charset=utf-8';
    // No inline script and no eval, since axe has to run on pages that allow neither.
    const policy = "default-src 'self'; script-src 'self' 'nonce-test'; img-src * data:; connect-src *";
    if (request.url === '/slow') return;
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': type,
      'content-security-policy': policy,
    });
    response.end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await launchBrowser();
  // The first launch on a machine unpacks the browser.
}, 60_000);

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});

afterAll(async () => {
  await browser?.close();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

async function problemsOf(path: string): Promise<string[]> {
  const { page, problems } = await openPage(browser, { width: 400, height: 300 });
  await page.goto(origin + path, { waitUntil: 'load' });
  // Console messages and requests of workers come a little after the page's load event.
  await expect
    .poll(() => problems().length, { timeout: 500 })
    .toBeGreaterThan(0)
    .catch(() => undefined);
  await page.waitForTimeout(100);
  return problems();
}

test('a sound page has no problems and no violations', async () => {
  const { page, problems } = await openPage(browser, { width: 400, height: 300 });
  await page.goto(origin);
  expect(await axe(page)).toEqual([]);
  expect(problems()).toEqual([]);
});

test('console errors and uncaught errors are recorded, other messages are not', async () => {
  expect(await problemsOf('/complains')).toEqual([
    expect.stringMatching(/^console error: no map tiles \(http:.*\/complains\)$/),
    'uncaught ReferenceError: nowhere is not defined',
  ]);
});

test('a file that the server does not have is recorded', async () => {
  expect(await problemsOf('/missing')).toContainEqual(expect.stringMatching(/404.*no-such-file\.js/));
});

test('a request to a foreign host is recorded and goes nowhere; data: is no request', async () => {
  const problems = await problemsOf('/foreign');
  expect(problems).toContain('foreign request: GET https://tiles.example/0/0/0.png');
  expect(problems).toContainEqual(expect.stringContaining('ERR_NAME_NOT_RESOLVED'));
  expect(problems.join()).not.toContain('data:');
});

test('foreign requests of workers and web sockets are recorded', async () => {
  expect(await problemsOf('/worker')).toContain('foreign request: GET https://worker.example/');
  expect(await problemsOf('/socket')).toContain('foreign request: WebSocket wss://live.example/');
});

test('a request that the page itself drops is no problem', async () => {
  expect(await problemsOf('/aborts')).toEqual([]);
});

test('a button without a name is a critical violation, and the rule and the place are named', async () => {
  const { page } = await openPage(browser, { width: 400, height: 300 });
  await page.goto(`${origin}/unnamed`);
  expect(await axe(page)).toEqual([
    expect.stringMatching(/^critical button-name: .*\n {2}at button: <button><\/button>\n {4}Fix any/),
  ]);
  expect(await axe(page, { exclude: ['button'] })).toEqual([]);
});

test('the page is shown on the screen asked for', async () => {
  const { page } = await openPage(browser, {
    width: 390,
    height: 844,
    colorScheme: 'dark',
    locale: 'ar',
    reducedMotion: true,
    touch: true,
  });
  await page.goto(origin);
  const shown = await page.evaluate(() => ({
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    still: matchMedia('(prefers-reduced-motion: reduce)').matches,
    coarse: matchMedia('(pointer: coarse)').matches,
    language: navigator.language,
    height: innerHeight,
  }));
  expect(shown).toEqual({ dark: true, still: true, coarse: true, language: 'ar', height: 844 });
});

test('without a browser the error names the ways to get one', async () => {
  const before = process.env['CHROMIUM_PATH'];
  process.env['CHROMIUM_PATH'] = '/no/such/chromium';
  try {
    await expect(launchBrowser()).rejects.toThrow(
      /CHROMIUM_PATH is no executable file: "\/no\/such\/chromium".*Set CHROMIUM_PATH.*on PATH.*@sparticuz\/chromium/,
    );
  } finally {
    if (before === undefined) delete process.env['CHROMIUM_PATH'];
    else process.env['CHROMIUM_PATH'] = before;
  }
});
