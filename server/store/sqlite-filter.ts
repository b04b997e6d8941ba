import type { EventFilter } from '../filter.ts';
import { lngRanges } from '../geo.ts';

/** A piece of SQL with the values of its question marks, in order. */
export interface Sql {
  text: string;
  values: (string | number)[];
}

/** Which events match, as a condition on `event e`. The same meaning as `matches`. */
export function eventCondition(filter: EventFilter): Sql {
  const conditions: Sql[] = [];
  const placed = placementCondition(filter);
  if (placed)
    conditions.push({
      text: `EXISTS (SELECT 1 FROM placement p JOIN place l ON l.key = p.place WHERE p.event = e.key AND ${placed.text})`,
      values: placed.values,
    });
  if (filter.during) {
    const { from, to, match } = filter.during;
    conditions.push({ text: '(e.starts IS NOT NULL OR e.ends IS NOT NULL)', values: [] });
    if (match === 'POSSIBLY') {
      if (to !== null) conditions.push({ text: '(e.starts IS NULL OR e.starts < ?)', values: [to] });
      if (from !== null) conditions.push({ text: '(e.ends IS NULL OR e.ends > ?)', values: [from] });
    } else {
      if (from !== null) conditions.push({ text: 'e.starts >= ?', values: [from] });
      if (to !== null) conditions.push({ text: 'e.ends <= ?', values: [to] });
    }
  }
  if (filter.categories) conditions.push(isAmong('e.category', keysOf('category'), filter.categories));
  if (filter.actors)
    conditions.push(
      isAmong('e.key', `SELECT event FROM participant WHERE actor IN (${keysOf('actor')})`, filter.actors),
    );
  if (filter.sources)
    conditions.push(
      isAmong('e.key', `SELECT event FROM claim WHERE source IN (${keysOf('source')})`, filter.sources),
    );
  if (filter.statuses) conditions.push(isAmong('e.status', VALUES, filter.statuses));
  if (filter.corroboration) conditions.push(isAmong('e.corroboration', VALUES, filter.corroboration));
  if (filter.words && filter.words.length > 0)
    conditions.push({
      text: 'e.key IN (SELECT rowid FROM event_text WHERE event_text MATCH ?)',
      values: [filter.words.map(prefixQuery).join(' AND ')],
    });
  return allOf(conditions);
}

/** What the filter asks of one placement, as a condition on `placement p` and `place l`; undefined when nothing. */
export function placementCondition({ box, places, roles }: EventFilter): Sql | undefined {
  if (!box && !places && !roles) return undefined;
  const conditions: Sql[] = [];
  if (box) {
    const ranges = lngRanges(box);
    conditions.push({ text: 'l.lat BETWEEN ? AND ?', values: [box[1], box[3]] });
    conditions.push({
      text: `(${ranges.map(() => 'l.lng BETWEEN ? AND ?').join(' OR ')})`,
      values: ranges.flat(),
    });
  }
  if (places) conditions.push(isAmong('p.place', keysOf('place'), places));
  if (roles) conditions.push(isAmong('p.role', VALUES, roles));
  return allOf(conditions);
}

/** How many of the words begin a word of the title, as an expression on `event e`. The same meaning as `relevance`. */
export function relevanceOf(words: readonly string[]): Sql {
  return {
    text: [
      '0',
      ...words.map(() => '(e.key IN (SELECT rowid FROM event_text WHERE event_text MATCH ?))'),
    ].join(' + '),
    values: words.map((word) => `title : ${prefixQuery(word)}`),
  };
}

/** Folded words are letters and digits only, so that quoting them is all the escaping there is to do. */
const prefixQuery = (word: string): string => `"${word}"*`;

const VALUES = 'SELECT value FROM json_each(?)';
const keysOf = (table: string): string => `SELECT key FROM ${table} WHERE id IN (${VALUES})`;

const isAmong = (column: string, set: string, wanted: readonly string[]): Sql => ({
  text: `${column} IN (${set})`,
  values: [JSON.stringify(wanted)],
});

const allOf = (conditions: Sql[]): Sql => ({
  text: conditions.map(({ text }) => text).join(' AND ') || 'TRUE',
  values: conditions.flatMap(({ values }) => values),
});
