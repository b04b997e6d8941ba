import { writeAddress } from '../address.ts';
import type { Filter } from '../filter.ts';
import type { Translation } from '../translations/en.ts';
import type { Box } from '../view.ts';

/** What events can be had as. */
export interface Download {
  /** As it calls itself in every language. */
  name: string;
  /** Says what it is for. */
  purpose: Extract<keyof Translation, `download.${string}`>;
  /** Its address on the server, without what is asked for. */
  path: string;
}

const file = (name: string, ending: string, purpose: Download['purpose']): Download => ({
  ...{ name, purpose },
  path: `/export/events.${ending}`,
});

/** Files of the events, those first that most people can open. */
export const FILES: Download[] = [
  file('CSV', 'csv', 'download.csv'),
  file('GeoJSON', 'geojson', 'download.geojson'),
  file('GeoPackage', 'gpkg', 'download.gpkg'),
  file('KML', 'kml', 'download.kml'),
  file('Data Package', 'datapackage.zip', 'download.datapackage'),
  file('NDJSON', 'ndjson', 'download.ndjson'),
  file('iCalendar', 'ics', 'download.ics'),
  file('RSS', 'rss', 'download.feed'),
  file('JSON Feed', 'json-feed', 'download.feed'),
];

/** Addresses at which programs read the events as they are at that moment. */
export const LIVE: Download[] = [
  { name: 'OGC API – Features', purpose: 'download.ogc', path: '/ogc/collections/events/items' },
  { name: 'TileJSON', purpose: 'download.tiles', path: '/tiles.json' },
];

/** Where the events of a filter are to be had as something. @param box within which, or null for anywhere */
export function downloadAddress({ path }: Download, filter: Filter, box: Box | null): string {
  const search = writeAddress({ filter, selection: null, view: null, time: null, language: null });
  if (box === null || filter.isUnplaced) return path + search;
  const bbox = `bbox=${box.map((degrees) => Number(degrees.toFixed(5))).join(',')}`;
  return `${path}${search === '' ? '?' : `${search}&`}${bbox}`;
}
