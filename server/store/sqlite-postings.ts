import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** A table of what has a word or names a node, and the column of these: events by their keys, or nodes by their numbers. */
export const POSTINGS = { event_word: 'word', node_word: 'word', naming: 'node' } as const;
export type PostingTable = keyof typeof POSTINGS;

/**
 * So many keys, from a multiple of it on, share their rows: one for each word. A key is there as twice its place in the block, and
 * one more where it is marked, in 16 bits.
 */
const BLOCK = 2 ** 15;

/** Under the word that nobody asks for, and the node that there is not, stand the keys that are gone. */
const GONE = { word: '', node: 0 } as const;

/** Above every word: no letter is behind it. */
const LAST = '\u{10ffff}';

/** So many keys wait at most to be put into their rows. */
const MOST_WAITING = 2 ** 20;

/** Adds keys to a table: they are there after `flush`. */
export class PostingWriter<Word extends string | number> {
  readonly #put: StatementSync;
  readonly #gone: StatementSync;
  readonly #drop: StatementSync;
  readonly #goneWord: Word;
  #blocks = new Map<number, Map<Word, number[]>>();
  #waiting = 0;

  constructor(db: DatabaseSync, table: PostingTable) {
    this.#goneWord = GONE[POSTINGS[table]] as Word;
    // Two blobs joined are a text to SQLite, of the same bytes.
    this.#put = db.prepare(
      `INSERT INTO ${table} VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET keys = CAST(keys || excluded.keys AS BLOB)`,
    );
    this.#gone = db.prepare(
      `SELECT length(keys) / 2 gone FROM ${table} WHERE block = ? AND ${POSTINGS[table]} = ?`,
    );
    this.#drop = db.prepare(`DELETE FROM ${table} WHERE block = ?`);
  }

  /** @param words each once with the same mark */
  add(key: number, words: readonly Word[], isMarked = false): void {
    const number = Math.floor(key / BLOCK);
    let block = this.#blocks.get(number);
    if (!block) this.#blocks.set(number, (block = new Map()));
    const place = (key % BLOCK) * 2 + Number(isMarked);
    for (const word of words) {
      const places = block.get(word);
      if (places) places.push(place);
      else block.set(word, [place]);
    }
    this.#waiting += words.length;
    if (this.#waiting >= MOST_WAITING) this.flush();
  }

  /** Takes a key away, which never comes again. */
  remove(key: number): void {
    this.add(key, [this.#goneWord]);
  }

  flush(): void {
    const gone = this.#goneWord;
    for (const [number, block] of [...this.#blocks].sort(([a], [b]) => a - b)) {
      // In the order of the table, so that each row goes in beside the last one.
      for (const word of [...block.keys()].sort(
        typeof gone === 'number' ? (a, b) => Number(a) - Number(b) : undefined,
      ))
        this.#put.run(number, word, new Uint8Array(Uint16Array.from(block.get(word) ?? []).buffer));
      // There is no key 0.
      const all = number === 0 ? BLOCK - 1 : BLOCK;
      if (block.has(gone) && Number(this.#gone.get(number, gone)?.['gone']) >= all) this.#drop.run(number);
    }
    this.#blocks = new Map();
    this.#waiting = 0;
  }
}

/**
 * Calls with each key that has words beginning with all of some texts, in ascending order, and with for how many of the texts it
 * is marked, until it gives false.
 */
export function eachKeyWith(
  db: DatabaseSync,
  table: 'event_word' | 'node_word',
  beginnings: readonly string[],
  visit: (key: number, marked: number) => boolean,
): void {
  if (beginnings.length === 0) return;
  const having = db.prepare(
    `SELECT keys FROM ${table} WHERE block = ?1 AND word >= ?2 AND word < ?2 || '${LAST}'`,
  );
  const gone = db.prepare(`SELECT keys FROM ${table} WHERE block = ? AND word = '${GONE.word}'`);
  /** Of each key of a block: how many texts it has so far, for how many of these it is marked, and for which it was last. */
  const [has, marked, last] = [new Uint16Array(BLOCK), new Uint16Array(BLOCK), new Uint16Array(BLOCK)];
  for (const block of blocksOf(db, table)) {
    for (const each of [has, marked, last]) each.fill(0);
    beginnings.forEach((beginning, before) => {
      for (const places of placesOf(having.all(block, beginning)))
        for (const place of places) {
          const at = place >>> 1;
          if ((has[at] as number) < before) continue;
          has[at] = before + 1;
          if ((place & 1) === 0 || last[at] === before + 1) continue;
          last[at] = before + 1;
          marked[at] = (marked[at] as number) + 1;
        }
    });
    for (const places of placesOf(gone.all(block))) for (const place of places) has[place >>> 1] = 0;
    for (let at = 0; at < BLOCK; at++)
      if (has[at] === beginnings.length && !visit(block * BLOCK + at, marked[at] as number)) return;
  }
}

/** The keys of events that name one of some nodes, each once. */
export function keysNaming(db: DatabaseSync, nodes: readonly number[]): Set<number> {
  const naming = db.prepare('SELECT keys FROM naming WHERE block = ? AND node = ?');
  const keys = new Set<number>();
  for (const block of blocksOf(db, 'naming')) {
    for (const node of nodes)
      for (const places of placesOf(naming.all(block, node)))
        for (const place of places) keys.add(block * BLOCK + (place >>> 1));
    for (const places of placesOf(naming.all(block, GONE.node)))
      for (const place of places) keys.delete(block * BLOCK + (place >>> 1));
  }
  return keys;
}

/** Calls with each node and the key of each event above some key that names it, with its mark; not in the order of events. */
export function eachNaming(
  db: DatabaseSync,
  above: number,
  visit: (node: number, key: number, isMarked: boolean) => void,
): void {
  const rows = db.prepare('SELECT node, keys FROM naming WHERE block = ? ORDER BY node');
  rows.setReturnArrays(true);
  for (const block of blocksOf(db, 'naming', Math.floor(above / BLOCK))) {
    const isGone = new Uint8Array(BLOCK);
    for (const row of rows.iterate(block)) {
      const [node, keys] = row as unknown as [number, Uint8Array];
      // Those that are gone come first.
      for (const place of placesIn(keys)) {
        const key = block * BLOCK + (place >>> 1);
        if (node === GONE.node) isGone[place >>> 1] = 1;
        else if (key > above && isGone[place >>> 1] === 0) visit(node, key, (place & 1) === 1);
      }
    }
  }
}

function* blocksOf(db: DatabaseSync, table: PostingTable, from = 0): Iterable<number> {
  const last = Number(db.prepare(`SELECT max(block) last FROM ${table}`).get()?.['last'] ?? -1);
  for (let block = from; block <= last; block++) yield block;
}

const placesOf = (rows: Record<string, unknown>[]): Uint16Array[] =>
  rows.map(({ keys }) => placesIn(keys as Uint8Array));

/** The numbers of a row, which are in the order of bytes of all machines that Node runs on. */
const placesIn = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint16Array =>
  new Uint16Array(buffer, byteOffset, byteLength / 2);
