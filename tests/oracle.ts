import type { Atlas } from '../server/event.ts';
import { factsOf, matches, relevance, type EventFilter, type Facts } from '../server/filter.ts';
import { isInBox } from '../server/geo.ts';
import { foldedWords } from '../server/spelling.ts';
import type { Count, EventOrder } from '../server/store/store.ts';

/** Ids and folded names are compared as SQLite does, by their bytes. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Everything that a store answers about a filter, by going through all events with `matches`. */
export class Oracle {
  readonly #atlas: Atlas;
  readonly #facts: Map<string, Facts>;

  constructor(atlas: Atlas) {
    this.#atlas = atlas;
    const [places, actors] = [
      new Map(atlas.places.map((each) => [each.id, each])),
      new Map(atlas.actors.map((each) => [each.id, each])),
    ];
    this.#facts = new Map(atlas.events.map((event) => [event.id, factsOf(event, places, actors)]));
  }

  matching(filter: EventFilter): [string, Facts][] {
    return [...this.#facts].filter(([, facts]) => matches(facts, filter));
  }

  events(filter: EventFilter, order: EventOrder): string[] {
    const start = ({ when }: Facts): number => when.from ?? when.to ?? Infinity;
    const before = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
    const later = (a: number, b: number): number =>
      before(a === Infinity ? 1 : 0, b === Infinity ? 1 : 0) || before(b, a);
    const rank = (facts: Facts): number => relevance(facts, filter.words ?? []);
    return this.matching(filter)
      .sort(([a, one], [b, other]) => {
        const byTime = (order === 'WHEN_DESC' ? later : before)(start(one), start(other));
        const byRank = order === 'RELEVANCE' ? rank(other) - rank(one) : 0;
        return byRank || byTime || byBytes(a, b);
      })
      .map(([id]) => id);
  }

  placements(filter: EventFilter): { event: string; place: string; role: string }[] {
    const { box, places, roles } = filter;
    return this.matching(filter).flatMap(([event, facts]) =>
      facts.placements
        .filter(
          ({ position, place, role }) =>
            (!box || isInBox(position, box)) &&
            (!places || places.includes(place)) &&
            (!roles || roles.includes(role)),
        )
        .map(({ place, role }) => ({ event, place, role })),
    );
  }

  /** Per place, actor and source, the events that name it. */
  named(filter: EventFilter): Record<'place' | 'actor' | 'source', [event: string, id: string][]> {
    const found = this.matching(filter);
    return {
      place: this.placements(filter).map(({ event, place }) => [event, place]),
      actor: found.flatMap(([event, { actors }]) => actors.map((id): [string, string] => [event, id])),
      source: found.flatMap(([event, { sources }]) => sources.map((id): [string, string] => [event, id])),
    };
  }

  nodes(kind: 'place' | 'actor' | 'source', filter: EventFilter): string[] {
    const wanted = new Set(this.named(filter)[kind].map(([, id]) => id));
    const records = {
      place: this.#atlas.places,
      actor: this.#atlas.actors,
      source: this.#atlas.sources.map(({ id, title }) => ({ id, name: title })),
    }[kind];
    const folded = (name: string): string => foldedWords(name).join(' ');
    return records
      .filter(({ id }) => wanted.has(id) || Object.keys(filter).length === 0)
      .map(({ id, name }) => ({ id, name: folded(name) }))
      .sort((a, b) => byBytes(a.name, b.name) || byBytes(a.id, b.id))
      .map(({ id }) => id);
  }

  counts(pairs: [event: string, id: string][]): Count[] {
    return [...Map.groupBy(pairs, ([, id]) => id)]
      .map(([id, all]) => ({ id, count: new Set(all.map(([event]) => event)).size }))
      .sort((a, b) => b.count - a.count || byBytes(a.id, b.id));
  }
}
