/** What is chosen, and so open in the panel: a place, an event, a source, or all that lies around a mark. */
export type Selection =
  { kind: 'place' | 'event' | 'source'; id: string } | { kind: 'area'; name: string; bbox: number[] };

/** The part of the address that says what is chosen; empty when nothing is. */
export function writeAddress(selection: Selection | null): string {
  if (!selection) return '';
  const parameters =
    selection.kind === 'area'
      ? { area: selection.bbox.map((degree) => Number(degree.toFixed(5))).join(','), around: selection.name }
      : { [selection.kind]: selection.id };
  return `?${new URLSearchParams(parameters)}`;
}

/** Reads what `writeAddress` wrote; anything else is nothing chosen. */
export function readAddress(search: string): Selection | null {
  const parameters = new URLSearchParams(search);
  for (const kind of ['place', 'event', 'source'] as const) {
    const id = parameters.get(kind);
    if (id) return { kind, id };
  }
  const bbox = parameters.get('area')?.split(',').map(Number) ?? [];
  return bbox.length === 4 && bbox.every(Number.isFinite)
    ? { kind: 'area', name: parameters.get('around') ?? '', bbox }
    : null;
}
