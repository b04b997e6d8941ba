import { expect, test } from 'vitest';
import { bibtex, cite, cslJson, FORMATS, permalink, plainText, type Cited } from '../web/cite.ts';
import { readAddress } from '../web/address.ts';
import { readTranslation } from '../web/languages.ts';
import { Words } from '../web/words.ts';
import { Chance } from './random.ts';

const english = new Words('en', await readTranslation('en'));
const arabic = new Words('ar', await readTranslation('ar'));

const MEETING: Extract<Cited, { kind: 'event' }> = {
  ...{ kind: 'event', id: 'lausanne-meeting', title: 'Meeting on Syria in Lausanne', language: 'en' },
  when: { edtf: '2016-10-15', label: '15 October 2016' },
  atlas: { title: 'Syria diplomacy, 2016-17', version: '1.0.0-abc' },
  url: 'https://atlas.example/?event=lausanne-meeting',
};
const ARTICLE: Extract<Cited, { kind: 'source' }> = {
  ...{ kind: 'source', id: 'tasnim-2016-05-10', title: 'FMs Confer & Agree: 100%', language: 'en' },
  ...{ publisher: 'Tasnim', publishedOn: '2016-05-10~', url: null },
};

test('an event is cited in plain text, in the reader’s words, with its date, the atlas, its version and a link', () => {
  expect(plainText(MEETING, english)).toBe(
    '“Meeting on Syria in Lausanne” (15 October 2016). Syria diplomacy, 2016-17, version 1.0.0-abc. https://atlas.example/?event=lausanne-meeting',
  );
  const text = plainText(MEETING, arabic);
  expect(text).toContain('15 أكتوبر 2016');
  expect(text.split(' ').at(-1)).toBe(MEETING.url);
});

test('a source is cited in plain text by publisher, date and headline, and without a link where it has none', () => {
  expect(plainText(ARTICLE, english)).toBe('“FMs Confer & Agree: 100%.” Tasnim, about 10 May 2016.');
  expect(
    plainText({ ...ARTICLE, publisher: null, publishedOn: null, url: 'https://a.example/' }, english),
  ).toBe('“FMs Confer & Agree: 100%.” Unnamed publisher. https://a.example/');
});

test('an event in BibTeX', () => {
  expect(bibtex(MEETING)).toBe(`@misc{lausanne-meeting,
  title = {{Meeting on Syria in Lausanne}},
  howpublished = {Syria diplomacy, 2016-17, version 1.0.0-abc},
  note = {Event: 15 October 2016},
  url = {https://atlas.example/?event=lausanne-meeting},
  language = {en}
}`);
});

test('a source in BibTeX is an article of its publisher; what is not known is left out', () => {
  expect(bibtex(ARTICLE)).toBe(`@article{tasnim-2016-05-10,
  title = {{FMs Confer \\& Agree: 100\\%}},
  journal = {Tasnim},
  year = {2016},
  month = {5},
  language = {en}
}`);
  expect(bibtex({ ...ARTICLE, publisher: null, publishedOn: null, language: null })).toBe(
    '@misc{tasnim-2016-05-10,\n  title = {{FMs Confer \\& Agree: 100\\%}}\n}',
  );
});

test.each([
  ['2016-05-10', '2016', '5'],
  ['2016-09-12/2016-09-26', '2016', '9'],
  ['2016-09~/2016-10-07~', '2016', undefined],
  ['2016-12/2017-01', undefined, undefined],
  ['2016', '2016', undefined],
  ['2016-21', '2016', undefined],
  ['2011-03/..', undefined, undefined],
])('of the date %s BibTeX is told year %s and month %s', (publishedOn, year, month) => {
  const { fields } = parseBibtex(bibtex({ ...ARTICLE, publishedOn }));
  expect([fields['year'], fields['month']]).toEqual([year, month]);
});

const SIGNS = [...'\\{}{}~^#$%&_"\'@=,;()<>|`/ aZéßİı—’«»', 'حلب', 'Москва', '東京', '🕊', '\n', '\t'];

test.each([1, 2, 3, 4])('what BibTeX is given can be read out of it again, seed %i', (seed) => {
  const chance = new Chance(seed);
  const text = (): string => Array.from({ length: chance.whole(1, 12) }, () => chance.one(SIGNS)).join('');
  const onOneLine = (written: string): string => written.replace(/\s+/g, ' ').trim();
  for (let round = 0; round < 300; round++) {
    const [id, title, publisher] = [text(), text(), text()];
    const { type, key, fields } = parseBibtex(
      bibtex({ ...ARTICLE, id, title, publisher, url: `https://a.example/?q=${text()}` }),
    );
    expect(type).toBe('article');
    expect(key).toMatch(/^[A-Za-z0-9.:_-]+$/);
    expect(unescaped(fields['title']?.slice(1, -1))).toBe(onOneLine(title));
    expect(unescaped(fields['journal'])).toBe(onOneLine(publisher));
    expect(fields['url']).toMatch(/^https:\/\/a\.example\/\?q=[^{}\\\s]*$/);
  }
});

/** Reads an entry as BibTeX does: by its braces, whatever stands before them. */
function parseBibtex(entry: string): { type: string; key: string; fields: Record<string, string> } {
  const [head = '', type = '', key = ''] = /^@(\w+)\{([^,]*),\n/.exec(entry) ?? [];
  const fields: Record<string, string> = {};
  let at = head.length;
  for (;;) {
    const [start, name] = /^\s*(\w+) = \{/.exec(entry.slice(at)) ?? [];
    if (start === undefined || name === undefined) break;
    at += start.length;
    const from = at;
    for (let depth = 1; depth > 0; at++) {
      if (at >= entry.length) throw new Error(`a brace is never closed: ${entry}`);
      depth += entry[at] === '{' ? 1 : entry[at] === '}' ? -1 : 0;
    }
    fields[name] = entry.slice(from, at - 1);
    if (entry[at] === ',') at += 1;
  }
  expect(entry.slice(at)).toBe('\n}');
  return { type, key, fields };
}

/** What TeX would set. */
function unescaped(tex = ''): string {
  const named: Record<string, string> = {
    ...{ textbackslash: '\\', textbraceleft: '{', textbraceright: '}' },
    ...{ textasciitilde: '~', textasciicircum: '^' },
  };
  expect(tex.replace(/\\[a-z]+\{\}|\\[#$%&_]/g, '')).not.toMatch(/[\\{}~^#$%&_]/);
  return tex.replace(/\\(?:([a-z]+)\{\}|(.))/g, (_, name: string, sign: string) => sign ?? named[name]);
}

test('an event in CSL-JSON has a date of its own, and none of publication or access', () => {
  expect(cslJson(MEETING)).toEqual({
    ...{ id: 'lausanne-meeting', type: 'webpage', title: 'Meeting on Syria in Lausanne', language: 'en' },
    ...{ 'container-title': 'Syria diplomacy, 2016-17', version: '1.0.0-abc' },
    ...{ 'event-date': { 'date-parts': [[2016, 10, 15]] }, URL: MEETING.url },
  });
  expect(cslJson({ ...MEETING, when: { edtf: '', label: 'undated' } })).not.toHaveProperty('event-date');
});

test('a source in CSL-JSON; what is not known is left out', () => {
  expect(cslJson(ARTICLE)).toEqual({
    ...{ id: 'tasnim-2016-05-10', type: 'article-newspaper', title: 'FMs Confer & Agree: 100%' },
    ...{ 'container-title': 'Tasnim', language: 'en' },
    issued: { 'date-parts': [[2016, 5, 10]], circa: true },
  });
  expect(cslJson({ ...ARTICLE, publisher: null, publishedOn: null, language: null })).toEqual({
    ...{ id: 'tasnim-2016-05-10', type: 'article-newspaper', title: 'FMs Confer & Agree: 100%' },
  });
});

test.each<[string, unknown]>([
  ['2016', { 'date-parts': [[2016]] }],
  ['2016-09?', { 'date-parts': [[2016, 9]], circa: true }],
  ['2016-10-XX', { 'date-parts': [[2016, 10]] }],
  ['2016-21~', { 'date-parts': [[2016]], season: 1, circa: true }],
  ['2016-10-13T12:30Z', { 'date-parts': [[2016, 10, 13]] }],
  [
    '2016-09-12/2016-09-26',
    {
      'date-parts': [
        [2016, 9, 12],
        [2016, 9, 26],
      ],
    },
  ],
  [
    '[2016-10-11..2016-10-13]',
    {
      'date-parts': [
        [2016, 10, 11],
        [2016, 10, 13],
      ],
    },
  ],
  ['2016-21/2016-10', { literal: 'as it is said' }],
  ['2011-03/..', { literal: 'as it is said' }],
  ['../2016-10', { literal: 'as it is said' }],
  ['/2016-05-09', { literal: 'as it is said' }],
  ['{2016-10-12,2016-10-14}', { literal: 'as it is said' }],
  ['201X', { literal: 'as it is said' }],
  ['-0044-03-15', { literal: 'as it is said' }],
])('the date %s in CSL-JSON', (edtf, expected) => {
  expect(cslJson({ ...MEETING, when: { edtf, label: 'as it is said' } })['event-date']).toEqual(expected);
});

test('every format is written, CSL-JSON as a list', () => {
  const [text, tex, csl] = FORMATS.map((format) => cite(MEETING, format, english));
  expect(text).toBe(plainText(MEETING, english));
  expect(tex).toBe(bibtex(MEETING));
  expect(JSON.parse(String(csl))).toEqual([cslJson(MEETING)]);
});

test('a permalink opens the same thing and says nothing else, whatever its id', () => {
  for (const id of ['lausanne-meeting', 'a b&c=d', 'لوزان', '%', '{x}', '../..']) {
    const link = new URL(permalink('https://atlas.example', { kind: 'event', id }));
    expect(link.origin + link.pathname).toBe('https://atlas.example/');
    expect([...link.searchParams]).toEqual([['event', id]]);
    expect(readAddress(link.search).selection).toEqual({ kind: 'event', id });
  }
});
