import * as fc from 'fast-check';
import { LANGUAGES, type Language } from '../../web/languages.ts';
import type { Address } from '../../web/address.ts';

const EARLIEST = Date.UTC(-9999, 0);
const LATEST = Date.UTC(9999, 0);
const MINUTE = 60_000;

const ids = (): fc.Arbitrary<string[]> =>
  fc.uniqueArray(fc.string({ minLength: 1, unit: 'grapheme' }), { maxLength: 3 });

const some = <T extends string>(...values: T[]): fc.Arbitrary<T[]> =>
  fc.uniqueArray(fc.constantFrom(...values));

const degrees = (most: number): fc.Arbitrary<number> => fc.double({ min: -most, max: most, noNaN: true });

/** A period of whole minutes, open at either end. */
const periods = (): fc.Arbitrary<{ from: number | null; to: number | null }> =>
  fc.tuple(moments(), moments(), fc.boolean(), fc.boolean()).map(([a, b, hasFrom, hasTo]) => ({
    from: hasFrom ? Math.min(a, b) : null,
    to: hasTo ? Math.max(a, b) + MINUTE : null,
  }));

const moments = (): fc.Arbitrary<number> =>
  fc.integer({ min: EARLIEST / MINUTE, max: LATEST / MINUTE }).map((minutes) => minutes * MINUTE);

/** What the page can have chosen. */
export const addresses = (): fc.Arbitrary<Address> =>
  fc.record({
    selection: fc.option(
      fc.oneof(
        fc.record({
          kind: fc.constantFrom('place' as const, 'event' as const, 'source' as const, 'actor' as const),
          id: fc.string({ minLength: 1, unit: 'grapheme' }),
        }),
        fc.record({
          kind: fc.constant('area' as const),
          name: fc.string(),
          bbox: fc.tuple(degrees(180), degrees(90), degrees(180), degrees(90)),
        }),
      ),
    ),
    filter: fc
      .record({
        ...{ isCertain: fc.boolean(), isUndated: fc.boolean(), isUnplaced: fc.boolean() },
        ...{ categories: ids(), actors: ids(), places: ids(), sources: ids() },
        roles: some('VENUE', 'SUBJECT'),
        statuses: some('OCCURRED', 'PLANNED', 'CANCELLED', 'RETRACTED'),
        corroboration: some('SINGLE_SOURCE', 'AGREED', 'DISPUTED'),
        text: fc.string({ unit: 'grapheme' }),
        period: periods(),
      })
      .map(({ period, ...filter }) => ({ ...filter, ...period })),
    view: fc.option(
      fc.record({ zoom: fc.double({ min: 0, max: 22, noNaN: true }), lat: degrees(90), lng: degrees(720) }),
    ),
    time: fc.option(periods().filter(isClosed)),
    language: fc.option(fc.constantFrom(...(Object.keys(LANGUAGES) as Language[]))),
  });

const isClosed = (period: {
  from: number | null;
  to: number | null;
}): period is { from: number; to: number } => period.from !== null && period.to !== null;

const NAMES = [
  ...[
    'q',
    'from',
    'to',
    'within',
    'undated',
    'unplaced',
    'category',
    'with',
    'at',
    'from-source',
    'role',
    'status',
  ],
  ...['claims', 'map', 'time', 'lang', 'place', 'event', 'source', 'actor', 'area', 'around', 'bbox', 'x'],
];

const VALUES = [
  ...[
    '',
    'only',
    'certainly',
    'venue',
    'VENUE',
    'disputed',
    'ar',
    '2016-10',
    '2016-13',
    '2016-10-13T10:30',
    '-0044',
  ],
  ...[
    '6/33.5/43.4',
    '6/NaN/1',
    '1e999/1/1',
    '2016/2017',
    '2017/2016',
    '35,32,43,38',
    '43,32,35,38',
    ',,,',
    '0,0,0,0',
  ],
  ...['talks', 'geneva', 'nobody', '%', '%zz', '%00', '__proto__', 'constructor', '🕊️'.repeat(100), '\uD800'],
];

/** What may stand behind the path in an address. */
export const searches = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc
      .array(
        fc.tuple(
          fc.constantFrom(...NAMES),
          fc.oneof(fc.constantFrom(...VALUES), fc.string({ unit: 'binary' })),
        ),
        {
          maxLength: 6,
        },
      )
      .map((parameters) => `?${new URLSearchParams(parameters).toString()}`),
    fc
      .array(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES.slice(0, -2))), { maxLength: 4 })
      .map((parameters) => `?${parameters.map((each) => each.join('=')).join('&')}`),
  );
