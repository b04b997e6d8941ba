import type { Actor, Atlas, Claim, Event, Place } from '../server/event.ts';
import type { EventFilter } from '../server/filter.ts';
import { foldedWords } from '../server/spelling.ts';
import { readMoment, readWhen } from '../server/time.ts';
import type { Chance } from './random.ts';

/** Dates of every precision, many of them around the same few days, so that edges touch. */
const DATES = [
  ...['', '../..', '0000', '-0044-03-15', 'Y-17000', '1969-12-31', '1970-01-01', '1970-01-01T00:00Z'],
  ...[
    '2016',
    '2016~',
    '201X',
    '20XX',
    '2016-10',
    '2016-1X',
    '2016-10-XX',
    '2016-10-1X',
    '2016-06~',
    '2016-21',
  ],
  ...['2016-02-29', '2016-10-13', '2016-10-13?', '2016-10-13T00:00Z', '2016-10-13T12:00:30Z'],
  ...['2016-10-14T00:30+03:00', '2016-10-12/2016-10-13', '2016-10/2016-12', '2016-10-13/2016-10-13'],
  ...['2016-10-13/..', '../2016-10-13', '2016-10-13/', '/2016-10-12', '[2016-10-11..2016-10-13]'],
  ...['[..2016-10-13]', '[2016-10-14..]', '{2016-10-12,2016-10-14}', '[2016-10-11,2016-10-15]'],
];
const DAYS = ['2016-10-11', '2016-10-12', '2016-10-13', '2016-10-14', '2016-10-15'];
const MOMENTS = [
  ...DAYS,
  '2016',
  '2017',
  '2016-10',
  '2016-11',
  '1970',
  '2016-03',
  '-0044',
  '2016-10-13T12:00Z',
];

const LNGS = [-180, -179.5, -90, -0.5, 0, 6.63282, 37.16117, 90, 179.5, 180];
const LATS = [-90, -85.06, -45, 0, 33.5, 36.20124, 46.516, 85.06, 90];

const WORDS = [
  ...[
    'Aleppo',
    'Alep',
    'Haleb',
    'حلب',
    'Халеб',
    'Deir',
    'al-Zor',
    'Dayr az Zawr',
    'دير الزور',
    'Genève',
    'Gen',
  ],
  ...[
    'İstanbul',
    'ISTANBUL',
    'Straße',
    '東京会談',
    '東',
    'تهران',
    'تهرانِ',
    'Mos',
    'Moscow',
    'Москва',
    'Мос',
    'al',
  ],
  ...['talks', 'talk', '83', '8', 'Iran’s', 'l’accord', '"quoted"', 'NEAR', 'AND', 'title:', '*', '—', 'a'],
];

const SMALLEST = { categories: 1, sources: 1, places: 1, actors: 1, events: 0 };

/** An atlas of random size that holds every oddity the filters have to do with; the same for the same seed. */
export function randomAtlas(chance: Chance, least = SMALLEST): Atlas {
  const words = (most: number): string =>
    Array.from({ length: chance.whole(0, most) }, () => chance.one(WORDS)).join(' ');
  const maybe = <T>(value: T): T | null => (chance.is(0.5) ? value : null);
  const several = <T>(kind: keyof typeof SMALLEST, more: number, make: (at: number) => T): T[] =>
    Array.from({ length: least[kind] + chance.whole(0, more) }, (_, at) => make(at));
  const names = (): Place['names'] =>
    Array.from({ length: chance.whole(0, 3) }, () => ({
      language: chance.one(['en', 'ar', 'ru']),
      name: words(2),
    }));

  const categories = several('categories', 3, (at) => ({
    id: `category-${at}`,
    label: words(2),
    names: [{ language: 'ar', name: `فئة ${at}` }],
    color: '#112233',
  }));
  const sources = several('sources', 4, (at) => ({
    id: `source-${at}`,
    publisher: maybe('Tasnim'),
    title: words(4),
    publishedOn: maybe('2016-10-13~'),
    language: maybe('en'),
    url: maybe('https://example.org/'),
  }));
  const places = several('places', 12, (at): Place => ({
    id: `place-${at}`,
    name: words(2),
    names: names(),
    country: maybe('SY'),
    position: chance.is(0.8)
      ? { lng: chance.one(LNGS), lat: chance.one(LATS) }
      : { lng: chance.next() * 360 - 180, lat: chance.next() * 180 - 90 },
    precision: chance.one(['EXACT', 'SETTLEMENT', 'REGION', 'COUNTRY'] as const),
    radiusKm: maybe(50),
    geonamesId: maybe(1000 + at),
  }));
  const actors = several('actors', 6, (at): Actor => ({
    id: `actor-${at}`,
    name: words(2),
    names: names(),
    kind: chance.one(['PERSON', 'STATE', 'ORGANISATION', 'ARMED_GROUP'] as const),
    affiliation: at > 0 && chance.is(0.5) ? 'actor-0' : null,
  }));
  const claim = (event: string, at: number): Claim => ({
    id: `${event}-claim-${at}`,
    event,
    aspect: chance.one(['TIME', 'TOLL', 'OUTCOME'] as const),
    question: chance.one([null, 'soldiers killed']),
    value: chance.one([null, null, '83', '>60']),
    statement: words(6),
    source: chance.one(sources).id,
    locator: maybe('paragraph 3'),
    attributedTo: maybe(words(1)),
  });
  const events = several('events', 40, (at): Event => ({
    id: `event-${at}`,
    title: words(4),
    summary: maybe(words(6)),
    category: chance.one(categories).id,
    status: chance.one(['OCCURRED', 'PLANNED', 'CANCELLED', 'RETRACTED'] as const),
    when: readWhen(chance.is(0.3) ? chance.one(DAYS) : chance.one(DATES)),
    placements: Array.from({ length: chance.whole(0, 4) }, () => ({
      place: chance.one(places).id,
      role: chance.one(['VENUE', 'SUBJECT'] as const),
    })),
    participants: chance
      .some(actors, chance.whole(0, 3))
      .map(({ id }) => ({ actor: id, role: maybe(words(1)) })),
    claims: Array.from({ length: chance.whole(0, 4) }, (_, nth) => claim(`event-${at}`, nth)),
    relations: [],
  }));
  for (const event of events)
    event.relations = chance
      .some(events, chance.whole(0, 2))
      .map(({ id }) => ({ kind: 'follows', related: id }));
  const [title, version] = [words(3), String(chance.whole(1, 1e6))];
  const about = { id: 'random', title, description: maybe('About'), license: maybe('CC-BY-4.0') };
  return { ...about, language: 'en', version, categories, sources, places, actors, events };
}

/** What can be asked, one at a time. */
export const FILTER_PARTS = [
  ...(['box', 'during', 'categories', 'actors', 'places', 'sources'] as const),
  ...(['roles', 'statuses', 'corroboration', 'undated', 'unplaced', 'words'] as const),
];

/** A filter that asks these parts of an atlas. */
export function randomFilter(
  chance: Chance,
  atlas: Atlas,
  parts: readonly (keyof EventFilter)[],
): EventFilter {
  const ids = (of: { id: string }[]): string[] =>
    chance.is(0.05) ? ['not-there'] : chance.some(of, chance.whole(1, 3)).map(({ id }) => id);
  const [lng, lat] = [
    () => (chance.is(0.8) ? chance.one(LNGS) : chance.next() * 360 - 180),
    () => (chance.is(0.8) ? chance.one(LATS) : chance.next() * 180 - 90),
  ];
  const made: { [Part in keyof EventFilter]-?: () => NonNullable<EventFilter[Part]> } = {
    box: () => {
      const [south, north] = [lat(), lat()].sort((a, b) => a - b) as [number, number];
      return [lng(), south, lng(), north];
    },
    during: () => {
      const bound = (): number | null => (chance.is(0.25) ? null : readMoment(chance.one(MOMENTS)));
      const [from, to] = [bound(), bound()].sort((a, b) => (a === null || b === null ? 0 : a - b)) as [
        number,
        number,
      ];
      return { from, to, match: chance.one(['POSSIBLY', 'CERTAINLY'] as const) };
    },
    categories: () => ids(atlas.categories),
    actors: () => ids(atlas.actors),
    places: () => ids(atlas.places),
    sources: () => ids(atlas.sources),
    roles: () => chance.some(['VENUE', 'SUBJECT'] as const, chance.whole(1, 2)),
    statuses: () =>
      chance.some(['OCCURRED', 'PLANNED', 'CANCELLED', 'RETRACTED'] as const, chance.whole(1, 2)),
    corroboration: () => chance.some(['SINGLE_SOURCE', 'AGREED', 'DISPUTED'] as const, chance.whole(1, 2)),
    undated: () => chance.is(0.5),
    unplaced: () => chance.is(0.5),
    words: () => {
      const typed = chance.some(WORDS, chance.whole(1, 2)).join(' ');
      const words = foldedWords(typed.slice(0, chance.whole(1, typed.length)));
      return words.length > 0 ? words : ['al'];
    },
  };
  return Object.fromEntries(parts.map((part) => [part, made[part]()]));
}
