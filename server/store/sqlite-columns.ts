import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { ordinalsOf } from './columns-builder.ts';
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
  const nodes = (kind: Kept.NodeKind, columns: string, named: string): unknown[][] => {
    const isNew = `WHERE key > ? OR key IN (SELECT ${kind} FROM ${named} WHERE event > ?)`;
    const where = since === 0 ? '' : isNew;
    const values = since === 0 ? [] : [above[kind], since];
    return [...each(`SELECT key${columns} FROM ${kind} ${where} ORDER BY sort_name, id`, ...values)];
  };
  const places = nodes('place', ', lng, lat', 'placement');
  const place = Uint32Array.from(places, ([key]) => key as number);
  const lng = Float64Array.from(places, ([, degrees]) => degrees as number);
  const lat = Float64Array.from(places, ([, , degrees]) => degrees as number);
  const actor = Uint32Array.from(nodes('actor', '', 'participant'), ([key]) => key as number);
  const source = Uint32Array.from(nodes('source', '', 'citation'), ([key]) => key as number);

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
  const pairs = (
    table: string,
    kind: Kept.NodeKind,
    nodeKeys: Uint32Array,
    visit: (at: number, rest: unknown) => void = () => {},
  ): [events: Uint32Array, nodes: Uint32Array] => {
    const size = count(table, 'event', since);
    const [ofEvent, ofNode] = [new Uint32Array(size), new Uint32Array(size)];
    const nodeAt = ordinalsOf(nodeKeys, 0);
    let pair = 0;
    const rest = kind === 'place' ? ', role' : '';
    for (const row of each(`SELECT event, ${kind}${rest} FROM ${table} WHERE event > ?`, since)) {
      ofEvent[pair] = eventAt[(row[0] as number) - since] as number;
      ofNode[pair] = nodeAt[row[1] as number] as number;
      visit(pair++, row[2]);
    }
    return [ofEvent, ofNode];
  };
  const placementRole = new Uint8Array(count('placement', 'event', since));
  const [placementEvent, placementPlace] = pairs('placement', 'place', place, (pair, role) => {
    placementRole[pair] = (Kept.ROLES as readonly unknown[]).indexOf(role);
  });
  const [participantEvent, participantActor] = pairs('participant', 'actor', actor);
  const [claimEvent, claimSource] = pairs('citation', 'source', source);
  return {
    ...state,
    categories: categories.map(([, id]) => id as string),
    ...{ place, lng, lat, actor, source },
    ...{ event, starts, ends, category, status, corroboration },
    ...{ placementEvent, placementPlace, placementRole },
    ...{ participantEvent, participantActor, claimEvent, claimSource },
  };
}
