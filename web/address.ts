import { isLanguage, type Language } from './languages.ts';

/** What is chosen, and so open in the panel: a place, an event, a source, or all that lies around a mark. */
export type Selection =
  { kind: 'place' | 'event' | 'source'; id: string } | { kind: 'area'; name: string; bbox: number[] };

/** What an address says of the page. */
export interface Address {
  selection: Selection | null;
  /** The language that the reader has chosen; null where the browser's own is to be used. */
  language: Language | null;
}

/** The part of the address after the path; empty when it has nothing to say. */
export function writeAddress({ selection, language }: Address): string {
  const parameters = new URLSearchParams();
  if (selection?.kind === 'area') {
    parameters.set('area', selection.bbox.map((degree) => Number(degree.toFixed(5))).join(','));
    parameters.set('around', selection.name);
  } else if (selection) parameters.set(selection.kind, selection.id);
  if (language) parameters.set('lang', language);
  return parameters.size > 0 ? `?${parameters}` : '';
}

/** Reads what `writeAddress` wrote; anything else says nothing. */
export function readAddress(search: string): Address {
  const parameters = new URLSearchParams(search);
  const language = parameters.get('lang');
  return { selection: readSelection(parameters), language: isLanguage(language) ? language : null };
}

function readSelection(parameters: URLSearchParams): Selection | null {
  for (const kind of ['place', 'event', 'source'] as const) {
    const id = parameters.get(kind);
    if (id) return { kind, id };
  }
  const bbox = parameters.get('area')?.split(',').map(Number) ?? [];
  return bbox.length === 4 && bbox.every(Number.isFinite)
    ? { kind: 'area', name: parameters.get('around') ?? '', bbox }
    : null;
}
