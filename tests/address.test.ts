import { expect, test } from 'vitest';
import { readAddress, writeAddress, type Selection } from '../web/address.ts';

test.each<Selection>([
  { kind: 'place', id: 'aleppo' },
  { kind: 'event', id: 'a/b?c&d=é' },
  { kind: 'source', id: 'tasnim-2016-05-10' },
  { kind: 'area', name: 'دير الزور', bbox: [170.5, -20, -179, 0] },
])('what is chosen is read as it was written: %o', (selection) => {
  expect(readAddress(writeAddress(selection))).toEqual(selection);
});

test('nothing chosen is no address', () => {
  expect(writeAddress(null)).toBe('');
  expect(readAddress('')).toBeNull();
});

test.each(['?place=', '?area=', '?area=1,2,3', '?area=1,2,3,x', '?area=1,2,3,Infinity', '?other=1'])(
  'an address that says nothing is nothing chosen: %s',
  (search) => {
    expect(readAddress(search)).toBeNull();
  },
);

test('an area is written to the metre', () => {
  const address = writeAddress({ kind: 'area', name: '', bbox: [1.23456789, 0, 2, 3] });
  expect(new URLSearchParams(address).get('area')).toBe('1.23457,0,2,3');
});
