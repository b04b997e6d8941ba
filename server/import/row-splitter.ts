import { InputError } from '../input-error.ts';

/** One record of a table of text: the line that it begins on, from 1, and its cells. */
export interface SplitRow {
  line: number;
  cells: string[];
}

/** Characters of a row: more is a quote that was never closed, or nothing that anybody reads. */
const MOST_ROW = 32 * 2 ** 20;

/** So much of a text shows how its rows end. */
const SOME = 4096;

const [QUOTE, LF, CR] = [34, 10, 13];

/**
 * Splits a table of text that comes in pieces, as RFC 4180 has it and people bend it: rows end in CRLF, LF or, where there is
 * no other, CR; a quote within a cell that has none around it is text, and so are quotes around a cell that goes on behind
 * them. Lines without anything are skipped.
 */
export class RowSplitter {
  readonly #delimiter: string;
  readonly #delimiterCode: number;
  readonly #hasQuotes: boolean;
  #newline: '\n' | '\r' | null = null;
  /** What no row was found in the whole of yet, and how much there must be before it is looked through again. */
  #rest = '';
  #enough = 0;
  #line = 1;

  /** @param hasQuotes false where quotes are text, as in most tables with tabs */
  constructor(delimiter: string, hasQuotes: boolean) {
    this.#delimiter = delimiter;
    this.#delimiterCode = delimiter.charCodeAt(0);
    this.#hasQuotes = hasQuotes;
  }

  /**
   * The rows that end in a piece of the text; with the last piece, the last one too.
   * @throws InputError with the line, where a row has no end
   */
  push(piece: string, isLast = false): SplitRow[] {
    this.#rest += piece;
    if (!isLast && this.#rest.length < this.#enough) return [];
    const text = this.#rest;
    if (this.#newline === null && text.includes('\n')) this.#newline = '\n';
    if (this.#newline === null && (isLast || text.length >= SOME))
      this.#newline = text.includes('\r') ? '\r' : '\n';
    if (this.#newline === null) return [];
    const rows: SplitRow[] = [];
    this.#rest = text.slice(this.#split(text, this.#newline, isLast, rows));
    if (this.#rest.length > MOST_ROW)
      throw this.#endless(
        `a row of more than ${MOST_ROW / 2 ** 20} MB, as behind a quote that is not closed`,
      );
    if (isLast && this.#rest !== '') throw this.#endless('a quote that is opened there is not closed');
    // Looked through again at twice the length, a long row takes no more than twice its time.
    this.#enough = this.#rest.length * 2;
    return rows;
  }

  #endless(what: string): InputError {
    return new InputError(
      `is no table from line ${this.#line} on: ${what}. Close it, or double it where it is part of a text.`,
    );
  }

  /** Adds the rows that are whole, and gives where the rest begins. */
  #split(text: string, newline: string, isLast: boolean, rows: SplitRow[]): number {
    const delimiter = this.#delimiter;
    let begin = 0;
    /** Where the row ends and the next quote is, or the text's end; known as far as it is not behind us. */
    let end = -1;
    let quote = this.#hasQuotes ? -1 : text.length;
    while (begin < text.length) {
      const cells: string[] = [];
      let at = begin;
      let lines = 1;
      for (;;) {
        if (end < at) end = placeOf(text, newline, at);
        if (quote < at) quote = placeOf(text, '"', at);
        if (quote >= end) {
          // No more quotes in this row: by far the most, and what the engine does itself is quick.
          if (end === text.length && !isLast) return begin;
          const isCr = newline === '\n' && end > at && text.charCodeAt(end - 1) === CR;
          for (const cell of text.slice(at, isCr ? end - 1 : end).split(delimiter)) cells.push(cell);
          at = end;
          break;
        }
        if (quote > at) {
          const last = text.lastIndexOf(delimiter, quote);
          if (last >= at) {
            for (const cell of text.slice(at, last).split(delimiter)) cells.push(cell);
            at = last + 1;
          }
        }
        let cell = '';
        let isBare = true;
        if (at === quote) {
          const quoted = this.#quoted(text, at, isLast);
          if (quoted === null) return begin;
          ({ cell, end: at, goesOn: isBare } = quoted);
          lines += countOf(cell, newline);
          if (end < at) end = placeOf(text, newline, at);
        }
        if (isBare) {
          const behind = Math.min(placeOf(text, delimiter, at), end);
          cell += text.slice(at, behind);
          at = behind;
        }
        if (at >= text.length && !isLast) return begin;
        if (at < end && text.charCodeAt(at) === this.#delimiterCode) {
          cells.push(cell);
          at++;
          continue;
        }
        // The row's end, of which a CR before an LF is a part.
        if (newline === '\n' && isBare && cell.charCodeAt(cell.length - 1) === CR) cell = cell.slice(0, -1);
        cells.push(cell);
        at = end;
        break;
      }
      if (cells.length > 1 || cells[0] !== '' || text.charCodeAt(begin) === QUOTE)
        rows.push({ line: this.#line, cells });
      this.#line += lines;
      begin = at + 1;
    }
    return Math.min(begin, text.length);
  }

  /** A cell in quotes, and where it ends; null where the text ends within it. */
  #quoted(text: string, at: number, isLast: boolean): { cell: string; end: number; goesOn: boolean } | null {
    let [cell, from] = ['', at + 1];
    for (;;) {
      const quote = text.indexOf('"', from);
      if (quote < 0 || (quote + 2 >= text.length && !isLast)) return null;
      const next = text.charCodeAt(quote + 1);
      cell += text.slice(from, quote);
      from = quote + 2;
      if (next === QUOTE) {
        cell += '"';
        continue;
      }
      const isEnd =
        quote + 1 >= text.length ||
        next === this.#delimiterCode ||
        next === LF ||
        (next === CR && (this.#newline === '\r' || text.charCodeAt(quote + 2) === LF));
      return isEnd
        ? { cell, end: quote + 1, goesOn: false }
        : { cell: `"${cell}"`, end: quote + 1, goesOn: true };
    }
  }
}

/** Where something is next, or the text's end. */
function placeOf(text: string, what: string, from: number): number {
  const at = text.indexOf(what, from);
  return at < 0 ? text.length : at;
}

function countOf(text: string, what: string): number {
  let count = 0;
  for (let at = text.indexOf(what); at >= 0; at = text.indexOf(what, at + 1)) count++;
  return count;
}
