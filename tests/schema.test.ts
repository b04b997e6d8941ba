import {
  buildSchema,
  getIntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { TestServer } from './server.ts';

const server = new TestServer();
const schema = buildSchema(readFileSync(resolve(import.meta.dirname, '../schema.graphql'), 'utf8'));
const types = Object.values(schema.getTypeMap()).filter(
  ({ name, astNode }) => !name.startsWith('__') && astNode,
);

const PAGE = '(filter: EventFilter, first: Int, after: String, last: Int, before: String)';

/** The names that people's queries rely on: a type's fields with their arguments and types, an enum's values. */
const CONTRACT: Record<string, string[]> = {
  Query: [
    ...['atlas: Atlas!', 'event(id: ID!): Event', 'place(id: ID!): Place', 'actor(id: ID!): Actor'],
    ...['source(id: ID!): Source', 'node(id: ID!): Node', 'categories: [Category!]!'],
    `events(filter: EventFilter, orderBy: EventOrder = WHEN_ASC, first: Int, after: String, last: Int, before: String): EventConnection!`,
    ...[
      `places${PAGE}: PlaceConnection!`,
      `actors${PAGE}: ActorConnection!`,
      `sources${PAGE}: SourceConnection!`,
    ],
    'clusters(viewport: Viewport!, filter: EventFilter): [Cluster!]!',
    ...['timeline(filter: EventFilter, bins: Int = 120): Timeline!', 'facets(filter: EventFilter): Facets!'],
  ],
  Atlas: [
    ...['id: ID!', 'title: String!', 'description: String', 'version: String!', 'license: String'],
    ...['eventCount: Int!', 'sourceCount: Int!', 'bounds: [Float!]', 'during: Interval'],
  ],
  Event: [
    ...[
      'id: ID!',
      'title: String!',
      'summary: String',
      'category: Category!',
      'status: EventStatus!',
      'when: When!',
    ],
    ...[
      'placements: [Placement!]!',
      'participants: [Participant!]!',
      'claims(aspect: ClaimAspect): [Claim!]!',
    ],
    ...[
      'disputes: [Dispute!]!',
      'corroboration: Corroboration!',
      'sources: [Source!]!',
      'related: [Event!]!',
    ],
  ],
  When: ['edtf: String!', 'from: DateTime', 'to: DateTime', 'precision: DatePrecision!', 'label: String!'],
  Placement: ['place: Place!', 'role: PlacementRole!'],
  Participant: ['actor: Actor!', 'role: String'],
  Claim: [
    ...['id: ID!', 'aspect: ClaimAspect!', 'statement: String!', 'value: String', 'source: Source!'],
    ...['locator: String', 'attributedTo: String'],
  ],
  Dispute: ['aspect: ClaimAspect!', 'positions: [DisputePosition!]!'],
  DisputePosition: ['value: String!', 'claims: [Claim!]!'],
  Place: [
    ...['id: ID!', 'name(language: String): String!', 'names: [PlaceName!]!', 'country: String'],
    ...['position: Position!', 'precision: PlacePrecision!', 'radiusKm: Float'],
    'events(filter: EventFilter, first: Int, after: String): EventConnection!',
  ],
  Position: ['lng: Float!', 'lat: Float!'],
  Actor: ['id: ID!', 'name: String!', 'kind: ActorKind!', 'affiliation: Actor'],
  Source: [
    'id: ID!',
    'publisher: String',
    'title: String!',
    'publishedOn: String',
    'language: String',
    'url: String',
  ],
  Category: ['id: ID!', 'label: String!', 'color: String!'],
  Cluster: [
    ...['count: Int!', 'position: Position!', 'bounds: [Float!]!', 'expansionZoom: Int', 'event: Event'],
    ...['place: Place', 'categories: [CategoryCount!]!'],
  ],
  Timeline: ['bins: [TimelineBin!]!', 'undated: Int!'],
  TimelineBin: [
    ...['from: DateTime!', 'to: DateTime!', 'count: Int!', 'certain: Int!'],
    ...['categories: [CategoryCount!]!', 'certainCategories: [CategoryCount!]!'],
  ],
  Facets: [
    ...['total: Int!', 'categories: [CategoryCount!]!', 'actors: [ActorCount!]!'],
    ...['places: [PlaceCount!]!', 'sources: [SourceCount!]!'],
  ],
  Viewport: ['west: Float!', 'south: Float!', 'east: Float!', 'north: Float!', 'zoom: Float!'],
  EventFilter: [
    ...['bbox: [Float!]', 'during: IntervalInput', 'categories: [ID!]', 'actors: [ID!]', 'places: [ID!]'],
    ...[
      'sources: [ID!]',
      'roles: [PlacementRole!]',
      'statuses: [EventStatus!]',
      'corroboration: [Corroboration!]',
    ],
    'text: String',
  ],
  IntervalInput: ['from: String', 'to: String', 'match: IntervalMatch = POSSIBLY'],
  EventConnection: ['edges: [EventEdge!]!', 'nodes: [Event!]!', 'pageInfo: PageInfo!', 'totalCount: Int!'],
  PlaceConnection: ['edges: [PlaceEdge!]!', 'nodes: [Place!]!', 'pageInfo: PageInfo!', 'totalCount: Int!'],
  ActorConnection: ['edges: [ActorEdge!]!', 'nodes: [Actor!]!', 'pageInfo: PageInfo!', 'totalCount: Int!'],
  SourceConnection: ['edges: [SourceEdge!]!', 'nodes: [Source!]!', 'pageInfo: PageInfo!', 'totalCount: Int!'],
  EventEdge: ['cursor: String!', 'node: Event!'],
  PageInfo: [
    'hasNextPage: Boolean!',
    'hasPreviousPage: Boolean!',
    'startCursor: String',
    'endCursor: String',
  ],
  EventOrder: ['WHEN_ASC', 'WHEN_DESC', 'RELEVANCE'],
  EventStatus: ['OCCURRED', 'PLANNED', 'CANCELLED', 'RETRACTED'],
  PlacementRole: ['VENUE', 'SUBJECT'],
  PlacePrecision: ['EXACT', 'SETTLEMENT', 'REGION', 'COUNTRY'],
  DatePrecision: ['MINUTE', 'DAY', 'MONTH', 'YEAR', 'INTERVAL'],
  ClaimAspect: [
    'TIME',
    'PLACE',
    'PARTICIPANTS',
    'TOLL',
    'CAUSE',
    'RESPONSIBILITY',
    'OUTCOME',
    'STATUS',
    'OTHER',
  ],
  Corroboration: ['SINGLE_SOURCE', 'AGREED', 'DISPUTED'],
  ActorKind: ['PERSON', 'STATE', 'ORGANISATION', 'ARMED_GROUP'],
  IntervalMatch: ['POSSIBLY', 'CERTAINLY'],
};

/** Where the contract may be kept with more: arguments that it does not know, and dates that it took for known. */
const KEPT_WITH_MORE: Record<string, string> = {
  'Event.claims(aspect: ClaimAspect): [Claim!]!': 'claims(aspect: ClaimAspect, source: ID): [Claim!]!',
  'Actor.name: String!': 'name(language: String): String!',
  'Category.label: String!': 'label(language: String): String!',
  'Facets.actors: [ActorCount!]!': 'actors(first: Int = 100): [ActorCount!]!',
  'Facets.places: [PlaceCount!]!': 'places(first: Int = 100): [PlaceCount!]!',
  'Facets.sources: [SourceCount!]!': 'sources(first: Int = 100): [SourceCount!]!',
};

interface Member {
  name: string;
  description?: string | null | undefined;
  written: string;
  args: readonly { name: string; description?: string | null | undefined }[];
}

/** The fields of a type or an input, or the values of an enum, each as it is written in the schema. */
function membersOf(type: (typeof types)[number] | undefined): Member[] {
  if (isEnumType(type))
    return type.getValues().map(({ name, description }) => ({ name, description, written: name, args: [] }));
  const withDefault = (written: string, value: unknown): string =>
    value === undefined ? written : `${written} = ${value}`;
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map(({ name, description, type: of, defaultValue }) => ({
      ...{ name, description, args: [] },
      written: withDefault(`${name}: ${of.toString()}`, defaultValue),
    }));
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).map(({ name, description, type: of, args }) => {
    const shown = args
      .map((each) => withDefault(`${each.name}: ${each.type.toString()}`, each.defaultValue))
      .join(', ');
    return { name, description, args, written: `${name}${shown && `(${shown})`}: ${of.toString()}` };
  });
}

test('everything in the schema has a description', () => {
  const bare = types.flatMap((type) => [
    ...(type.description ? [] : [type.name]),
    ...membersOf(type).flatMap(({ name, description, args }) => [
      ...(description ? [] : [`${type.name}.${name}`]),
      ...args.filter((each) => !each.description).map((each) => `${type.name}.${name}(${each.name})`),
    ]),
  ]);
  expect(types.length).toBeGreaterThan(45);
  expect(bare).toEqual([]);
});

test.each(Object.entries(CONTRACT))('%s keeps the contract', (name, members) => {
  const written = membersOf(types.find((type) => type.name === name)).map((member) => member.written);
  for (const member of members) expect(written).toContain(KEPT_WITH_MORE[`${name}.${member}`] ?? member);
});

test('what has an id of its own is a node', () => {
  const nodes = schema.getPossibleTypes(schema.getTypeMap()['Node'] as never).map(({ name }) => name);
  expect(nodes.sort()).toEqual(['Actor', 'Category', 'Event', 'Place', 'Source']);
});

test('the server tells its schema to who asks', async () => {
  const { __schema: told } = await server.data(getIntrospectionQuery());
  expect(told.queryType.name).toBe('Query');
  const names = told.types.map(({ name }: { name: string }) => name);
  for (const { name } of types) expect(names).toContain(name);
});
