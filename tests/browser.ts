import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import axeCore from 'axe-core';
import type { AxeResults, NodeResult, RunOptions } from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';

export type { Browser, Page } from 'playwright-core';

const run = promisify(execFile);

/** What the page is shown on. */
export interface Screen {
  /** CSS pixels. */
  width: number;
  /** CSS pixels. */
  height: number;
  /** prefers-color-scheme; light when missing. */
  colorScheme?: 'light' | 'dark';
  /** A BCP 47 tag; en-GB when missing. */
  locale?: string;
  /** prefers-reduced-motion: reduce. */
  reducedMotion?: boolean;
  /** A touch screen, as of a phone. */
  touch?: boolean;
  /** The page may have a service worker, which keeps it for readers without a connection. Else it is as in a browser without. */
  worksOffline?: boolean;
}

/** A page and what went wrong on it. */
export interface RecordedPage {
  page: Page;
  /**
   * All that went wrong since the page was opened, one line each: console errors and warnings, uncaught errors,
   * failed requests, and requests to any host other than the one that the page was first sent to. Empty is good.
   */
  problems(): string[];
}

/** What to check, and by which of axe-core's rules. */
export interface AxeOptions extends RunOptions {
  /** CSS selectors of the parts to check; the whole page when missing. */
  include?: string[];
  /** CSS selectors of the parts to leave out. */
  exclude?: string[];
}

interface Executable {
  path: string;
  /** What it needs in the environment beside ours. */
  env?: Record<string, string>;
}

const SYSTEM_NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

const FLAGS = [
  // Chromium's own sandbox does not start as root, nor in most containers.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // Nothing but this machine can be reached, whatever a page or Chromium itself asks for.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]',
];

// The machine's fonts and the package's one. Without any font Chromium draws no text, not even in a page's own fonts.
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="relative">fonts-cache</cachedir>
</fontconfig>
`;

/**
 * Starts a real Chromium without a window: the one at CHROMIUM_PATH, else the system's, else the one in the package
 * `@sparticuz/chromium`. Close it when done.
 *
 * @throws when there is none, or it does not start; the message names the ways to get one.
 */
export async function launchBrowser(): Promise<Browser> {
  const { path, env } = await findExecutable();
  try {
    return await chromium.launch({ executablePath: path, args: FLAGS, env: { ...process.env, ...env } });
  } catch (cause) {
    throw noBrowser(`${path} does not start`, cause);
  }
}

/** Opens an empty page in a profile of its own and records what goes wrong on it. Send it somewhere with goto. */
export async function openPage(browser: Browser, screen: Screen): Promise<RecordedPage> {
  const context = await browser.newContext({
    viewport: { width: screen.width, height: screen.height },
    colorScheme: screen.colorScheme ?? 'light',
    locale: screen.locale ?? 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: screen.reducedMotion === true ? 'reduce' : 'no-preference',
    hasTouch: screen.touch === true,
    isMobile: screen.touch === true,
  });
  if (!screen.worksOffline)
    await context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'serviceWorker'));
  const found: string[] = [];
  let ownHost: string | undefined;

  const isForeign = (address: string): boolean => {
    const { protocol, host } = new URL(address);
    return /^(https?|wss?):$/.test(protocol) && host !== ownHost;
  };

  context.on('console', (message) => {
    if (!['error', 'warning', 'assert'].includes(message.type())) return;
    const { url } = message.location();
    found.push(`console ${message.type()}: ${message.text()}${url === '' ? '' : ` (${url})`}`);
  });
  context.on('weberror', (webError) => {
    const error = webError.error();
    found.push(`uncaught ${error.name}: ${error.message}`);
  });
  context.on('request', (request) => {
    const address = request.url();
    if (ownHost === undefined && request.isNavigationRequest()) ownHost = new URL(address).host;
    if (isForeign(address)) found.push(`foreign request: ${request.method()} ${address}`);
  });
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'for no reason given';
    // A page that drops its own request (a newer one replaces it) has done nothing wrong.
    if (reason === 'net::ERR_ABORTED' || isForeign(request.url())) return;
    found.push(`failed request: ${request.method()} ${request.url()} ${reason}`);
  });
  // Web sockets are no requests to Playwright, and belong to a page, be it a pop-up.
  context.on('page', (opened) => {
    opened.on('websocket', (socket) => {
      if (isForeign(socket.url())) found.push(`foreign request: WebSocket ${socket.url()}`);
    });
  });

  const page = await context.newPage();
  return { page, problems: () => [...found] };
}

/**
 * Checks a page with axe-core and gives all its violations, one text for each rule: the rule, what it asks, where it is
 * broken and how to mend it. Empty is good.
 */
export async function axe(page: Page, options: AxeOptions = {}): Promise<string[]> {
  const { include, exclude, ...runOptions } = options;
  // It is large, and a page keeps it.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(`${axeCore.source}; undefined`);
  const context = { include: include ?? ['html'], exclude: exclude ?? [] };
  const results = await page.evaluate(
    ([where, how]) => (globalThis as unknown as { axe: typeof axeCore }).axe.run(where, how),
    [context, { ...runOptions, resultTypes: ['violations'] }] as [typeof context, RunOptions],
  );
  return readable(results);
}

function readable({ violations }: AxeResults): string[] {
  return violations.map(({ impact, id, help, nodes }) =>
    [`${impact} ${id}: ${help}`, ...nodes.map(readableNode)].join('\n'),
  );
}

function readableNode({ target, html, failureSummary }: NodeResult): string {
  const remedy = failureSummary?.replace(/\s+/g, ' ') ?? '';
  return `  at ${target.join(' ')}: ${html}\n    ${remedy}`;
}

async function findExecutable(): Promise<Executable> {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') {
    if (!isExecutable(named)) throw noBrowser(`CHROMIUM_PATH is no executable file: "${named}"`);
    return { path: named };
  }
  const system = onPath(SYSTEM_NAMES);
  return system === undefined ? await packaged() : { path: system };
}

function onPath(names: string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The Chromium of the package, unpacked once for each version and user. */
async function packaged(): Promise<Executable> {
  const manifest = findManifest('@sparticuz/chromium');
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw noBrowser(
      `@sparticuz/chromium runs on linux x64 only; this is ${process.platform} ${process.arch}`,
    );
  }
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const folder = join(tmpdir(), `dateline-chromium-${version}-${process.getuid?.() ?? 0}`);
  const path = join(folder, 'chromium');
  try {
    if (!isExecutable(path)) await unpack(dirname(manifest), folder);
    // The path can be guessed and the folder for temporary files is everyone's.
    if ((await stat(folder)).uid !== process.getuid?.()) throw new Error(`${folder} belongs to another user`);
    const env = { FONTCONFIG_FILE: join(folder, 'fonts.conf') };
    // The package brings the libraries that a bare machine lacks; they do not suit every machine that has its own.
    return {
      path,
      env: (await starts(path)) ? env : { ...env, LD_LIBRARY_PATH: join(folder, 'al2023', 'lib') },
    };
  } catch (cause) {
    throw noBrowser('@sparticuz/chromium cannot be unpacked', cause);
  }
}

function findManifest(name: string): string {
  const missing = `the package ${name} is not installed`;
  try {
    const manifest = findPackageJSON(name, import.meta.url);
    if (manifest !== undefined) return manifest;
  } catch (cause) {
    throw noBrowser(missing, cause);
  }
  throw noBrowser(missing);
}

async function starts(path: string): Promise<boolean> {
  try {
    await run(path, ['--version']);
    return true;
  } catch {
    return false;
  }
}

/**
 * Unpacks the package into a folder that is there either whole or not at all. The package itself writes to fixed
 * names in the folder for temporary files and takes a file that another process is still writing for a finished one;
 * so it writes to a folder that is ours alone, which is then renamed: of several test processes one wins.
 */
async function unpack(source: string, folder: string): Promise<void> {
  await mkdir(tmpdir(), { recursive: true });
  const own = await mkdtemp(`${folder}-`);
  try {
    const script = `
      import chromium, { inflate } from '@sparticuz/chromium';
      await chromium.executablePath();
      await inflate(process.argv[1]);`;
    const libraries = join(source, 'bin', 'al2023.tar.br');
    await run(process.execPath, ['--input-type=module', '--eval', script, libraries], {
      cwd: import.meta.dirname,
      env: { ...process.env, TMPDIR: own },
    });
    await writeFile(join(own, 'fonts.conf'), FONTS);
    await replace(own, folder);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function replace(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const taken = ['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '');
    if (!taken) throw error;
    if (isExecutable(join(to, 'chromium'))) return;
    // A clean-up of old temporary files took the browser and left the rest.
    await rm(to, { recursive: true, force: true });
    await rename(from, to);
  }
}

function noBrowser(reason: string, cause?: unknown): Error {
  return new Error(
    `no browser for the tests: ${reason}. Set CHROMIUM_PATH to a Chromium or Chrome; or install one as ` +
      `${SYSTEM_NAMES.join(', ')} on PATH; or run npm install on linux x64, for the one in @sparticuz/chromium.`,
    { cause },
  );
}
