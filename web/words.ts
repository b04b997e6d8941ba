import type {
  ClaimAspect,
  EventStatus,
  MarkFragment,
  PlaceDetailQuery,
  RowFragment,
} from './queries.generated.ts';

/** Every word of the interface that depends on data, in one place. */

export const count = (number: number, one: string, many: string): string =>
  `${number.toLocaleString('en')} ${number === 1 ? one : many}`;

export const events = (number: number): string => count(number, 'event', 'events');

/** What a mark is called: its place and its events; of several places, the one that it stands on. */
export const markName = (mark: MarkFragment): string =>
  `${mark.anchor.name}, ${events(mark.eventCount)}${mark.place ? '' : ', with places around it'}`;

export const STATUS: Record<EventStatus, string> = {
  OCCURRED: '',
  PLANNED: 'Planned',
  CANCELLED: 'Cancelled',
  RETRACTED: 'Retracted',
};

/** What a place is to an event. */
export const role = ({ role }: RowFragment['placements'][number], status: EventStatus): string =>
  role === 'SUBJECT' ? 'what it is about' : VENUE[status];

const VENUE: Record<EventStatus, string> = {
  OCCURRED: 'where it happened',
  PLANNED: 'where it is to be',
  CANCELLED: 'where it was to be',
  RETRACTED: 'where it was said to have happened',
};

/** Where an event was and what it is about: Geneva, about Syria. In the list of a place that one is not named again. */
export function whereabouts(placements: RowFragment['placements'], at?: string): string {
  const named = (wanted: 'VENUE' | 'SUBJECT', here: string): string[] => {
    const places = placements.filter(({ role }) => role === wanted).map(({ place }) => place);
    return places.some(({ id }) => id === at) ? [here] : places.map(({ name }) => name);
  };
  const subjects = named('SUBJECT', 'this place');
  return [...named('VENUE', 'here'), ...(subjects.length > 0 ? [`about ${subjects.join(', ')}`] : [])].join(
    ', ',
  );
}

const COUNTRIES = new Intl.DisplayNames('en', { type: 'region' });

/** What kind of place it is, and in which country: Region about 400 km across, Syria. */
export function kindOfPlace({
  precision,
  country,
  radiusKm,
}: Pick<NonNullable<PlaceDetailQuery['place']>, 'precision' | 'country' | 'radiusKm'>): string {
  if (precision === 'COUNTRY') return 'Country';
  const region = radiusKm ? `Region about ${(2 * radiusKm).toLocaleString('en')} km across` : 'Region';
  return [precision === 'REGION' ? region : '', country ? COUNTRIES.of(country) : '']
    .filter(Boolean)
    .join(', ');
}

export const ASPECT: Record<ClaimAspect, string> = {
  TIME: 'When',
  PLACE: 'Where',
  PARTICIPANTS: 'Who took part',
  TOLL: 'Toll',
  CAUSE: 'Why',
  RESPONSIBILITY: 'Responsibility',
  OUTCOME: 'What came of it',
  STATUS: 'Whether it happened',
  OTHER: 'Also said',
};

/** A relation as it reads from either end. */
const RELATION: Record<string, { TO: string; FROM: string }> = {
  announces: { TO: 'Announces', FROM: 'Announced by' },
  follows: { TO: 'Follows', FROM: 'Followed by' },
  'part of': { TO: 'Part of', FROM: 'Includes' },
  'responds to': { TO: 'Responds to', FROM: 'Answered by' },
  ends: { TO: 'Ends', FROM: 'Ended by' },
  extends: { TO: 'Extends', FROM: 'Extended by' },
  contradicts: { TO: 'Contradicts', FROM: 'Contradicted by' },
};

export const relation = (kind: string, direction: 'TO' | 'FROM'): string =>
  RELATION[kind]?.[direction] ?? (direction === 'TO' ? kind : `is what this ${kind}`);

/** A source as a newspaper would cite it. */
export const publisher = (source: { publisher: string | null }): string =>
  source.publisher ?? 'Unnamed publisher';

const MONTHS = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** From when to when an atlas reaches, by month: March 2011 – January 2017. */
export function span(during: { from: string | null; to: string | null } | null): string {
  const [from, to] = [during?.from, during?.to].map((each) => (each ? new Date(each) : null));
  if (to) to.setTime(to.getTime() - 1);
  return [from, to].map((each) => (each ? MONTHS.format(each) : '')).join(' – ');
}

/** A publication date in EDTF, day by day or approximate, written out: about 13 October 2016. */
export function published(edtf: string | null): string {
  const [, date = '', about = ''] = /^(\d{4}(?:-\d\d){0,2})(~?)$/.exec(edtf ?? '') ?? [];
  if (date === '') return edtf ?? '';
  const parts = date.split('-').length;
  const format = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    ...(parts > 1 && { month: 'long' }),
    ...(parts > 2 && { day: 'numeric' }),
    timeZone: 'UTC',
  });
  return (about ? 'about ' : '') + format.format(new Date(date));
}

/** Publisher, date and place in the source: Tasnim, about 10 May 2016, paragraph 3. */
export const cited = (
  source: { publisher: string | null; publishedOn: string | null },
  locator?: string | null,
): string => [publisher(source), published(source.publishedOn), locator].filter(Boolean).join(', ');
