import { disputes, type Event, type Source } from '../event.ts';
import { readWhen, whenLabel } from '../time.ts';
import type { Batch, Selection } from './format.ts';
import { placesOf, sourcesOf } from './record.ts';
import { remembered } from './remembered.ts';

/** An event in plain lines for formats that have no fields for it: what, when, where, who, what is disputed, who says so. */
export function linesOf(event: Event, batch: Batch): string[] {
  const { summary, when, participants, claims, status } = event;
  const actors = participants.map(({ actor }) => batch.actors.get(actor)?.name ?? actor);
  return [
    ...(summary === null ? [] : [summary]),
    `When: ${labelOf(when.edtf)}${status === 'OCCURRED' ? '' : ` (${status.toLowerCase()})`}`,
    ...list(
      'Where',
      placesOf(event, batch).map(({ name }) => name),
    ),
    ...list('Who', [...new Set(actors)]),
    ...disputes(claims).map(
      ({ aspect, question, positions }) =>
        `Sources differ on ${question ?? aspect.toLowerCase()}: ${positions.map(({ value }) => value).join(' / ')}`,
    ),
    ...list('Sources', sourcesOf(event, batch).map(creditOf)),
  ];
}

/** Reading a date takes longer than all else of an event. */
const labelOf = remembered(whenLabel);

/** Who published a source, what it is called and when it came out. */
const creditOf = ({
  publisher,
  title,
  publishedOn,
}: { [Part in 'publisher' | 'title' | 'publishedOn']: string | null }): string =>
  [publisher, title, publishedOn].filter((part) => part !== null && part !== '').join(', ');

const list = (name: string, values: string[]): string[] =>
  values.length === 0 ? [] : [`${name}: ${values.join('; ')}`];

/** Where the map shows an event. */
export const addressOf = ({ id }: Event, { home }: Selection): string =>
  `${home}?${new URLSearchParams({ event: id }).toString()}`;

/** Under what licence the atlas may be used, in words; null where it has none. */
export const licenseLine = ({ atlas: { license } }: Pick<Selection, 'atlas'>): string | null =>
  license === null ? null : `Licence: ${license}`;

/** When the last of an event's sources came out, as far as they say, in milliseconds since 1970 UTC. */
export function publishedAt(event: Event, batch: Batch): number | null {
  const moments = sourcesOf(event, batch).flatMap((source) => momentOf(source) ?? []);
  return moments.length === 0 ? null : Math.max(...moments);
}

/** Many events of a batch have the same sources, and reading a date takes longer than all else. */
const moments = new WeakMap<Source, number | null>();

function momentOf(source: Source): number | null {
  const known = moments.get(source);
  if (known !== undefined) return known;
  const { from } = readWhen(source.publishedOn ?? '');
  moments.set(source, from);
  return from;
}
