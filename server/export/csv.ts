import { disputes, type Event } from '../event.ts';
import type { Batch, ExportFormat } from './format.ts';
import { placesOf, sourcesOf } from './record.ts';

/** What a row tells of an event, by column. Numbers are written as they are, texts are kept from being formulas. */
const COLUMNS: Record<
  string,
  (event: Event, batch: Batch, license: string | null) => string | number | null
> = {
  atlas_id: ({ id }) => id,
  title: ({ title }) => title,
  summary: ({ summary }) => summary,
  category: ({ category }, { categories }) => categories.get(category)?.label ?? category,
  status: ({ status }) => status,
  date: ({ when }) => when.edtf,
  latitude: (event, batch) => first(event, batch)?.position.lat ?? null,
  longitude: (event, batch) => first(event, batch)?.position.lng ?? null,
  place: (event, batch) => first(event, batch)?.name ?? null,
  country: (event, batch) => first(event, batch)?.country ?? null,
  precision: (event, batch) => first(event, batch)?.precision ?? null,
  radius_km: (event, batch) => first(event, batch)?.radiusKm ?? null,
  role: ({ placements }) => placements[0]?.role ?? null,
  all_places: (event, batch) => list(placesOf(event, batch).map(({ name }) => name)),
  actors: ({ participants }, { actors }) =>
    list(participants.map(({ actor }) => actors.get(actor)?.name ?? actor)),
  source: (event, batch) => sourcesOf(event, batch)[0]?.title ?? null,
  publisher: (event, batch) => sourcesOf(event, batch)[0]?.publisher ?? null,
  published: (event, batch) => sourcesOf(event, batch)[0]?.publishedOn ?? null,
  url: (event, batch) => sourcesOf(event, batch)[0]?.url ?? null,
  all_sources: (event, batch) =>
    list(
      sourcesOf(event, batch).map(({ publisher, title }) => [publisher, title].filter(Boolean).join(': ')),
    ),
  claims: ({ claims }) => claims.length,
  disputes: ({ claims }) =>
    list(
      disputes(claims).map(
        ({ aspect, question, positions }) =>
          `${question ?? aspect.toLowerCase()}: ${positions.map(({ value }) => value).join(' / ')}`,
      ),
    ),
  license: (_event, _batch, license) => license,
};

/** A row per event (RFC 4180), with its first place and its first source as columns of their own, and the names of all. */
export const csv: ExportFormat = {
  name: 'csv',
  mediaType: 'text/csv; charset=utf-8; header=present',
  async *write(selection) {
    yield csvRow(Object.keys(COLUMNS));
    const columns = Object.values(COLUMNS);
    for await (const batch of selection.batches())
      yield batch.events
        .map((event) => csvRow(columns.map((of) => guarded(of(event, batch, selection.atlas.license)))))
        .join('');
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

const first = (event: Event, batch: Batch): ReturnType<typeof placesOf>[0] | undefined =>
  placesOf(event, batch)[0];

const list = (names: readonly string[]): string => names.join('; ');

/** What spreadsheets may take for a formula: its signs, the same at full width, and what hides them. */
// oxlint-disable-next-line no-control-regex
const FORMULA = /^'*(?:[\s\0]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\0])/;

/** A text that no spreadsheet computes: one that could be has an apostrophe before it, which `unguarded` takes away. */
function guarded(value: string | number | null): string | number | null {
  return typeof value === 'string' && FORMULA.test(value) ? `'${value}` : value;
}

/** What `guarded` was given. */
export const unguarded = (text: string): string =>
  text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
