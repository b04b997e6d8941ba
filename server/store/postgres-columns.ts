import type { PoolClient } from 'pg';
import { ColumnsBuilder, type ColumnSizes } from './columns-builder.ts';
import { copyOut } from './postgres-copy.ts';
import { NAMED_IN } from './postgres-schema.ts';
import * as Kept from './store.ts';

/**
 * Reads what an index is made of: all that has keys above the last ones of each kind, and the nodes that such events name.
 * The transaction is the caller's.
 */
export async function readColumns(
  client: PoolClient,
  state: Kept.AtlasState,
  above: Record<Kept.RecordKind, number>,
): Promise<Kept.AtlasColumns> {
  const since = above.event;
  const nodes = (kind: Kept.NodeKind): string => {
    if (since === 0) return `dateline.${kind}`;
    const fresh = `SELECT key FROM dateline.${kind} WHERE key > ${above[kind]}`;
    const named = `SELECT ${kind} FROM dateline.${NAMED_IN[kind]} WHERE event > ${since}`;
    // With OR between the two PostgreSQL looks through the whole table.
    return `dateline.${kind} WHERE key IN (${fresh} UNION ${named})`;
  };
  const tables: Record<keyof ColumnSizes, string> = {
    ...{ place: nodes('place'), actor: nodes('actor'), source: nodes('source') },
    event: `dateline.event WHERE key > ${since}`,
    placement: `dateline.placement WHERE event > ${since}`,
    participant: `dateline.participant WHERE event > ${since}`,
    claim: `dateline.claim WHERE event > ${since}`,
  };
  const counts = Object.entries(tables).map(([name, from]) => `(SELECT count(*) FROM ${from}) AS "${name}"`);
  const { rows: sizes } = await client.query<ColumnSizes>(`SELECT ${counts.join(', ')}`);
  const { rows: categories } = await client.query<{ key: number; id: string }>(
    'SELECT key, id FROM dateline.category ORDER BY key',
  );
  const builder = new ColumnsBuilder(state, categories, since, sizes[0] as ColumnSizes);

  const byName = 'ORDER BY sort_name, id';
  await copyOut(
    client,
    `SELECT key, lng, lat FROM ${tables.place} ${byName}`,
    ['int8', 'float8', 'float8'],
    ([key, lng, lat]) => builder.place(key as number, lng as number, lat as number),
  );
  for (const kind of ['actor', 'source'] as const)
    await copyOut(client, `SELECT key FROM ${tables[kind]} ${byName}`, ['int8'], ([key]) =>
      builder.node(kind, key as number),
    );
  await copyOut(client, `SELECT key FROM ${tables.event} ORDER BY sort, id`, ['int8'], ([key]) =>
    builder.event(key as number),
  );
  await copyOut(
    client,
    `SELECT key, starts, ends, category, ${ordinal('status', Kept.STATUSES)},
     ${ordinal('corroboration', Kept.CORROBORATIONS)} FROM ${tables.event}`,
    ['int8', 'int8', 'int8', 'int8', 'int8', 'int8'],
    (row) => builder.eventRow(...(row as [number, number, number, number, number, number])),
  );
  await copyOut(
    client,
    `SELECT event, place, ${ordinal('role', Kept.ROLES)} FROM ${tables.placement} ORDER BY event, position`,
    ['int8', 'int8', 'int8'],
    (row) => builder.placement(...(row as [number, number, number])),
  );
  for (const [table, kind] of [
    ['participant', 'actor'],
    ['claim', 'source'],
  ] as const)
    await copyOut(
      client,
      `SELECT event, ${kind} FROM ${tables[table]} ORDER BY event, ${kind}`,
      ['int8', 'int8'],
      (row) => builder[table](...(row as [number, number])),
    );
  return builder.finish();
}

/** SQL for the ordinal of a value among the values that there are. */
const ordinal = (column: string, values: readonly string[]): string =>
  `(array_position(ARRAY[${values.map((value) => `'${value}'`).join(', ')}], ${column}) - 1)::bigint`;
