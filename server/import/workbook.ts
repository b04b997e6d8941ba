import { InputError } from '../input-error.ts';
import type { Input } from './input.ts';
import { unzipped } from './unzip.ts';
import { elementsOf, within, type Element } from './xml.ts';

/** A row of a sheet with its number, which counts from 1. Cells are texts; dates and times are numbers of days. */
export interface SheetRow {
  line: number;
  cells: string[];
}

/** A spreadsheet in Office Open XML (ECMA-376), as far as its values go. */
export class Workbook {
  readonly #name: string;
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #sheets: ReadonlyMap<string, string>;
  readonly #strings: readonly string[];
  /** What day its dates count from. */
  readonly epoch: number;

  private constructor(of: {
    name: string;
    files: ReadonlyMap<string, Uint8Array>;
    sheets: ReadonlyMap<string, string>;
    strings: readonly string[];
    isFrom1904: boolean;
  }) {
    this.#name = of.name;
    this.#files = of.files;
    this.#sheets = of.sheets;
    this.#strings = of.strings;
    // 1900 is taken for a leap year there, so days are counted from one day before its first.
    this.epoch = of.isFrom1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, 30);
  }

  /** @throws InputError when it is no workbook */
  static async open(input: Input, onRead?: (stored: number) => void): Promise<Workbook> {
    const { name } = input;
    const files = await unzipped(input, (path) => /^xl\/.*\.(?:xml|rels)$/.test(path), onRead);
    const all = async (path: string, element: string): Promise<Element[]> => {
      const found: Element[] = [];
      if (!files.has(path)) return found;
      for await (const each of elementsOf(`${name}, ${path}`, textsOf(files, path), element))
        found.push(each);
      return found;
    };
    const targets = new Map(
      (await all('xl/_rels/workbook.xml.rels', 'Relationship')).map(
        ({ attributes: { Id = '', Target = '' } }) => [
          Id,
          Target.startsWith('/') ? Target.slice(1) : `xl/${Target}`,
        ],
      ),
    );
    const sheets = (await all('xl/workbook.xml', 'sheet')).map(({ attributes }): [string, string] => [
      attributes['name'] ?? '',
      targets.get(attributes['id'] ?? '') ?? '',
    ]);
    if (sheets.length === 0) throw new InputError(`${name} is no workbook: it has no sheets.`);
    const [settings] = await all('xl/workbook.xml', 'workbookPr');
    return new Workbook({
      ...{ name, files, sheets: new Map(sheets) },
      strings: (await all('xl/sharedStrings.xml', 'si')).map(textIn),
      isFrom1904: /^(?:1|true)$/.test(settings?.attributes['date1904'] ?? ''),
    });
  }

  get sheetNames(): string[] {
    return [...this.#sheets.keys()];
  }

  /** The rows of a sheet that have something in them; none where there is no such sheet. */
  async *rows(sheet: string): AsyncGenerator<SheetRow, void> {
    const path = this.#sheets.get(sheet);
    if (path === undefined) return;
    let line = 0;
    for await (const row of elementsOf(`${this.#name}, ${path}`, textsOf(this.#files, path), 'row')) {
      line = Number(row.attributes['r'] ?? line + 1);
      const cells: string[] = [];
      for (const cell of row.children) cells[columnOf(cell, cells.length)] = this.#valueOf(cell);
      const filled = Array.from(cells, (cell) => cell ?? '');
      if (filled.some((cell) => cell.trim() !== '')) yield { line, cells: filled };
    }
  }

  #valueOf(cell: Element): string {
    const value = within(cell, 'v')[0]?.text ?? '';
    switch (cell.attributes['t']) {
      case 's':
        return this.#strings[Number(value)] ?? '';
      case 'inlineStr':
        return textIn(cell);
      // A formula that failed has no value.
      case 'e':
        return '';
      default:
        return value;
    }
  }
}

/** Runs of text in different faces are one text; how it is read aloud is another. */
const textIn = (element: Element): string =>
  element.children
    .flatMap((child) => (child.name === 't' ? [child.text] : child.name === 'rPh' ? [] : [textIn(child)]))
    .join('');

/** The column of a cell, from 0, by its letters. */
function columnOf({ attributes }: Element, next: number): number {
  const letters = /^[A-Z]{1,3}/.exec(attributes['r'] ?? '')?.[0];
  if (letters === undefined) return next;
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function* textsOf(files: ReadonlyMap<string, Uint8Array>, path: string): Generator<string, void> {
  const file = files.get(path);
  if (file === undefined) return;
  const text = new TextDecoder();
  // In pieces, so that rows are given while the rest waits.
  for (let at = 0; at < file.length; at += 65_536)
    yield text.decode(file.subarray(at, at + 65_536), { stream: true });
  yield text.decode();
}
