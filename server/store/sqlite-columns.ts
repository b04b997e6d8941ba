import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { ordinalsOf } from './columns-builder.ts';
import { nodeOfRow } from './node-numbers.ts';
import { eachNaming } from './sqlite-postings.ts';
import * as Kept from './store.ts';

/**
 * Reads what an index is made of: all that has keys above the last ones of each kind, and the nodes that such events name.
 * The transaction is the caller's. Events are read as they lie, and their order from its index: reading them in order would
 * fetch each row from elsewhere in the file.
 */
export function readColumns(
  db: DatabaseSync,
  state: Kept.AtlasState,
  above: Record<Kept.RecordKind, number>,
): Kept.AtlasColumns {
  const each = (sql: string, ...values: SQLInputValue[]): Iterable<unknown[]> => {
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    return statement.iterate(...values) as Iterable<unknown> as Iterable<unknown[]>;
  };
  const count = (table: string, where: string, after: number): number =>
    Number([...each(`SELECT count(*) FROM ${table} WHERE ${where} > ?`, after)][0]?.[0]);
  const since = above.event;

  const categories = [...each('SELECT key, id FROM category ORDER BY key')];
  const categoryAt = new Map(categories.map(([key], at) => [key, at]));
  const namings = Kept.ofEachKind(() => new Namings());
  eachNaming(db, since, (node, event, isMarked) => {
    const { kind, key } = nodeOfRow(node);
    namings[kind].add(event, key, isMarked);
  });
  const nodes = (kind: Kept.NodeKind, columns: string): unknown[][] => {
    const where = since === 0 ? '' : 'WHERE key > ? OR key IN (SELECT value FROM json_each(?))';
    const values = since === 0 ? [] : [above[kind], JSON.stringify([...new Set(namings[kind].nodes)])];
    return [...each(`SELECT key${columns} FROM ${kind} ${where} ORDER BY sort_name, id`, ...values)];
  };
  const places = nodes('place', ', lng, lat');
  const place = Uint32Array.from(places, ([key]) => key as number);
  const lng = Float64Array.from(places, ([, degrees]) => degrees as number);
  const lat = Float64Array.from(places, ([, , degrees]) => degrees as number);
  const actor = Uint32Array.from(nodes('actor', ''), ([key]) => key as number);
  const source = Uint32Array.from(nodes('source', ''), ([key]) => key as number);

  const events = count('event', 'key', since);
  const event = new Uint32Array(events);
  let at = 0;
  const inOrder =
    since === 0
      ? each('SELECT key FROM event ORDER BY sort, id')
      : each('SELECT key FROM event WHERE key > ? ORDER BY +sort, id', since);
  for (const [key] of inOrder) event[at++] = key as number;
  const eventAt = ordinalsOf(event, since);
  const [starts, ends] = [new Float64Array(events), new Float64Array(events)];
  const category = new Uint16Array(events);
  const [status, corroboration] = [new Uint8Array(events), new Uint8Array(events)];
  for (const row of each(
    'SELECT key, starts, ends, category, status, corroboration FROM event WHERE key > ?',
    since,
  )) {
    const [key, start, end, itsCategory, itsStatus, agreement] = row;
    const ordinal = eventAt[(key as number) - since] as number;
    starts[ordinal] = (start as number | null) ?? Number.NaN;
    ends[ordinal] = (end as number | null) ?? Number.NaN;
    category[ordinal] = categoryAt.get(itsCategory) as number;
    status[ordinal] = (Kept.STATUSES as readonly unknown[]).indexOf(itsStatus);
    corroboration[ordinal] = (Kept.CORROBORATIONS as readonly unknown[]).indexOf(agreement);
  }

  /** Pairs of an event and a node, by their ordinals. */
  const pairs = (kind: Kept.NodeKind, nodeKeys: Uint32Array): [events: Uint32Array, nodes: Uint32Array] => {
    const nodeAt = ordinalsOf(nodeKeys, 0);
    return [
      namings[kind].events.map((key) => eventAt[key - since] as number),
      namings[kind].nodes.map((key) => nodeAt[key] as number),
    ];
  };
  const [placementEvent, placementPlace] = pairs('place', place);
  const placementRole = namings.place.marks;
  const [participantEvent, participantActor] = pairs('actor', actor);
  const [claimEvent, claimSource] = pairs('source', source);
  return {
    ...state,
    categories: categories.map(([, id]) => id as string),
    ...{ place, lng, lat, actor, source },
    ...{ event, starts, ends, category, status, corroboration },
    ...{ placementEvent, placementPlace, placementRole },
    ...{ participantEvent, participantActor, claimEvent, claimSource },
  };
}

/** Pairs of the keys of an event and a node that it names, as many as come. */
class Namings {
  #events = new Uint32Array(1024);
  #nodes = new Uint32Array(1024);
  #marks = new Uint8Array(1024);
  #size = 0;

  add(event: number, node: number, isMarked: boolean): void {
    const at = this.#size++;
    if (at === this.#events.length) {
      this.#events = longer(this.#events);
      this.#nodes = longer(this.#nodes);
      this.#marks = longer(this.#marks);
    }
    this.#events[at] = event;
    this.#nodes[at] = node;
    this.#marks[at] = Number(isMarked);
  }

  get events(): Uint32Array {
    return this.#events.subarray(0, this.#size);
  }

  get nodes(): Uint32Array {
    return this.#nodes.subarray(0, this.#size);
  }

  get marks(): Uint8Array {
    return this.#marks.slice(0, this.#size);
  }
}

function longer<Values extends Uint32Array | Uint8Array>(values: Values): Values {
  const twice = new (values.constructor as new (length: number) => Values)(values.length * 2);
  twice.set(values);
  return twice;
}
