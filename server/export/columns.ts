import { disputes, type Event, type Place, type Source } from '../event.ts';
import type { Batch, Selection } from './format.ts';
import { placesOf, sourcesOf } from './record.ts';

/** What a row tells of. */
export interface Row {
  event: Event;
  batch: Batch;
  /** The places and the sources of the event, each once, and the first of each. */
  places: Place[];
  place: Place | undefined;
  sources: Source[];
  source: Source | undefined;
  license: string | null;
}

/** What a row tells of an event, by column. */
export const COLUMNS = {
  atlas_id: ({ event }) => event.id,
  title: ({ event }) => event.title,
  summary: ({ event }) => event.summary,
  category: ({ event, batch }) => batch.categories.get(event.category)?.label ?? event.category,
  status: ({ event }) => event.status,
  date: ({ event }) => event.when.edtf,
  latitude: ({ place }) => place?.position.lat,
  longitude: ({ place }) => place?.position.lng,
  place: ({ place }) => place?.name,
  country: ({ place }) => place?.country,
  precision: ({ place }) => place?.precision,
  radius_km: ({ place }) => place?.radiusKm,
  role: ({ event }) => event.placements[0]?.role,
  all_places: ({ places }) => list(places.map(({ name }) => name)),
  actors: ({ event, batch }) =>
    list(event.participants.map(({ actor }) => batch.actors.get(actor)?.name ?? actor)),
  source: ({ source }) => source?.title,
  publisher: ({ source }) => source?.publisher,
  published: ({ source }) => source?.publishedOn,
  url: ({ source }) => source?.url,
  all_sources: ({ sources }) =>
    list(sources.map(({ publisher, title }) => [publisher, title].filter(Boolean).join(': '))),
  claims: ({ event }) => event.claims.length,
  disputes: ({ event }) =>
    list(
      disputes(event.claims).map(
        ({ aspect, question, positions }) =>
          `${question ?? aspect.toLowerCase()}: ${positions.map(({ value }) => value).join(' / ')}`,
      ),
    ),
  license: ({ license }) => license,
} satisfies Record<string, (row: Row) => string | number | null | undefined>;

export type ColumnName = keyof typeof COLUMNS;

/** What an event's row is made of. */
export function rowOf(event: Event, batch: Batch, { atlas: { license } }: Selection): Row {
  const [places, sources] = [placesOf(event, batch), sourcesOf(event, batch)];
  return { event, batch, places, place: places[0], sources, source: sources[0], license };
}

const list = (names: readonly string[]): string => names.join('; ');
