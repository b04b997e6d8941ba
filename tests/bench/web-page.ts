import { gzipSync } from 'node:zlib';
import type { Browser, Page } from '../browser.ts';
import { openPage } from '../browser.ts';

/** The frames of a page while something is done on it, in milliseconds. A screen shows one each 16.7 ms. */
export interface Frames {
  frames: number;
  frameP50ms: number;
  frameP95ms: number;
  frameP99ms: number;
  frameMaxMs: number;
  /** Of the frames that the screen would have shown the part that did not come. */
  droppedShare: number;
  /** From when a frame was due until the page's thread had it drawn, all that held it up included. */
  drawnP50ms: number;
  drawnP95ms: number;
  /** Tasks of more than 50 ms, as the browser tells them, and the longest. */
  longTasks: number;
  longestTaskMs: number;
  /** Processor time of the page's thread per frame: what else the machine does lengthens all other times, and not this one. */
  threadMsPerFrame: number;
  /** How often the page was laid out; more than once a frame is waste. */
  layoutsPerFrame: number;
}

/** A page that shows markers. */
export interface Opened {
  page: Page;
  /** From the navigation to the frame in which the first marker is painted. */
  firstMarkerMs: number;
  /** Scripts that were read till then, gzipped. */
  scriptBytes: number;
}

const SCREEN = { width: 1440, height: 900 };
const REFRESH_MS = 1000 / 60;

/** So long a page may take until it shows a marker. */
const PATIENCE_MS = 300_000;

/** Opens a page with nothing in its cache and waits for the first marker. Close its context when done. */
export async function openMap(browser: Browser, url: string, marker: string): Promise<Opened> {
  const { page } = await openPage(browser, SCREEN);
  const scripts: Promise<number>[] = [];
  page.on('response', (response) => {
    if (response.headers()['content-type']?.includes('javascript'))
      scripts.push(response.body().then((body) => gzipSync(body).length));
  });
  await page.addInitScript((selector) => {
    const look = (): void => {
      if (document.querySelector(selector)) performance.mark('first-marker');
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, marker);
  await page.goto(url, { timeout: PATIENCE_MS });
  await page.waitForFunction(() => performance.getEntriesByName('first-marker').length > 0, null, {
    timeout: PATIENCE_MS,
  });
  const firstMarkerMs = await page.evaluate(
    () => performance.getEntriesByName('first-marker')[0]?.startTime ?? Number.NaN,
  );
  const scriptBytes = (await Promise.all(scripts)).reduce((sum, bytes) => sum + bytes, 0);
  return { page, firstMarkerMs, scriptBytes };
}

/** What the page records of itself. */
interface Recording {
  intervals: number[];
  drawn: number[];
  long: number[];
  stop(): void;
}

/** Watches the frames of a page while something is done on it. */
export async function framesWhile(page: Page, work: () => Promise<void>): Promise<Frames> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const metricsOf = async (): Promise<{ seconds: number; layouts: number }> => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    const valueOf = (wanted: string): number =>
      metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN;
    return { seconds: valueOf('TaskDuration'), layouts: valueOf('LayoutCount') };
  };
  await page.evaluate(record);
  const before = await metricsOf();
  await work();
  const after = await metricsOf();
  const { intervals, drawn, long } = await page.evaluate(() => {
    const { recording } = globalThis as unknown as { recording: Recording };
    recording.stop();
    const { intervals, drawn, long } = recording;
    return { intervals, drawn, long };
  });
  const due = intervals.reduce((sum, interval) => sum + Math.max(1, Math.round(interval / REFRESH_MS)), 0);
  return {
    frames: intervals.length,
    frameP50ms: quantile(intervals, 0.5),
    frameP95ms: quantile(intervals, 0.95),
    frameP99ms: quantile(intervals, 0.99),
    frameMaxMs: quantile(intervals, 1),
    droppedShare: 1 - intervals.length / due,
    drawnP50ms: quantile(drawn, 0.5),
    drawnP95ms: quantile(drawn, 0.95),
    longTasks: long.length,
    longestTaskMs: long.length > 0 ? quantile(long, 1) : 0,
    threadMsPerFrame: rounded((1000 * (after.seconds - before.seconds)) / intervals.length),
    layoutsPerFrame: rounded((after.layouts - before.layouts) / intervals.length),
  };
}

/**
 * Runs in the page. A frame's time is the moment at which it was due; the message that its callback sends arrives when the
 * page has done all that the frame takes: callbacks, styles, layout and paint.
 */
function record(): void {
  const [intervals, drawn, long]: [number[], number[], number[]] = [[], [], []];
  const { port1, port2 } = new MessageChannel();
  let last: number | null = null;
  port1.addEventListener('message', ({ data: due }: MessageEvent<number>) =>
    drawn.push(performance.now() - due),
  );
  port1.start();
  const onFrame = (due: number): void => {
    if (last !== null) intervals.push(due - last);
    last = due;
    port2.postMessage(due);
    next = requestAnimationFrame(onFrame);
  };
  let next = requestAnimationFrame(onFrame);
  const observer = new PerformanceObserver((list) =>
    long.push(...list.getEntries().map(({ duration }) => duration)),
  );
  observer.observe({ type: 'longtask' });
  const stop = (): void => {
    cancelAnimationFrame(next);
    observer.disconnect();
  };
  Object.assign(globalThis, { recording: { intervals, drawn, long, stop } satisfies Recording });
}

/** Zoom levels to go in or out before each stroke. */
const ZOOMS = [0, 1, 1, -1, 1, 1, -1, -1, -1, 1, -1, 1];
const STROKE = { moves: 40, pixels: 480 };

/** Drags the map by the mouse, in strokes of 480 pixels and two thirds of a second in ever other directions, and zooms between them. */
export async function dragAbout(page: Page, strokes: number): Promise<void> {
  const middle = await middleOf(page, '.leaflet-container');
  for (let stroke = 0; stroke < strokes; stroke++) {
    const steps = ZOOMS[stroke % ZOOMS.length] as number;
    await page.mouse.move(...middle);
    if (steps !== 0) {
      await page.mouse.wheel(0, -90 * steps);
      await page.waitForTimeout(400);
    }
    // Turned by the golden angle, no direction comes twice.
    const angle = stroke * 2.4;
    const at = (part: number): [number, number] => [
      middle[0] + (part - 0.5) * STROKE.pixels * Math.cos(angle),
      middle[1] + (part - 0.5) * STROKE.pixels * Math.sin(angle),
    ];
    await page.mouse.move(...at(0));
    await page.mouse.down();
    for (let move = 1; move <= STROKE.moves; move++) await page.mouse.move(...at(move / STROKE.moves));
    await page.mouse.up();
    await page.waitForTimeout(200);
  }
}

/** Moves the ends of the timeline's period to and fro by the mouse. Gives whether there is a timeline to do so on. */
export async function brush(page: Page, sweeps: number): Promise<boolean> {
  const handles = ['From', 'To'].map((name) => page.getByRole('slider', { name, exact: true }));
  for (const handle of handles) if ((await handle.count()) === 0) return false;
  for (let sweep = 0; sweep < sweeps; sweep++)
    for (const [nth, handle] of handles.entries()) {
      const box = await handle.boundingBox();
      if (!box) return false;
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      const inwards = (nth === 0 ? 1 : -1) * STROKE.pixels;
      await page.mouse.move(x, y);
      await page.mouse.down();
      const there = STROKE.moves;
      for (let move = 1; move <= 2 * there; move++)
        await page.mouse.move(x + inwards * (1 - Math.abs(1 - move / there)), y);
      await page.mouse.up();
    }
  return true;
}

async function middleOf(page: Page, selector: string): Promise<[number, number]> {
  const box = await page.locator(selector).boundingBox();
  if (!box) throw new Error(`${selector} is not shown`);
  return [box.x + box.width / 2, box.y + box.height / 2];
}

function quantile(values: number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return rounded(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN);
}

/** Browsers tell milliseconds no finer. */
const rounded = (value: number): number => Math.round(value * 10) / 10;
