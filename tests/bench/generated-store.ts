import type { Actor, Category, Event, Place, Source } from '../../server/event.ts';
import { foldedWords } from '../../server/spelling.ts';
import {
  CORROBORATIONS,
  ROLES,
  STATUSES,
  type AtlasColumns,
  type AtlasState,
  type AtlasSummary,
  type Found,
  type NodeKey,
  type RecordKind,
  type RecordRow,
  type Store,
} from '../../server/store/store.ts';
import * as Generated from './generated-atlas.ts';
import { generate, UNDATED, type Columns } from './generator.ts';

/**
 * A store of a generated atlas that nothing is written to: its records are made when they are asked for, from the columns
 * that they are generated of. So there can be ten million of them in an instant. A record's key is one more than its ordinal.
 */
export class GeneratedStore implements Store {
  readonly location = null;
  readonly #columns: Columns;

  constructor(events: number) {
    this.#columns = generate(events);
  }

  async summary(): Promise<AtlasSummary> {
    const about = Generated.aboutAtlas(this.#sizes.event);
    return { ...about, packageVersion: about.version, sourceCount: Generated.SOURCES };
  }

  async version(): Promise<string> {
    return Generated.aboutAtlas(this.#sizes.event).version;
  }

  replace(): Promise<never> {
    return refuse();
  }

  change(): Promise<never> {
    return refuse();
  }

  async desk(): Promise<[]> {
    return [];
  }

  load(): Promise<never> {
    return refuse();
  }

  watch(): () => void {
    return () => {};
  }

  async look(): Promise<void> {}

  async categories(): Promise<Category[]> {
    return Generated.generatedCategories();
  }

  async events(ids: readonly string[]): Promise<(Event | undefined)[]> {
    return this.#each('event', ids, (at) => Generated.generatedEvent(this.#columns, at));
  }

  async eventsAt(keys: readonly number[]): Promise<(Event | undefined)[]> {
    return keys.map((key) =>
      key >= 1 && key <= this.#sizes.event ? Generated.generatedEvent(this.#columns, key - 1) : undefined,
    );
  }

  async places(ids: readonly string[]): Promise<(Place | undefined)[]> {
    return this.#each('place', ids, (at) => Generated.generatedPlace(this.#columns, at));
  }

  async actors(ids: readonly string[]): Promise<(Actor | undefined)[]> {
    return this.#each('actor', ids, Generated.generatedActor);
  }

  async sources(ids: readonly string[]): Promise<(Source | undefined)[]> {
    return this.#each('source', ids, Generated.generatedSource);
  }

  async histories(ids: readonly string[]): Promise<[][]> {
    return ids.map(() => []);
  }

  async log(): Promise<{ changes: []; total: number }> {
    return { changes: [], total: 0 };
  }

  async relationsTo(ids: readonly string[]): Promise<[][]> {
    return ids.map(() => []);
  }

  async keys(kind: RecordKind, ids: readonly string[]): Promise<(number | undefined)[]> {
    return this.#each(kind, ids, (at) => at + 1);
  }

  async rows(kind: RecordKind, keys: readonly number[]): Promise<(RecordRow | undefined)[]> {
    return keys.map((key) => (key >= 1 && key <= this.#sizes[kind] ? this.#rowOf(kind, key - 1) : undefined));
  }

  /** By the number in its title alone is an event found. */
  async search(words: readonly string[]): Promise<Found> {
    const [id, ...others] = words.map((word) => `event-${word}`);
    const [key] = id !== undefined && others.length === 0 ? await this.keys('event', [id]) : [];
    return key === undefined
      ? { keys: new Uint32Array(0), rank: new Uint8Array(0) }
      : { keys: Uint32Array.of(key), rank: Uint8Array.of(1) };
  }

  async searchNodes(): Promise<NodeKey[]> {
    return [];
  }

  async state(): Promise<AtlasState> {
    return { version: await this.version(), last: this.#sizes };
  }

  async columns(): Promise<AtlasColumns> {
    const { starts, ends, kind, event, place } = this.#columns;
    const sizes = this.#sizes;
    const inMs = (minutes: number): number => (minutes === UNDATED ? Number.NaN : minutes * 60_000);
    const [lng, lat] = [new Float64Array(sizes.place), new Float64Array(sizes.place)];
    for (let at = 0; at < sizes.place; at++)
      ({ lng: lng[at], lat: lat[at] } = Generated.generatedPlace(this.#columns, at).position);

    const [status, corroboration] = [new Uint8Array(sizes.event), new Uint8Array(sizes.event)];
    const [participantEvent, participantActor, claimEvent, claimSource]: number[][] = [[], [], [], []];
    for (let at = 0; at < sizes.event; at++) {
      const [actor, sources] = [Generated.actorOf(at), Generated.sourcesOf(at)];
      status[at] = STATUSES.indexOf(Generated.statusOf(at));
      corroboration[at] = CORROBORATIONS.indexOf(sources.length > 1 ? 'DISPUTED' : 'SINGLE_SOURCE');
      if (actor !== null) {
        participantEvent?.push(at);
        participantActor?.push(actor);
      }
      for (const source of sources) {
        claimEvent?.push(at);
        claimSource?.push(source);
      }
    }
    return {
      ...(await this.state()),
      categories: Generated.generatedCategories().map(({ id }) => id),
      ...{ place: keysOf(sizes.place), lng, lat },
      ...{ actor: keysOf(sizes.actor), source: keysOf(sizes.source), event: keysOf(sizes.event) },
      starts: Float64Array.from(starts, inMs),
      ends: Float64Array.from(ends, inMs),
      category: Uint16Array.from(kind),
      ...{ status, corroboration },
      ...{ placementEvent: event, placementPlace: place },
      placementRole: Uint8Array.from(event, (its, at) =>
        ROLES.indexOf(its === event[at - 1] ? 'SUBJECT' : 'VENUE'),
      ),
      participantEvent: Uint32Array.from(participantEvent ?? []),
      participantActor: Uint32Array.from(participantActor ?? []),
      claimEvent: Uint32Array.from(claimEvent ?? []),
      claimSource: Uint32Array.from(claimSource ?? []),
    };
  }

  async changes(): Promise<null> {
    return null;
  }

  async close(): Promise<void> {}

  get #sizes(): Record<RecordKind, number> {
    const { x, starts } = this.#columns;
    return { event: starts.length, place: x.length, actor: Generated.ACTORS, source: Generated.SOURCES };
  }

  #rowOf(kind: RecordKind, at: number): RecordRow {
    const sorted = (id: string, name: string): RecordRow => ({ id, sortName: foldedWords(name).join(' ') });
    if (kind === 'event') return { id: Generated.eventId(at), sortName: '' };
    if (kind === 'source') return sorted(Generated.sourceId(at), Generated.generatedSource(at).title);
    if (kind === 'actor') return sorted(Generated.actorId(at), Generated.generatedActor(at).name);
    return sorted(Generated.placeId(at), Generated.generatedPlace(this.#columns, at).name);
  }

  /** Something of each record that there is, by its ordinal. */
  #each<T>(kind: RecordKind, ids: readonly string[], make: (at: number) => T): (T | undefined)[] {
    return ids.map((id) => {
      const at = id.startsWith(`${kind}-`) ? Generated.ordinalIn(id) : Number.NaN;
      return at < this.#sizes[kind] ? make(at) : undefined;
    });
  }
}

async function refuse(): Promise<never> {
  throw new Error('a generated atlas is not written to');
}

const keysOf = (size: number): Uint32Array => Uint32Array.from({ length: size }, (_, at) => at + 1);
