import type { Corroboration, EventStatus, PlacementRole, Relation } from '../event.ts';
import type { LoadBatch, PreparedEvent } from '../store/store.ts';

/**
 * A batch as it goes from one thread to another: copying a few long things takes a fifth of the time of copying an object for
 * each event. Words and the like go once as a text, and after that by its number.
 */
export interface PackedBatch {
  nodes: Omit<LoadBatch, 'events'>;
  ids: string[];
  records: string[];
  /** From and to of each event, NaN where null. */
  times: Float64Array<ArrayBuffer>;
  /** What events name, in turn: places, actors and sources. */
  named: string[];
  /** Those that no earlier batch had, numbered on from there; from 0 where `isAnew`. */
  texts: string[];
  isAnew: boolean;
  /** Of each event in turn, its other fields as `pack` puts them: numbers of texts, and how many are in each list. */
  fields: Uint32Array<ArrayBuffer>;
  /** Of the few that have any, by their places in the batch. */
  relations: Map<number, Relation[]>;
}

/** So many texts are kept by their numbers. */
const MOST_TEXTS = 100_000;

/** Packs the batches of a load, for an `Unpacker` that gets all of them. */
export class Packer {
  readonly #numbers = new Map<string, number>();

  pack({ events, ...nodes }: LoadBatch): PackedBatch {
    const isAnew = this.#numbers.size >= MOST_TEXTS;
    if (isAnew) this.#numbers.clear();
    const [texts, named, fields]: [string[], string[], number[]] = [[], [], []];
    const numberOf = (text: string): number => {
      let number = this.#numbers.get(text);
      if (number !== undefined) return number;
      this.#numbers.set(text, (number = this.#numbers.size));
      texts.push(text);
      return number;
    };
    const name = (list: readonly string[]): void => {
      fields.push(list.length);
      for (const id of list) named.push(id);
    };
    const putAll = (list: readonly string[]): void => {
      fields.push(list.length);
      for (const text of list) fields.push(numberOf(text));
    };
    const times = new Float64Array(events.length * 2);
    const relations = new Map<number, Relation[]>();
    events.forEach((event, at) => {
      times[at * 2] = event.from ?? Number.NaN;
      times[at * 2 + 1] = event.to ?? Number.NaN;
      fields.push(numberOf(event.category), numberOf(event.status), numberOf(event.corroboration));
      fields.push(event.placements.length);
      for (const { place, role } of event.placements) {
        named.push(place);
        fields.push(numberOf(role));
      }
      name(event.actors);
      name(event.sources);
      putAll(event.titleWords);
      putAll(event.otherWords);
      if (event.relations.length > 0) relations.set(at, event.relations);
    });
    return {
      ...{ nodes, times, named, texts, isAnew, relations, fields: Uint32Array.from(fields) },
      ...{ ids: events.map(({ id }) => id), records: events.map(({ record }) => record) },
    };
  }
}

/** Unpacks what a `Packer` has packed, in the same order. */
export class Unpacker {
  #texts: string[] = [];

  unpack({ nodes, ids, records, times, named, texts, isAnew, fields, relations }: PackedBatch): LoadBatch {
    if (isAnew) this.#texts = [];
    for (const text of texts) this.#texts.push(text);
    let [next, nextNamed] = [0, 0];
    const number = (): number => fields[next++] as number;
    const text = (): string => this.#texts[number()] as string;
    const name = (): string => named[nextNamed++] as string;
    const list = (each: () => string): string[] => {
      const its: string[] = [];
      for (let left = number(); left > 0; left--) its.push(each());
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
        placements.push({ place: name(), role: text() as PlacementRole });
      return {
        ...{ id, record: records[at] as string, category, status, corroboration, placements },
        ...{ from: moment(at * 2), to: moment(at * 2 + 1) },
        ...{ actors: list(name), sources: list(name), titleWords: list(text), otherWords: list(text) },
        relations: relations.get(at) ?? [],
      };
    });
    return { ...nodes, events };
  }
}
