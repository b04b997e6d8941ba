import { expect, test } from 'vitest';
import { readAddress, writeAddress, type Selection } from '../web/address.ts';

const address = (selection: Selection | null) => ({ selection, language: null });

test.each<Selection>([
  { kind: 'place', id: 'aleppo' },
  { kind: 'event', id: 'a/b?c&d=é' },
  { kind: 'source', id: 'tasnim-2016-05-10' },
  { kind: 'area', name: 'دير الزور', bbox: [170.5, -20, -179, 0] },
])('what is chosen is read as it was written: %o', (selection) => {
  expect(readAddress(writeAddress(address(selection)))).toEqual(address(selection));
});

test('nothing chosen is no address', () => {
  expect(writeAddress(address(null))).toBe('');
  expect(readAddress('')).toEqual(address(null));
});

test.each(['?place=', '?area=', '?area=1,2,3', '?area=1,2,3,x', '?area=1,2,3,Infinity', '?other=1'])(
  'an address that says nothing is nothing chosen: %s',
  (search) => {
    expect(readAddress(search)).toEqual(address(null));
  },
);

test('an area is written to the metre', () => {
  const written = writeAddress(address({ kind: 'area', name: '', bbox: [1.23456789, 0, 2, 3] }));
  expect(new URLSearchParams(written).get('area')).toBe('1.23457,0,2,3');
});

test('a chosen language is kept beside what is open', () => {
  expect(writeAddress({ selection: null, language: 'ar' })).toBe('?lang=ar');
  const written = writeAddress({ selection: { kind: 'place', id: 'aleppo' }, language: 'fa' });
  expect(written).toBe('?place=aleppo&lang=fa');
  expect(readAddress(written)).toEqual({ selection: { kind: 'place', id: 'aleppo' }, language: 'fa' });
});

test.each(['?lang=', '?lang=xx', '?lang=EN', '?lang=constructor'])(
  'a language that is none of ours is not chosen: %s',
  (search) => {
    expect(readAddress(search).language).toBeNull();
  },
);
