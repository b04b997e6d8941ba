import type { Event } from '../event.ts';
import type { Batch, ExportFormat } from './format.ts';
import { inPieces } from './pieces.ts';
import { placesOf, recordText } from './record.ts';

/**
 * A FeatureCollection (RFC 7946) with a feature per event on a line of its own: a Point, a MultiPoint of its different
 * places, or no geometry where it has none. Properties are the whole record, so that it can be imported again.
 */
export const geojson: ExportFormat = {
  name: 'geojson',
  mediaType: 'application/geo+json',
  async *write(selection) {
    const { id, title, description, license, language } = selection.atlas;
    const about = JSON.stringify({ id, title, description, license, language });
    yield `{"type":"FeatureCollection","dateline":${about},"features":[`;
    let before = '\n';
    for await (const batch of selection.batches()) {
      yield* inPieces(
        batch.events.map((event, at) => `${at === 0 ? before : ',\n'}${featureText(event, batch)}`),
      );
      before = ',\n';
    }
    yield '\n]}\n';
  },
};

/** An event as a Feature. */
export function featureText(event: Event, batch: Batch): string {
  return `{"type":"Feature","id":${JSON.stringify(event.id)},"geometry":${geometryText(event, batch)},"properties":{${recordText(event, batch, false)}}}`;
}

function geometryText(event: Pick<Event, 'placements'>, batch: Batch): string {
  const points = placesOf(event, batch).map(({ position: { lng, lat } }) => `[${lng},${lat}]`);
  if (points.length > 1) return `{"type":"MultiPoint","coordinates":[${points.join(',')}]}`;
  return points.length === 1 ? `{"type":"Point","coordinates":${points[0]}}` : 'null';
}
