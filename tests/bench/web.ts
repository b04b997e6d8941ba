import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Browser } from '../browser.ts';
import { launchBrowser } from '../browser.ts';
import { start, stopped } from './own-process.ts';
import { brush, dragAbout, framesWhile, openMap, type Frames } from './web-page.ts';
import type { PageName, Served, WebTask } from './web-server.ts';

/** What was measured of a page at one size, while one thing was done on it. */
export interface WebResult extends Frames {
  name: PageName;
  events: number;
  /** The browser's version. */
  chromium: string;
  doing: 'dragging' | 'dragging, answers 1 s late' | 'brushing';
  /** From the navigation to the first marker, median of some visits. */
  firstMarkerMs: number;
  /** Scripts until then, gzipped. */
  scriptBytes: number;
}

/** How much is measured. */
export interface WebEffort {
  sizes: number[];
  /** Sizes of the rival's page. */
  rivalSizes: number[];
  /** How often the page is opened after a first time. */
  visits: number;
  /** How often the map is dragged, for two thirds of a second each, and each end of the period moved to and fro. */
  strokes: number;
  sweeps: number;
}

const MARKERS: Record<PageName, string> = {
  dateline: '.mark',
  'Leaflet.markercluster': '.leaflet-marker-icon',
};

/** An answer takes so long more, where it is to be seen whether the map waits for it. */
const LATE_MS = 1000;

/** Opens the page in a real browser, with the server beside it, drags the map and brushes the timeline; and a rival's. */
export async function measureWeb(effort: WebEffort, tell: (what: string) => void): Promise<WebResult[]> {
  if (!existsSync(resolve(import.meta.dirname, '../../web/dist/index.html')))
    throw new Error('the page is not built: npm run build');
  const tasks: WebTask[] = [
    ...effort.sizes.map((events) => ({ name: 'dateline' as const, events })),
    ...effort.rivalSizes.map((events) => ({ name: 'Leaflet.markercluster' as const, events })),
  ];
  const results: WebResult[] = [];
  for (const task of tasks) {
    tell(`the page of ${task.name} at ${task.events} events`);
    const { said, child } = await start<Served>('web-server.ts', task);
    const browser = await launchBrowser();
    try {
      results.push(...(await measurePage(browser, task, said, effort)));
    } finally {
      await browser.close();
      await stopped(child);
    }
  }
  return results;
}

async function measurePage(
  browser: Browser,
  { name, events }: WebTask,
  { whole, near }: Served,
  { visits, strokes, sweeps }: WebEffort,
): Promise<WebResult[]> {
  const marker = MARKERS[name];
  const firsts: number[] = [];
  // The rival's page takes its time, and is opened once.
  const times = name === 'dateline' ? visits + 1 : 0;
  for (let visit = 0; visit < times; visit++) {
    const { page, firstMarkerMs } = await openMap(browser, whole, marker);
    if (visit > 0) firsts.push(firstMarkerMs);
    await page.context().close();
  }
  const { page, firstMarkerMs, scriptBytes } = await openMap(browser, near, marker);
  const first = firsts.toSorted((a, b) => a - b)[firsts.length >> 1] ?? firstMarkerMs;
  const about = { name, events, chromium: browser.version(), firstMarkerMs: Math.round(first), scriptBytes };
  // What is read behind the first marker is not part of the dragging.
  await page.waitForLoadState('networkidle');
  const results: WebResult[] = [
    { ...about, doing: 'dragging', ...(await framesWhile(page, () => dragAbout(page, strokes))) },
  ];
  if (name === 'dateline') {
    let hasTimeline = false;
    const brushed = await framesWhile(page, async () => {
      hasTimeline = await brush(page, sweeps);
    });
    if (hasTimeline) results.push({ ...about, doing: 'brushing', ...brushed });
    const network = await page.context().newCDPSession(page);
    await network.send('Network.emulateNetworkConditions', {
      ...{ offline: false, latency: LATE_MS, downloadThroughput: -1, uploadThroughput: -1 },
    });
    const late = await framesWhile(page, () => dragAbout(page, strokes));
    results.push({ ...about, doing: 'dragging, answers 1 s late', ...late });
  }
  await page.context().close();
  return results;
}
