import type { Actor, Category, Place, Source } from '../event.ts';
import { preparedEvent } from '../store/prepared-event.ts';
import type { LoadBatch } from '../store/store.ts';
import type { Draft, Fault, Outcome } from './draft.ts';

/** Some rows of a file, in order: those that are events, and those that cannot be. */
export interface Batch {
  load: LoadBatch;
  /** On which line each event stands. */
  lines: number[];
  faults: SetAside[];
  /** The values of the row of an event, by its place in the batch; known until the next batch is asked for. */
  valuesOf(event: number): Promise<Record<string, string>>;
}

/** A row that was set aside, as it was, and why. */
export interface SetAside {
  fault: Fault;
  values: Record<string, string>;
}

/** So many rows, or a few more, are put into the store at once: what lives until they are is what the collector has to copy. */
const SIZE = 100;

/** The rows of a file in portions. */
export async function* batchesOf(rows: AsyncIterable<readonly Outcome[]>): AsyncGenerator<Batch, void> {
  const given = new Given();
  let portion: Outcome[] = [];
  for await (const some of rows)
    // A piece of a file can have more rows than a portion.
    for (let at = 0; at < some.length; at += SIZE) {
      portion.push(...some.slice(at, at + SIZE));
      if (portion.length < SIZE) continue;
      yield batchOf(portion, given);
      portion = [];
    }
  if (portion.length > 0) yield batchOf(portion, given);
}

function batchOf(rows: readonly Outcome[], given: Given): Batch {
  const [faults, good]: [SetAside[], (Outcome & { draft: Draft })[]] = [[], []];
  for (const row of rows)
    if ('fault' in row) faults.push({ fault: row.fault, values: row.values() });
    else good.push(row);
  const values = good.map((row) => row.values);
  const [categories, sources] = [new Map<string, Category>(), new Map<string, Source>()];
  const [places, actors] = [new Map<string, Place>(), new Map<string, Actor>()];
  for (const { draft } of good) {
    for (const category of draft.categories) categories.set(category.id, category);
    for (const source of draft.sources) sources.set(source.id, source);
    for (const place of draft.places) places.set(place.id, place);
    for (const actor of draft.actors) actors.set(actor.id, actor);
  }
  return {
    load: {
      ...{ categories: given.fresh(categories), sources: given.fresh(sources) },
      ...{ places: given.fresh(places), actors: given.fresh(actors) },
      events: good.map(({ draft }) => preparedEvent(draft.event, places, actors)),
    },
    lines: good.map(({ line }) => line),
    faults,
    valuesOf: async (event) => (values[event] as Outcome['values'])(),
  };
}

/** So many records are remembered. */
const MOST_GIVEN = 20_000;

/** The records that earlier portions had, so that the store need not look at each again. */
class Given {
  readonly #records = new Map<string, object>();

  /** Those that were not there yet, or otherwise. */
  fresh<T extends object>(records: ReadonlyMap<string, T>): T[] {
    const found: T[] = [];
    for (const [id, record] of records) {
      if (this.#records.get(id) === record) continue;
      if (this.#records.size >= MOST_GIVEN) this.#records.clear();
      this.#records.set(id, record);
      found.push(record);
    }
    return found;
  }
}
