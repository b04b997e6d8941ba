import { IMPORTED_VERSION } from '../../server/import/importer.ts';
import type { Actor, Atlas, Category, Claim, Event, EventStatus, Place, Source } from '../../server/event.ts';
import { lowerBound } from '../../server/list.ts';
import type { When } from '../../server/time.ts';
import { degrees, generate, KINDS, UNDATED, type Columns } from './generator.ts';

export const ACTORS = 300;
export const SOURCES = 200;

/** An id, or a name, with an ordinal in it: the same many digits in all, so that they are in the order of their ordinals. */
const numbered = (what: string, ordinal: number): string => `${what}${String(ordinal).padStart(8, '0')}`;

export const eventId = (ordinal: number): string => numbered('event-', ordinal);
export const placeId = (ordinal: number): string => numbered('place-', ordinal);
export const actorId = (ordinal: number): string => numbered('actor-', ordinal);
export const sourceId = (ordinal: number): string => numbered('source-', ordinal);

/** The ordinal in an id, whatever is asked about by it. */
export const ordinalIn = (id: string): number => Number(/-(\d{8})$/.exec(id)?.[1]);

/** A generated atlas of so many events, up to a million: every fourth one with a claim, and some of those disputed. */
export function generateAtlas(events: number): Atlas {
  const columns = generate(events);
  return {
    ...aboutAtlas(events),
    categories: generatedCategories(),
    sources: several(SOURCES, generatedSource),
    places: several(columns.x.length, (at) => generatedPlace(columns, at)),
    actors: several(ACTORS, generatedActor),
    events: several(events, (at) => generatedEvent(columns, at)),
  };
}

/** What is said of the atlas as a whole. */
export const aboutAtlas = (
  events: number,
): Omit<Atlas, 'categories' | 'sources' | 'places' | 'actors' | 'events'> => ({
  id: 'generated',
  title: `${events} generated events`,
  description: null,
  license: null,
  language: null,
  // As what was imported: a server leaves it as it is.
  version: IMPORTED_VERSION,
});

// Apart for colour-blind people too: Okabe and Ito's, black left out.
const COLORS = ['#e69f00', '#56b4e9', '#009e73', '#f0e442', '#0072b2', '#d55e00', '#cc79a7', '#888888'];

export const generatedCategories = (): Category[] =>
  several(KINDS, (at) => ({
    id: `category-${at}`,
    label: `Category ${at}`,
    names: [],
    color: COLORS[at % COLORS.length] as string,
  }));

export const generatedSource = (at: number): Source => ({
  id: sourceId(at),
  publisher: `Publisher ${at % 20}`,
  title: numbered('Report ', at),
  publishedOn: '2020',
  language: 'en',
  url: null,
});

export const generatedActor = (at: number): Actor => ({
  id: actorId(at),
  name: numbered('Actor ', at),
  names: [],
  kind: 'ORGANISATION',
  affiliation: null,
});

export const generatedPlace = ({ x, y }: Columns, at: number): Place => ({
  id: placeId(at),
  name: numbered('Town ', at),
  names: [],
  country: null,
  position: degrees((x[at] as number) + 0.5, (y[at] as number) + 0.5),
  precision: 'SETTLEMENT',
  radiusKm: null,
  geonamesId: null,
});

export function generatedEvent({ starts, ends, kind, event, place }: Columns, at: number): Event {
  const first = lowerBound(event.length, (placement) => (event[placement] as number) < at);
  const last = lowerBound(event.length, (placement) => (event[placement] as number) <= at);
  const actor = actorOf(at);
  return {
    id: eventId(at),
    title: numbered('Event ', at),
    summary: null,
    category: `category-${kind[at]}`,
    status: statusOf(at),
    when: whenOf(starts[at] as number, ends[at] as number),
    placements: Array.from(place.subarray(first, last), (its, nth) => ({
      place: placeId(its),
      role: nth === 0 ? 'VENUE' : 'SUBJECT',
    })),
    participants: actor === null ? [] : [{ actor: actorId(actor), role: null }],
    claims: sourcesOf(at).map((source, nth) => claimOf(at, source, nth)),
    relations: [],
  };
}

const several = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));

/** An event's status, by its ordinal. */
export const statusOf = (event: number): EventStatus => (event % 40 === 7 ? 'PLANNED' : 'OCCURRED');

/** The ordinal of the actor that takes part in an event. */
export const actorOf = (event: number): number | null => (event % 5 === 0 ? event % ACTORS : null);

/** The ordinals of the sources of an event's claims. Where there are two, they contradict each other. */
export function sourcesOf(event: number): number[] {
  if (event % 4 > 0) return [];
  return several(event % 32 === 0 ? 2 : 1, (nth) => (event / 4 + nth) % SOURCES);
}

const claimOf = (event: number, source: number, nth: number): Claim => ({
  id: `${eventId(event)}-claim-${nth}`,
  event: eventId(event),
  aspect: 'TOLL',
  question: null,
  value: String(10 + nth),
  statement: `It was said that there were ${10 + nth}.`,
  source: sourceId(source),
  locator: null,
  attributedTo: null,
});

/** As the date would be read from EDTF, without the time that the grammar takes. */
function whenOf(start: number, end: number): When {
  if (start === UNDATED) return { edtf: '', from: null, to: null, precision: 'INTERVAL' };
  const [from, to] = [start * 60_000, end * 60_000];
  const written = (moment: number, letters: number): string =>
    new Date(moment).toISOString().slice(0, letters);
  if (end - start === 1) return { edtf: `${written(from, 16)}Z`, from, to, precision: 'MINUTE' };
  if (end - start === 1440) return { edtf: written(from, 10), from, to, precision: 'DAY' };
  const edtf = `${written(from, 10)}/${written(to - 1, 10)}`;
  return written(from, 10).endsWith('-01') && written(to, 10).endsWith('-01') && end - start <= 31 * 1440
    ? { edtf: written(from, 7), from, to, precision: 'MONTH' }
    : { edtf, from, to, precision: 'INTERVAL' };
}
