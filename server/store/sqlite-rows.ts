import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Actor, Name, Place, Source } from '../event.ts';
import { foldedWords } from '../spelling.ts';
import { nodeRow } from './node-numbers.ts';
import { PostingWriter } from './sqlite-postings.ts';
import { UNDATED_SORT, type NodeKind, type PreparedEvent, type RecordKind } from './store.ts';

/** Gives the key of a record that is there. @throws Error where it is not */
export type KeyOf = (kind: NodeKind | 'category', id: string) => number;

/**
 * Adds the rows of records, many with one statement: they are in the tables after `flush`. Keys are given here, in the order
 * of the records, so nothing else may add to these tables meanwhile.
 */
export class SqliteRows {
  readonly #last: Record<RecordKind, number>;
  readonly #event: RowBuffer;
  readonly #record: RowBuffer;
  readonly #eventWords: PostingWriter<string>;
  readonly #naming: PostingWriter<number>;
  readonly #relation: RowBuffer;
  readonly #place: RowBuffer;
  readonly #actor: RowBuffer;
  readonly #source: RowBuffer;
  readonly #names: { place: RowBuffer; actor: RowBuffer };
  readonly #nodeWords: PostingWriter<string>;

  constructor(db: DatabaseSync) {
    const sequence = db.prepare('SELECT seq FROM sqlite_sequence WHERE name = ?');
    const last = (kind: RecordKind): number => Number(sequence.get(kind)?.['seq'] ?? 0);
    this.#last = { event: last('event'), place: last('place'), actor: last('actor'), source: last('source') };
    this.#event = new RowBuffer(db, 'event', 9);
    this.#record = new RowBuffer(db, 'record', 2);
    this.#eventWords = new PostingWriter(db, 'event_word');
    this.#naming = new PostingWriter(db, 'naming');
    this.#relation = new RowBuffer(db, 'relation', 4);
    this.#place = new RowBuffer(db, 'place', 10);
    this.#actor = new RowBuffer(db, 'actor', 6);
    this.#source = new RowBuffer(db, 'source', 8);
    this.#names = { place: new RowBuffer(db, 'place_name', 4), actor: new RowBuffer(db, 'actor_name', 4) };
    this.#nodeWords = new PostingWriter(db, 'node_word');
  }

  /** The highest key that was given to a record of a kind. */
  last(kind: RecordKind): number {
    return this.#last[kind];
  }

  source({ id, publisher, title, publishedOn, language, url }: Source): number {
    const key = ++this.#last.source;
    const words = foldedWords(title);
    this.#source.add(key, id, publisher, title, publishedOn, language, url, words.join(' '));
    this.#addWords('source', key, publisher === null ? words : [...words, ...foldedWords(publisher)]);
    return key;
  }

  place(place: Place): number {
    const { id, name, country, position, precision, radiusKm, geonamesId } = place;
    const key = ++this.#last.place;
    const words = foldedWords(name);
    const { lng, lat } = position;
    const sortName = words.join(' ');
    this.#place.add(key, id, name, country, lng, lat, precision, radiusKm, geonamesId, sortName);
    this.#addNames('place', key, words, place.names);
    return key;
  }

  actor({ id, name, names, kind, affiliation }: Actor): number {
    const key = ++this.#last.actor;
    const words = foldedWords(name);
    this.#actor.add(key, id, name, kind, affiliation, words.join(' '));
    this.#addNames('actor', key, words, names);
    return key;
  }

  /**
   * Relations are added by themselves, since they can be to events that come later.
   * @param since the number of the change that made it what it is
   */
  event(event: PreparedEvent, since: number, keyOf: KeyOf): number {
    const { id, from, to } = event;
    const key = ++this.#last.event;
    const sort = from ?? to ?? UNDATED_SORT;
    const category = keyOf('category', event.category);
    this.#event.add(key, id, category, event.status, from, to, event.corroboration, sort, since);
    this.#record.add(key, event.record);
    this.#eventWords.add(key, event.titleWords, true);
    this.#eventWords.add(key, event.otherWords);
    const node = (kind: NodeKind, id: string): number => nodeRow(kind, keyOf(kind, id));
    for (const { place, role } of event.placements)
      this.#naming.add(key, [node('place', place)], role === 'SUBJECT');
    for (const actor of event.actors) this.#naming.add(key, [node('actor', actor)]);
    for (const source of event.sources) this.#naming.add(key, [node('source', source)]);
    return key;
  }

  relation(event: number, position: number, related: number, kind: string): void {
    this.#relation.add(event, position, related, kind);
  }

  /** Puts into the tables what has been added: what is referred to before what refers to it. */
  flush(): void {
    for (const buffer of [this.#source, this.#place, this.#actor, this.#names.place, this.#names.actor])
      buffer.flush();
    for (const buffer of [this.#event, this.#record, this.#relation]) buffer.flush();
  }

  /** Puts into the tables which words and names all has that was added, and that what was removed has none. */
  flushPostings(): void {
    for (const postings of [this.#eventWords, this.#nodeWords, this.#naming]) postings.flush();
  }

  removePostings(kind: RecordKind, key: number): void {
    if (kind !== 'event') this.#nodeWords.remove(nodeRow(kind, key));
    else for (const postings of [this.#eventWords, this.#naming]) postings.remove(key);
  }

  #addNames(kind: 'place' | 'actor', owner: number, own: string[], names: readonly Name[]): void {
    names.forEach(({ language, name }, at) => this.#names[kind].add(owner, at, language, name));
    this.#addWords(kind, owner, [...own, ...names.flatMap(({ name }) => foldedWords(name))]);
  }

  #addWords(kind: NodeKind, key: number, words: readonly string[]): void {
    this.#nodeWords.add(nodeRow(kind, key), [...new Set(words)]);
  }
}

/** So many rows go in with one statement: beyond, it takes no less time per row. */
const TOGETHER = 32;

/** Rows of a table that wait for others to go in with them. */
class RowBuffer {
  readonly #width: number;
  readonly #prepare: (rows: number) => StatementSync;
  readonly #statements = new Map<number, StatementSync>();
  #values: SQLInputValue[] = [];

  /** @param into the table, with its columns where they are not all of them */
  constructor(db: DatabaseSync, into: string, width: number) {
    this.#width = width;
    const row = `(${Array(width).fill('?').join(', ')})`;
    this.#prepare = (rows) => db.prepare(`INSERT INTO ${into} VALUES ${Array(rows).fill(row).join(', ')}`);
  }

  add(...values: SQLInputValue[]): void {
    for (const value of values) this.#values.push(value);
    if (this.#values.length === TOGETHER * this.#width) this.flush();
  }

  flush(): void {
    const rows = this.#values.length / this.#width;
    if (rows === 0) return;
    let statement = this.#statements.get(rows);
    if (!statement) this.#statements.set(rows, (statement = this.#prepare(rows)));
    statement.run(...this.#values);
    this.#values = [];
  }
}
