import { describe, expect, test } from 'vitest';
import { valueLabel } from '../server/event.ts';
import { readSoundPackage } from '../server/import/data-package.ts';
import { whenLabel } from '../server/time.ts';
import { AskError } from '../web/api.ts';
import { LANGUAGES, readTranslation, type Language } from '../web/languages.ts';
import type { MarkFragment } from '../web/queries.generated.ts';
import { Words } from '../web/words.ts';
import { Chance } from './random.ts';
import { BUILT_IN } from './server.ts';

const every = Object.keys(LANGUAGES) as Language[];
const spoken = new Map<Language, Words>();
for (const language of every) spoken.set(language, new Words(language, await readTranslation(language)));
const wordsOf = (language: Language): Words => spoken.get(language) as Words;
const english = wordsOf('en');

const at = (role: 'VENUE' | 'SUBJECT', name: string) => ({
  role,
  place: { id: name.toLowerCase(), name, position: { lng: 0, lat: 0 } },
});

/** Without what is there for looks or for the direction of writing: thin and unbreakable spaces, isolates. */
const plain = (text: string): string =>
  text
    .replace(/[\u2066-\u2069\u200F]/g, '')
    .replace(/[\u2009\u202F\u00A0]/g, ' ')
    .replace(/ ?– ?/g, '–');

test('one event is no events', () => {
  expect([0, 1, 1234].map((number) => english.count('events', number))).toEqual([
    '0 events',
    '1 event',
    '1,234 events',
  ]);
});

test('each language counts by its own rules and in its own numerals', () => {
  const counted = (language: Language, numbers: number[]): string[] =>
    numbers.map((number) => plain(wordsOf(language).count('events', number)));
  expect(counted('ar', [0, 1, 2, 3, 11, 100])).toEqual([
    'لا أحداث',
    'حدث واحد',
    'حدثان',
    '3 أحداث',
    '11 حدثًا',
    '100 حدث',
  ]);
  expect(counted('ru', [1, 2, 5, 21, 1022])).toEqual([
    '1 событие',
    '2 события',
    '5 событий',
    '21 событие',
    '1 022 события',
  ]);
  expect(counted('fa', [1, 1234])).toEqual(['۱ رویداد', '۱٬۲۳۴ رویداد']);
  expect(counted('tr', [1, 1234])).toEqual(['1 olay', '1.234 olay']);
  expect(counted('fr', [0, 1, 2])).toEqual(['0 événement', '1 événement', '2 événements']);
});

test('a count on a mark takes at most four characters', () => {
  const short = [987, 1000, 1299, 34_567, 5_650_000, 12_000_000].map((count) => english.shortNumber(count));
  expect(short).toEqual(['987', '1k', '1.2k', '34k', '5.6M', '12M']);
  expect(wordsOf('fa').shortNumber(25)).toBe('۲۵');
});

test('a mark is called by its place and its events, and says when it stands for more than that place', () => {
  const mark = { anchor: { name: 'Aleppo' }, place: { id: 'aleppo' }, eventCount: 5 } as MarkFragment;
  expect(english.markName(mark)).toBe('Aleppo, 5 events');
  expect(english.markName({ ...mark, place: null })).toBe('Aleppo, 5 events, with places around it');
});

test('where an event was and what it is about are told apart', () => {
  const both = [at('SUBJECT', 'Syria'), at('VENUE', 'Geneva'), at('SUBJECT', 'Aleppo')];
  expect(english.whereabouts(both)).toBe('Geneva, about Syria and Aleppo');
  expect(english.whereabouts([at('SUBJECT', 'Syria')])).toBe('about Syria');
  expect(english.whereabouts([])).toBe('');
});

test('in the list of a place that place is not named again', () => {
  const both = [at('VENUE', 'Geneva'), at('SUBJECT', 'Syria')];
  expect(english.whereabouts(both, 'geneva')).toBe('here, about Syria');
  expect(english.whereabouts(both, 'syria')).toBe('Geneva, about this place');
});

test('what runs the other way is isolated, and nothing else is', () => {
  const arabic = wordsOf('ar');
  expect(arabic.line(['جنيف', 'Tasnim'])).toBe('جنيف، \u2068Tasnim\u2069');
  expect(arabic.say('about', { places: arabic.list(['Syria', 'حلب']) })).toBe('بشأن \u2068Syria\u2069 وحلب');
  expect(english.line(['Geneva', 'حلب', '5'])).toBe('Geneva, \u2068حلب\u2069, 5');
});

test('what is still to be has not happened', () => {
  expect(english.role('VENUE', 'OCCURRED')).toBe('where it happened');
  expect(english.role('VENUE', 'PLANNED')).toBe('where it is to be');
  expect(english.role('SUBJECT', 'PLANNED')).toBe('what it is about');
  expect([english.status('OCCURRED'), english.status('PLANNED')]).toEqual(['', 'Planned']);
});

test('a place tells its kind, its size and its country', () => {
  const region = { precision: 'REGION', country: 'SY', radiusKm: 200 } as const;
  expect(english.kindOfPlace({ precision: 'SETTLEMENT', country: 'SY', radiusKm: null })).toBe('Syria');
  expect(english.kindOfPlace(region)).toBe('Region about 400 km across, Syria');
  expect(english.kindOfPlace({ precision: 'REGION', country: null, radiusKm: null })).toBe('Region');
  expect(english.kindOfPlace({ precision: 'COUNTRY', country: 'SY', radiusKm: 350 })).toBe('Country');
  expect(english.kindOfPlace({ precision: 'EXACT', country: null, radiusKm: null })).toBe('');
  expect(wordsOf('fa').kindOfPlace(region)).toBe('منطقه‌ای به پهنای حدود ۴۰۰ کیلومتر، سوریه');
});

test('a source is cited as far as it is known', () => {
  expect(english.cited({ publisher: 'Tasnim', publishedOn: '2016-05-10~' }, 'paragraph 3')).toBe(
    'Tasnim, about 10 May 2016, paragraph 3',
  );
  expect(english.cited({ publisher: null, publishedOn: null })).toBe('Unnamed publisher');
});

test('an atlas reaches to the last month that it touches, not to the first that it does not', () => {
  const atlas = {
    ...{ eventCount: 58, sourceCount: 1 },
    during: { from: '2011-03-01T00:00:00Z', to: '2017-02-01T00:00:00Z' },
  };
  expect(plain(english.atlas(atlas))).toBe('58 events from 1 source, March 2011–January 2017');
  const open = { ...atlas, during: { from: '2011-03-01T00:00:00Z', to: null } };
  expect(english.atlas(open)).toBe('58 events from 1 source, from March 2011');
});

test('a relation reads from both its ends, one that nobody foresaw too', () => {
  expect([english.relation('part of', 'TO'), english.relation('part of', 'FROM')]).toEqual([
    'Part of',
    'Includes',
  ]);
  expect(english.relation('mirrors', 'TO')).toBe('mirrors');
  expect(english.relation('mirrors', 'FROM')).toBe('is what this mirrors');
});

test('a fault of ours is told in the reader’s language, what the server says as it says it', () => {
  expect(wordsOf('fr').problem(new AskError('x', 'unreachable'))).toBe('Le serveur est injoignable.');
  expect(wordsOf('fr').problem(new AskError('zoom out of range: 99'))).toBe('zoom out of range: 99');
});

describe('dates', () => {
  test.each<[edtf: string, ...written: string[]]>([
    ['', 'undated', 'بلا تاريخ', 'بدون تاریخ', 'без даты', 'tarihsiz', 'sans date'],
    [
      '2016-10-13',
      ...['13 October 2016', '13 أكتوبر 2016', '۱۳ اکتبر ۲۰۱۶', '13 октября 2016 г.', '13 Ekim 2016'],
      '13 octobre 2016',
    ],
    [
      '2016-10~',
      ...['about October 2016', 'نحو أكتوبر 2016', 'حدود اکتبر ۲۰۱۶', 'около октября 2016 г.'],
      ...['Ekim 2016 dolayları', 'vers octobre 2016'],
    ],
    [
      '/2016-10-13~',
      ...['by about 13 October 2016', 'في موعد أقصاه نحو 13 أكتوبر 2016', 'حداکثر تا حدود ۱۳ اکتبر ۲۰۱۶'],
      ...['не позднее примерно 13 октября 2016 г.', 'en geç 13 Ekim 2016 dolayları'],
      'vers le 13 octobre 2016 au plus tard',
    ],
    [
      '2011-03/..',
      ...['from March 2011', 'منذ مارس 2011', 'از مارس ۲۰۱۱', 'с марта 2011 г.', 'başlangıcı Mart 2011'],
      'dès mars 2011',
    ],
    [
      '[2016-09-19..2016-10-03]',
      ...['between 19 September and 3 October 2016', 'بين 19 سبتمبر و3 أكتوبر 2016'],
      ...['بین ۱۹ سپتامبر و ۳ اکتبر ۲۰۱۶', 'не ранее 19 сентября и не позднее 3 октября 2016 г.'],
      ...['19 Eylül ile 3 Ekim 2016 arasında', 'entre le 19 septembre et le 3 octobre 2016'],
    ],
    [
      '2016-09-12/2016-09-26',
      ...['12–26 September 2016', '12–26 سبتمبر 2016', '۱۲ تا ۲۶ سپتامبر ۲۰۱۶', '12–26 сентября 2016 г.'],
      ...['12–26 Eylül 2016', '12–26 septembre 2016'],
    ],
    [
      '2016-21?',
      ...['spring 2016?', 'ربيع 2016؟', 'بهار ۲۰۱۶؟', 'весна 2016 г. (?)', '2016 ilkbaharı?'],
      'printemps 2016 ?',
    ],
  ])('%s is written out in every language', (edtf, ...written) => {
    expect(every.map((language) => plain(wordsOf(language).date(edtf)))).toEqual(written);
  });

  test('in English they read as the server writes them: all those of the atlas, and of other forms', async () => {
    const { events, sources } = await readSoundPackage(BUILT_IN);
    const forms = ['2016-02-29', '2016', '2016-10?', '2016-10-13%', '2016-10-XX', '2016-XX-XX', '2016-22'];
    const intervals = [
      '../2016-10',
      '2016/2017',
      '2016-01/2016-03',
      '2015-12-30/2016-01-02',
      '2016-10/2016-10',
    ];
    const all = [
      ...events.map(({ when }) => when.edtf),
      ...sources.flatMap(({ publishedOn }) => publishedOn ?? []),
      ...[...forms, ...intervals, '[2015-12-30..2016-01-02]', '2016-10-15T23:30:00+02:00'],
    ];
    const server = (edtf: string): string =>
      plain(whenLabel(edtf)).replaceAll(/(\d{4}), (\d\d:)/g, '$1 at $2');
    expect(all.map((edtf) => plain(english.date(edtf)))).toEqual(all.map(server));
  });

  test('what claims give reads in English as the server writes it', async () => {
    const { events } = await readSoundPackage(BUILT_IN);
    const claims = events.flatMap((event) => event.claims);
    expect(claims.length).toBeGreaterThan(100);
    for (const { aspect, value } of claims) {
      if (value === null || value.includes('T')) continue;
      const label = valueLabel({ aspect, value });
      expect(english.value(aspect, value, label)).toBe(label);
    }
  });

  test.each([
    'not a date',
    '2016-13',
    '2016-02-30',
    '0000',
    '-0400',
    '201X',
    '{2016,2017}',
    '2016-10-13T10:00',
  ])('a rare form is left to the server: %s', (edtf) => {
    for (const language of every) {
      expect(wordsOf(language).date(edtf, 'as the server says')).toBe('as the server says');
      expect(wordsOf(language).date(edtf)).toBe(edtf);
    }
  });

  test('whatever the date, every language has words for it, and they tell its year', () => {
    const chance = new Chance(1);
    const day = (): string => {
      const date = new Date(Date.UTC(1000 + chance.whole(0, 8999), chance.whole(0, 11), chance.whole(1, 28)));
      const written = date.toISOString().slice(0, chance.one([4, 7, 10]));
      return written + chance.one(['', '', '~', '?', '%']);
    };
    for (let i = 0; i < 300; i++) {
      const [one, other] = [day(), day()].sort();
      const edtf = chance.one([
        one,
        `${one}/${other}`,
        `[${one}..${other}]`,
        `${one}/..`,
        `/${one}`,
        `../${one}`,
      ]);
      for (const language of every) {
        const words = wordsOf(language);
        const year = new Intl.NumberFormat(language, { useGrouping: false }).format(Number(one?.slice(0, 4)));
        const written = words.date(edtf ?? '', '');
        expect(written, `${language} ${edtf}`).toContain(year);
        expect(written, `${language} ${edtf}`).not.toMatch(/[{}]|undefined|Invalid/);
      }
    }
  });
});

test('what claims give is written in every language', () => {
  const written = every.map((language) => plain(wordsOf(language).value('TOLL', '>400000', '')));
  expect(written).toEqual([
    ...['more than 400,000', 'أكثر من 400,000', 'بیش از ۴۰۰٬۰۰۰', 'более 400 000', 'şundan fazla: 400.000'],
    'plus de 400 000',
  ]);
  expect(wordsOf('ar').value('STATUS', 'yes', 'yes')).toBe('نعم');
  expect(wordsOf('ar').value('PLACE', 'Aleppo', 'Aleppo')).toBe('Aleppo');
});

test('a country is called by its code, and what is no code stays as it is', () => {
  expect(english.country('SY')).toBe('Syria');
  for (const code of ['', 'S', 'Syria', 'sy', '<b>']) expect(english.country(code)).toBe(code);
});
