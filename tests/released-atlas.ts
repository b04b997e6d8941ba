import type { Atlas, Event } from '../server/event.ts';
import type { Store } from '../server/store/store.ts';
import { readWhen } from '../server/time.ts';

const event = (id: string, title: string, more: Partial<Event>): Event => ({
  ...{ id, title, summary: null, category: 'call', status: 'OCCURRED', when: readWhen('2016-10-13') },
  ...{ placements: [], participants: [], claims: [], relations: [], ...more },
});

/** What the databases in fixtures/schema hold, with one of each kind of record and of what may be missing in it. */
export const RELEASED: Atlas = {
  ...{ id: 'released', title: 'Released', description: 'For tests', license: 'CC0-1.0', language: 'en' },
  version: '1',
  categories: [{ id: 'call', label: 'Call', names: [{ language: 'fr', name: 'Appel' }], color: '#a574d1' }],
  sources: [
    {
      ...{ id: 'wire', publisher: 'Wire', title: 'On the call', publishedOn: '2016-10-13~', language: 'en' },
      url: 'https://wire.example/1',
    },
    { id: 'note', publisher: null, title: 'A note', publishedOn: null, language: null, url: null },
  ],
  places: [
    {
      ...{ id: 'aleppo', name: 'Aleppo', names: [{ language: 'ar', name: 'حلب' }], country: 'SY' },
      ...{ position: { lng: 37.16, lat: 36.2 }, precision: 'SETTLEMENT', radiusKm: null, geonamesId: 170063 },
    },
    {
      ...{ id: 'null-island', name: 'Null Island', names: [], country: null, position: { lng: 0, lat: 0 } },
      ...{ precision: 'REGION', radiusKm: 25.5, geonamesId: null },
    },
  ],
  actors: [
    { id: 'iran', name: 'Iran', names: [], kind: 'STATE', affiliation: null },
    {
      ...{ id: 'zarif', name: 'Zarif', names: [{ language: 'fa', name: 'ظریف' }], kind: 'PERSON' },
      affiliation: 'iran',
    },
  ],
  events: [
    event('call-1', 'A call', {
      summary: 'They spoke, 8 minutes.',
      placements: [
        { place: 'null-island', role: 'VENUE' },
        { place: 'aleppo', role: 'SUBJECT' },
      ],
      participants: [{ actor: 'zarif', role: 'caller' }],
      claims: [
        {
          ...{ id: 'claim-1', event: 'call-1', aspect: 'TIME', question: 'day', value: '2016-10-13' },
          ...{ statement: 'On Thursday.', source: 'wire', locator: 'paragraph 1', attributedTo: 'an aide' },
        },
        {
          ...{ id: 'claim-2', event: 'call-1', aspect: 'TIME', question: 'day', value: '2016-10-14' },
          ...{ statement: 'On Friday.', source: 'note', locator: null, attributedTo: null },
        },
      ],
    }),
    event('call-2', 'Another call', { status: 'PLANNED', when: readWhen('2016-10~/2016-12') }),
    event('call-3', 'A call of no day', {
      when: readWhen(''),
      placements: [{ place: 'aleppo', role: 'VENUE' }],
      relations: [{ kind: 'follows', related: 'call-1' }],
    }),
  ],
};

/** Fills a new store with what the fixtures hold: the atlas, and then a change of it. */
export async function fillAsReleased(store: Store): Promise<void> {
  await store.replace(RELEASED);
  const [first] = RELEASED.events;
  if (first) await store.change({ events: [{ ...first, title: 'The first call' }], removed: ['call-2'] });
}
