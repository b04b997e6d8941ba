/// <reference lib="webworker" />
/**
 * Keeps the page and what it was answered, so that a reader without a connection sees what they saw with one. The page and
 * its files are those of one build; answers are asked for first, and kept ones given where the server cannot be reached.
 */
import type { Told } from './share/connection.svelte.ts';

declare const self: ServiceWorkerGlobalScope;

/** The files that the page needs, by the build; every other is kept when it is first used. */
declare const FILES: string[];
/** What the build is called, by its files. */
declare const BUILD: string;

const PAGE = `page ${BUILD}`;
const ANSWERS = 'answers';
/** The oldest are forgotten. A view takes three or four. */
const MOST_ANSWERS = 400;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(PAGE).then((cache) => cache.addAll(['/', '/settings.json', ...FILES])));
});

/** This build takes over when no page of another is open any more: then nobody needs its files. */
self.addEventListener('activate', (event) => {
  const tidy = async (): Promise<void> => {
    for (const name of await caches.keys()) if (name !== PAGE && name !== ANSWERS) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (pathname === '/graphql') event.respondWith(answer(event));
  else if (pathname.startsWith('/assets/')) event.respondWith(file(request));
  else if (pathname === '/' || pathname === '/settings.json')
    event.respondWith(fetch(request).catch(async () => (await kept(PAGE, pathname)) ?? Response.error()));
});

/** Before it was there the page read some files and answers by itself; they are in the browser's own store still. */
self.addEventListener('message', (event: ExtendableMessageEvent) => {
  event.waitUntil(Promise.allSettled((event.data as string[]).map(take)));
});

async function take(address: string): Promise<void> {
  const { pathname } = new URL(address);
  if (pathname.startsWith('/assets/')) await file(new Request(address));
  if (pathname !== '/graphql') return;
  const headers = {
    'apollo-require-preflight': 'true',
    accept: 'application/graphql-response+json, application/json',
  };
  const response = await fetch(address, { headers });
  if (mayBeKept(response)) await keep(new Request(address), response);
}

async function answer(event: FetchEvent): Promise<Response> {
  const { request, clientId } = event;
  const response = await fetch(request).catch(() => null);
  const given = response ?? (await kept(ANSWERS, request.url));
  const told: Told = { answered: given?.headers.get('date') ?? null, isKept: response === null };
  (await self.clients.get(clientId))?.postMessage(told);
  if (response && mayBeKept(response)) event.waitUntil(keep(request, response.clone()));
  return given ?? Response.error();
}

/** The server says so of whole answers, and of nothing else. */
const mayBeKept = ({ ok, headers }: Response): boolean =>
  ok && /max-age/.test(headers.get('cache-control') ?? '');

async function keep(request: Request, response: Response): Promise<void> {
  const cache = await caches.open(ANSWERS);
  await cache.put(request, response);
  const addresses = await cache.keys();
  for (const old of addresses.slice(0, -MOST_ANSWERS)) await cache.delete(old, { ignoreVary: true });
}

/** A file's name is that of its content, so one that is kept is right. */
async function file(request: Request): Promise<Response> {
  const found = await caches.match(request, { ignoreVary: true });
  if (found) return found;
  const response = await fetch(request);
  if (response.ok) await (await caches.open(PAGE)).put(request, response.clone());
  return response;
}

const kept = async (cache: string, address: string): Promise<Response | undefined> =>
  (await caches.open(cache)).match(address, { ignoreVary: true });
