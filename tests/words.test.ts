import { expect, test } from 'vitest';
import { cited, events, kindOfPlace, published, relation, role, span, whereabouts } from '../web/words.ts';

const at = (role: 'VENUE' | 'SUBJECT', name: string) => ({ role, place: { id: name.toLowerCase(), name } });

test('one event is no events', () => {
  expect([0, 1, 1234].map(events)).toEqual(['0 events', '1 event', '1,234 events']);
});

test('where an event was and what it is about are told apart', () => {
  const both = [at('SUBJECT', 'Syria'), at('VENUE', 'Geneva'), at('SUBJECT', 'Aleppo')];
  expect(whereabouts(both)).toBe('Geneva, about Syria, Aleppo');
  expect(whereabouts([at('SUBJECT', 'Syria')])).toBe('about Syria');
  expect(whereabouts([])).toBe('');
});

test('in the list of a place that place is not named again', () => {
  const both = [at('VENUE', 'Geneva'), at('SUBJECT', 'Syria')];
  expect(whereabouts(both, 'geneva')).toBe('here, about Syria');
  expect(whereabouts(both, 'syria')).toBe('Geneva, about this place');
});

test('what is still to be has not happened', () => {
  expect(role(at('VENUE', 'Geneva'), 'OCCURRED')).toBe('where it happened');
  expect(role(at('VENUE', 'Geneva'), 'PLANNED')).toBe('where it is to be');
  expect(role(at('SUBJECT', 'Syria'), 'PLANNED')).toBe('what it is about');
});

test('a place tells its kind, its size and its country', () => {
  expect(kindOfPlace({ precision: 'SETTLEMENT', country: 'SY', radiusKm: null })).toBe('Syria');
  expect(kindOfPlace({ precision: 'REGION', country: 'SY', radiusKm: 200 })).toBe(
    'Region about 400 km across, Syria',
  );
  expect(kindOfPlace({ precision: 'REGION', country: null, radiusKm: null })).toBe('Region');
  expect(kindOfPlace({ precision: 'COUNTRY', country: 'SY', radiusKm: 350 })).toBe('Country');
  expect(kindOfPlace({ precision: 'EXACT', country: null, radiusKm: null })).toBe('');
});

test.each([
  ['2016-10-13', '13 October 2016'],
  ['2016-10-13~', 'about 13 October 2016'],
  ['2016-02-29', '29 February 2016'],
  ['2016-10', 'October 2016'],
  ['2016', '2016'],
  ['2016-10/2016-11', '2016-10/2016-11'],
  [null, ''],
])('a date of publication is written out: %s', (edtf, words) => {
  expect(published(edtf)).toBe(words);
});

test('a source is cited as far as it is known', () => {
  expect(cited({ publisher: 'Tasnim', publishedOn: '2016-05-10~' }, 'paragraph 3')).toBe(
    'Tasnim, about 10 May 2016, paragraph 3',
  );
  expect(cited({ publisher: null, publishedOn: null })).toBe('Unnamed publisher');
});

test('an atlas reaches to the last month that it touches, not to the first that it does not', () => {
  expect(span({ from: '2011-03-01T00:00:00Z', to: '2017-02-01T00:00:00Z' })).toBe(
    'March 2011 – January 2017',
  );
});

test('a relation reads from both its ends, one that nobody foresaw too', () => {
  expect([relation('announces', 'TO'), relation('announces', 'FROM')]).toEqual(['Announces', 'Announced by']);
  expect(relation('mirrors', 'TO')).toBe('mirrors');
});
