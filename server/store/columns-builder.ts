import * as Kept from './store.ts';

/** How many rows of each kind there will be. */
export interface ColumnSizes {
  place: number;
  actor: number;
  source: number;
  event: number;
  placement: number;
  participant: number;
  claim: number;
}

/**
 * Puts the columns of an atlas together from rows as a database gives them: nodes and keys of events in their order, all else
 * as it lies.
 */
export class ColumnsBuilder {
  readonly #columns: Kept.AtlasColumns;
  readonly #sizes: ColumnSizes;
  readonly #since: number;
  readonly #categoryAt: Map<number, number>;
  readonly #filled: ColumnSizes = {
    ...{ place: 0, actor: 0, source: 0, event: 0, placement: 0, participant: 0, claim: 0 },
  };
  #ordinals: Record<Kept.RecordKind, Uint32Array> | null = null;

  /** @param since the keys of all events are above this one */
  constructor(
    state: Kept.AtlasState,
    categories: readonly { key: number; id: string }[],
    since: number,
    sizes: ColumnSizes,
  ) {
    this.#sizes = sizes;
    this.#since = since;
    this.#categoryAt = new Map(categories.map(({ key }, at) => [key, at]));
    this.#columns = {
      ...state,
      categories: categories.map(({ id }) => id),
      place: new Uint32Array(sizes.place),
      lng: new Float64Array(sizes.place),
      lat: new Float64Array(sizes.place),
      actor: new Uint32Array(sizes.actor),
      source: new Uint32Array(sizes.source),
      event: new Uint32Array(sizes.event),
      starts: new Float64Array(sizes.event),
      ends: new Float64Array(sizes.event),
      category: new Uint16Array(sizes.event),
      status: new Uint8Array(sizes.event),
      corroboration: new Uint8Array(sizes.event),
      placementEvent: new Uint32Array(sizes.placement),
      placementPlace: new Uint32Array(sizes.placement),
      placementRole: new Uint8Array(sizes.placement),
      participantEvent: new Uint32Array(sizes.participant),
      participantActor: new Uint32Array(sizes.participant),
      claimEvent: new Uint32Array(sizes.claim),
      claimSource: new Uint32Array(sizes.claim),
    };
  }

  /** In the order of names. */
  place(key: number, lng: number, lat: number): void {
    const at = this.#filled.place++;
    this.#columns.place[at] = key;
    this.#columns.lng[at] = lng;
    this.#columns.lat[at] = lat;
  }

  /** In the order of names. */
  node(kind: 'actor' | 'source', key: number): void {
    this.#columns[kind][this.#filled[kind]++] = key;
  }

  /** In the order of dates; all of them before what they hold. */
  event(key: number): void {
    this.#columns.event[this.#filled.event++] = key;
  }

  /** Times are NaN where null; the category is its key, the rest are ordinals. */
  eventRow(
    key: number,
    starts: number,
    ends: number,
    category: number,
    status: number,
    agreement: number,
  ): void {
    const at = this.#ordinalOf('event', key - this.#since);
    const columns = this.#columns;
    columns.starts[at] = starts;
    columns.ends[at] = ends;
    columns.category[at] = this.#categoryAt.get(category) as number;
    columns.status[at] = status;
    columns.corroboration[at] = agreement;
  }

  placement(event: number, place: number, role: number): void {
    const at = this.#filled.placement++;
    this.#columns.placementEvent[at] = this.#ordinalOf('event', event - this.#since);
    this.#columns.placementPlace[at] = this.#ordinalOf('place', place);
    this.#columns.placementRole[at] = role;
  }

  participant(event: number, actor: number): void {
    const at = this.#filled.participant++;
    this.#columns.participantEvent[at] = this.#ordinalOf('event', event - this.#since);
    this.#columns.participantActor[at] = this.#ordinalOf('actor', actor);
  }

  claim(event: number, source: number): void {
    const at = this.#filled.claim++;
    this.#columns.claimEvent[at] = this.#ordinalOf('event', event - this.#since);
    this.#columns.claimSource[at] = this.#ordinalOf('source', source);
  }

  /** @throws Error where it is not as many rows as there were to be */
  finish(): Kept.AtlasColumns {
    for (const kind of Object.keys(this.#sizes) as (keyof ColumnSizes)[])
      if (this.#filled[kind] !== this.#sizes[kind])
        throw new Error(`${this.#filled[kind]} rows of ${kind}, where there were to be ${this.#sizes[kind]}`);
    return this.#columns;
  }

  #ordinalOf(kind: Kept.RecordKind, key: number): number {
    this.#ordinals ??= {
      place: ordinalsOf(this.#columns.place, 0),
      actor: ordinalsOf(this.#columns.actor, 0),
      source: ordinalsOf(this.#columns.source, 0),
      event: ordinalsOf(this.#columns.event, this.#since),
    };
    return this.#ordinals[kind][key] as number;
  }
}

/** Ordinals by key, counted from some key on. */
export function ordinalsOf(keys: Uint32Array, from: number): Uint32Array {
  let last = from;
  for (const key of keys) if (key > last) last = key;
  const ordinals = new Uint32Array(last - from + 1);
  keys.forEach((key, at) => (ordinals[key - from] = at));
  return ordinals;
}
