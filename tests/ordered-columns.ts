import type { AtlasColumns } from '../server/store/store.ts';

/** What an index is made of, with its pairs in one order, whatever order a store has them in: what they mean is the same. */
export function orderedColumns(columns: AtlasColumns): unknown {
  const { placementEvent, placementPlace, placementRole, ...others } = columns;
  const { participantEvent, participantActor, claimEvent, claimSource, version: _, ...rest } = others;
  return {
    ...rest,
    placements: rows(placementEvent, placementPlace, placementRole),
    participants: rows(participantEvent, participantActor),
    claims: rows(claimEvent, claimSource),
  };
}

/** The rows of some columns, by their first and then their later values. */
const rows = (...columns: (Uint32Array | Uint8Array)[]): number[][] =>
  Array.from(columns[0] ?? [], (_, at) => columns.map((values) => values[at] as number)).sort((a, b) => {
    const differing = a.findIndex((value, at) => value !== b[at]);
    return differing < 0 ? 0 : (a[differing] as number) - (b[differing] as number);
  });
