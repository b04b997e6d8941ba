import { corroboration, type Actor, type Category, type Event, type Place, type Source } from '../event.ts';
import type { Batch } from './format.ts';
import { remembered } from './remembered.ts';

/** A part of an event that is enough to tell what it names. */
type Naming<Part extends keyof Event> = Pick<Event, Part>;

/**
 * An event as one value, with every record that it names: all that it takes to import it again. As JSON, without its outer
 * braces. Records that many events name are written once for all of them. `when` says it all: the half-open interval that it
 * denotes, in ISO 8601, with null for open or unknown, is for readers, as is the corroboration.
 */
export function recordText(event: Event, batch: Batch, hasId: boolean): string {
  const { id, title, summary, category, status, placements, participants, claims, relations, when } = event;
  // Written out in the order of its fields, an undefined one being left out: quicker than a rest of some of them.
  const own = JSON.stringify({
    id: hasId ? id : undefined,
    title,
    summary,
    category,
    status,
    placements,
    participants,
    claims,
    relations,
    when: when.edtf,
    from: isoOf(when.from),
    to: isoOf(when.to),
    corroboration: corroboration(claims),
  });
  return (
    `${own.slice(1, -1)},"categories":${list(categoriesOf(event, batch))},"places":${list(placesOf(event, batch))}` +
    `,"actors":${list(actorsOf(event, batch))},"sources":${list(sourcesOf(event, batch))}`
  );
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
  const found: T[] = [];
  for (const id of ids.length > 1 ? new Set(ids) : ids) {
    const record = records.get(id);
    if (record !== undefined) found.push(record);
  }
  return found;
}

const isoOf = (moment: number | null): string | null => (moment === null ? null : isoTextOf(moment));

const isoTextOf = remembered((moment: number) => new Date(moment).toISOString());
