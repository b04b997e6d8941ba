import { expect, test } from 'vitest';
import { buildApp } from '../server/app.ts';
import { readSoundPackage } from '../server/import/data-package.ts';
import { BUILT_IN, TestServer, watched } from './server.ts';

const server = new TestServer();
const atlas = await readSoundPackage(BUILT_IN);

const ids = (records: { id: string }[]): string[] => records.map(({ id }) => id);

test('the atlas tells what it is and what it spans', async () => {
  const { atlas: answer } = await server.data(
    '{ atlas { id title description version license language eventCount sourceCount bounds during { from to } } }',
  );
  const { id, title, description, version } = atlas;
  expect(answer).toMatchObject({ id, title, description, version, license: 'CC-BY-4.0', language: 'en' });
  expect(answer).toMatchObject({ eventCount: atlas.events.length, sourceCount: 5 });
  expect(answer.during).toEqual({ from: '2011-03-01T00:00:00.000Z', to: expect.stringMatching(/^2017-/) });
  const [west, south, east, north] = answer.bounds;
  for (const { position } of atlas.places) {
    expect(position.lng >= west && position.lng <= east).toBe(true);
    expect(position.lat >= south && position.lat <= north).toBe(true);
  }
});

test('one event tells all that it holds', async () => {
  const expected = atlas.events.find(({ id }) => id === 'us-russia-ceasefire-2016-09');
  const { event } = await server.data(`{ event(id: "us-russia-ceasefire-2016-09") {
    id title summary category { id label color } status when { edtf from to precision label }
    placements { place { id } role } participants { actor { id } role }
    claims { id event { id } aspect question statement value source { id } locator attributedTo }
    corroboration sources { id }
  } }`);
  expect(event).toMatchObject({ id: expected?.id, title: expected?.title, summary: expected?.summary });
  expect(atlas.categories.find(({ id }) => id === 'ceasefire')).toMatchObject(event.category);
  expect(event.status).toBe('OCCURRED');
  expect(event.when).toEqual({
    ...{ edtf: '2016-09-12/2016-09-26', precision: 'INTERVAL', label: '12–26 September 2016' },
    ...{ from: '2016-09-12T00:00:00.000Z', to: '2016-09-27T00:00:00.000Z' },
  });
  expect(event.placements).toEqual(
    expected?.placements.map(({ place, role }) => ({ place: { id: place }, role })),
  );
  expect(event.participants).toEqual(
    expected?.participants.map(({ actor, role }) => ({ actor: { id: actor }, role })),
  );
  expect(event.claims).toEqual(
    expected?.claims.map((claim) => ({ ...claim, event: { id: claim.event }, source: { id: claim.source } })),
  );
  expect(event.corroboration).toBe('DISPUTED');
  expect(ids(event.sources)).toEqual([...new Set(expected?.claims.map(({ source }) => source))]);
});

test('a dispute stands with its answers, each with who gives it', async () => {
  const { event } = await server.data(`{ event(id: "us-russia-ceasefire-2016-09") {
    disputes { aspect question positions { value claims { source { id } locator } } }
  } }`);
  expect(event.disputes).toContainEqual({
    aspect: 'TIME',
    question: 'end of the truce',
    positions: [
      {
        value: '2016-09-26',
        claims: [{ source: { id: 'financial-tribune-2016-10-07' }, locator: 'paragraph 7' }],
      },
      {
        value: '2016-09-19',
        claims: [
          { source: { id: 'financial-tribune-2016-10-13' }, locator: 'paragraph 7' },
          { source: { id: 'unnamed-2016-10-13' }, locator: 'paragraph 6' },
        ],
      },
    ],
  });
});

test('claims can be asked for by aspect', async () => {
  const { event } = await server.data(
    '{ event(id: "deir-al-zor-strikes-2016-09") { claims(aspect: TOLL) { aspect } all: claims { id } } }',
  );
  expect(event.claims).toEqual([{ aspect: 'TOLL' }, { aspect: 'TOLL' }, { aspect: 'TOLL' }]);
  expect(event.all.length).toBeGreaterThan(3);
});

test('a relation is seen from both of its ends', async () => {
  const { events } = await server.data(`{ events(first: 500) { nodes {
    id related { id } relations { kind direction event { id } }
  } } }`);
  type Seen = { kind: string; direction: string; event: { id: string } };
  const nodes: { id: string; related: { id: string }[]; relations: Seen[] }[] = events.nodes;
  const seen = (way: string): string[][] =>
    nodes.flatMap(({ id, relations }) =>
      relations
        .filter(({ direction }) => direction === way)
        .map(({ kind, event }) => (way === 'TO' ? [id, kind, event.id] : [event.id, kind, id])),
    );
  const held = atlas.events.flatMap(({ id, relations }) =>
    relations.map(({ kind, related }) => [id, kind, related]),
  );
  expect(held.length).toBeGreaterThan(40);
  expect(seen('TO').sort()).toEqual(held.toSorted());
  expect(seen('FROM').sort()).toEqual(held.toSorted());
  for (const { related, relations } of nodes)
    expect(ids(related)).toEqual([...new Set(relations.map(({ event }) => event.id))]);
});

test('a place has names in many languages and its events in date order', async () => {
  const { place } = await server.data(`{ place(id: "aleppo") {
    id name ar: name(language: "ar") fa: name(language: "fa-IR") xx: name(language: "xx") names { name language }
    country position { lng lat } precision radiusKm geonamesId
    events(first: 500) { totalCount nodes { id placements { place { id } } } }
    venues: events(filter: { roles: [VENUE] }) { totalCount }
    elsewhere: events(filter: { places: ["geneva"] }) { totalCount nodes { id } pageInfo { hasNextPage } }
  } }`);
  expect(place).toMatchObject({ name: 'Aleppo', ar: 'حلب', xx: 'Aleppo', country: 'SY', radiusKm: null });
  expect(place).toMatchObject({
    precision: 'SETTLEMENT',
    geonamesId: 170063,
    position: { lng: 37.16117, lat: 36.20124 },
  });
  expect(place.names).toContainEqual({ name: place.fa, language: 'fa' });
  const here = atlas.events.filter(({ placements }) => placements.some((each) => each.place === 'aleppo'));
  expect(ids(place.events.nodes).sort()).toEqual(ids(here).sort());
  expect(place.events.totalCount).toBe(here.length);
  expect(place.venues.totalCount).toBe(
    here.filter(({ placements }) =>
      placements.some((each) => each.place === 'aleppo' && each.role === 'VENUE'),
    ).length,
  );
  expect(place.elsewhere).toEqual({ totalCount: 0, nodes: [], pageInfo: { hasNextPage: false } });
});

test('an actor and a source tell what they are', async () => {
  const answer = await server.data(`{
    actor(id: "mohammad-javad-zarif") { id name ru: name(language: "ru") kind affiliation { id kind } }
    source(id: "tasnim-2016-05-10") { id publisher title publishedOn language url }
  }`);
  const zarif = atlas.actors.find(({ id }) => id === 'mohammad-javad-zarif');
  expect(zarif).toBeDefined();
  expect(answer.actor).toMatchObject({
    name: zarif?.name,
    kind: 'PERSON',
    affiliation: { id: zarif?.affiliation },
  });
  expect(answer.actor.ru).toMatch(/Зариф/);
  expect(answer.source).toEqual(atlas.sources[0]);
});

test('what is not there is null', async () => {
  const answer = await server.data(
    '{ event(id: "x") { id } place(id: "") { id } actor(id: "x") { id } source(id: "x") { id } node(id: "x") { id } }',
  );
  expect(answer).toEqual({ event: null, place: null, actor: null, source: null, node: null });
});

test('a node is found by its id, whatever it is', async () => {
  const found = async (id: string): Promise<unknown> =>
    (await server.data('query ($id: ID!) { node(id: $id) { __typename id } }', { id })).node;
  for (const [type, id] of [
    ['Event', 'lausanne-meeting-2016-10-15'],
    ['Place', 'lausanne'],
    ['Actor', 'iran'],
    ['Source', 'unnamed-2016-10-13'],
    ['Category', 'meeting'],
  ] as const)
    expect(await found(id)).toEqual({ __typename: type, id });
});

test('categories come in the atlas’s own order', async () => {
  expect((await server.data('{ categories { id label color } }')).categories).toEqual(
    atlas.categories.map(({ id, label, color }) => ({ id, label, color })),
  );
});

test('a category is called what it is in the language asked for, and in the atlas’s own where it has no name', async () => {
  const { categories } = await server.data(
    '{ categories { id ar: label(language: "ar-SY") tr: label(language: "tr") de: label(language: "de") } }',
  );
  expect(categories).toContainEqual({ id: 'visit', ar: 'زيارة', tr: 'Ziyaret', de: 'Visit' });
});

test('lists of nodes are pages, of all records or of those that a filter leaves', async () => {
  const page =
    '{ totalCount nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }';
  for (const [list, all] of [
    ['events', atlas.events],
    ['places', atlas.places],
    ['actors', atlas.actors],
    ['sources', atlas.sources],
  ] as const) {
    const answer =
      await server.data(`{ whole: ${list}(first: 500) ${page} some: ${list}(filter: { categories: ["call"] }) ${page}
      end: ${list}(last: 2) ${page} }`);
    expect(ids(answer.whole.nodes).sort()).toEqual(ids([...all]).sort());
    expect(answer.whole.edges.map(({ node }: { node: object }) => node)).toEqual(answer.whole.nodes);
    expect(answer.some.totalCount).toBeLessThan(all.length);
    expect(answer.some.totalCount).toBeGreaterThan(0);
    expect(answer.end.nodes).toEqual(answer.whole.nodes.slice(-2));
    expect(answer.end.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
    const after = answer.whole.edges[1].cursor;
    const next = await server.data(`query ($after: String) { ${list}(first: 1, after: $after) ${page} }`, {
      after,
    });
    expect(next[list].nodes).toEqual(answer.whole.nodes.slice(2, 3));
    expect(next[list].pageInfo.startCursor).toBe(answer.whole.edges[2].cursor);
  }
});

test('events come earliest first, latest first, or those first that name the words in their title', async () => {
  const { early, late, best } = await server.data(`{
    early: events(first: 500) { nodes { id when { from to } } }
    late: events(first: 500, orderBy: WHEN_DESC) { nodes { when { from to } } }
    best: events(filter: { text: "astana" }, orderBy: RELEVANCE) { nodes { title } }
  }`);
  type Dated = { when: { from: string | null; to: string | null } };
  const starts = (nodes: Dated[]): string[] =>
    nodes.map(({ when }) => when.from ?? when.to ?? '').filter(Boolean);
  expect(starts(early.nodes)).toEqual(starts(early.nodes).toSorted());
  expect(starts(late.nodes)).toEqual(starts(early.nodes).toSorted().toReversed());
  const inTitle: boolean[] = best.nodes.map(({ title }: { title: string }) => title.includes('Astana'));
  expect(inTitle).toEqual(inTitle.toSorted((a, b) => Number(b) - Number(a)));
  expect(new Set(inTitle).size).toBe(2);
});

test('a text finds a place by any of its spellings', async () => {
  const found = async (text: string): Promise<string[]> =>
    ids(
      (
        await server.data('query ($text: String) { events(filter: { text: $text }) { nodes { id } } }', {
          text,
        })
      ).events.nodes,
    );
  const expected = await found('Deir al-Zor');
  expect(expected).toContain('deir-al-zor-strikes-2016-09');
  for (const spelling of [
    'Dayr az Zawr',
    'دير الزور',
    'deir ez-zor',
    'DEIR EL ZOR',
    'Дейр-эз-Зор',
    'Deyrizor',
  ])
    expect(await found(spelling), spelling).toEqual(expected);
  expect(await found('no such words')).toEqual([]);
});

test('an empty part of a filter asks nothing', async () => {
  const { events } =
    await server.data(`{ events(filter: { bbox: null, during: {}, categories: [], actors: [], places: [],
    sources: [], roles: [], statuses: [], corroboration: [], text: " — " }) { totalCount } }`);
  expect(events.totalCount).toBe(atlas.events.length);
});

test('the timeline covers all dated events, and what it gives can be asked for again', async () => {
  const { timeline } = await server.data('{ timeline(bins: 20) { bins { from to count certain } undated } }');
  expect(timeline.bins.length).toBeGreaterThan(1);
  expect(timeline.bins.length).toBeLessThanOrEqual(20);
  expect(timeline.undated).toBe(
    atlas.events.filter(({ when }) => when.from === null && when.to === null).length,
  );
  for (const { from, to, count, certain } of timeline.bins) {
    const { possibly, certainly } = await server.data(
      `query ($possibly: IntervalInput, $certainly: IntervalInput) {
        possibly: events(filter: { during: $possibly }) { totalCount }
        certainly: events(filter: { during: $certainly }) { totalCount }
      }`,
      { possibly: { from, to }, certainly: { from, to, match: 'CERTAINLY' } },
    );
    expect([possibly.totalCount, certainly.totalCount]).toEqual([count, certain]);
  }
});

test('each bin has the counts of its categories, in the order of the atlas, and none of nothing', async () => {
  for (const during of [null, { from: '2016-06', to: '2016-12', match: 'CERTAINLY' }]) {
    const { timeline, categories } = await server.data(
      `query ($during: IntervalInput) {
        timeline(bins: 30, filter: { during: $during, roles: [VENUE] }) {
          bins { count categories { ...Each } certain certainCategories { ...Each } }
        }
        categories { id }
      }
      fragment Each on CategoryCount { category { id } count }`,
      { during },
    );
    const order: string[] = categories.map(({ id }: { id: string }) => id);
    const seen = new Set<string>();
    for (const { count: all, categories: possible, certain, certainCategories } of timeline.bins)
      for (const [total, counts] of [
        [all, possible],
        [certain, certainCategories],
      ] as [number, { category: { id: string }; count: number }[]][]) {
        const ids = counts.map(({ category }) => category.id);
        expect(ids).toEqual(order.filter((id) => ids.includes(id)));
        expect(counts.every(({ count }) => count > 0)).toBe(true);
        expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(total);
        for (const id of ids) seen.add(id);
      }
    expect(seen.size).toBeGreaterThan(2);
  }
});

test('facets add up: each event has one category', async () => {
  const { facets } = await server.data(`{ facets { total categories { count category { id } }
    actors { count actor { id } } places { count place { id } } sources { count source { id } } } }`);
  expect(facets.total).toBe(atlas.events.length);
  const counts: number[] = facets.categories.map(({ count }: { count: number }) => count);
  expect(counts.reduce((a, b) => a + b)).toBe(facets.total);
  expect(counts).toEqual(counts.toSorted((a, b) => b - a));
  const aleppo = facets.places.find(({ place }: { place: { id: string } }) => place.id === 'aleppo');
  expect(aleppo.count).toBe(
    atlas.events.filter(({ placements }) => placements.some(({ place }) => place === 'aleppo')).length,
  );
  expect(facets.sources).toHaveLength(5);
  expect(facets.actors.length).toBeGreaterThan(30);
});

const CLUSTERS = `query ($zoom: Float!, $filter: EventFilter) { clusters(filter: $filter,
  viewport: { west: -180, south: -90, east: 180, north: 90, zoom: $zoom }) {
    count eventCount position { lng lat } bounds expansionZoom event { id } place { id } anchor { id }
    categories { count category { id } } subjectCount plannedCount disputedCount } }`;

test('clusters count every placement once at every zoom', async () => {
  const all = atlas.events.flatMap(({ placements, status }) =>
    placements.map((each) => ({ ...each, status })),
  );
  for (const zoom of [0, 3.7, 5, 9, 14, 24]) {
    type Counted = Record<'count' | 'subjectCount' | 'plannedCount', number>;
    const { clusters }: { clusters: Counted[] } = await server.data(CLUSTERS, { zoom });
    const sum = (of: keyof Counted): number => clusters.reduce((total, each) => total + each[of], 0);
    expect(sum('count')).toBe(all.length);
    expect(sum('subjectCount')).toBe(all.filter(({ role }) => role === 'SUBJECT').length);
    expect(sum('plannedCount')).toBe(all.filter(({ status }) => status === 'PLANNED').length);
  }
});

test('a cluster of one place and one event names both', async () => {
  const filter = { places: ['lausanne'] };
  const { clusters } = await server.data(CLUSTERS, { zoom: 14, filter });
  expect(clusters).toHaveLength(1);
  const { lng, lat } = atlas.places.find(({ id }) => id === 'lausanne')?.position ?? { lng: 0, lat: 0 };
  expect(clusters[0]).toMatchObject({
    place: { id: 'lausanne' },
    anchor: { id: 'lausanne' },
    position: { lng, lat },
  });
  expect(clusters[0]).toMatchObject({ bounds: [lng, lat, lng, lat], expansionZoom: null });
  const { clusters: wide } = await server.data(CLUSTERS, { zoom: 0 });
  expect(wide[0].place).toBeNull();
  expect(wide[0].event).toBeNull();
  expect(wide[0].expansionZoom).toBeGreaterThan(0);
});

const DEEP = `query ($first: Int) {
  events(first: $first) { edges { node { id } } nodes {
    category { id } placements { place { names { name } } } participants { actor { affiliation { affiliation { id } } } }
    claims { source { id } event { id } } disputes { positions { claims { source { id } } } } sources { id }
    related { category { id } placements { place { id } } related { id } } relations { event { id } } } }
  facets { categories { category { id } } actors { actor { id } } places { place { id } } sources { source { id } } }
  clusters(viewport: { west: -180, south: -90, east: 180, north: 90, zoom: 9 }) { anchor { id } place { id } event { id } }
}`;

test('relations cost a few reads, however many the events', async () => {
  const calls: string[] = [];
  const app = await buildApp(
    watched(server.store, (method) => void calls.push(method)),
    { tiles: null },
  );
  for (const first of [1, 20, 500]) {
    const { errors } = await server.ask(DEEP, { first }, app);
    expect(errors).toBeUndefined();
    const times = [...Map.groupBy(calls.splice(0), (call) => call)].map(([call, all]) => [call, all.length]);
    const reads: Record<string, number> = Object.fromEntries(times);
    // For each level at which the query asks for events: the list, a claim’s, a relation’s, and a cluster’s. Rows come for
    // the list, for three kinds of counts and for the clusters.
    expect(Math.max(...Object.values(reads)), JSON.stringify(reads)).toBeLessThanOrEqual(5);
  }
  await app.close();
});

test('the events of many places are read in one call', async () => {
  const calls: string[] = [];
  const store = watched(server.store, (method) => void calls.push(method));
  const app = await buildApp(store, { tiles: null });
  const query = '{ places { nodes { id events(first: 2) { totalCount nodes { title } } } } }';
  const { data } = await server.ask(query, {}, app);
  expect(data.places.nodes.length).toBe(17);
  // The list of the places, and those of their events.
  expect(calls.filter((call) => call === 'rows').length).toBe(2);
  expect(calls.filter((call) => call === 'events').length).toBe(1);
  for (const { id, events } of data.places.nodes)
    expect(
      await server.data(`{ events(filter: { places: ["${id}"] }, first: 2) { totalCount nodes { title } } }`),
    ).toEqual({ events });
  await app.close();
});

test('queries can be asked by GET too', async () => {
  const url = `/graphql?query=${encodeURIComponent('{ atlas { id } }')}`;
  const { statusCode, json } = await server.app.inject({
    url,
    headers: { 'apollo-require-preflight': 'yes' },
  });
  expect(statusCode).toBe(200);
  expect(json()).toEqual({ data: { atlas: { id: atlas.id } } });
});

test('suggestions find nodes by any of their names, and events by their titles', async () => {
  const query = `query ($text: String!) { suggest(text: $text, first: 3) { name eventCount node { __typename id } } }`;
  const { suggest: aleppo } = await server.data(query, { text: 'حلب' });
  expect(aleppo[0]).toMatchObject({ name: 'حلب', node: { __typename: 'Place', id: 'aleppo' } });
  const { facets } = await server.data('{ facets(filter: { places: ["aleppo"] }) { total } }');
  expect(aleppo[0].eventCount).toBe(facets.total);
  const { suggest: talks } = await server.data(query, { text: 'tal' });
  expect(
    talks.filter(({ node }: { node: { __typename: string } }) => node.__typename === 'Event'),
  ).toHaveLength(3);
  expect((await server.data(query, { text: ' ' })).suggest).toEqual([]);
  expect((await server.data(query, { text: 'nothing-like-it' })).suggest).toEqual([]);
  const { errors } = await server.ask('{ suggest(text: "a", first: 51) { name } }');
  expect(errors?.[0]?.message).toMatch(/^first is out of range: 51\. Ask for 0 to 50\.$/);
});

test('counts per status, corroboration and role follow the filter', async () => {
  const query = `query ($filter: EventFilter) { facets(filter: $filter) { total
    statuses { status count } corroboration { corroboration count } roles { role count } } }`;
  const { facets } = await server.data(query, { filter: { statuses: ['OCCURRED', 'PLANNED'] } });
  const sum = (counts: { count: number }[]): number => counts.reduce((all, { count }) => all + count, 0);
  expect(sum(facets.statuses)).toBe(facets.total);
  expect(sum(facets.corroboration)).toBe(facets.total);
  expect(facets.statuses.map(({ status }: { status: string }) => status)).toHaveLength(4);
  for (const { role, count } of facets.roles)
    expect(
      (await server.data(query, { filter: { statuses: ['OCCURRED', 'PLANNED'], roles: [role] } })).facets
        .total,
    ).toBe(count);
});

test('events without a date or a place can be asked for', async () => {
  const query =
    'query ($filter: EventFilter) { events(filter: $filter, first: 500) { nodes { when { from to } placements { role } } } }';
  for (const unplaced of [true, false]) {
    const { events } = await server.data(query, { filter: { unplaced } });
    expect(events.nodes.length).toBe(
      atlas.events.filter((each) => (each.placements.length === 0) === unplaced).length,
    );
  }
  for (const undated of [true, false]) {
    const { events } = await server.data(query, { filter: { undated } });
    const isUndated = ({ when }: (typeof atlas.events)[number]): boolean =>
      when.from === null && when.to === null;
    expect(events.nodes.length).toBe(atlas.events.filter((each) => isUndated(each) === undated).length);
  }
});

test('claims can be asked for by their source', async () => {
  const event = atlas.events.find(({ claims }) => new Set(claims.map(({ source }) => source)).size > 1);
  const source = event?.claims[0]?.source;
  const query = 'query ($id: ID!, $source: ID!) { event(id: $id) { claims(source: $source) { id } } }';
  const data = await server.data(query, { id: event?.id, source });
  expect(data.event.claims.map(({ id }: { id: string }) => id)).toEqual(
    event?.claims.filter((claim) => claim.source === source).map(({ id }) => id),
  );
});
