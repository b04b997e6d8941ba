import { expect, test } from 'vitest';
import type { Actor, Event, Place } from '../server/event.ts';
import { factsOf, matches, relevance, type EventFilter, type Facts } from '../server/filter.ts';
import type { Box } from '../server/geo.ts';
import { readWhen } from '../server/time.ts';

/** Talks in Geneva about Aleppo, on 13 October 2016, by one source's account and another's. */
const talks: Facts = {
  ...{ when: readWhen('2016-10-13'), category: 'meeting', status: 'OCCURRED', corroboration: 'AGREED' },
  placements: [
    { place: 'geneva', role: 'VENUE', position: { lng: 6, lat: 46 } },
    { place: 'aleppo', role: 'SUBJECT', position: { lng: 37, lat: 36 } },
  ],
  ...{ actors: ['iran', 'russia'], sources: ['tasnim', 'ifp'] },
  ...{ titleWords: ['talks', 'in', 'geneva'], words: ['talks', 'in', 'geneva', 'aleppo', 'حلب'] },
};

const SWITZERLAND: Box = [5, 45, 11, 48];
const SYRIA: Box = [35, 32, 43, 38];
const OCTOBER = { from: Date.UTC(2016, 9, 1), to: Date.UTC(2016, 10, 1) };

test.each<[filter: EventFilter, event: boolean]>([
  [{}, true],
  [{ categories: ['meeting'] }, true],
  [{ categories: ['call', 'meeting'] }, true],
  [{ categories: ['call'] }, false],
  [{ statuses: ['OCCURRED'] }, true],
  [{ statuses: ['PLANNED', 'CANCELLED'] }, false],
  [{ actors: ['russia', 'narnia'] }, true],
  [{ actors: ['narnia'] }, false],
  [{ sources: ['ifp'] }, true],
  [{ sources: ['reuters'] }, false],
  [{ corroboration: ['AGREED', 'DISPUTED'] }, true],
  [{ corroboration: ['SINGLE_SOURCE'] }, false],
  [{ categories: ['meeting'], actors: ['narnia'] }, false],
  [{ during: { ...OCTOBER, match: 'CERTAINLY' } }, true],
  [{ during: { from: null, to: OCTOBER.from, match: 'POSSIBLY' } }, false],
  [{ during: { from: null, to: null, match: 'POSSIBLY' } }, true],
  // One and the same placement meets all that is asked of placements.
  [{ roles: ['VENUE'] }, true],
  [{ places: ['aleppo'] }, true],
  [{ places: ['aleppo'], roles: ['VENUE'] }, false],
  [{ box: SYRIA }, true],
  [{ box: SYRIA, roles: ['VENUE'] }, false],
  [{ box: SWITZERLAND, roles: ['VENUE'] }, true],
  [{ box: SWITZERLAND, places: ['aleppo'] }, false],
  [{ box: [100, -10, -100, 10] }, false],
  // Each word begins a word.
  [{ words: ['gen'] }, true],
  [{ words: ['gen', 'talk'] }, true],
  [{ words: ['eneva'] }, false],
  [{ words: ['gen', 'damascus'] }, false],
  [{ words: ['حل'] }, true],
  [{ words: [] }, true],
])('%j asks for it: %s', (filter, event) => {
  expect(matches(talks, filter)).toBe(event);
});

test('an event that is nowhere and undated, by nobody, matches what asks for none of that', () => {
  const bare: Facts = {
    ...talks,
    when: readWhen(''),
    placements: [],
    actors: [],
    sources: [],
    words: [],
    titleWords: [],
  };
  expect(matches(bare, { categories: ['meeting'] })).toBe(true);
  for (const filter of [
    ...[
      { box: [-180, -90, 180, 90] },
      { roles: ['VENUE', 'SUBJECT'] },
      { places: ['geneva'] },
      { actors: ['iran'] },
    ],
    ...[{ sources: ['ifp'] }, { words: ['a'] }, { during: { from: null, to: null, match: 'POSSIBLY' } }],
  ] as EventFilter[])
    expect(matches(bare, filter), JSON.stringify(filter)).toBe(false);
});

test('a date of a whole year is possibly in October, not certainly', () => {
  const when = readWhen('2016');
  expect(matches({ ...talks, when }, { during: { ...OCTOBER, match: 'POSSIBLY' } })).toBe(true);
  expect(matches({ ...talks, when }, { during: { ...OCTOBER, match: 'CERTAINLY' } })).toBe(false);
});

test('relevance counts the words that begin a word of the title', () => {
  expect(relevance(talks, [])).toBe(0);
  expect(relevance(talks, ['gen'])).toBe(1);
  expect(relevance(talks, ['gen', 'tal', 'aleppo'])).toBe(2);
});

const place: Place = {
  ...{ id: 'aleppo', name: 'Aleppo', names: [{ language: 'fr', name: 'Alep' }], country: 'SY' },
  ...{ position: { lng: 0, lat: 0 }, precision: 'SETTLEMENT', radiusKm: null, geonamesId: null },
};
const actor: Actor = {
  ...{
    id: 'zarif',
    name: 'Zarif',
    names: [{ language: 'ru', name: 'Зариф' }],
    kind: 'PERSON',
    affiliation: 'iran',
  },
};
const event: Event = {
  ...{ id: 'e', title: 'A call, a call', summary: 'They spoke.', category: 'call', status: 'PLANNED' },
  when: readWhen('2016-02-29'),
  placements: [
    { place: 'aleppo', role: 'VENUE' },
    { place: 'aleppo', role: 'SUBJECT' },
  ],
  participants: [{ actor: 'zarif', role: 'foreign minister' }],
  claims: ['tasnim', 'ifp', 'tasnim'].map((source, at) => ({
    ...{
      id: `c-${at}`,
      event: 'e',
      aspect: 'OTHER',
      question: null,
      value: 'secret',
      statement: `Said thing ${at}.`,
    },
    ...{ source, locator: 'paragraph 3', attributedTo: at === 0 ? 'IRNA' : null },
  })),
  relations: [],
};

const known = [new Map([['aleppo', place]]), new Map([['zarif', actor]])] as const;

test('the facts of an event are its own and those of its places and actors, each once', () => {
  const facts = factsOf(event, ...known);
  expect(facts).toMatchObject({
    when: event.when,
    category: 'call',
    status: 'PLANNED',
    corroboration: 'AGREED',
  });
  expect(facts.placements).toEqual([
    { place: 'aleppo', role: 'VENUE', position: { lng: 0, lat: 0 } },
    { place: 'aleppo', role: 'SUBJECT', position: { lng: 0, lat: 0 } },
  ]);
  expect([facts.actors, facts.sources]).toEqual([['zarif'], ['tasnim', 'ifp']]);
  expect(facts.titleWords).toEqual(['a', 'call', 'a', 'call']);
});

test('words are searched for in title, summary, names, statements, attributions and offices, and nowhere else', () => {
  const { words } = factsOf(event, ...known);
  for (const word of ['call', 'spoke', 'aleppo', 'alep', 'zarif', 'зариф', 'said', 'irna', 'minister'])
    expect(words).toContain(word);
  for (const word of ['secret', 'paragraph', 'tasnim', 'iran', 'sy', 'venue'])
    expect(words).not.toContain(word);
  expect(new Set(words).size).toBe(words.length);
});

test('an event with nothing but a title has facts too', () => {
  const bare = { ...event, summary: null, placements: [], participants: [], claims: [] };
  expect(factsOf(bare, ...known)).toMatchObject({
    corroboration: 'SINGLE_SOURCE',
    words: ['a', 'call'],
    actors: [],
  });
});
