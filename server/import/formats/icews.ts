import type { Actor, Event, Place } from '../../event.ts';
import { DraftBuilder, RowFault, type Draft } from '../draft.ts';
import { countryCode, given, readDate, readPosition, type Values } from '../values.ts';
import { tableFormat } from './table.ts';

/** What names a place, the finest first; the radii are ours. */
const PLACES: readonly [column: string, known: Pick<Place, 'precision' | 'radiusKm'>][] = [
  ['City', { precision: 'SETTLEMENT', radiusKm: null }],
  ['District', { precision: 'REGION', radiusKm: 40 }],
  ['Province', { precision: 'REGION', radiusKm: 100 }],
  ['Country', { precision: 'COUNTRY', radiusKm: null }],
];

/** ICEWS Coded Event Data (doi.org/10.7910/DVN/28075): who did what to whom, as a program read it in a sentence. */
export const icews = tableFormat({
  name: 'icews',
  title: 'ICEWS Coded Event Data',
  columns: ['Event ID', 'Event Date', 'Source Name', 'Target Name', 'CAMEO Code', 'Story ID'],
  draft: draftOf,
});

function draftOf(values: Values): Draft {
  const number = given(values['Event ID']);
  if (number === null) throw new RowFault('Event ID', '', 'an event without an id');
  const id = `icews-${number}`;
  const builder = new DraftBuilder();
  const [from, to] = [given(values['Source Name']), given(values['Target Name'])];
  const what = given(values['Event Text']) ?? 'Event';
  const title = `${what}: ${[from, to].filter(Boolean).join(' → ')}`.replace(/: $/, '');
  const place = placeOf(values, builder);
  const publisher = given(values['Publisher']);
  const [story, sentence] = [given(values['Story ID']), given(values['Sentence Number'])];
  const claims = publisher && [
    builder.claim(id, 1, {
      ...{ aspect: 'OTHER', statement: title, source: builder.source({ title: publisher, publisher }) },
      locator:
        [story && `story ${story}`, sentence && `sentence ${sentence}`].filter(Boolean).join(', ') || null,
    }),
  ];
  return builder.draft({
    id,
    title,
    summary: null,
    category: builder.category(what),
    status: 'OCCURRED',
    when: readDate('Event Date', given(values['Event Date']), null),
    placements: place === null ? [] : [{ place, role: 'VENUE' }],
    participants: participantsOf(values, builder),
    claims: claims || [],
    relations: [],
  });
}

function placeOf(values: Values, builder: DraftBuilder): string | null {
  const position = readPosition(values, ['Latitude', 'Longitude']);
  if (position === null) return null;
  const [column, known] = PLACES.find(([name]) => given(values[name]) !== null) ?? [];
  return builder.place({
    name: (column && given(values[column])) ?? 'unnamed place',
    position,
    country: countryCode(given(values['Country'])),
    ...(known ?? { precision: 'REGION', radiusKm: 100 }),
  });
}

/** Both sides, each in the sectors that it is of. */
function participantsOf(values: Values, builder: DraftBuilder): Event['participants'] {
  const found = new Map<string, Event['participants'][number]>();
  for (const side of ['Source', 'Target']) {
    const [name, sectors] = [given(values[`${side} Name`]), given(values[`${side} Sectors`])];
    if (name === null) continue;
    const actor = builder.actor(name, kindOf(name, sectors));
    if (!found.has(actor)) found.set(actor, { actor, role: sectors?.replaceAll(/,\s*/g, ', ') ?? null });
  }
  return [...found.values()];
}

function kindOf(name: string, sectors: string | null): Actor['kind'] {
  if (countryCode(name) !== null) return 'STATE';
  return /insurgent|rebel|separatist|radicals|organized violent/i.test(sectors ?? '')
    ? 'ARMED_GROUP'
    : 'ORGANISATION';
}
