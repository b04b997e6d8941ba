import type { Event } from '../event.ts';
import type { Batch, ExportFormat } from './format.ts';
import { placesOf, recordOf } from './record.ts';

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
      yield before + batch.events.map((event) => JSON.stringify(featureOf(event, batch))).join(',\n');
      before = ',\n';
    }
    yield '\n]}\n';
  },
};

/** An event as a Feature. */
export function featureOf(event: Event, batch: Batch): object {
  const { id, ...properties } = recordOf(event, batch);
  const points = placesOf(event, batch).map(({ position: { lng, lat } }) => [lng, lat]);
  const geometry =
    points.length > 1
      ? { type: 'MultiPoint', coordinates: points }
      : points.length === 1
        ? { type: 'Point', coordinates: points[0] }
        : null;
  return { type: 'Feature', id, geometry, properties };
}
