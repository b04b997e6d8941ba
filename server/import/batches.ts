import type { Actor, Place } from '../event.ts';
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

/** So many rows are put into the store at once. */
const SIZE = 1000;

/** The rows of a file in portions. */
export async function* batchesOf(rows: AsyncIterable<Outcome>): AsyncGenerator<Batch, void> {
  let portion: Outcome[] = [];
  for await (const row of rows) {
    if (portion.push(row) < SIZE) continue;
    yield batchOf(portion);
    portion = [];
  }
  if (portion.length > 0) yield batchOf(portion);
}

function batchOf(rows: readonly Outcome[]): Batch {
  const [faults, good]: [SetAside[], (Outcome & { draft: Draft })[]] = [[], []];
  for (const row of rows)
    if ('fault' in row) faults.push(row);
    else good.push(row);
  const drafts = good.map(({ draft }) => draft);
  const [places, actors] = [new Map<string, Place>(), new Map<string, Actor>()];
  for (const draft of drafts) {
    for (const place of draft.places) places.set(place.id, place);
    for (const actor of draft.actors) actors.set(actor.id, actor);
  }
  return {
    load: {
      categories: unique(drafts, (draft) => draft.categories),
      sources: unique(drafts, (draft) => draft.sources),
      ...{ places: [...places.values()], actors: [...actors.values()] },
      events: drafts.map(({ event }) => preparedEvent(event, places, actors)),
    },
    lines: good.map(({ line }) => line),
    faults,
    valuesOf: async (event) => (good[event] as Outcome).values,
  };
}

/** All records of a kind, each once: the last that was read. */
const unique = <T extends { id: string }>(drafts: readonly Draft[], of: (draft: Draft) => T[]): T[] => [
  ...new Map(drafts.flatMap(of).map((record) => [record.id, record])).values(),
];
