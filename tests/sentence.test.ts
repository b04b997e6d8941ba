import { describe, expect, test } from 'vitest';
import { NO_FILTER, questionOf, type Filter, type ListPart } from '../web/filter.ts';
import { edtfOf } from '../web/filters/period.ts';
import { sentenceOf, spoken, type Piece } from '../web/filters/sentence.ts';
import { LANGUAGES, readTranslation, type Language } from '../web/languages.ts';
import { Words } from '../web/words.ts';
import { Chance } from './random.ts';

const every = Object.keys(LANGUAGES) as Language[];
const all = new Map<Language, Words>();
for (const language of every) all.set(language, new Words(language, await readTranslation(language)));
const wordsOf = (language: Language): Words => all.get(language) as Words;

/** As plain text: without isolates, with spaces that break, and dashes without any. */
const plain = (text: string): string =>
  text
    .replaceAll(/[\u2066-\u2069\u200F]/g, '')
    .replaceAll(/[\u2009\u202F\u00A0]/g, ' ')
    .replaceAll(/ ?– ?/g, '–');

const nameOf = (_: ListPart, value: string): string => value;
const pieces = (language: Language, filter: Partial<Filter>, total = 12): Piece[] =>
  sentenceOf(wordsOf(language), { ...NO_FILTER, ...filter }, total, nameOf);
const said = (language: Language, filter: Partial<Filter>, total?: number): string =>
  plain(spoken(pieces(language, filter, total)));

const OCTOBER = { from: Date.UTC(2016, 9, 1), to: Date.UTC(2016, 9, 21) };

test('without a filter the sentence is the count alone', () => {
  expect(said('en', {}, 0)).toBe('0 events in view');
  expect(said('en', {}, 1)).toBe('1 event in view');
  expect(pieces('en', {}).every(({ without }) => without === null)).toBe(true);
});

test('each part is said in words, the last day of a period inside', () => {
  expect(said('en', { ...OCTOBER, corroboration: ['DISPUTED'] })).toBe(
    '12 events in view, sources differ, 1–20 October 2016',
  );
  expect(
    said('en', {
      categories: ['Meeting', 'Call', 'Visit'],
      actors: ['Iran'],
      places: ['Geneva', 'Aleppo'],
      roles: ['SUBJECT'],
      sources: ['Iran steps up efforts'],
      statuses: ['PLANNED', 'CANCELLED'],
      ...{ ...OCTOBER, isCertain: true, text: ' kerry ' },
    }),
  ).toBe(
    '12 events in view, Meeting, Call or Visit, with Iran, in or about Geneva or Aleppo, placed by what it is about, ' +
      'reported in “Iran steps up efforts”, planned or cancelled, 1–20 October 2016, surely in that time, matching “kerry”',
  );
});

test('what has no place is in no view, and what has no date in no period', () => {
  expect(said('en', { isUnplaced: true }, 1)).toBe('1 event, without a place');
  expect(said('en', { isUndated: true, ...OCTOBER }, 3)).toBe('3 events in view, without a date');
});

test.each<[Language, string]>([
  ['ar', '12 حدثًا في الإطار، بمشاركة Iran أو Russia، المصادر مختلفة، حتى 20 أكتوبر 2016'],
  ['fa', '۱۲ رویداد در قاب، با حضور Iran یا Russia، اختلاف منابع، تا ۲۰ اکتبر ۲۰۱۶'],
  ['ru', '12 событий на экране, участники: Iran или Russia, источники расходятся, до 20 октября 2016 г.'],
  ['tr', 'Görünümde 12 olay, katılan: Iran veya Russia, kaynaklar çelişiyor, bitişi 20 Ekim 2016'],
  ['fr', '12 événements à l’écran, avec Iran ou Russia, sources divergentes, jusqu’au 20 octobre 2016'],
])('the sentence in %s', (language, sentence) => {
  const filter: Partial<Filter> = {
    actors: ['Iran', 'Russia'],
    corroboration: ['DISPUTED'],
    to: OCTOBER.to,
  };
  expect(said(language, filter)).toBe(sentence);
});

test.each([
  ['days', '2016-10-01', '2016-10-21', '2016-10-01/2016-10-20'],
  ['one day', '2016-10-13', '2016-10-14', '2016-10-13'],
  ['a leap day', '2016-02-29', '2016-03-01', '2016-02-29'],
  ['whole months', '2016-09-01', '2016-11-01', '2016-09/2016-10'],
  ['one month', '2016-02-01', '2016-03-01', '2016-02'],
  ['whole years', '2011-01-01', '2017-01-01', '2011/2016'],
  ['one year', '2016-01-01', '2017-01-01', '2016'],
  ['before 1970', '1946-04-17', '1946-04-18', '1946-04-17'],
  ['hours', '2016-10-01T12:00Z', '2016-10-02', '2016-10-01T12:00Z/2016-10-02T00:00Z'],
  ['an open end', '2016-10-01', null, '2016-10-01/..'],
  ['an open start', null, '2016-11-01', '../2016-10-31'],
])('a period of %s is written by what it is made of', (_, from, to, edtf) => {
  const moment = (text: string | null): number | null => (text === null ? null : Date.parse(text));
  expect(edtfOf(moment(from), moment(to))).toBe(edtf);
});

describe.each(every)('of any filter in %s', (language) => {
  const filters = randomFilters(100);

  test('every part that asks something is said, a list once for each value', () => {
    for (const filter of filters) {
      const asked = JSON.stringify(questionOf(filter, null));
      const said = offered(filter).flatMap(({ without }) => Object.keys(without ?? {}));
      for (const part of Object.keys(filter) as (keyof Filter)[]) {
        const value = filter[part];
        if (JSON.stringify(questionOf(filter, null, part)) !== asked)
          expect(said.filter((each) => each === part)).toHaveLength(Array.isArray(value) ? value.length : 1);
      }
    }
  });

  test('whichever parts are taken off one after another, nothing is left in the end', () => {
    for (const filter of filters) {
      let rest = filter;
      for (let parts = offered(rest); parts.length > 0; parts = offered(rest)) {
        const before = JSON.stringify(questionOf(rest, null));
        rest = { ...rest, ...parts[0]?.without };
        expect(JSON.stringify(questionOf(rest, null))).not.toBe(before);
        expect(offered(rest).length).toBeLessThan(parts.length + 2);
      }
      expect(questionOf(rest, null)).toEqual({});
      expect(pieces(language, rest)).toHaveLength(1);
    }
  });

  test('a part that is taken off is said no more, and all others are as before', () => {
    for (const filter of filters) {
      if (filter.isUndated) continue;
      const parts = offered(filter);
      for (const { key, without } of parts) {
        const left = offered({ ...filter, ...without }).map((each) => each.key);
        const dependent = key === 'period' ? ['period', 'certain'] : [key];
        expect(left).toEqual(parts.map((each) => each.key).filter((each) => !dependent.includes(each)));
      }
    }
  });

  test('nothing is said twice, and no slot is left unfilled', () => {
    for (const filter of filters) {
      const parts = offered(filter);
      expect(new Set(parts.map(({ key }) => key)).size).toBe(parts.length);
      expect(new Set(parts.map(({ text }) => text)).size).toBe(parts.length);
      const text = spoken(pieces(language, filter));
      expect(text).not.toMatch(/[{}\uFFFC]|undefined|null/);
      for (const { text: part } of parts) expect(text.split(part)).toHaveLength(2);
    }
  });

  const offered = (filter: Filter): Piece[] =>
    pieces(language, filter).filter(({ without }) => without !== null);
});

function randomFilters(count: number): Filter[] {
  const chance = new Chance(11);
  const some = <T>(of: readonly T[]): T[] => chance.some(of, chance.is(0.5) ? 0 : chance.whole(1, of.length));
  const moment = (year: number): number | null =>
    chance.is(0.3) ? null : Date.UTC(year, chance.whole(0, 11), chance.whole(1, 28), chance.one([0, 0, 7]));
  return Array.from({ length: count }, () => ({
    ...{ from: moment(2011), to: moment(2017), isCertain: chance.is(0.3) },
    ...{ isUndated: chance.is(0.1), isUnplaced: chance.is(0.1) },
    categories: some(['Meeting', 'Ceasefire', 'Visit']),
    actors: some(['Iran', 'Staffan de Mistura']),
    places: some(['Aleppo', 'حلب', 'Deir al-Zor']),
    sources: some(['Diplomatic push', 'بدون عنوان']),
    roles: some(['VENUE', 'SUBJECT'] as const),
    statuses: some(['OCCURRED', 'PLANNED', 'CANCELLED', 'RETRACTED'] as const),
    corroboration: some(['SINGLE_SOURCE', 'AGREED', 'DISPUTED'] as const),
    text: chance.one(['', '', 'kerry lavrov', 'هدنة']),
  }));
}
