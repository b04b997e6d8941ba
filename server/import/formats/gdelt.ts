import type { Actor, Event, Place } from '../../event.ts';
import { InputError } from '../../input-error.ts';
import { named, readRows } from '../delimited.ts';
import { DraftBuilder, RowFault, type Draft } from '../draft.ts';
import type { Format, Head } from '../format.ts';
import { countryCode, given, readDate, readPosition, valuesBy, type Values } from '../values.ts';
import { FIPS } from './fips.ts';
import { outcomeOf } from './table.ts';

/** What follows each other in the columns of GDELT 2.0; 1.0 has no second-level districts, and at first had no address. */
const ACTOR = [
  ...['Code', 'Name', 'CountryCode', 'KnownGroupCode', 'EthnicCode', 'Religion1Code', 'Religion2Code'],
  ...['Type1Code', 'Type2Code', 'Type3Code'],
];
const PLACE = ['Type', 'FullName', 'CountryCode', 'ADM1Code', 'ADM2Code', 'Lat', 'Long', 'FeatureID'];
const COLUMNS_2 = [
  ...['GLOBALEVENTID', 'SQLDATE', 'MonthYear', 'Year', 'FractionDate'],
  ...['Actor1', 'Actor2'].flatMap((side) => ACTOR.map((column) => side + column)),
  ...['IsRootEvent', 'EventCode', 'EventBaseCode', 'EventRootCode', 'QuadClass', 'GoldsteinScale'],
  ...['NumMentions', 'NumSources', 'NumArticles', 'AvgTone'],
  ...['Actor1Geo_', 'Actor2Geo_', 'ActionGeo_'].flatMap((which) => PLACE.map((column) => which + column)),
  ...['DATEADDED', 'SOURCEURL'],
];
const COLUMNS_1 = COLUMNS_2.filter((column) => !column.endsWith('ADM2Code'));

/** The columns of a row, by how many it has. */
const LAYOUTS = new Map(
  [COLUMNS_2, COLUMNS_1, COLUMNS_1.slice(0, -1)].map((names) => [
    names.length,
    { names, valuesOf: valuesBy(names) },
  ]),
);

/** The twenty kinds of CAMEO (eventdata.parusanalytics.com/data.dir/cameo.html), by EventRootCode. */
const KINDS = [
  ...['Make public statement', 'Appeal', 'Express intent to cooperate', 'Consult'],
  ...['Engage in diplomatic cooperation', 'Engage in material cooperation', 'Provide aid', 'Yield'],
  ...['Investigate', 'Demand', 'Disapprove', 'Reject', 'Threaten', 'Protest', 'Exhibit force posture'],
  ...['Reduce relations', 'Coerce', 'Assault', 'Fight', 'Use unconventional mass violence'],
];

/** How exactly a place is known, by `ActionGeo_Type`; the radius is ours. */
const PLACES: Record<string, Pick<Place, 'precision' | 'radiusKm'>> = {
  1: { precision: 'COUNTRY', radiusKm: null },
  2: { precision: 'REGION', radiusKm: 150 },
  3: { precision: 'SETTLEMENT', radiusKm: null },
  4: { precision: 'SETTLEMENT', radiusKm: null },
  5: { precision: 'REGION', radiusKm: 150 },
};

/** GDELT 1.0 and 2.0 event tables (gdeltproject.org), which have no header: one row per event that a program read in an article. */
export const gdelt: Format = {
  name: 'gdelt',
  title: 'GDELT events',
  recognise: (head) => (isHeaded(head) || isBare(head) ? 1 : 0),
  async *read(head, { onRead }) {
    const { input, layout } = head;
    if (layout === null)
      throw new InputError(`${input.name} is no table of GDELT: its lines have no columns.`);
    const header = isHeaded(head) ? layout.header : null;
    for await (const rows of readRows(input, layout, onRead))
      yield rows.map((row) => {
        const { cells, line } = row;
        const known = header === null ? LAYOUTS.get(cells.length) : { names: header, valuesOf: null };
        return outcomeOf(
          () => named(row, known?.names ?? []),
          line,
          () => {
            if (known === undefined)
              throw new RowFault(null, cells[0] ?? '', `${cells.length} columns, and not 57, 58 or 61`);
            return draftOf(known.valuesOf?.(cells) ?? row.values);
          },
        );
      });
  },
};

/** With the names of its columns, as rows that were set aside are written. */
const isHeaded = ({ layout }: Head): boolean =>
  ['GLOBALEVENTID', 'SQLDATE', 'ActionGeo_Lat'].every((column) => layout?.header?.includes(column));

/** Without: two numbers of which the second is a day, and as many columns as GDELT has. */
function isBare({ layout, text }: Head): boolean {
  if (layout?.delimiter !== '\t' || layout.header !== null) return false;
  const cells = text.slice(0, text.indexOf('\n') >>> 0).split('\t');
  return LAYOUTS.has(cells.length) && /^\d+\t(?:1[89]|20)\d{6}\t\d{6}\t/.test(text);
}

function draftOf(values: Values): Draft {
  const number = given(values['GLOBALEVENTID']);
  if (number === null) throw new RowFault('GLOBALEVENTID', '', 'an event without an id');
  const id = `gdelt-${number}`;
  const builder = new DraftBuilder();
  const kind = KINDS[Number(values['EventRootCode']) - 1] ?? 'Event';
  const [from, to] = [given(values['Actor1Name']), given(values['Actor2Name'])];
  const title = [kind, [from, to].filter(Boolean).join(' → ')].filter(Boolean).join(': ');
  const place = placeOf(values, builder);
  const url = given(values['SOURCEURL']);
  const claims = url === null ? [] : [claimOf(id, title, url, builder)];
  return builder.draft({
    id,
    title,
    summary: null,
    category: builder.category(kind),
    status: 'OCCURRED',
    when: readDate('SQLDATE', given(values['SQLDATE']), null),
    placements: place === null ? [] : [{ place, role: 'VENUE' }],
    participants: participantsOf(values, builder),
    claims,
    relations: [],
  });
}

function placeOf(values: Values, builder: DraftBuilder): string | null {
  const position = readPosition(values, ['ActionGeo_Lat', 'ActionGeo_Long']);
  if (position === null) return null;
  const known = PLACES[values['ActionGeo_Type'] ?? ''] ?? { precision: 'REGION', radiusKm: 150 };
  const country = FIPS.get(values['ActionGeo_CountryCode'] ?? '') ?? null;
  return builder.place({
    name: given(values['ActionGeo_FullName']) ?? 'unnamed place',
    position,
    country,
    ...known,
  });
}

/** The article, of which no headline is known, and its site. Some addresses are names of agencies. */
function claimOf(id: string, title: string, address: string, builder: DraftBuilder): Event['claims'][number] {
  const url = /^https?:\/\//i.test(address) && URL.canParse(address) ? address : null;
  const publisher = url === null ? address : new URL(url).hostname.replace(/^www\./, '');
  const source = builder.source({ title: address, publisher, url });
  return builder.claim(id, 1, { aspect: 'OTHER', statement: title, source });
}

function participantsOf(values: Values, builder: DraftBuilder): Event['participants'] {
  const actors = ['Actor1', 'Actor2'].flatMap((side) => {
    const name = given(values[`${side}Name`]);
    return name === null ? [] : [builder.actor(name, kindOf(name, values[`${side}Type1Code`]))];
  });
  return [...new Set(actors)].map((actor) => ({ actor, role: null }));
}

/** Rebels, separatists, insurgents and other armed forces have codes of their own; states are known by their names. */
function kindOf(name: string, type: string | undefined): Actor['kind'] {
  if (/^(?:REB|SEP|INS|UAF|RAD)$/.test(type ?? '')) return 'ARMED_GROUP';
  return countryCode(name) === null ? 'ORGANISATION' : 'STATE';
}
