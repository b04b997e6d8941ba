import type {
  Actor,
  Atlas,
  Category,
  Corroboration,
  Event,
  EventStatus,
  Place,
  Placement,
} from '../event.ts';
import type { Relation, Source } from '../event.ts';
import type { Range } from '../list.ts';

/**
 * Where an atlas is kept: records by id, and all that an index is made of. Which events a filter selects and in what order
 * is the index's business; the store is asked for words, and for the rows that are shown.
 *
 * Besides its id each record has a key, a whole number that never changes its meaning: a record that changes in anything
 * that an index knows of (what it names, where and when it is, how it is called) gets a new key, and so do the events
 * that name it. So what happened since some moment is the keys that are gone, and those above the highest of then.
 *
 * Lists by id or key answer in the order asked for, with undefined for those that are not there.
 */
export interface Store {
  /** Names the atlas so that another thread can open it; null where only this one can. */
  readonly location: StoreLocation | null;
  /** The atlas as a whole, or undefined before there is one. */
  summary(): Promise<AtlasSummary | undefined>;
  /** The summary's version alone: cheap enough to be asked at every request. */
  version(): Promise<string | undefined>;
  /**
   * Puts a whole atlas in the place of what was there, in one transaction. One that is there as it was put in, by its version,
   * may be left as it is. What is overwritten by any write is kept in the log, and each write is one change set of it.
   */
  replace(atlas: Atlas): Promise<void>;
  /**
   * Changes the atlas that is there, in one transaction, and with it its version.
   * @throws Conflict where something is not as `write` says, and then changes nothing
   */
  change(change: AtlasChange, write?: Write): Promise<void>;
  /**
   * Puts events of files into the atlas in many steps and one transaction: all of it is there when `work` has ended, or nothing.
   * Nothing else may be asked of this store meanwhile.
   */
  load<T>(work: (load: AtlasLoad) => Promise<T>, write?: LoadWrite): Promise<T>;

  /** What a desk keeps beside the atlas under some kind, in the order of ids; with ids, those of these that are there. */
  desk(kind: DeskKind, ids?: readonly string[]): Promise<DeskRecord[]>;

  categories(): Promise<Category[]>;
  events(ids: readonly string[]): Promise<(Event | undefined)[]>;
  places(ids: readonly string[]): Promise<(Place | undefined)[]>;
  actors(ids: readonly string[]): Promise<(Actor | undefined)[]>;
  sources(ids: readonly string[]): Promise<(Source | undefined)[]>;
  /** The same as `events`, by their keys: many of them at once, in as few questions as can be. */
  eventsAt(keys: readonly number[]): Promise<(Event | undefined)[]>;
  /** For each event, the relations that others have to it. */
  relationsTo(ids: readonly string[]): Promise<{ kind: string; event: string }[][]>;
  /** For each id, what became of the event that it names, the last change first. @param most changes of each */
  histories(ids: readonly string[], most: number): Promise<EventChange[][]>;
  /** What became of events, in the order of the log: by change set, and in each first what was overwritten. */
  log(range: LogRange): Promise<{ changes: EventChange[]; total: number }>;

  keys(kind: RecordKind, ids: readonly string[]): Promise<(number | undefined)[]>;
  rows(kind: RecordKind, keys: readonly number[]): Promise<(RecordRow | undefined)[]>;
  /** The events that have a word beginning with each of these folded words. Takes its time elsewhere than on this thread. */
  search(words: readonly string[]): Promise<Found>;
  /** The nodes with names that have such words, the first hundreds of them. */
  searchNodes(words: readonly string[]): Promise<NodeKey[]>;

  /** Which state the atlas is in: as cheap as its version. */
  state(): Promise<AtlasState>;
  /** All that an index is made of, of one moment. */
  columns(): Promise<AtlasColumns>;
  /** What was added to and taken from an earlier state; null where the atlas is not one that followed from it. */
  changes(since: AtlasState): Promise<AtlasChanges | null>;
  /**
   * Calls when the atlas may have come to another state, by this process or another, until what is given back is called.
   * While somebody watches, a state of up to half a second ago may be answered with, but never one from before what this
   * store wrote.
   */
  watch(listener: () => void): () => void;
  /** Looks for what was written by another connection: from then on it counts as what this store wrote. */
  look(): Promise<void>;
  close(): Promise<void>;
}

/** Where an atlas is kept. */
export interface StoreLocation {
  /** A DATABASE_URL: `file:PATH`, or `postgres://…`. */
  url: string;
  /** A hot standby of that database to ask, DATABASE_READ_URL; null without one. */
  readUrl: string | null;
  /** The database without what stands between, to be told of changes by, DATABASE_LISTEN_URL; null is `url`. */
  listenUrl: string | null;
  /** The most connections to each server at once. */
  connections: number;
}

export interface AtlasSummary {
  id: string;
  title: string;
  description: string | null;
  license: string | null;
  language: string | null;
  /** Changes whenever the data does. */
  version: string;
  /** The version that it was read with, whatever changed since. */
  packageVersion: string;
  sourceCount: number;
}

/** Records to add, or to put in the place of those with their ids; and events to remove, with all relations to them. */
export interface AtlasChange {
  categories?: Category[];
  sources?: Source[];
  places?: Place[];
  actors?: Actor[];
  events?: Event[];
  removed?: string[];
}

/** What the log says of a write beside what it did. */
export interface Told {
  /** Why it is made, for who reads the log. */
  reason?: string | null;
  /** The name of the token that it was made with. */
  token?: string | null;
}

/** What goes with a load. */
export interface LoadWrite extends Told {
  /** What was read, as the log names it. */
  dataset?: string;
  /** False only tries it. */
  isKept?: boolean;
}

/** What goes with a change. */
export interface Write extends Told {
  /** What events must be like for anything to be changed: the `eventVersion` of each, null where it must not be there. */
  basedOn?: ReadonlyMap<string, string | null>;
  /** Records of the desk to put or, where they are null, to take away. */
  desk?: readonly DeskWrite[];
}

/** How a change set came about: by a desk, by files, or by a whole atlas that was put in. */
export type ChangeOrigin = 'DESK' | 'IMPORT' | 'PACKAGE';

/** All that one write did: a row of the log. */
export interface ChangeSet {
  /** 1 for the first, with no gap, in the order in which they are seen. */
  number: number;
  /** Milliseconds since 1970 UTC. */
  at: number;
  origin: ChangeOrigin;
  reason: string | null;
  dataset: string | null;
  token: string | null;
}

/** What became of one event by a change set. */
export interface EventChange {
  set: ChangeSet;
  /** Its place among those of its set. */
  key: number;
  id: string;
  /** Null where it was added. */
  before: Event | null;
  /** Null where it was removed. */
  after: Event | null;
}

/** A part of the log: positions are the number of a change set, and a key in it. */
export interface LogRange extends Range {
  /** Whether events that were added are left out. */
  isCorrections: boolean;
}

/** Something else was written meanwhile. */
export class Conflict extends Error {
  override name = 'Conflict';
  /** What is not as it was expected. */
  readonly id: string;

  constructor(id: string) {
    super(`"${id}" is not as it was expected`);
    this.id = id;
  }
}

/**
 * What those who write an atlas keep beside it, which no reader and no index knows of: who may write, what is not published
 * yet, and which writes were made. It stays when the atlas is replaced.
 */
export type DeskKind = 'token' | 'draft' | 'written';

/** The value is JSON. */
export interface DeskRecord {
  id: string;
  value: unknown;
}

export interface DeskWrite extends DeskRecord {
  kind: DeskKind;
  /** What must be there for anything to be changed, null for nothing; missing where that doesn't matter. */
  was?: unknown;
}

/** What an atlas is, apart from its records. */
export type AtlasHead = Omit<Atlas, 'categories' | 'sources' | 'places' | 'actors' | 'events'>;

/** The steps of a load: `begin`, then for each file `put` again and again and `release`, and `end`. */
export interface AtlasLoad {
  /** Makes the atlas, where there is none yet. */
  begin(head: AtlasHead): Promise<void>;
  /** Puts events by their ids, and what they name. Of several events of a load with one id, the first alone is put. */
  put(batch: LoadBatch): Promise<Put>;
  /** Marks or removes the events that an earlier release of a dataset had and this load has not. */
  release(dataset: string, isReplaced: boolean): Promise<Vanished>;
  /** Gives all that was put a version. */
  end(): Promise<void>;
}

/**
 * Events in the order of their file, and the records that they name, each at most once: those that an earlier batch of the
 * load had may be missing. Relations may be to events that come later.
 */
export interface LoadBatch {
  categories: Category[];
  sources: Source[];
  places: Place[];
  actors: Actor[];
  events: PreparedEvent[];
}

/** An event with what is derived of it, so that any thread can do that work (`preparedEvent`). */
export interface PreparedEvent {
  id: string;
  /** The event as text: events with one id are equal where these are (`recordOf`). */
  record: string;
  category: string;
  status: EventStatus;
  /** Milliseconds since 1970 UTC, as of `When`. */
  from: number | null;
  to: number | null;
  corroboration: Corroboration;
  /** Folded words of the title, and those of all else that is searched and not in the title; each once. */
  titleWords: string[];
  otherWords: string[];
  placements: Placement[];
  /** Each once. */
  actors: string[];
  sources: string[];
  relations: Relation[];
}

/** What became of the events of a batch. */
export interface Put {
  added: number;
  changed: number;
  unchanged: number;
  /** Which of them had an id that was put before in this load, by their places in the batch, ascending. */
  repeated: number[];
}

/** How many events of a dataset are not in its new release. */
export interface Vanished {
  /** Marked as retracted now. */
  marked: number;
  removed: number;
}

/** What a change came to: how many events were new, different, and taken away. */
export interface Changed {
  isChanged: boolean;
  added: number;
  changed: number;
  removed: number;
}

export const NODE_KINDS = ['place', 'actor', 'source'] as const;
export type NodeKind = (typeof NODE_KINDS)[number];
export type RecordKind = NodeKind | 'event';

/** Where undated events stand in a list: after all others. */
export const UNDATED_SORT = Number.MAX_SAFE_INTEGER;

export const ofEachKind = <T>(make: (kind: RecordKind) => T): Record<RecordKind, T> => ({
  place: make('place'),
  actor: make('actor'),
  source: make('source'),
  event: make('event'),
});

/** A record's id, and the folded name that it is listed by; events are listed by date, and have none here. */
export interface RecordRow {
  id: string;
  sortName: string;
}

/** Keys of events, ascending, and how many of the words begin a word of each one's title. */
export interface Found {
  keys: Uint32Array;
  rank: Uint8Array;
}

export interface NodeKey {
  kind: NodeKind;
  key: number;
}

/** A moment of an atlas: its version, and the highest keys that had been given by then. */
export interface AtlasState {
  version: string;
  last: Record<RecordKind, number>;
}

/**
 * Records by their keys: nodes in the order of their folded names and ids; events by date (start, else end, those without
 * either last) and id; in any order placements, participants and sources of events, by the ordinals of both in these
 * columns. Times are milliseconds since 1970 UTC, NaN where null. Categories are ordinals in `categories`, the rest in the
 * lists below.
 */
export interface AtlasColumns extends AtlasState {
  categories: string[];
  place: Uint32Array;
  lng: Float64Array;
  lat: Float64Array;
  actor: Uint32Array;
  source: Uint32Array;
  event: Uint32Array;
  starts: Float64Array;
  ends: Float64Array;
  category: Uint16Array;
  status: Uint8Array;
  corroboration: Uint8Array;
  placementEvent: Uint32Array;
  placementPlace: Uint32Array;
  placementRole: Uint8Array;
  participantEvent: Uint32Array;
  participantActor: Uint32Array;
  claimEvent: Uint32Array;
  claimSource: Uint32Array;
}

/** The added events, with all nodes that they name or that are new; and the keys that are gone. */
export interface AtlasChanges {
  added: AtlasColumns;
  removed: Record<RecordKind, Uint32Array>;
}

/** The values that columns hold as ordinals. */
export const STATUSES = ['OCCURRED', 'PLANNED', 'CANCELLED', 'RETRACTED'] as const;
export const CORROBORATIONS = ['SINGLE_SOURCE', 'AGREED', 'DISPUTED'] as const;
export const ROLES = ['VENUE', 'SUBJECT'] as const;
