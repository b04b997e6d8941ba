import { SaxesParser, type SaxesTagNS } from 'saxes';
import { InputError } from '../input-error.ts';

/** An element with all that is in it. Names are without their prefixes. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  /** Its own text, without that of its children. */
  text: string;
  /** Which line it begins on. */
  line: number;
}

const MOST_LEVELS = 100;

/**
 * The elements of a name in an XML document, one after the other; what else there is, is not kept. A document type is
 * refused: it can name entities that grow without end or that are other files.
 * @throws InputError when it is not well-formed
 */
export async function* elementsOf(
  file: string,
  pieces: AsyncIterable<string> | Iterable<string>,
  name: string,
): AsyncGenerator<Element, void> {
  const parser = new SaxesParser({ xmlns: true });
  let found: Element[] = [];
  const open: Element[] = [];
  let levels = 0;
  let fault: Error | null = null;
  const refuse = (what: string): void => {
    fault ??= new InputError(`${file} ${what}`);
  };
  parser.on('doctype', () =>
    refuse('has a document type, which is not read. Take out the line with <!DOCTYPE.'),
  );
  parser.on('error', ({ message }) =>
    refuse(`is not well-formed XML: ${message.replace(/\.$/, '')}. Put it right or make it again.`),
  );
  parser.on('opentag', ({ local, attributes }: SaxesTagNS) => {
    if (++levels > MOST_LEVELS) refuse(`has elements more than ${MOST_LEVELS} levels deep.`);
    if (open.length === 0 && local !== name) return;
    const element: Element = {
      ...{ name: local, children: [], text: '', line: parser.line },
      attributes: Object.fromEntries(Object.values(attributes).map((each) => [each.local, each.value])),
    };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  const addText = (text: string): void => {
    const inside = open.at(-1);
    if (inside) inside.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    levels--;
    const closed = open.pop();
    if (closed && open.length === 0) found.push(closed);
  });
  for await (const piece of pieces) {
    parser.write(piece);
    if (fault) throw fault;
    yield* found;
    found = [];
  }
  parser.close();
  if (fault) throw fault;
  yield* found;
}

/** All elements of a name within another, at any depth. */
export const within = (element: Element, name: string): Element[] =>
  element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...within(child, name)]);

/** The text of the first child of a name; null where there is none. */
export const textIn = (element: Element | undefined, name: string): string | null =>
  element?.children.find((child) => child.name === name)?.text.trim() || null;
