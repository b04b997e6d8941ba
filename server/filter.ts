import { corroboration, type Actor, type Corroboration, type Event, type EventStatus } from './event.ts';
import type { Place, PlacementRole } from './event.ts';
import { isInBox, type Box, type Position } from './geo.ts';
import { foldedWords } from './spelling.ts';
import { isCertainlyWithin, isPossiblyWithin, type Period, type When } from './time.ts';

/** Which events. Parts are joined by and, the values of a list by or; a missing part asks nothing. */
export interface EventFilter {
  box?: Box;
  during?: Period & { match: 'POSSIBLY' | 'CERTAINLY' };
  categories?: string[];
  actors?: string[];
  places?: string[];
  sources?: string[];
  roles?: PlacementRole[];
  statuses?: EventStatus[];
  corroboration?: Corroboration[];
  /** Whether it has no date at all. */
  undated?: boolean;
  /** Whether it has no placement. */
  unplaced?: boolean;
  /** Folded words; each must begin a word of the event. */
  words?: string[];
}

/** All that a filter can ask of an event. */
export interface Facts {
  when: When;
  category: string;
  status: EventStatus;
  corroboration: Corroboration;
  placements: { place: string; role: PlacementRole; position: Position }[];
  actors: string[];
  sources: string[];
  /** Folded words of the title. */
  titleWords: string[];
  /** Folded words of everything that can be searched, the title included. */
  words: string[];
}

/**
 * Whether an event is one of those that a filter asks for. The one meaning of a filter: every store and index agrees
 * with it on all data.
 */
export function matches(event: Facts, filter: EventFilter): boolean {
  return (
    isPlaced(event, filter) &&
    isDuring(event.when, filter.during) &&
    isOneOf(filter.categories, [event.category]) &&
    isOneOf(filter.actors, event.actors) &&
    isOneOf(filter.sources, event.sources) &&
    isOneOf(filter.statuses, [event.status]) &&
    isOneOf(filter.corroboration, [event.corroboration]) &&
    (filter.undated ?? isUndated(event.when)) === isUndated(event.when) &&
    (filter.unplaced ?? event.placements.length === 0) === (event.placements.length === 0) &&
    (filter.words ?? []).every((word) => event.words.some((each) => each.startsWith(word)))
  );
}

/** Whether one and the same placement meets all that the filter asks of placements. */
function isPlaced(event: Facts, { box, places, roles }: EventFilter): boolean {
  if (!box && !places && !roles) return true;
  return event.placements.some(
    (placement) =>
      (!box || isInBox(placement.position, box)) &&
      isOneOf(places, [placement.place]) &&
      isOneOf(roles, [placement.role]),
  );
}

const isDuring = (when: When, during: EventFilter['during']): boolean =>
  !during || (during.match === 'CERTAINLY' ? isCertainlyWithin : isPossiblyWithin)(when, during);

const isUndated = ({ from, to }: Period): boolean => from === null && to === null;

const isOneOf = <T>(wanted: readonly T[] | undefined, has: readonly T[]): boolean =>
  !wanted || has.some((each) => wanted.includes(each));

/** How well an event answers a search: how many of the words begin a word of its title. */
export const relevance = (event: Facts, words: readonly string[]): number =>
  words.filter((word) => event.titleWords.some((each) => each.startsWith(word))).length;

/** What a filter can ask of an event, from the event and the places and actors that it names. */
export function factsOf(
  event: Event,
  places: ReadonlyMap<string, Place>,
  actors: ReadonlyMap<string, Actor>,
): Facts {
  const placed = event.placements.flatMap(({ place, role }) => {
    const found = places.get(place);
    return found ? [{ found, role }] : [];
  });
  const involved = event.participants.flatMap(({ actor }) => actors.get(actor) ?? []);
  const { titleWords, otherWords } = wordsOf(
    event,
    placed.map(({ found }) => found),
    involved,
  );
  return {
    when: event.when,
    category: event.category,
    status: event.status,
    corroboration: corroboration(event.claims),
    placements: placed.map(({ found, role }) => ({ place: found.id, role, position: found.position })),
    actors: [...new Set(event.participants.map(({ actor }) => actor))],
    sources: [...new Set(event.claims.map(({ source }) => source))],
    titleWords,
    words: [...new Set(titleWords), ...otherWords],
  };
}

/**
 * The folded words of an event's title, and those of all else of it that can be searched and that are not in its title, each
 * once.
 * @param fold may remember the words of texts that come again and again
 */
export function wordsOf(
  event: Event,
  places: readonly Place[],
  actors: readonly Actor[],
  fold: (text: string) => readonly string[] = foldedWords,
): { titleWords: string[]; otherWords: string[] } {
  const titleWords = [...fold(event.title)];
  const otherWords: string[] = [];
  const seen = new Set(titleWords);
  const add = (text: string | null): void => {
    if (text === null) return;
    for (const word of fold(text)) {
      if (seen.has(word)) continue;
      seen.add(word);
      otherWords.push(word);
    }
  };
  add(event.summary);
  for (const { name, names } of [...places, ...actors]) {
    add(name);
    for (const each of names) add(each.name);
  }
  for (const { statement, attributedTo } of event.claims) {
    add(statement);
    add(attributedTo);
  }
  for (const { role } of event.participants) add(role);
  return { titleWords, otherWords };
}
