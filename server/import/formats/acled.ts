import type { Actor, Claim, Event, Place } from '../../event.ts';
import { DraftBuilder, RowFault, type Draft } from '../draft.ts';
import { countryCode, given, givenList, readDate, readDeaths, readPosition, type Values } from '../values.ts';
import { tableFormat } from './table.ts';

/** How exactly a place is known, by `geo_precision`; the radii are ours: the codebook gives kinds of areas and no sizes. */
const PLACES: Record<string, Pick<Place, 'precision' | 'radiusKm'>> = {
  1: { precision: 'SETTLEMENT', radiusKm: null },
  2: { precision: 'REGION', radiusKm: 25 },
  3: { precision: 'REGION', radiusKm: 100 },
};

/** What an actor is, by `inter1` and `inter2`: the codes of until 2024 and the words since. */
const ROLES = [
  ...['State forces', 'Rebel group', 'Political militia', 'Identity militia', 'Rioters', 'Protesters'],
  ...['Civilians', 'External/Other forces'],
];

/** ACLED (acleddata.com), by its codebook of 2023, one row per event. */
export const acled = tableFormat({
  name: 'acled',
  title: 'ACLED',
  columns: ['event_id_cnty', 'event_date', 'time_precision', 'geo_precision', 'latitude', 'longitude'],
  draft: draftOf,
});

function draftOf(values: Values): Draft {
  const number = given(values['event_id_cnty']);
  if (number === null) throw new RowFault('event_id_cnty', '', 'an event without an id');
  const id = `acled-${number}`;
  const builder = new DraftBuilder();
  const [kind, finerKind] = [given(values['event_type']), given(values['sub_event_type'])];
  const actors = [given(values['actor1']), given(values['actor2'])].filter((actor) => actor !== null);
  const where = given(values['location']);
  const title = [
    [finerKind ?? kind, actors.join(' – ')].filter(Boolean).join(': '),
    ...(where === null ? [] : [where]),
  ].join(', ');
  const place = placeOf(values, where, builder);
  return builder.draft({
    id,
    title,
    summary: given(values['notes']),
    category: builder.category(kind ?? 'Event'),
    status: 'OCCURRED',
    when: whenOf(values),
    placements: place === null ? [] : [{ place, role: 'VENUE' }],
    participants: participantsOf(values, builder),
    claims: claimsOf(id, values, title, builder),
    relations: [],
  });
}

/** With `time_precision` 2 the day stands for the week around it, with 3 for its month. */
function whenOf(values: Values): Event['when'] {
  const day = readDate('event_date', given(values['event_date']), null);
  const precision = given(values['time_precision']);
  if (day.from === null || (precision !== '2' && precision !== '3')) return day;
  if (precision === '3') return readDate('event_date', day.edtf.slice(0, 7), null);
  const [first, last] = [-3, 3].map((days) =>
    new Date((day.from as number) + days * 86_400_000).toISOString().slice(0, 10),
  );
  return readDate('event_date', `[${first}..${last}]`, null);
}

function placeOf(values: Values, where: string | null, builder: DraftBuilder): string | null {
  const position = readPosition(values, ['latitude', 'longitude']);
  if (position === null) return null;
  const known = PLACES[values['geo_precision'] ?? ''] ?? { precision: 'REGION', radiusKm: 100 };
  const name = where ?? given(values['admin2']) ?? given(values['admin1']) ?? 'unnamed place';
  return builder.place({ name, position, country: countryCode(given(values['country'])), ...known });
}

/** Both sides in their roles, and those who were with them; each actor once. */
function participantsOf(values: Values, builder: DraftBuilder): Event['participants'] {
  const found = new Map<string, Event['participants'][number]>();
  for (const side of [1, 2]) {
    const code = given(values[`inter${side}`]);
    const role = code === null || code === '0' ? null : (ROLES[Number(code) - 1] ?? code);
    const main = given(values[`actor${side}`]);
    if (main !== null) {
      const actor = builder.actor(main, kindOf(role));
      if (!found.has(actor)) found.set(actor, { actor, role });
    }
    for (const name of givenList(values[`assoc_actor_${side}`])) {
      const actor = builder.actor(name);
      if (!found.has(actor)) found.set(actor, { actor, role: main && `with ${main}` });
    }
  }
  return [...found.values()];
}

function kindOf(role: string | null): Actor['kind'] {
  if (role === 'State forces') return 'STATE';
  return /rebel|militia/i.test(role ?? '') ? 'ARMED_GROUP' : 'ORGANISATION';
}

/** ACLED's own count of deaths, and each source that it names. */
function claimsOf(id: string, values: Values, title: string, builder: DraftBuilder): Claim[] {
  const claims: Claim[] = [];
  const deaths = readDeaths('fatalities', values);
  const dataset = builder.source({
    ...{ id: 'source-acled', title: 'Armed Conflict Location & Event Data', publisher: 'ACLED' },
    url: 'https://acleddata.com/',
  });
  const locator = `event ${values['event_id_cnty']}`;
  if (deaths !== null)
    claims.push(
      builder.claim(id, 1, {
        ...{ aspect: 'TOLL', question: 'deaths', value: deaths, statement: `Deaths: ${deaths}.` },
        ...{ source: dataset, locator },
      }),
    );
  for (const name of givenList(values['source'])) {
    const source = builder.source({ title: name, publisher: name });
    claims.push(
      builder.claim(id, claims.length + 1, {
        ...{ aspect: 'OTHER', statement: title, source },
      }),
    );
  }
  return claims;
}
