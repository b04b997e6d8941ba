import { SEARCH_TIMEOUT, type PostgresPool } from './postgres-pool.ts';
import { copyOut } from './postgres-copy.ts';
import { MOST_NODES, nodeOfRow } from './node-numbers.ts';
import type { Found, NodeKey } from './store.ts';

/** The longest word that PostgreSQL keeps, in bytes; and of all words of a record, less what it needs besides. */
const [MOST_BYTES, MOST_BYTES_OF_ALL] = [2046, 900_000];

/**
 * Folded words as a tsvector, those of the title with the weight A. What is longer than PostgreSQL can hold is cut: words
 * at their ends, and of a record with a megabyte of different words the last ones.
 */
export function wordVector(words: readonly string[], titleWords: readonly string[] = []): string {
  const isInTitle = new Set(titleWords);
  let left = MOST_BYTES_OF_ALL;
  const vector: string[] = [];
  for (const word of new Set([...titleWords, ...words])) {
    const its = cut(word);
    left -= Buffer.byteLength(its) + 16;
    if (left < 0) break;
    vector.push(`'${its}':1${isInTitle.has(word) ? 'A' : ''}`);
  }
  return vector.join(' ');
}

/** Folded words are letters and digits only, so that quoting them is all the escaping there is to do. */
const prefix = (word: string, weight = ''): string => `'${cut(word)}':*${weight}`;

function cut(word: string): string {
  if (word.length * 3 <= MOST_BYTES) return word;
  let bytes = 0;
  let kept = '';
  for (const letter of word) {
    bytes += Buffer.byteLength(letter);
    if (bytes > MOST_BYTES) break;
    kept += letter;
  }
  return kept;
}

/** SQL for a query of words. They hold no quotes, and each stands between its own. */
const literal = (query: string): string => `'${query.replaceAll("'", "''")}'::tsquery`;

/** Looks for folded words in the events of a database. The same meaning as `matches` and `relevance`. */
export async function searchWords(pool: PostgresPool, words: readonly string[]): Promise<Found> {
  const all = literal(words.map((word) => prefix(word)).join(' & '));
  const rank = words.map((word) => `(words @@ ${literal(prefix(word, 'A'))})::int`).join(' + ');
  const query = `SELECT event, (${rank})::bigint FROM dateline.event_text WHERE words @@ ${all} ORDER BY event`;
  const [keys, ranks]: [number[], number[]] = [[], []];
  await pool.read(
    (client) =>
      copyOut(client, query, ['int8', 'int8'], ([key, its]) => {
        keys.push(key as number);
        ranks.push(its as number);
      }),
    SEARCH_TIMEOUT,
  );
  return { keys: Uint32Array.from(keys), rank: Uint8Array.from(ranks) };
}

/** Nodes with a name that has words beginning with these: of very many, the first that were put in. */
export async function searchNodes(pool: PostgresPool, words: readonly string[]): Promise<NodeKey[]> {
  const query = words.map((word) => prefix(word)).join(' & ');
  const rows = await pool.ask<{ node: number }>(
    'SELECT node FROM dateline.node_text WHERE words @@ $1::tsquery ORDER BY node LIMIT $2',
    [query, MOST_NODES],
  );
  return rows.map(({ node }) => nodeOfRow(node));
}
