/** Citations of what the atlas holds, in the formats that reference managers read. */
import { writeAddress, type Selection } from './address.ts';
import { NO_FILTER } from './filter.ts';
import type { Words } from './words.ts';

/** What is cited: an event, as the atlas tells it, or a source. */
export type Cited = { id: string; title: string; language: string | null } & (
  | {
      kind: 'event';
      /** When it was, in EDTF and in English words. */
      when: { edtf: string; label: string };
      atlas: { title: string; version: string };
      url: string;
    }
  | { kind: 'source'; publisher: string | null; publishedOn: string | null; url: string | null }
);

/** A date of CSL-JSON: one date or the two ends of a span, or else words. */
export interface CslDate {
  'date-parts'?: number[][];
  season?: number;
  circa?: true;
  literal?: string;
}

/** The formats, each with what it is called. */
export const FORMATS = ['text', 'bibtex', 'csl'] as const;
export type Format = (typeof FORMATS)[number];

/** The address at which something is found by itself, whatever the reader has filtered or moved. */
export function permalink(origin: string, selection: Selection): string {
  return `${origin}/${writeAddress({ selection, filter: NO_FILTER, view: null, time: null, language: null })}`;
}

/** A citation to be pasted, in one of the formats; the plain text in the reader's language. */
export function cite(cited: Cited, format: Format, words: Words): string {
  if (format === 'bibtex') return bibtex(cited);
  if (format === 'text') return plainText(cited, words);
  const members = Object.entries(cslJson(cited)).map(
    (member) => `  ${member.map((part) => JSON.stringify(part)).join(': ')}`,
  );
  return `[{\n${members.join(',\n')}\n}]`;
}

/** One line of prose. The address stands bare at its end, so that it can be followed wherever the line is pasted. */
export function plainText(cited: Cited, words: Words): string {
  const { title } = cited;
  const text =
    cited.kind === 'event'
      ? words.say('cite.event', {
          ...{ title, date: words.when(cited.when) },
          ...{ atlas: cited.atlas.title, version: cited.atlas.version },
        })
      : words.say('cite.source', { title, source: words.cited(cited) });
  return cited.url === null ? text : `${text} ${cited.url}`;
}

/**
 * An entry of BibTeX. Letters of all scripts stay as they are, which BibTeX's successor biber reads, and which every
 * reference manager does. The title is in two pairs of braces, so that no style changes its capitals.
 */
export function bibtex(cited: Cited): string {
  const { title, language, url } = cited;
  const fields =
    cited.kind === 'event'
      ? {
          howpublished: escapeTex(`${cited.atlas.title}, version ${cited.atlas.version}`),
          note: cited.when.edtf === '' ? null : escapeTex(`Event: ${cited.when.label}`),
        }
      : {
          journal: cited.publisher === null ? null : escapeTex(cited.publisher),
          ...yearAndMonth(cited.publishedOn),
        };
  const isArticle = cited.kind === 'source' && cited.publisher !== null;
  const entries = Object.entries({
    title: `{${escapeTex(title)}}`,
    ...fields,
    url: url === null ? null : url.replace(/[{}\\\s]/g, encodeURIComponent),
    language: language === null ? null : escapeTex(language),
  }).flatMap(([name, value]) => (value === null ? [] : [`  ${name} = {${value}}`]));
  return `@${isArticle ? 'article' : 'misc'}{${keyOf(cited)},\n${entries.join(',\n')}\n}`;
}

/** A key that no program stumbles over. */
const keyOf = ({ kind, id }: Cited): string =>
  id.replace(/[^A-Za-z0-9.:_-]+/g, '-').replace(/^-+|-+$/g, '') || kind;

const TEX: Record<string, string> = {
  '\\': '\\textbackslash{}',
  // BibTeX counts braces, and takes one behind a backslash for any other.
  '{': '\\textbraceleft{}',
  '}': '\\textbraceright{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
};

/** Text as TeX writes it, on one line. */
function escapeTex(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\{}~^#$%&_]/g, (sign) => TEX[sign] ?? `\\${sign}`);
}

/** Classic BibTeX has no other dates; those that are not one month of one year are told by their year, if it is one. */
function yearAndMonth(edtf: string | null): { year: string | null; month: string | null } {
  const [from, to] = readDate(edtf ?? '')?.['date-parts'] ?? [];
  if (!from || (to && to[0] !== from[0])) return { year: null, month: null };
  const month = to && to[1] !== from[1] ? undefined : from[1];
  return { year: String(from[0]), month: month === undefined ? null : String(month) };
}

/**
 * An item of CSL-JSON (citationstyles.org, version 1.0.2). What an event's date tells is no date of publication; nor is it known
 * when anybody looked at the page.
 */
export function cslJson(cited: Cited): Record<string, unknown> {
  const { id, title, language, url } = cited;
  const own =
    cited.kind === 'event'
      ? {
          type: 'webpage',
          title,
          'container-title': cited.atlas.title,
          version: cited.atlas.version,
          'event-date': cited.when.edtf === '' ? null : cslDate(cited.when.edtf, cited.when.label),
        }
      : {
          type: 'article-newspaper',
          title,
          'container-title': cited.publisher,
          issued: cited.publishedOn === null ? null : cslDate(cited.publishedOn, cited.publishedOn),
        };
  const item = { id, ...own, language, URL: url };
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== null));
}

const cslDate = (edtf: string, label: string): CslDate => readDate(edtf) ?? { literal: label };

/** A date, a span or a set of two dates in EDTF (ISO 8601-2), as CSL has them; null for what is none of these. */
function readDate(edtf: string): CslDate | null {
  const ends = /^\[?([^/,[\]]+?)(?:\/|\.\.)([^/,[\]]+)\]?$/.exec(edtf);
  const dates = (ends ? ends.slice(1) : [edtf]).map(readMoment);
  if (!dates.every((date) => date !== null)) return null;
  const season = ends ? undefined : dates[0]?.season;
  // The ends of a span have no seasons in CSL.
  if (season === undefined && dates.some((date) => date.season !== undefined)) return null;
  return {
    'date-parts': dates.map(({ parts }) => parts),
    ...(season !== undefined && { season }),
    ...(dates.some(({ isAbout }) => isAbout) && { circa: true }),
  };
}

function readMoment(text: string): { parts: number[]; season?: number; isAbout: boolean } | null {
  const [, date = '', sign] =
    /^(\d{4}(?:-\d\d(?:-\d\d(?:T.+?)?)?)?)([~?%]?)$/.exec(text.replace(/(-XX)+(?=[~?%]?$)/, '')) ?? [];
  if (date === '') return null;
  const [year = 0, month, day] = date.replace(/T.*/, '').split('-').map(Number);
  const isAbout = sign !== '';
  if (month !== undefined && month > 12)
    return month > 20 && month < 25 ? { parts: [year], season: month - 20, isAbout } : null;
  return { parts: [year, month, day].filter((part) => part !== undefined), isAbout };
}
