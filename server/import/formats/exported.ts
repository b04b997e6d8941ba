import type { Actor, Category, Claim, Event, Name, Participant } from '../../event.ts';
import type { Place, Placement, Relation, Source } from '../../event.ts';
import { unguarded } from '../../export/csv.ts';
import { InputError } from '../../input-error.ts';
import { STATUSES, ROLES } from '../../store/store.ts';
import { readWhen } from '../../time.ts';
import { DraftBuilder, RowFault, type Draft, type Outcome } from '../draft.ts';
import type { Format, Head, ReadOptions } from '../format.ts';
import { readNumber, readPosition, type Values } from '../values.ts';
import { outcomeOf, readTable } from './table.ts';

/** Records as `dateline export --format ndjson` writes them, with all that belongs to an event. */
export const exportedNdjson: Format = {
  name: 'dateline-ndjson',
  title: 'records of an atlas',
  recognise: ({ text }) => (text.startsWith('{"dateline":') ? 1 : 0),
  read: (head, options) =>
    readRecords(head, options, (line) => (line.startsWith('{"dateline":') ? null : JSON.parse(line))),
};

/** The same as GeoJSON: a feature on each line, whose properties are a record. */
export const exportedGeojson: Format = {
  name: 'dateline-geojson',
  title: 'GeoJSON of an atlas',
  recognise: ({ text }) =>
    /^\{"type":"FeatureCollection","dateline":\{[^\n]*\},"features":\[\n/.test(text) ? 1 : 0,
  read: (head, options) =>
    readRecords(head, options, (line) => {
      if (line.startsWith('{"type":"FeatureCollection"') || line.startsWith(']')) return null;
      const { id, properties } = JSON.parse(line.replace(/,$/, ''));
      return { ...properties, id };
    }),
};

/** A table as `dateline export --format csv` writes it, with as much of an event as a row holds. */
export const exportedCsv: Format = {
  name: 'dateline-csv',
  title: 'table of an atlas',
  recognise: ({ layout }) => (COLUMNS.every((name) => layout?.header?.includes(name)) ? 1 : 0),
  read: (head, options) => readTable(head, options, COLUMNS, draftOfRow),
};

const COLUMNS = [
  ...['atlas_id', 'title', 'summary', 'category', 'status', 'date', 'latitude', 'longitude', 'place', 'country'],
  ...['precision', 'radius_km', 'role', 'actors', 'source', 'publisher', 'published', 'url'],
];

const PRECISIONS = ['EXACT', 'SETTLEMENT', 'REGION', 'COUNTRY'] as const;
const ACTOR_KINDS = ['PERSON', 'STATE', 'ORGANISATION', 'ARMED_GROUP'] as const;
const ASPECTS = [
  ...(['TIME', 'PLACE', 'PARTICIPANTS', 'TOLL', 'CAUSE', 'RESPONSIBILITY', 'OUTCOME', 'STATUS', 'OTHER'] as const),
];

/** @param parse a record from a line; null from one that holds none */
async function* readRecords(
  { input }: Head,
  { onRead }: ReadOptions,
  parse: (line: string) => unknown,
): AsyncIterable<Outcome> {
  let number = 0;
  for await (const text of linesOf(input.bytes(onRead), input.name)) {
    number++;
    if (text.trim() === '') continue;
    let isRecord = true;
    const outcome = outcomeOf({ record: text }, number, () => {
      const record = parsed(text, parse);
      isRecord = record !== null;
      return isRecord ? draftOfRecord(new Fields(record, '')) : EMPTY;
    });
    if (isRecord) yield outcome;
  }
}
