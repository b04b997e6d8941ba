import type { AtlasHead } from '../store/store.ts';
import type { Layout } from './delimited.ts';
import type { Outcome } from './draft.ts';
import type { Input } from './input.ts';
import type { DateOrder } from './values.ts';

/** What is known of a file before it is read. */
export interface Head {
  input: Input;
  /** Its first part as text. */
  text: string;
  /** How its table is laid out; null where it is none. */
  layout: Layout | null;
}

/** What somebody says of a file. */
export interface ReadOptions {
  /** The columns of some fields, by field. */
  columns: ReadonlyMap<string, string>;
  dates: DateOrder | null;
  /** Called with the number of stored bytes that were read, again and again. */
  onRead?: (stored: number) => void;
}

/** What an atlas is called, and whose it is. */
export type AtlasAbout = Omit<AtlasHead, 'version'>;

/** A kind of file that events come in. */
export interface Format {
  /** What it is called on the command line. */
  name: string;
  /** What it is called in a sentence. */
  title: string;
  /** How sure it is that a file is of this kind, from 0 (not at all) to 1. */
  recognise(head: Head): number;
  /** What the file says of the atlas that it is. */
  about?(head: Head): Promise<AtlasAbout>;
  /**
   * The file's rows in order, some at a time, each with what became of it.
   * @throws InputError when the file as a whole cannot be read
   */
  read(head: Head, options: ReadOptions): AsyncIterable<readonly Outcome[]>;
}
