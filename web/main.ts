import '@fontsource-variable/source-sans-3/wght.css';
import '@fontsource-variable/source-serif-4/wght.css';
import '@fontsource-variable/vazirmatn/wght.css';
import 'leaflet/dist/leaflet.css';
import { mount } from 'svelte';
import { readAddress } from './address.ts';
import App from './App.svelte';
import { preferredLanguage, readTranslation } from './languages.ts';
import './tokens.css';
import './page.css';
import { en } from './translations/en.ts';
import { Words } from './words.ts';

const target = document.getElementById('app');
const { language: chosen } = readAddress(location.search);
const language = chosen ?? preferredLanguage(navigator.languages);
// Where the texts cannot be read, as when the server has gone, the page is at least there to say so.
const words = await readTranslation(language).then(
  (texts) => new Words(language, texts),
  () => new Words('en', en),
);
const isFramed = /^\/embed\/?$/.test(location.pathname);
if (target && /^\/corrections\/?$/.test(location.pathname)) {
  const { default: Corrections } = await import('./changes/Corrections.svelte');
  mount(Corrections, { target, props: { words, language: chosen } });
} else if (target) mount(App, { target, props: { words, isFramed } });
// Another site's readers have not asked to keep anything.
if (import.meta.env.PROD && !isFramed && 'serviceWorker' in navigator) void keepForOffline();

async function keepForOffline(): Promise<void> {
  await navigator.serviceWorker.register('/service-worker.js');
  if (navigator.serviceWorker.controller) return;
  // Till now the page has read everything by itself; the service worker is told what that was.
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage(performance.getEntriesByType('resource').map(({ name }) => name));
}
