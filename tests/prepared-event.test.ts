import { expect, test } from 'vitest';
import { factsOf } from '../server/filter.ts';
import { eventOfRecord, preparedEvent, recordOf } from '../server/store/prepared-event.ts';
import { randomAtlas } from './random-atlas.ts';
import { Chance } from './random.ts';

const { events, places, actors } = randomAtlas(new Chance(7), {
  ...{ categories: 1, sources: 3, places: 3, actors: 3, events: 50 },
});
const placesById = new Map(places.map((place) => [place.id, place]));
const actorsById = new Map(actors.map((actor) => [actor.id, actor]));

test('an event comes back from its record as it was', () => {
  for (const event of events) expect(eventOfRecord(event.id, recordOf(event))).toEqual(event);
});

test('a record is the same whatever order the fields are in, and another where a value is', () => {
  for (const event of events.slice(0, 20)) {
    const turned = Object.fromEntries(Object.entries(event).toReversed()) as unknown as typeof event;
    expect(recordOf(turned)).toBe(recordOf(event));
    expect(recordOf({ ...event, summary: `${event.summary} ` })).not.toBe(recordOf(event));
  }
});

test('the words of the title and the others are all words, none in both', () => {
  for (const event of events) {
    const { titleWords, otherWords } = preparedEvent(event, placesById, actorsById);
    const both = [...titleWords, ...otherWords];
    expect(new Set(both)).toEqual(new Set(factsOf(event, placesById, actorsById).words));
    expect(new Set(both).size).toBe(both.length);
  }
});
