import { NODE_KINDS, type NodeKey, type NodeKind } from './store.ts';

/** So many nodes are found by their names at most. */
export const MOST_NODES = 300;

/** The number of a node among those of all kinds. */
export const nodeRow = (kind: NodeKind, key: number): number =>
  key * NODE_KINDS.length + NODE_KINDS.indexOf(kind);

/** The node of a number. */
export const nodeOfRow = (row: number): NodeKey => ({
  kind: NODE_KINDS[row % NODE_KINDS.length] as NodeKind,
  key: Math.floor(row / NODE_KINDS.length),
});
