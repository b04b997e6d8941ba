import { expect, test } from 'vitest';
import { corroboration, disputes, nameIn, valueLabel, type Claim, type Name } from '../server/event.ts';

let count = 0;

const claim = (said: Partial<Claim> = {}): Claim => ({
  ...{
    id: `claim-${count++}`,
    event: 'event',
    aspect: 'TOLL',
    question: 'killed',
    value: null,
    statement: 'So.',
  },
  ...{ source: 'tasnim', locator: null, attributedTo: null },
  ...said,
});

test('nothing said is nothing disputed', () => {
  expect(disputes([])).toEqual([]);
  expect(disputes([claim({ value: '83' })])).toEqual([]);
});

test('two answers to one question are a dispute, each with all who give it, in the order of the claims', () => {
  const [first, second, third] = [
    claim({ value: '83' }),
    claim({ value: '>60', source: 'ifp' }),
    claim({ value: '83' }),
  ];
  expect(disputes([first, second, third])).toEqual([
    {
      ...{ aspect: 'TOLL', question: 'killed' },
      positions: [
        { value: '83', claims: [first, third] },
        { value: '>60', claims: [second] },
      ],
    },
  ]);
  expect(disputes([second, first])[0]?.positions.map(({ value }) => value)).toEqual(['>60', '83']);
});

test('equal answers are no dispute, however many sources give them', () => {
  expect(disputes([claim({ value: '83' }), claim({ value: '83', source: 'ifp' })])).toEqual([]);
});

test('answers to different questions, or on different aspects, are not compared', () => {
  expect(disputes([claim({ value: '83' }), claim({ value: '100', question: 'wounded' })])).toEqual([]);
  expect(disputes([claim({ value: '83' }), claim({ value: '100', question: null })])).toEqual([]);
  expect(disputes([claim({ value: '83' }), claim({ value: '100', aspect: 'OTHER' })])).toEqual([]);
});

test('claims without a value take no side', () => {
  expect(disputes([claim({ value: '83' }), claim({ value: null }), claim({ value: null })])).toEqual([]);
});

test('values without a question are compared with one another', () => {
  expect(
    disputes([claim({ value: 'yes', question: null }), claim({ value: 'no', question: null })]),
  ).toHaveLength(1);
});

test('values are compared letter for letter, and an empty or zero one is a value', () => {
  expect(disputes([claim({ value: '0' }), claim({ value: '' })])).toHaveLength(1);
  expect(disputes([claim({ value: '83' }), claim({ value: '83 ' })])).toHaveLength(1);
  expect(
    disputes([claim({ value: '__proto__' }), claim({ value: 'constructor' })])[0]?.positions,
  ).toHaveLength(2);
});

test('each question has its own dispute, in the order in which they are first answered', () => {
  const claims = [
    ...[claim({ value: 'a', question: 'second' }), claim({ value: 'a', question: 'first' })],
    ...[
      claim({ value: 'b', question: 'first' }),
      claim({ value: 'b', question: 'second' }),
      claim({ value: 'c', question: 'first' }),
    ],
  ];
  expect(disputes(claims).map(({ question, positions }) => [question, positions.length])).toEqual([
    ['second', 2],
    ['first', 3],
  ]);
});

test('an event rests on a single source, on sources that agree, or on a dispute', () => {
  const said = (value: string | null, source: string): Claim => claim({ value, source });
  expect(corroboration([])).toBe('SINGLE_SOURCE');
  expect(corroboration([said(null, 'tasnim')])).toBe('SINGLE_SOURCE');
  expect(corroboration([said('83', 'tasnim'), said('83', 'tasnim')])).toBe('SINGLE_SOURCE');
  expect(corroboration([said(null, 'tasnim'), said(null, 'ifp')])).toBe('AGREED');
  expect(corroboration([said('83', 'tasnim'), said('83', 'ifp')])).toBe('AGREED');
  expect(corroboration([said('83', 'tasnim'), said('>60', 'ifp')])).toBe('DISPUTED');
  expect(corroboration([said('83', 'tasnim'), said('>60', 'tasnim')])).toBe('DISPUTED');
});

test.each<[Claim['aspect'], string, string]>([
  ['TIME', '2016-10-15', '15 October 2016'],
  ['TIME', '2016', '2016'],
  ['TIME', '', ''],
  ['TIME', 'Thursday', 'Thursday'],
  ['TOLL', '83', '83'],
  ['TOLL', '0', '0'],
  ['TOLL', '>60', 'more than 60'],
  ['TOLL', '>=300000', 'at least 300,000'],
  ['TOLL', '<5', 'fewer than 5'],
  ['TOLL', '~100', 'about 100'],
  ['TOLL', 'several', 'several'],
  ['OTHER', '2016-10-15', '2016-10-15'],
  ['STATUS', 'no', 'no'],
])('a %s of %s reads %s', (aspect, value, label) => {
  expect(valueLabel({ aspect, value })).toBe(label);
});

const names: Name[] = [
  { language: 'ar', name: 'حلب' },
  { language: 'ar', name: 'حلب الشهباء' },
  { language: 'zh-Hant', name: '阿勒坡' },
  { language: 'FR', name: 'Alep' },
];

test.each([
  ['ar', 'حلب'],
  ['AR', 'حلب'],
  ['ar-SY', 'حلب'],
  ['fr', 'Alep'],
  ['zh-Hant-TW', '阿勒坡'],
  ['zh', 'Aleppo'],
  ['en', 'Aleppo'],
  ['a', 'Aleppo'],
  ['', 'Aleppo'],
  ['-', 'Aleppo'],
  ['-ar', 'Aleppo'],
  [null, 'Aleppo'],
  [undefined, 'Aleppo'],
])('the name in %s is %s', (language, name) => {
  expect(nameIn({ name: 'Aleppo', names }, language)).toBe(name);
});

test('a record without names has its own', () => {
  expect(nameIn({ name: 'Aleppo', names: [] }, 'ar')).toBe('Aleppo');
});
