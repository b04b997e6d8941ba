import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { buildApp } from '../../server/app.ts';
import { GeneratedStore } from './generated-store.ts';
import { degrees, generate } from './generator.ts';
import { onTask } from './own-process.ts';

/** Which page to serve, and with how many events. */
export interface WebTask {
  name: keyof typeof PAGES;
  events: number;
}

/** Where the page is to be found as a whole, and where its map stands on the fullest town. */
export interface Served {
  whole: string;
  near: string;
}

const PAGES = { dateline: serveDateline, 'Leaflet.markercluster': serveMarkercluster };

export type PageName = keyof typeof PAGES;

/** The real server with its index made, as it is after a while. */
async function serveDateline(events: number): Promise<Served> {
  const app = await buildApp(new GeneratedStore(events), { tiles: null });
  await app.inject({ method: 'POST', url: '/graphql', payload: { query: '{ atlas { eventCount } }' } });
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  return { whole: `${address}/`, near: `${address}/?map=${start(events)}` };
}

/** The page in markercluster.html, and the points that it clusters: latitude and longitude of each placement as doubles. */
async function serveMarkercluster(events: number): Promise<Served> {
  const { x, y, place } = generate(events);
  const points = new Float64Array(2 * place.length);
  place.forEach((its, at) => {
    const { lat, lng } = degrees((x[its] as number) + 0.5, (y[its] as number) + 0.5);
    points.set([lat, lng], 2 * at);
  });
  const server = createServer(({ url = '' }, response) => {
    const [path = ''] = url.split('?');
    const file = FILES[path];
    if (path === '/points') response.end(Buffer.from(points.buffer));
    else if (file) createReadStream(file).pipe(response.setHeader('content-type', typeOf(file)));
    else response.writeHead(204).end();
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const near = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?map=${start(events)}`;
  return { whole: near, near };
}

const MODULES = resolve(import.meta.dirname, '../../node_modules');

const FILES: Record<string, string> = {
  '/': resolve(import.meta.dirname, 'markercluster.html'),
  '/leaflet.js': `${MODULES}/leaflet/dist/leaflet.js`,
  '/leaflet.css': `${MODULES}/leaflet/dist/leaflet.css`,
  '/markercluster.js': `${MODULES}/leaflet.markercluster/dist/leaflet.markercluster.js`,
  '/markercluster.css': `${MODULES}/leaflet.markercluster/dist/MarkerCluster.css`,
  '/markercluster-default.css': `${MODULES}/leaflet.markercluster/dist/MarkerCluster.Default.css`,
};

const typeOf = (file: string): string =>
  file.endsWith('.js') ? 'text/javascript' : file.endsWith('.css') ? 'text/css' : 'text/html; charset=utf-8';

/** Where the map stands at first, as the page's address has it: zoom, latitude and longitude. */
function start(events: number): string {
  const { x, y } = generate(events);
  const { lat, lng } = degrees(x[0] as number, y[0] as number);
  return `5/${lat.toFixed(2)}/${lng.toFixed(2)}`;
}

onTask(async ({ name, events }: WebTask) => {
  process.once('disconnect', () => process.exit());
  return PAGES[name](events);
});
