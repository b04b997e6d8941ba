import type { Actor, Claim, Event, Place } from '../../event.ts';
import { DraftBuilder, RowFault, type Draft } from '../draft.ts';
import { countryCode, given, readDate, readDeaths, readPosition, type Values } from '../values.ts';
import { tableFormat } from './table.ts';

const CATEGORIES: Record<string, string> = {
  1: 'State-based conflict',
  2: 'Non-state conflict',
  3: 'One-sided violence',
};

/** How exactly a place is known, by `where_prec`; the radii are ours: the codebook names kinds of areas and no sizes. */
const PLACES: Record<string, Pick<Place, 'precision' | 'radiusKm'>> = {
  1: { precision: 'SETTLEMENT', radiusKm: null },
  2: { precision: 'REGION', radiusKm: 25 },
  3: { precision: 'REGION', radiusKm: 40 },
  4: { precision: 'REGION', radiusKm: 100 },
  5: { precision: 'REGION', radiusKm: 50 },
  6: { precision: 'COUNTRY', radiusKm: null },
  7: { precision: 'REGION', radiusKm: 100 },
};

const TOLLS = { best: 'best estimate', low: 'low estimate', high: 'high estimate' } as const;

/** UCDP Georeferenced Event Dataset (ucdp.uu.se), by its codebook 19.1 and later. */
export const ucdp = tableFormat({
  name: 'ucdp',
  title: 'UCDP Georeferenced Event Dataset',
  columns: ['type_of_violence', 'where_prec', 'date_prec', 'date_start', 'side_a', 'best'],
  draft: draftOf,
});

function draftOf(values: Values): Draft {
  const number = given(values['id']);
  if (number === null) throw new RowFault('id', '', 'an event without an id');
  const id = `ucdp-${number}`;
  const builder = new DraftBuilder();
  const [sideA, sideB] = [given(values['side_a']), given(values['side_b'])];
  const place = placeOf(values, builder);
  const where = given(values['where_coordinates']);
  const between = given(values['dyad_name']) ?? [sideA, sideB].filter(Boolean).join(' - ');
  const participants = [sideA, sideB].filter((side) => side !== null);
  return builder.draft({
    id,
    title: [between, where].filter(Boolean).join(': '),
    summary: null,
    category: builder.category(CATEGORIES[values['type_of_violence'] ?? ''] ?? 'Violence'),
    status: 'OCCURRED',
    when: whenOf(values),
    placements: place === null ? [] : [{ place, role: 'VENUE' }],
    participants: participants.map((name) => ({ actor: builder.actor(name, kindOf(name)), role: null })),
    claims: claimsOf(id, values, builder),
    relations: [],
  });
}

/** Past `date_prec` 1 the event lies somewhere between its dates; with 1 it lasted from one to the other. */
function whenOf(values: Values): Event['when'] {
  const [start, end] = [
    readDate('date_start', given(values['date_start']), null),
    readDate('date_end', given(values['date_end']), null),
  ];
  const [first, last] = [start.edtf, end.edtf === '' ? start.edtf : end.edtf];
  if (first === last) return start;
  if (first > last) throw new RowFault('date_end', last, 'an end before the start');
  const edtf = values['date_prec'] === '1' ? `${first}/${last}` : `[${first}..${last}]`;
  return { edtf, from: start.from, to: end.to, precision: 'INTERVAL' };
}

function placeOf(values: Values, builder: DraftBuilder): string | null {
  const position = readPosition(values, ['latitude', 'longitude']);
  if (position === null) return null;
  const known = PLACES[values['where_prec'] ?? ''] ?? { precision: 'REGION', radiusKm: 50 };
  const name =
    given(values['where_coordinates']) ?? given(values['adm_2']) ?? given(values['adm_1']) ?? 'unnamed place';
  return builder.place({ name, position, country: countryCode(given(values['country'])), ...known });
}

const kindOf = (name: string): Actor['kind'] => {
  if (name.startsWith('Government of ')) return 'STATE';
  return name === 'Civilians' ? 'ORGANISATION' : 'ARMED_GROUP';
};

/** What the dataset estimates, and what each article that it rests on is headed. */
function claimsOf(id: string, values: Values, builder: DraftBuilder): Claim[] {
  const claims: Claim[] = [];
  const add = (claim: Omit<Parameters<DraftBuilder['claim']>[2], 'id' | 'event'>): void => {
    claims.push(builder.claim(id, claims.length + 1, claim));
  };
  const dataset = builder.source({
    id: 'source-ucdp-ged',
    title: 'Georeferenced Event Dataset',
    publisher: 'Uppsala Conflict Data Program',
    url: 'https://ucdp.uu.se/',
  });
  for (const [column, estimate] of Object.entries(TOLLS)) {
    const deaths = readDeaths(column, values);
    if (deaths === null) continue;
    const statement = `Deaths, ${estimate}: ${deaths}.`;
    const question = `deaths, ${estimate}`;
    add({
      aspect: 'TOLL',
      question,
      value: deaths,
      statement,
      source: dataset,
      locator: `id ${values['id']}`,
    });
  }
  for (const { publisher, date, headline } of articlesOf(values['source_article'] ?? '')) {
    const source = builder.source({ title: headline, publisher, publishedOn: date });
    add({ aspect: 'OTHER', statement: headline, source });
  }
  return claims;
}

/** Articles stand in quotes, with a semicolon between them: "publisher,date,headline". */
function articlesOf(text: string): { publisher: string | null; date: string | null; headline: string }[] {
  return [...text.matchAll(/"([^"]+)"/g)].flatMap(([, article = '']) => {
    const [, publisher = '', date = '', headline = ''] =
      /^(.*?),\s*(\d{4}-\d{2}-\d{2})\s*,\s*(.*)$/s.exec(article.trim()) ?? [];
    const text = (headline || article).replaceAll(/\s+/g, ' ').trim();
    return text === '' ? [] : [{ publisher: given(publisher), date: given(date), headline: text }];
  });
}
