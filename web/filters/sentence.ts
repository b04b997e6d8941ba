import { toggled, type Filter, type ListPart } from '../filter.ts';
import { localeOf } from '../languages.ts';
import type { Words } from '../words.ts';
import { edtfOf } from './period.ts';

/** A stretch of the sentence that says what is shown. */
export interface Piece {
  text: string;
  /** Tells it from all others, as long as it is there; null where the stretch is only between parts. */
  key: string | null;
  /** What takes this part off the filter; null where the stretch is only between parts. */
  without: Partial<Filter> | null;
}

/** In the order in which they are said. */
const LISTS: readonly ListPart[] = [
  ...(['categories', 'actors', 'places', 'roles', 'sources', 'statuses', 'corroboration'] as const),
];

/** Stands for the values in a text, till they are put there as pieces of their own. */
const HERE = '\uFFFC';

/**
 * What is shown in one sentence: how many events, and each value that the filter asks for as a piece that can be taken off.
 * @param nameOf what a category, an actor, a place or a source is called
 */
export function sentenceOf(
  words: Words,
  filter: Filter,
  total: number,
  nameOf: (list: ListPart, value: string) => string,
): Piece[] {
  const count = words.count(filter.isUnplaced ? 'events' : 'eventsInView', total);
  const clauses = [
    ...LISTS.map((list) => listClause(words, filter, list, nameOf)),
    filter.isUndated
      ? [part('undated', words.say('shown.undated'), { isUndated: false })]
      : periodClause(words, filter),
    filter.isUnplaced ? [part('unplaced', words.say('shown.unplaced'), { isUnplaced: false })] : [],
    textClause(words, filter.text.trim()),
  ];
  return [
    between(count),
    ...clauses.flatMap((clause) => (clause.length > 0 ? [between(words.say('comma')), ...clause] : [])),
  ];
}

/** The sentence as it is read out. */
export const spoken = (pieces: readonly Piece[]): string => pieces.map(({ text }) => text).join('');

const part = (key: string, text: string, without: Partial<Filter>): Piece => ({ key, text, without });

const between = (text: string): Piece => ({ key: null, text, without: null });

/** With Iran, Russia or Turkey. */
function listClause(
  words: Words,
  filter: Filter,
  list: ListPart,
  nameOf: (list: ListPart, value: string) => string,
): Piece[] {
  const values: readonly string[] = filter[list];
  if (values.length === 0) return [];
  const names = values.map((value) => {
    if (list === 'roles' || list === 'statuses' || list === 'corroboration')
      return words.say(`shown.${value as Filter[typeof list][number]}`);
    const name = nameOf(list, value);
    return list === 'sources' ? words.say('quoted', { text: name }) : name;
  });
  let next = 0;
  const either = new Intl.ListFormat(localeOf(words.language), { type: 'disjunction' })
    .formatToParts(names)
    .map(({ type, value: text }) => {
      if (type === 'literal') return between(text);
      const value = values[next++] ?? '';
      return part(`${list} ${value}`, text, { [list]: toggled(values, value) });
    });
  // A category, a status and a corroboration say of themselves what they are.
  return list === 'categories' || list === 'statuses' || list === 'corroboration'
    ? either
    : within(words.say(`shown.${list}`, { names: HERE }), either);
}

/** 1–20 October 2016, surely in that time. */
function periodClause(words: Words, { from, to, isCertain }: Filter): Piece[] {
  if (from === null && to === null) return [];
  const period = part('period', words.date(edtfOf(from, to)), { from: null, to: null });
  return isCertain
    ? [period, between(words.say('comma')), part('certain', words.say('shown.certain'), { isCertain: false })]
    : [period];
}

function textClause(words: Words, text: string): Piece[] {
  if (text === '') return [];
  const quoted = part('text', words.say('quoted', { text }), { text: '' });
  return within(words.say('shown.text', { names: HERE }), [quoted]);
}

/** Puts pieces into the text that says what they are. */
function within(text: string, pieces: Piece[]): Piece[] {
  const [before = '', after = ''] = text.split(HERE);
  return [between(before), ...pieces, between(after)].filter((each) => each.text !== '');
}
