import type { Event } from '../event.ts';
import { addressOf, licenseLine, linesOf } from './description.ts';
import type { Batch, ExportFormat, Selection } from './format.ts';
import { inPieces } from './pieces.ts';
import { placesOf } from './record.ts';

const DAY = 86_400_000;

/**
 * A calendar (RFC 5545). What lasts whole days is all-day, the rest in UTC; so nothing moves with the reader's time zone. An
 * event of which no day is known, or none that a calendar can write, is a VJOURNAL, which needs no date.
 */
export const icalendar: ExportFormat = {
  name: 'ics',
  mediaType: 'text/calendar; charset=utf-8',
  async *write(selection) {
    const { title, description } = selection.atlas;
    const about = [description, licenseLine(selection)].filter((line) => line !== null).join('\n');
    yield lines([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Dateline//Dateline//EN',
      `X-WR-CALNAME:${text(title)}`,
      ...(about === '' ? [] : [`X-WR-CALDESC:${text(about)}`]),
    ]);
    for await (const batch of selection.batches())
      yield* inPieces(batch.events.map((event) => lines(component(event, batch, selection))));
    yield lines(['END:VCALENDAR']);
  },
};

function component(event: Event, batch: Batch, selection: Selection): string[] {
  const [place] = placesOf(event, batch);
  const times = timesOf(event);
  const name = times === null ? 'VJOURNAL' : 'VEVENT';
  const about = [...linesOf(event, batch), licenseLine(selection)].filter((line) => line !== null);
  return [
    `BEGIN:${name}`,
    `UID:${text(`${event.id}@${selection.atlas.id}`)}`,
    // When a record was last written isn't known, and the same atlas gives the same file.
    'DTSTAMP:19700101T000000Z',
    ...(times ?? []),
    `SUMMARY:${text(event.title)}`,
    `DESCRIPTION:${text(about.join('\n'))}`,
    `CATEGORIES:${text(batch.categories.get(event.category)?.label ?? event.category)}`,
    ...statusOf(event, times !== null),
    ...(place && times !== null
      ? [`LOCATION:${text(place.name)}`, `GEO:${place.position.lat};${place.position.lng}`]
      : []),
    `URL:${addressOf(event, selection)}`,
    `END:${name}`,
  ];
}

/** DTSTART and DTEND; null where no day is known. One that is open at one end is on the day of the other. */
function timesOf({ when: { from, to } }: Event): string[] | null {
  const start = from ?? (to === null ? null : to - DAY);
  if (start === null) return null;
  const end = from === null || to === null ? start + DAY : to;
  if (new Date(start).getUTCFullYear() < 1 || new Date(end).getUTCFullYear() > 9999) return null;
  const isWholeDays = start % DAY === 0 && end % DAY === 0;
  const written = (moment: number): string => {
    const digits = new Date(moment).toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
    return isWholeDays ? `;VALUE=DATE:${digits.slice(0, 8)}` : `:${digits}`;
  };
  return [`DTSTART${written(start)}`, `DTEND${written(end)}`];
}

function statusOf({ status }: Event, isEvent: boolean): string[] {
  if (status === 'CANCELLED' || status === 'RETRACTED') return ['STATUS:CANCELLED'];
  return isEvent ? [`STATUS:${status === 'PLANNED' ? 'TENTATIVE' : 'CONFIRMED'}`] : [];
}

/** A TEXT value (RFC 5545, 3.3.11). Control characters are none. */
const text = (value: string): string =>
  value
    .replaceAll(/\r\n?/g, '\n')
    // oxlint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .replaceAll(/[\\;,]/g, '\\$&')
    .replaceAll('\n', '\\n');

const lines = (contents: readonly string[]): string => contents.map((line) => `${folded(line)}\r\n`).join('');

/** So many octets a line may have at most, its end not counted. */
const LONGEST_LINE = 75;

/** A content line in lines of 75 octets, no character of which is cut (RFC 5545, 3.1). */
export function folded(line: string): string {
  if (Buffer.byteLength(line) <= LONGEST_LINE) return line;
  let result = '';
  let left = LONGEST_LINE;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (size > left) {
      result += '\r\n ';
      left = LONGEST_LINE - 1;
    }
    result += character;
    left -= size;
  }
  return result;
}
