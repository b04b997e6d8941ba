import type { DatabaseSync } from 'node:sqlite';
import { MOST_NODES, nodeOfRow } from './node-numbers.ts';
import type { Found, NodeKey } from './store.ts';

/** Looks for folded words in the events of a database. The same meaning as `matches` and `relevance`. */
export function searchWords(db: DatabaseSync, words: readonly string[]): Found {
  const matching = function* (query: string): Iterable<number> {
    const statement = db.prepare('SELECT rowid FROM event_text WHERE event_text MATCH ? ORDER BY rowid');
    for (const { rowid } of statement.iterate(query)) yield rowid as number;
  };
  const keys = Uint32Array.from(matching(words.map(prefixQuery).join(' AND ')));
  const rank = new Uint8Array(keys.length);
  for (const word of words) {
    // Both ascend.
    let at = 0;
    for (const key of matching(`title : ${prefixQuery(word)}`)) {
      while (at < keys.length && (keys[at] as number) < key) at++;
      if (keys[at] === key) rank[at] = (rank[at] as number) + 1;
    }
  }
  return { keys, rank };
}

/** Nodes with a name that has words beginning with these: of very many, the first that were put in. */
export function searchNodes(db: DatabaseSync, words: readonly string[]): NodeKey[] {
  const query = words.map(prefixQuery).join(' AND ');
  return db
    .prepare('SELECT rowid FROM node_text WHERE node_text MATCH ? LIMIT ?')
    .all(query, MOST_NODES)
    .map(({ rowid }) => nodeOfRow(rowid as number));
}

/** Folded words are letters and digits only, so that quoting them is all the escaping there is to do. */
const prefixQuery = (word: string): string => `"${word}"*`;
