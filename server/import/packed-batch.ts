import type { EventStatus, PlacementRole, Relation, Corroboration } from '../event.ts';
import type { LoadBatch, PreparedEvent } from '../store/store.ts';

/**
 * A batch as it goes from one thread to another: copying a few long things takes a fifth of the time of copying an object for
 * each event. What events name and the words that they have are each there once, as a text.
 */
export interface PackedBatch {
  nodes: Omit<LoadBatch, 'events'>;
  ids: string[];
  records: string[];
  /** From and to of each event, NaN where null. */
  times: Float64Array<ArrayBuffer>;
  texts: string[];
  /** Of each event in turn, its other fields as `pack` puts them: numbers of texts, and before each list how many are in it. */
  fields: Uint32Array<ArrayBuffer>;
  /** Of the few that have any, by their places in the batch. */
  relations: Map<number, Relation[]>;
}

export function pack({ events, ...nodes }: LoadBatch): PackedBatch {
  const numbers = new Map<string, number>();
  const texts: string[] = [];
  const fields: number[] = [];
  const put = (text: string): void => {
    let number = numbers.get(text);
    if (number === undefined) {
      numbers.set(text, (number = texts.length));
      texts.push(text);
    }
    fields.push(number);
  };
  const putAll = (list: readonly string[]): void => {
    fields.push(list.length);
    for (const text of list) put(text);
  };
  const times = new Float64Array(events.length * 2);
  const relations = new Map<number, Relation[]>();
  events.forEach((event, at) => {
    times[at * 2] = event.from ?? Number.NaN;
    times[at * 2 + 1] = event.to ?? Number.NaN;
    put(event.category);
    put(event.status);
    put(event.corroboration);
    fields.push(event.placements.length);
    for (const { place, role } of event.placements) {
      put(place);
      put(role);
    }
    for (const list of [event.titleWords, event.otherWords, event.actors, event.sources]) putAll(list);
    if (event.relations.length > 0) relations.set(at, event.relations);
  });
  return {
    ...{ nodes, times, texts, relations, fields: Uint32Array.from(fields) },
    ...{ ids: events.map(({ id }) => id), records: events.map(({ record }) => record) },
  };
}

export function unpack({ nodes, ids, records, times, texts, fields, relations }: PackedBatch): LoadBatch {
  let next = 0;
  const number = (): number => fields[next++] as number;
  const text = (): string => texts[number()] as string;
  const list = (): string[] => {
    const its: string[] = [];
    for (let left = number(); left > 0; left--) its.push(text());
    return its;
  };
  const moment = (at: number): number | null => {
    const its = times[at] as number;
    return Number.isNaN(its) ? null : its;
  };
  const events = ids.map((id, at): PreparedEvent => {
    const [category, status, corroboration] = [text(), text() as EventStatus, text() as Corroboration];
    const placements: PreparedEvent['placements'] = [];
    for (let left = number(); left > 0; left--)
      placements.push({ place: text(), role: text() as PlacementRole });
    return {
      ...{ id, record: records[at] as string, category, status, corroboration, placements },
      ...{ from: moment(at * 2), to: moment(at * 2 + 1) },
      ...{ titleWords: list(), otherWords: list(), actors: list(), sources: list() },
      relations: relations.get(at) ?? [],
    };
  });
  return { ...nodes, events };
}
