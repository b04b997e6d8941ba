import type { Actor, Atlas, Category, Event, Place } from '../event.ts';
import type { Source } from '../event.ts';
import type { EventFilter } from '../filter.ts';
import type { Box } from '../geo.ts';
import type { Period } from '../time.ts';

/**
 * Where an atlas is kept. Everything that a filter selects agrees with `matches`; lists by id answer in the order of
 * the ids, with undefined for those that are not there.
 */
export interface Store {
  /** The atlas as a whole, or undefined before there is one. */
  summary(): Promise<AtlasSummary | undefined>;
  /** The summary's version alone: cheap enough to be asked at every request. */
  version(): Promise<string | undefined>;
  /** Puts a whole atlas in the place of what was there, in one transaction. */
  replace(atlas: Atlas): Promise<void>;

  categories(): Promise<Category[]>;
  events(ids: readonly string[]): Promise<(Event | undefined)[]>;
  places(ids: readonly string[]): Promise<(Place | undefined)[]>;
  actors(ids: readonly string[]): Promise<(Actor | undefined)[]>;
  sources(ids: readonly string[]): Promise<(Source | undefined)[]>;
  /** For each event, the relations that others have to it. */
  relationsTo(ids: readonly string[]): Promise<{ kind: string; event: string }[][]>;

  /** The ids of a list's page, with what its cursors are made of, and how many the whole list has. */
  listEvents(filter: EventFilter, order: EventOrder, range: Range): Promise<Listed>;
  /** The same for each of several places: the events with a placement there that meets the filter, in date order. */
  listEventsAt(places: readonly string[], filter: EventFilter, range: Range): Promise<Listed[]>;
  listNodes(kind: NodeKind, filter: EventFilter, range: Range): Promise<Listed>;

  /** How many events match, in all and per category, actor, place and source; highest first, then by id. */
  facets(filter: EventFilter): Promise<FacetCounts>;
  /** All that an index of space, time and kind is made of. */
  columns(): Promise<AtlasColumns>;
  /** The keys of the events that match, in no order. */
  eventKeys(filter: EventFilter): Promise<Uint32Array>;
  /** The ids of events by their keys, in their order. */
  eventIds(keys: readonly number[]): Promise<string[]>;

  close(): Promise<void>;
}

export interface AtlasSummary {
  id: string;
  title: string;
  description: string | null;
  version: string;
  license: string | null;
  eventCount: number;
  sourceCount: number;
  bounds: Box | null;
  during: Period | null;
}

export type EventOrder = 'WHEN_ASC' | 'WHEN_DESC' | 'RELEVANCE';
export type NodeKind = 'place' | 'actor' | 'source';

/** Where a row stands in a list: its sort keys, its id last. */
export type Keys = (string | number)[];

/** Rows strictly between two positions, the first or the last so many of them. */
export interface Range {
  after: Keys | null;
  before: Keys | null;
  from: 'START' | 'END';
  limit: number;
}

export interface Listed {
  /** In the order of the list, whichever end they were taken from. */
  rows: { id: string; keys: Keys }[];
  /** Of the whole list, cursors aside. */
  total: number;
}

export interface FacetCounts {
  total: number;
  categories: Count[];
  actors: Count[];
  places: Count[];
  sources: Count[];
}

export interface Count {
  id: string;
  count: number;
}

/**
 * Places in any order; events in the order of WHEN_ASC, by numbers that the store knows them by; placements by the ordinals of
 * their events and places in these columns. Times are milliseconds since 1970 UTC, NaN where null. Categories are ordinals
 * in `categories()`, the rest ordinals in the lists below.
 */
export interface AtlasColumns {
  placeIds: string[];
  lng: Float64Array;
  lat: Float64Array;
  eventKeys: Uint32Array;
  starts: Float64Array;
  ends: Float64Array;
  category: Uint16Array;
  status: Uint8Array;
  corroboration: Uint8Array;
  placementEvent: Uint32Array;
  placementPlace: Uint32Array;
  placementRole: Uint8Array;
}

/** The values that columns hold as ordinals. */
export const STATUSES = ['OCCURRED', 'PLANNED', 'CANCELLED', 'RETRACTED'] as const;
export const CORROBORATIONS = ['SINGLE_SOURCE', 'AGREED', 'DISPUTED'] as const;
export const ROLES = ['VENUE', 'SUBJECT'] as const;
