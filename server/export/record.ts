import { corroboration, type Actor, type Category, type Event, type Place, type Source } from '../event.ts';
import type { Batch } from './format.ts';

interface Interval {
  /** EDTF, empty where undated. */
  when: string;
  /** The half-open interval that it denotes, in ISO 8601; null is open or unknown. For readers: `when` says it all. */
  from: string | null;
  to: string | null;
  corroboration: string;
}

/** A part of an event that is enough to tell what it names. */
type Naming<Part extends keyof Event> = Pick<Event, Part>;

/**
 * An event as one value, with every record that it names: all that it takes to import it again. As JSON, without its outer
 * braces. Records that many events name are written once for all of them.
 */
export function recordText(event: Omit<Event, 'id'>, batch: Batch): string {
  const own = JSON.stringify(ownPart(event)).slice(1, -1);
  return (
    `${own},"categories":${list(categoriesOf(event, batch))},"places":${list(placesOf(event, batch))}` +
    `,"actors":${list(actorsOf(event, batch))},"sources":${list(sourcesOf(event, batch))}`
  );
}

/** What it has beside the records that it names. */
function ownPart<T extends Omit<Event, 'id'>>({ when, ...rest }: T): Omit<T, 'when'> & Interval {
  return {
    ...rest,
    when: when.edtf,
    from: isoOf(when.from),
    to: isoOf(when.to),
    corroboration: corroboration(rest.claims),
  };
}

function list(records: readonly object[]): string {
  const [only, ...others] = records;
  if (only === undefined) return '[]';
  return others.length === 0 ? `[${textOf(only)}]` : `[${records.map(textOf).join(',')}]`;
}

const texts = new WeakMap<object, string>();

function textOf(record: object): string {
  const known = texts.get(record);
  if (known !== undefined) return known;
  const text = JSON.stringify(record);
  texts.set(record, text);
  return text;
}

const categoriesOf = ({ category }: Naming<'category'>, { categories }: Batch): Category[] =>
  [categories.get(category)].filter((found) => found !== undefined);

/** The places of an event, each once. */
export const placesOf = (event: Naming<'placements'>, { places }: Batch): Place[] =>
  named(
    event.placements.map(({ place }) => place),
    places,
  );

/** The sources of an event's claims, each once. */
export const sourcesOf = (event: Naming<'claims'>, { sources }: Batch): Source[] =>
  named(
    event.claims.map(({ source }) => source),
    sources,
  );

/** The actors of an event, and those that they are affiliated with. */
function actorsOf(event: Naming<'participants'>, { actors }: Batch): Actor[] {
  const ids = new Set(event.participants.map(({ actor }) => actor));
  // What is added to a set while it is gone through has its turn too.
  for (const id of ids) {
    const affiliation = actors.get(id)?.affiliation ?? null;
    if (affiliation !== null) ids.add(affiliation);
  }
  return named([...ids], actors);
}

function named<T>(ids: readonly string[], records: ReadonlyMap<string, T>): T[] {
  const different = ids.length > 1 ? [...new Set(ids)] : ids;
  return different.flatMap((id) => records.get(id) ?? []);
}

/** In ISO 8601, by moment: most events begin and end with a day that others begin and end with too. */
const written = new Map<number, string>();
const MOST_WRITTEN = 10_000;

function isoOf(moment: number | null): string | null {
  if (moment === null) return null;
  const known = written.get(moment);
  if (known !== undefined) return known;
  const text = new Date(moment).toISOString();
  if (written.size >= MOST_WRITTEN) written.clear();
  written.set(moment, text);
  return text;
}
