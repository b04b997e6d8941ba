import { expect, test } from 'vitest';
import { readAddress, writeAddress, type Address, type Selection } from '../web/address.ts';
import { NO_FILTER, type Filter } from '../web/filter.ts';
import { Chance } from './random.ts';

const NOTHING: Address = { selection: null, filter: NO_FILTER, view: null, time: null, language: null };

const through = (address: Partial<Address>): Address => readAddress(writeAddress({ ...NOTHING, ...address }));

test.each<Selection>([
  { kind: 'place', id: 'aleppo' },
  { kind: 'event', id: 'a/b?c&d=é' },
  { kind: 'source', id: 'tasnim-2016-05-10' },
  { kind: 'actor', id: 'iran' },
  { kind: 'area', name: 'دير الزور', bbox: [170.5, -20, -179, 0] },
])('what is chosen is read as it was written: %o', (selection) => {
  expect(through({ selection })).toEqual({ ...NOTHING, selection });
});

test('nothing chosen is no address', () => {
  expect(writeAddress(NOTHING)).toBe('');
  expect(readAddress('')).toEqual(NOTHING);
});

test.each([
  '?place=',
  '?area=',
  '?area=1,2,3',
  '?area=1,2,3,x',
  '?area=1,2,3,Infinity',
  '?other=1',
  '?from=x',
])('an address that says nothing is nothing: %s', (search) => {
  expect(readAddress(search)).toEqual(NOTHING);
});

test.each([
  '?map=',
  '?map=5',
  '?map=5/1',
  '?map=5/1/x',
  '?map=5/91/0',
  '?map=-1/0/0',
  '?map=5/1/2/3',
  '?map=//',
])('a view that is none is the whole atlas: %s', (search) => {
  expect(readAddress(search).view).toBeNull();
});

test.each([
  '?time=',
  '?time=2016',
  '?time=2016-02-01/2016-01-01',
  '?time=x/y',
  '?time=2016/2017/2018',
  '?time=/',
])('a part of time that is none is all of it: %s', (search) => {
  expect(readAddress(search).time).toBeNull();
});

test.each([
  ['2016-04-02T13:47:11Z', '2017-01-24', '2016-04-02T14:00Z/2017-01-24'],
  ['2011-03-01T05:00Z', '2017-01-23T15:00Z', '2011-03-01/2017-01-24'],
  ['2016-10-13T13:47:11Z', '2016-10-14T13:47:11Z', '2016-10-13T13:47Z/2016-10-14T13:47Z'],
])('the part of time from %s to %s is written to about a pixel: %s', (from, to, written) => {
  const time = { from: Date.parse(from), to: Date.parse(to) };
  expect(new URLSearchParams(writeAddress({ ...NOTHING, time })).get('time')).toBe(written);
});

test('a part of time is read as it was written, to less than two pixels of a thousand, and once read stays as it is', () => {
  const chance = new Chance(11);
  for (let round = 0; round < 500; round++) {
    const length = 3_600_000 * 2 ** (22 * chance.next());
    const from = Math.round(chance.whole(-9e12, 4e12));
    const { time } = through({ time: { from, to: from + length } });
    expect(Math.abs((time?.from ?? NaN) - from)).toBeLessThan(Math.max(60_000, length / 1000));
    expect(Math.abs((time?.to ?? NaN) - from - length)).toBeLessThan(Math.max(60_000, length / 1000));
    expect(through({ time }).time).toEqual(time);
  }
});

test('values that there are not are left out, and a period that ends before it starts', () => {
  const search =
    '?status=planned&status=never&role=&claims=disputed&claims=disputed&from=2016-10-02&to=2016-10-01';
  expect(readAddress(search).filter).toEqual({
    ...NO_FILTER,
    statuses: ['PLANNED'],
    corroboration: ['DISPUTED'],
  });
});

test('an address is short and readable', () => {
  const filter: Filter = {
    ...NO_FILTER,
    from: Date.UTC(2016, 9, 1),
    to: Date.UTC(2016, 9, 21),
    categories: ['meeting'],
    corroboration: ['DISPUTED'],
    text: 'kerry lavrov',
  };
  const view = { zoom: 5.5, lat: 34.80123, lng: 38.99987 };
  expect(writeAddress({ ...NOTHING, filter, view, language: 'ar' })).toBe(
    '?q=kerry+lavrov&from=2016-10-01&to=2016-10-21&category=meeting&claims=disputed&map=5.5/34.8/39&lang=ar',
  );
});

test('whatever is shown is read as it was written', () => {
  const chance = new Chance(7);
  const ids = ['a', 'a,b', 'é/ü?&=#%', 'حلب', '1', ' ', '+', 'x y'];
  const some = <T>(of: readonly T[]): T[] => chance.some(of, chance.whole(0, of.length));
  const moment = (): number | null =>
    chance.is(0.5)
      ? null
      : chance.whole(-40_000, 40_000) * 86_400_000 + (chance.is(0.5) ? 0 : chance.whole(0, 1439) * 60_000);
  for (let round = 0; round < 500; round++) {
    const [from, to] = [moment(), moment()].sort((a, b) => (a === null || b === null ? 0 : a - b)) as [
      number,
      number,
    ];
    const address: Address = {
      selection: chance.is(0.5)
        ? null
        : { kind: chance.one(['place', 'event', 'source', 'actor'] as const), id: chance.one(ids) },
      filter: {
        ...(from === to && from !== null ? { from: null, to: null } : { from, to }),
        ...{ isCertain: chance.is(0.5), isUndated: chance.is(0.5), isUnplaced: chance.is(0.5) },
        ...{ categories: some(ids), actors: some(ids), places: some(ids), sources: some(ids) },
        roles: some(['VENUE', 'SUBJECT'] as const),
        statuses: some(['OCCURRED', 'PLANNED', 'CANCELLED', 'RETRACTED'] as const),
        corroboration: some(['SINGLE_SOURCE', 'AGREED', 'DISPUTED'] as const),
        text: chance.one(['', ...ids]),
      },
      view: chance.is(0.5)
        ? null
        : { zoom: chance.whole(0, 18), lat: chance.whole(-90, 90), lng: chance.whole(-180, 180) },
      time: chance.is(0.5)
        ? null
        : { from: Date.UTC(2016, 3, 1), to: Date.UTC(2016, chance.whole(4, 11), 1) },
      language: chance.one([null, 'ar', 'fa'] as const),
    };
    expect(through(address)).toEqual(address);
  }
});

test('a place on the map is written to about a pixel', () => {
  const tile = 256;
  for (const zoom of [0, 3, 6.5, 10, 14, 18]) {
    const { view } = through({ view: { zoom, lat: 36.2021047, lng: 37.1612998 } });
    const pixels = (Math.abs((view?.lng ?? 0) - 37.1612998) / 360) * tile * 2 ** zoom;
    expect(pixels).toBeLessThan(2);
  }
});

test('an area is written to the metre', () => {
  const written = writeAddress({
    ...NOTHING,
    selection: { kind: 'area', name: '', bbox: [1.23456789, 0, 2, 3] },
  });
  expect(new URLSearchParams(written).get('area')).toBe('1.23457,0,2,3');
});

test.each(['?lang=', '?lang=xx', '?lang=EN', '?lang=constructor'])(
  'a language that is none of ours is not chosen: %s',
  (search) => {
    expect(readAddress(search).language).toBeNull();
  },
);
