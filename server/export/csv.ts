import { disputes, type Event, type Place, type Source } from '../event.ts';
import type { Batch, ExportFormat } from './format.ts';
import { inPieces } from './pieces.ts';
import { placesOf, sourcesOf } from './record.ts';

/** What a row tells of. */
interface Row {
  event: Event;
  batch: Batch;
  /** The places and the sources of the event, each once, and the first of each. */
  places: Place[];
  place: Place | undefined;
  sources: Source[];
  source: Source | undefined;
  license: string | null;
}

/** What a row tells of an event, by column. Numbers are written as they are, texts are kept from being formulas. */
const COLUMNS: Record<string, (row: Row) => string | number | null | undefined> = {
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
};

/** A row per event (RFC 4180), with its first place and its first source as columns of their own, and the names of all. */
export const csv: ExportFormat = {
  name: 'csv',
  mediaType: 'text/csv; charset=utf-8; header=present',
  async *write(selection) {
    yield csvRow(Object.keys(COLUMNS));
    const columns = Object.values(COLUMNS);
    for await (const batch of selection.batches())
      yield* inPieces(
        batch.events.map((event) => {
          const [places, sources] = [placesOf(event, batch), sourcesOf(event, batch)];
          const { license } = selection.atlas;
          const row = { event, batch, places, place: places[0], sources, source: sources[0], license };
          return csvRow(columns.map((of) => guarded(of(row) ?? null)));
        }),
      );
  },
};

/** A row of RFC 4180, with its line end. */
export const csvRow = (values: readonly (string | number | null)[]): string =>
  `${values
    .map((value) => {
      const text = value === null ? '' : String(value);
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',')}\r\n`;

const list = (names: readonly string[]): string => names.join('; ');

/** What spreadsheets may take for a formula: its signs, the same at full width, and what hides them. */
// oxlint-disable-next-line no-control-regex
const FORMULA = /^'*(?:[\s\0]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\0])/;

/** What begins with one of these is none, and most texts do. */
const PLAIN = /^[0-9A-Za-z]/;

/** A text that no spreadsheet computes: one that could be has an apostrophe before it, which `unguarded` takes away. */
function guarded(value: string | number | null): string | number | null {
  return typeof value === 'string' && !PLAIN.test(value) && FORMULA.test(value) ? `'${value}` : value;
}

/** What `guarded` was given. */
export const unguarded = (text: string): string =>
  text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
