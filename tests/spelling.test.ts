import { expect, test } from 'vitest';
import { foldedWords } from '../server/spelling.ts';

const SAME: [what: string, spellings: string[], words: string[]][] = [
  ['nothing', ['', ' ', '—', '"*:^()', '’', '\u0000', '\u200f'], []],
  ['case', ['ALEPPO', 'Aleppo', 'aleppo'], ['aleppo']],
  ['accents', ['Genève', 'Gene\u0300ve', 'GENEVE'], ['geneve']],
  [
    'the article and macrons',
    ['Deir al-Zor', 'Deir al Zor', 'DEIR AL-ZŌR', 'Deir el-Zor', 'Deir ez-Zor', 'Deir Zor'],
    ['deir', 'zor'],
  ],
  ['apostrophes', ['Sana’a', "Sana'a", 'Sanaʿa', 'Sanaʾa', 'Sana`a', 'Sanaa'], ['sanaa']],
  ['the English genitive', ['Iran’s', "Iran's", 'Iran'], ['iran']],
  ['Arabic vowel signs, the article and tatweel', ['حَلَب', 'حلب', 'حـلـب'], ['حلب']],
  ['the Arabic article', ['دير الزور', 'دير زور'], ['دير', 'زور']],
  ['hamzas', ['أحمد', 'احمد', 'ٱحمد'], ['احمد']],
  ['the Arabic ta marbuta and alif maqsura', ['القاهرة موسى', 'قاهره موسي'], ['قاهره', 'موسي']],
  ['Persian and Arabic letters', ['کردی', 'كردي'], ['كردي']],
  ['Persian half-spaces', ['می\u200cرود', 'میرود'], ['ميرود']],
  ['Turkish i, dotted and not', ['İstanbul', 'ISTANBUL', 'istanbul', 'ıstanbul'], ['istanbul']],
  ['Turkish letters', ['Çavuşoğlu', 'CAVUSOGLU'], ['cavusoglu']],
  ['Russian й and ё', ['Лавров Фёдор Андрей', 'лавров федор андреи'], ['лавров', 'федор', 'андреи']],
  [
    'German, French, Nordic and Polish letters',
    ['Straße Œuvre Ærø Łódź', 'STRASSE oeuvre aero lodz'],
    ['strasse', 'oeuvre', 'aero', 'lodz'],
  ],
  ['full-width letters and digits', ['ＡＢＣ １２３', 'abc 123'], ['abc', '123']],
  ['hyphens of any kind', ['Al-Nusra', 'al‑Nusra', 'an–Nusra'], ['nusra']],
  ['direction marks and soft hyphens', ['\u200fAlep\u00adpo\u200e', 'Aleppo'], ['aleppo']],
];

test.each(SAME)('%s makes no difference', (_, spellings, words) => {
  for (const spelling of spellings) expect(foldedWords(spelling), spelling).toEqual(words);
});

test('scripts without spaces have a word per letter', () => {
  expect(foldedWords('東京会談')).toEqual(['東', '京', '会', '談']);
  expect(foldedWords('NATO東京2016')).toEqual(['nato', '東', '京', '2016']);
  expect(foldedWords('กรุงเทพ').length).toBeGreaterThan(3);
});

test('numbers are words', () => {
  expect(foldedWords('83 of 300,000')).toEqual(['83', 'of', '300', '000']);
});

test('an article is dropped wherever it stands, but not when it is all there is', () => {
  expect(foldedWords('al')).toEqual(['al']);
  expect(foldedWords('Deir al')).toEqual(['deir']);
  expect(foldedWords('al Deir')).toEqual(['deir']);
});

test('a genitive is dropped, a hamza within a short name is not', () => {
  expect(foldedWords('Iran’s')).toEqual(['iran']);
  expect(foldedWords("Ra's al-Ayn")).toEqual(['ras', 'ayn']);
});

test('what only begins like an article is a word', () => {
  expect(foldedWords('Aleppo Eldar Alan')).toEqual(['aleppo', 'eldar', 'alan']);
  expect(foldedWords('ال')).toEqual(['ال']);
});

test('folded words stay as they are when they are folded again, save articles', () => {
  for (const [, [spelling = '']] of SAME) {
    const once = foldedWords(spelling);
    expect(foldedWords(once.join(' '))).toEqual(once);
  }
});

test.each(['a', 'al ', 'é', 'ﷺ', '東', 'a東', "'", 'e\u0300\u0301', '\ud800', '👩‍👩‍👧'])(
  '100 kB of "%s" are folded quickly',
  (part) => {
    const started = performance.now();
    foldedWords(part.repeat(100_000 / part.length));
    expect(performance.now() - started).toBeLessThan(1000);
  },
);
