import type { ExportFormat } from './format.ts';
import { csv } from './csv.ts';
import { dataPackage } from './data-package.ts';
import { geojson } from './geojson.ts';
import { geopackage } from './geopackage.ts';
import { icalendar } from './icalendar.ts';
import { jsonFeed } from './json-feed.ts';
import { kml } from './kml.ts';
import { ndjson } from './ndjson.ts';
import { rss } from './rss.ts';

/** All formats that events are written in. */
export const EXPORT_FORMATS: readonly ExportFormat[] = [
  ...[geojson, csv, ndjson, kml, icalendar, rss, jsonFeed, geopackage, dataPackage],
];
