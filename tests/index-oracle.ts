import { EventIndexBuilder, type EventIndex, type IndexFilter } from '../server/event-index.ts';
import type { Box } from '../server/extent.ts';
import { isInBox } from '../server/geo.ts';
import { isCertainlyWithin, isPossiblyWithin } from '../server/time.ts';
import { mulberry32 } from './random.ts';

/** What was put into an index, for brute force. */
export interface Data {
  places: { lng: number; lat: number }[];
  events: { from: number | null; to: number | null }[];
  placements: { event: number; place: number | null; kind: number }[];
}

export function indexOf({ places, events, placements }: Data): EventIndex {
  const builder = new EventIndexBuilder(places.length, events.length, placements.length);
  for (const { lng, lat } of places) builder.addPlace(lng, lat);
  for (const { from, to } of events) builder.addEvent(from, to);
  for (const { event, place, kind } of placements) builder.addPlacement(event, place, kind);
  return builder.finish();
}

export const KINDS = 5;

/** Events with every sort of date and number of placements, crowded in some places, at poles, date line and 0/0. */
export function randomData(seed: number, count: number, placeCount: number): Data {
  const random = mulberry32(seed);
  const whole = (most: number): number => Math.floor(random() * most);
  const special = [
    [0, 0],
    [180, 10],
    [-180, 10],
    [179.999, -5],
    [-179.999, -5],
    [12, 90],
    [12, -90],
    [50, 89],
    [0, -86],
  ];
  const places = Array.from({ length: placeCount }, (_, at) => {
    const [lng, lat] = special[at] ?? [];
    if (lng !== undefined && lat !== undefined) return { lng, lat };
    return at % 2
      ? { lng: random() * 360 - 180, lat: random() * 180 - 90 }
      : { lng: 36 + random() * 4, lat: 33 + random() * 4 };
  });
  const events = Array.from({ length: count }, () => {
    const from = whole(400);
    const sort = random();
    if (sort < 0.05) return { from: null, to: null };
    if (sort < 0.1) return { from: null, to: from };
    if (sort < 0.15) return { from, to: null };
    return { from, to: from + 1 + (sort < 0.5 ? 0 : whole(sort < 0.9 ? 5 : 200)) };
  });
  const placements = events.flatMap((_, event): Data['placements'] => {
    const some = random() < 0.1 ? 0 : random() < 0.8 ? 1 : 1 + whole(4);
    const chosen = new Set(Array.from({ length: some }, () => `${whole(placeCount)} ${whole(KINDS)}`));
    if (some === 0) return [{ event, place: null, kind: whole(KINDS) }];
    return [...chosen].map((each) => {
      const [place = 0, kind = 0] = each.split(' ').map(Number);
      return { event, place, kind };
    });
  });
  return { places, events, placements };
}

/** The placements that match, one by one: the reference for every answer. */
export function matching({ places, events, placements }: Data, filter: IndexFilter): Data['placements'] {
  const { from = -Infinity, to = Infinity, certainly } = filter;
  const period = { from: Number.isFinite(from) ? from : null, to: Number.isFinite(to) ? to : null };
  return placements.filter(({ event, place, kind }) => {
    const when = events[event] ?? { from: null, to: null };
    const at = place === null ? undefined : places[place];
    if (filter.box && !(at && isInBox(at, filter.box))) return false;
    if (filter.places && !(place !== null && filter.places.includes(place))) return false;
    if (filter.kinds && !filter.kinds[kind]) return false;
    if (filter.events && !filter.events.includes(event)) return false;
    if (period.from === null && period.to === null) return true;
    return (certainly ? isCertainlyWithin : isPossiblyWithin)(when, period);
  });
}

/** Filters of every sort: boxes across the date line and to the poles, open periods, lists. */
export function randomFilter(random: () => number, { places, events }: Data): IndexFilter {
  const whole = (most: number): number => Math.floor(random() * most);
  const edge = (): number => (random() < 0.2 ? [-180, 180, 0][whole(3)] : random() * 360 - 180) ?? 0;
  const filter: IndexFilter = {};
  if (random() < 0.6) {
    const [a, b] =
      random() < 0.5 ? [33 + random() * 2, 35 + random() * 2] : [random() * 180 - 90, random() * 180 - 90];
    const box: Box = random() < 0.5 ? [36, a, 36 + random() * 4, b] : [edge(), a, edge(), b];
    filter.box = [box[0], Math.min(a, b), box[2], random() < 0.1 ? 90 : Math.max(a, b)];
  }
  if (random() < 0.6) {
    const from = whole(420) - 10;
    if (random() < 0.8) filter.from = from;
    if (random() < 0.8) filter.to = from + 1 + whole(random() < 0.5 ? 3 : 200);
    filter.certainly = random() < 0.5;
  }
  if (random() < 0.3) filter.kinds = Uint8Array.from({ length: KINDS }, () => whole(2));
  if (random() < 0.2) filter.places = [...new Set(Array.from({ length: 5 }, () => whole(places.length)))];
  if (random() < 0.2)
    filter.events = Uint32Array.from(new Set(Array.from({ length: 40 }, () => whole(events.length)))).sort();
  return filter;
}

/** Their events, each once, ascending. */
export const idsOf = (placements: Data['placements']): number[] =>
  [...new Set(placements.map(({ event }) => event))].sort((a, b) => a - b);

/** How many of their events are at each place, each once. */
export function countsOfPlaces(placements: Data['placements']): Map<number, number> {
  const pairs = new Set(
    placements.flatMap(({ event, place }) => (place === null ? [] : `${place} ${event}`)),
  );
  const counts = new Map<number, number>();
  for (const pair of pairs) {
    const place = Number(pair.split(' ')[0]);
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return counts;
}

/** The ordinals in a bitset. */
export const membersOf = (set: Uint32Array): number[] =>
  [...set].flatMap((word, at) =>
    Array.from({ length: 32 }, (_, bit) => ((word >>> bit) & 1 ? 32 * at + bit : -1)).filter(
      (each) => each >= 0,
    ),
  );

/** What work in portions comes to. */
export function outcomeOf<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
