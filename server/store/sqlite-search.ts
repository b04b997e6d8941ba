import type { DatabaseSync } from 'node:sqlite';
import { MOST_NODES, nodeOfRow } from './node-numbers.ts';
import { eachKeyWith } from './sqlite-postings.ts';
import type { Found, NodeKey } from './store.ts';

/** Looks for folded words in the events of a database. The same meaning as `matches` and `relevance`. */
export function searchWords(db: DatabaseSync, words: readonly string[]): Found {
  const [keys, rank]: [number[], number[]] = [[], []];
  eachKeyWith(db, 'event_word', words, (key, inTitle) => {
    keys.push(key);
    rank.push(inTitle);
    return true;
  });
  return { keys: Uint32Array.from(keys), rank: Uint8Array.from(rank) };
}

/** Nodes with a name that has words beginning with these: of very many, the first that were put in. */
export function searchNodes(db: DatabaseSync, words: readonly string[]): NodeKey[] {
  const found: NodeKey[] = [];
  eachKeyWith(db, 'node_word', words, (row) => found.push(nodeOfRow(row)) < MOST_NODES);
  return found;
}
