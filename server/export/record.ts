import { corroboration, type Actor, type Category, type Event, type Place, type Source } from '../event.ts';
import type { Batch } from './format.ts';

/** An event as one value, with every record that it names: all that it takes to import it again. */
export interface EventRecord extends Omit<Event, 'when'> {
  /** EDTF, empty where undated. */
  when: string;
  /** The half-open interval that it denotes, in ISO 8601; null is open or unknown. For readers: `when` says it all. */
  from: string | null;
  to: string | null;
  corroboration: string;
  categories: Category[];
  places: Place[];
  actors: Actor[];
  sources: Source[];
}

export function recordOf(event: Event, batch: Batch): EventRecord {
  const { when, ...rest } = event;
  return {
    ...rest,
    when: when.edtf,
    from: isoOf(when.from),
    to: isoOf(when.to),
    corroboration: corroboration(event.claims),
    categories: [batch.categories.get(event.category)].filter((category) => category !== undefined),
    places: placesOf(event, batch),
    actors: actorsOf(event, batch),
    sources: sourcesOf(event, batch),
  };
}

/** The places of an event, each once. */
export const placesOf = (event: Event, { places }: Batch): Place[] =>
  named(
    event.placements.map(({ place }) => place),
    places,
  );

/** The sources of an event's claims, each once. */
export const sourcesOf = (event: Event, { sources }: Batch): Source[] =>
  named(
    event.claims.map(({ source }) => source),
    sources,
  );

/** The actors of an event, and those that they are affiliated with. */
function actorsOf(event: Event, { actors }: Batch): Actor[] {
  const ids = new Set(event.participants.map(({ actor }) => actor));
  // What is added to a set while it is gone through has its turn too.
  for (const id of ids) {
    const affiliation = actors.get(id)?.affiliation ?? null;
    if (affiliation !== null) ids.add(affiliation);
  }
  return named([...ids], actors);
}

const named = <T>(ids: readonly string[], records: ReadonlyMap<string, T>): T[] =>
  [...new Set(ids)].flatMap((id) => records.get(id) ?? []);

const isoOf = (moment: number | null): string | null =>
  moment === null ? null : new Date(moment).toISOString();
