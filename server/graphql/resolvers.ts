import { GraphQLScalarType } from 'graphql';
import type { AtlasIndex, Cluster, Count, EventOrder, Timeline, TimelineBin } from '../atlas-index.ts';
import { mustBe, versionOf, type Draft } from '../desk/desk.ts';
import { corroboration, disputes, nameIn, valueLabel } from '../event.ts';
import type { Actor, Category, Event, Place, Source } from '../event.ts';
import type { EventFilter } from '../filter.ts';
import { InputError } from '../input-error.ts';
import { cursorOf } from '../live-changes.ts';
import { CORROBORATIONS, ROLES, STATUSES, type NodeKind } from '../store/store.ts';
import { foldedWords } from '../spelling.ts';
import { whenLabel } from '../time.ts';
import { changePage, eventChange, fieldChange, historyOf } from './changes.ts';
import { readPage, type Page, type PageArguments } from './connection.ts';
import { allLoaded, loaded, type Context } from './context.ts';
import { mutations } from './mutations.ts';
import { atlasChange, subscriptions } from './subscriptions.ts';
import { readFilter, readViewport, readWords } from './filter-input.ts';
import type { EventFilter as FilterInput, Resolvers } from './schema.generated.ts';

/** A bin of a timeline, by its place among them. */
export interface BinOfTimeline extends TimelineBin {
  timeline: Timeline;
  at: number;
}

/** The counts of a filter, each made when it is asked for. */
export interface FacetsAsked {
  filter: EventFilter;
  index: AtlasIndex;
}

/** How many of a category. */
export interface CategoryCounted {
  category: Category;
  count: number;
}

/** What somebody may be looking for. */
export interface SuggestionMade {
  node: AnyNode;
  name: string;
  eventCount: number;
}

/** A relation as one of its two events sees it. */
export interface RelationSeen {
  kind: string;
  direction: 'TO' | 'FROM';
  event: string;
}

export const resolvers: Resolvers = {
  DateTime: new GraphQLScalarType<number, string>({
    name: 'DateTime',
    serialize: (moment) => new Date(moment as number).toISOString(),
  }),

  Query: {
    atlas: async (_, __, { store }) => atlasOf(await store.summary()),
    event: async (_, { id }, { events }) => (await events.load(id)) ?? null,
    place: async (_, { id }, { places }) => (await places.load(id)) ?? null,
    actor: async (_, { id }, { actors }) => (await actors.load(id)) ?? null,
    source: async (_, { id }, { sources }) => (await sources.load(id)) ?? null,
    node: (_, { id }, context) => nodeOf(id, context),
    events: async (_, args, context) =>
      eventPage(await readFilter(args.filter, context), args.orderBy ?? 'WHEN_ASC', args, context),
    places: (_, args, context) => nodePage('place', args, context),
    actors: (_, args, context) => nodePage('actor', args, context),
    sources: (_, args, context) => nodePage('source', args, context),
    categories: (_, __, context) => context.categories(),
    changes: (_, args, context) => changePage(args, context),
    clusters: (_, { viewport, filter }, context) => clustersOf(viewport, filter, context),
    timeline: (_, { filter, bins }, context) => timelineOf(filter, bins ?? 120, context),
    facets: (_, { filter }, context) => facetsOf(filter, context),
    drafts: (_, __, context) => draftsOf(context),
    suggest: (_, { text, first }, context) => suggestionsOf(text, first ?? 5, context),
  },

  Mutation: mutations,
  Subscription: subscriptions,
  AtlasChange: atlasChange,

  Atlas: {
    eventCount: async (_, __, { index }) => (await index()).eventCount,
    bounds: async (_, __, { index }) => (await index()).bounds?.slice() ?? null,
    during: async (_, __, { index }) => (await index()).during,
    cursor: async (_, __, { store }) => cursorOf(await store.state()),
  },

  Node: {
    __resolveType: (node) => {
      if ('claims' in node) return 'Event';
      if ('position' in node) return 'Place';
      if ('kind' in node) return 'Actor';
      return 'color' in node ? 'Category' : 'Source';
    },
  },

  Event: {
    category: (event, _, context) => categoryOf(event.category, context),
    claims: ({ claims }, { aspect, source }) =>
      claims.filter((claim) => (!aspect || claim.aspect === aspect) && (!source || claim.source === source)),
    disputes: ({ claims }) => disputes(claims),
    corroboration: ({ claims }) => corroboration(claims),
    sources: ({ claims }, _, { sources }) =>
      allLoaded(sources, [...new Set(claims.map(({ source }) => source))]),
    related: async (event, _, context) =>
      allLoaded(context.events, [...new Set((await relationsOf(event, context)).map((each) => each.event))]),
    relations: (event, _, context) => relationsOf(event, context),
    version: (event) => versionOf(event),
    history: ({ id }, { first }, context) => historyOf(id, first ?? 20, context),
  },
  EventChange: eventChange,
  FieldChange: fieldChange,
  When: { label: ({ edtf }) => whenLabel(edtf) },
  Placement: { place: ({ place }, _, { places }) => loaded(places, place) },
  Participant: { actor: ({ actor }, _, { actors }) => loaded(actors, actor) },
  DisputePosition: {
    valueLabel: ({ value, claims: [first] }) => valueLabel({ aspect: first?.aspect ?? 'OTHER', value }),
  },
  Claim: {
    valueLabel: ({ aspect, value }) => (value === null ? null : valueLabel({ aspect, value })),
    event: ({ event }, _, { events }) => loaded(events, event),
    source: ({ source }, _, { sources }) => loaded(sources, source),
  },
  Relation: { event: ({ event }, _, { events }) => loaded(events, event) },

  Place: {
    name: (place, { language }) => nameIn(place, language),
    events: async ({ id }, args, context) => {
      const filter = await readFilter(args.filter, context);
      if (filter.places && !filter.places.includes(id)) return NOTHING;
      return eventPage({ ...filter, places: [id] }, 'WHEN_ASC', args, context);
    },
  },
  Actor: {
    name: (actor, { language }) => nameIn(actor, language),
    affiliation: async ({ affiliation }, _, { actors }) => (affiliation ? loaded(actors, affiliation) : null),
  },
  Category: { label: ({ label, names }, { language }) => nameIn({ name: label, names }, language) },

  Cluster: {
    eventCount: (cluster) => cluster.index.eventCountOf(cluster),
    position: (cluster) => cluster.index.positionOf(cluster),
    anchor: (cluster) => cluster.index.anchorOf(cluster),
    bounds: (cluster) => [...cluster.index.boundsOf(cluster)],
    expansionZoom: (cluster) => cluster.index.expansionZoomOf(cluster),
    event: async (cluster, _, { events }) => maybe(events, await cluster.index.onlyEventOf(cluster)),
    place: (cluster) => cluster.index.onlyPlaceOf(cluster),
    categories: (cluster, _, context) => inCategories(cluster.index.categoriesOf(cluster), context),
    subjectCount: (cluster) => cluster.index.countOf(cluster, ({ role }) => role === 'SUBJECT'),
    plannedCount: (cluster) => cluster.index.countOf(cluster, ({ status }) => status === 'PLANNED'),
    disputedCount: (cluster) =>
      cluster.index.countOf(cluster, ({ corroboration: agreement }) => agreement === 'DISPUTED'),
  },
  Timeline: {
    bins: (timeline) => timeline.bins.map((bin, at) => ({ ...bin, timeline, at })),
    undated: (timeline) => timeline.undated(),
  },
  TimelineBin: {
    count: ({ timeline, at }) => timeline.possibly()[at] ?? 0,
    certain: ({ timeline, at }) => timeline.certainly()[at] ?? 0,
    categories: ({ timeline, at }, _, context) => perCategory(timeline.perCategory(), at, context),
    certainCategories: ({ timeline, at }, _, context) =>
      perCategory(timeline.certainlyPerCategory(), at, context),
  },
  Facets: {
    total: ({ filter, index }) => index.count(filter),
    categories: async ({ filter, index }, _, context) =>
      inCategories(await index.categoryCounts(filter), context),
    actors: (facets, { first }, context) => nodeCounts('actor', first, facets, context),
    places: (facets, { first }, context) => nodeCounts('place', first, facets, context),
    sources: (facets, { first }, context) => nodeCounts('source', first, facets, context),
    statuses: async ({ filter, index }) =>
      (await index.valueCounts('statuses', STATUSES, filter)).map(({ value, count }) => ({
        status: value,
        count,
      })),
    corroboration: async ({ filter, index }) =>
      (await index.valueCounts('corroboration', CORROBORATIONS, filter)).map(({ value, count }) => ({
        ...{ corroboration: value, count },
      })),
    roles: async ({ filter, index }) =>
      (await index.valueCounts('roles', ROLES, filter)).map(({ value, count }) => ({ role: value, count })),
  },
  ActorCount: { actor: ({ id }, _, { actors }) => loaded(actors, id) },
  PlaceCount: { place: ({ id }, _, { places }) => loaded(places, id) },
  SourceCount: { source: ({ id }, _, { sources }) => loaded(sources, id) },

  EventConnection: { nodes: ({ edges }, _, { events }) => allLoaded(events, idsOf(edges)) },
  PlaceConnection: { nodes: ({ edges }, _, { places }) => allLoaded(places, idsOf(edges)) },
  ActorConnection: { nodes: ({ edges }, _, { actors }) => allLoaded(actors, idsOf(edges)) },
  SourceConnection: { nodes: ({ edges }, _, { sources }) => allLoaded(sources, idsOf(edges)) },
  EventChangeConnection: { nodes: ({ edges }) => edges.map(({ change }) => change) },
  EventChangeEdge: { node: ({ change }) => change },
  EventEdge: { node: ({ id }, _, { events }) => loaded(events, id) },
  PlaceEdge: { node: ({ id }, _, { places }) => loaded(places, id) },
  ActorEdge: { node: ({ id }, _, { actors }) => loaded(actors, id) },
  SourceEdge: { node: ({ id }, _, { sources }) => loaded(sources, id) },
};

type AnyNode = Event | Place | Actor | Source | Category;

const idsOf = (edges: Page['edges']): string[] => edges.map(({ id }) => id);

const NOTHING: Page = {
  edges: [],
  pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  totalCount: 0,
};

function atlasOf<T>(summary: T | undefined): T {
  if (summary === undefined) throw new Error('the store holds no atlas');
  return summary;
}

/** What a bin of a timeline has of each category, in the atlas's order and without those that it has nothing of. */
async function perCategory(
  counts: ReadonlyMap<string, readonly number[]>,
  at: number,
  context: Context,
): Promise<CategoryCounted[]> {
  const categories = await context.categories();
  return categories
    .map((category) => ({ category, count: counts.get(category.id)?.[at] ?? 0 }))
    .filter(({ count }) => count > 0);
}

async function nodeOf(id: string, context: Context): Promise<AnyNode | null> {
  const { events, places, actors, sources } = context;
  const found: (AnyNode | undefined)[] = await Promise.all([
    events.load(id),
    places.load(id),
    actors.load(id),
    sources.load(id),
    context.categories().then((all) => all.find((each) => each.id === id)),
  ]);
  return found.find((each) => each !== undefined) ?? null;
}

async function categoryOf(id: string, context: Context): Promise<Category> {
  return categoryIn(await context.categories(), id);
}

function categoryIn(categories: readonly Category[], id: string): Category {
  const found = categories.find((each) => each.id === id);
  if (found === undefined) throw new Error(`a record names the category "${id}", which is not there`);
  return found;
}

async function draftsOf(context: Context): Promise<Draft[]> {
  mustBe('READER', context.token);
  const drafts = await context.desk.drafts();
  for (const draft of drafts) context.bring(draft);
  return drafts;
}

/** Counts per category with the categories: for all of them at once, since a promise for each takes longer than the rest. */
async function inCategories(counts: readonly Count[], context: Context): Promise<CategoryCounted[]> {
  const categories = await context.categories();
  return counts.map(({ id, count }) => ({ category: categoryIn(categories, id), count }));
}

async function eventPage(
  filter: EventFilter,
  order: EventOrder,
  asked: PageArguments,
  context: Context,
): Promise<Page> {
  if (order === 'RELEVANCE' && !filter.words)
    throw new InputError('orderBy RELEVANCE has no words to go by. Give filter.text, or order by WHEN_ASC.');
  const index = await context.index();
  return readPage(order, asked, context.pageSize, (range) => index.events(filter, order, range));
}

async function nodePage(
  kind: NodeKind,
  asked: PageArguments & { filter?: FilterInput | null },
  context: Context,
): Promise<Page> {
  const filter = await readFilter(asked.filter, context);
  const index = await context.index();
  return readPage(kind, asked, context.pageSize, (range) => index.nodes(kind, filter, range));
}

async function relationsOf(
  { id, relations }: { id: string; relations: { kind: string; related: string }[] },
  { relationsTo }: Context,
): Promise<RelationSeen[]> {
  return [
    ...relations.map(({ kind, related }) => ({ kind, direction: 'TO' as const, event: related })),
    ...(await relationsTo.load(id)).map((each) => ({ ...each, direction: 'FROM' as const })),
  ];
}

async function clustersOf(
  viewport: Parameters<typeof readViewport>[0],
  input: FilterInput | null | undefined,
  context: Context,
): Promise<Cluster[]> {
  const { box, zoom } = readViewport(viewport);
  const filter = await readFilter(input, context);
  return (await context.index()).clusters(box, zoom, filter);
}

const MOST_BINS = 1000;

async function timelineOf(
  input: FilterInput | null | undefined,
  most: number,
  context: Context,
): Promise<Timeline> {
  if (most < 1 || most > MOST_BINS)
    throw new InputError(`bins is out of range: ${most}. Ask for 1 to ${MOST_BINS}.`);
  const filter = await readFilter(input, context);
  return (await context.index()).timeline(filter, most);
}

async function facetsOf(input: FilterInput | null | undefined, context: Context): Promise<FacetsAsked> {
  return { filter: await readFilter(input, context), index: await context.index() };
}

async function nodeCounts(
  kind: NodeKind,
  first: number | null | undefined,
  { filter, index }: FacetsAsked,
  { pageSize }: Context,
): Promise<Count[]> {
  const most = first ?? Math.min(100, pageSize);
  if (most < 0 || most > pageSize)
    throw new InputError(`first is out of range: ${most}. Ask for 0 to ${pageSize}.`);
  return index.nodeCounts(kind, filter, most);
}

/** The record of an id, or null where there is none. */
const maybe = async <T>(
  loader: { load(id: string): Promise<T | undefined> },
  id: string | null,
): Promise<T | null> => (id === null ? null : ((await loader.load(id)) ?? null));

const MOST_SUGGESTIONS = 50;

async function suggestionsOf(text: string, first: number, context: Context): Promise<SuggestionMade[]> {
  if (first < 0 || first > MOST_SUGGESTIONS)
    throw new InputError(`first is out of range: ${first}. Ask for 0 to ${MOST_SUGGESTIONS}.`);
  const words = readWords(text);
  if (words.length === 0) return [];
  const found = await (await context.index()).suggest(words, first);
  return Promise.all(
    found.map(async ({ kind, id, eventCount }) => {
      const node: AnyNode = await loaded<AnyNode>(context[`${kind}s`], id);
      return { node, name: nameWith(words, namesOf(node)), eventCount };
    }),
  );
}

/** The names of a node, the one that it is listed by first. */
function namesOf(node: AnyNode): string[] {
  const own = 'title' in node ? node.title : 'label' in node ? node.label : node.name;
  return 'names' in node ? [own, ...node.names.map(({ name }) => name)] : [own];
}

/** The first name that has a word beginning with each of these; the first of all where none has them all. */
const nameWith = (words: readonly string[], names: readonly string[]): string =>
  names.find((name) => {
    const its = foldedWords(name);
    return words.every((word) => its.some((each) => each.startsWith(word)));
  }) ?? String(names[0]);
