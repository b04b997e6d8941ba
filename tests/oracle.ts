import type { Atlas } from '../server/event.ts';
import { factsOf, matches, relevance, type EventFilter, type Facts } from '../server/filter.ts';
import { isInBox } from '../server/geo.ts';
import { foldedWords } from '../server/spelling.ts';
import type { Count, EventOrder } from '../server/atlas-index.ts';
import { compareKeys } from '../server/list.ts';

type NodeKind = 'place' | 'actor' | 'source';

/** Everything that is answered about a filter, by going through all events with `matches`. */
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

  /** The date that an event is listed by. */
  sortOf(id: string): number {
    const when = this.#facts.get(id)?.when;
    return when?.from ?? when?.to ?? Number.MAX_SAFE_INTEGER;
  }

  events(filter: EventFilter, order: EventOrder): string[] {
    const undated = Number.MAX_SAFE_INTEGER;
    const start = ({ when }: Facts): number => when.from ?? when.to ?? undated;
    const rank = (facts: Facts): number =>
      order === 'RELEVANCE' ? -relevance(facts, filter.words ?? []) : 0;
    const inOrder = this.matching(filter)
      .map(([id, facts]) => [rank(facts), start(facts), id] as const)
      .sort((a, b) => compareKeys([...a], [...b]));
    const isDated = ([, sort]: readonly [number, number, string]): boolean => sort < undated;
    const rows =
      order === 'WHEN_DESC'
        ? [...inOrder.filter(isDated).reverse(), ...inOrder.filter((row) => !isDated(row))]
        : inOrder;
    return rows.map(([, , id]) => id);
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
  named(filter: EventFilter): Record<NodeKind, [event: string, id: string][]> {
    const found = this.matching(filter);
    return {
      place: this.placements(filter).map(({ event, place }) => [event, place]),
      actor: found.flatMap(([event, { actors }]) => actors.map((id): [string, string] => [event, id])),
      source: found.flatMap(([event, { sources }]) => sources.map((id): [string, string] => [event, id])),
    };
  }

  nodes(kind: NodeKind, filter: EventFilter): string[] {
    const wanted = new Set(this.named(filter)[kind].map(([, id]) => id));
    const isAll = Object.keys(filter).length === 0;
    return [...this.#namesOf(kind)]
      .filter(([id]) => wanted.has(id) || isAll)
      .sort(([a, nameA], [b, nameB]) => compareKeys([nameA, a], [nameB, b]))
      .map(([id]) => id);
  }

  /** Nodes by how many events name them, then by name. */
  nodeCounts(kind: NodeKind, filter: EventFilter): Count[] {
    const names = this.#namesOf(kind);
    return countsOf(this.named(filter)[kind]).sort(
      (a, b) =>
        b.count - a.count || compareKeys([names.get(a.id) ?? '', a.id], [names.get(b.id) ?? '', b.id]),
    );
  }

  categoryCounts(filter: EventFilter): Count[] {
    const pairs = this.matching(filter).map(([event, { category }]): [string, string] => [event, category]);
    return countsOf(pairs).sort((a, b) => b.count - a.count || compareKeys([a.id], [b.id]));
  }

  /** Folded names by id. */
  #namesOf(kind: NodeKind): Map<string, string> {
    const records = {
      place: this.#atlas.places,
      actor: this.#atlas.actors,
      source: this.#atlas.sources.map(({ id, title }) => ({ id, name: title })),
    }[kind];
    return new Map(records.map(({ id, name }) => [id, foldedWords(name).join(' ')]));
  }
}

/** How many different events each is paired with. */
const countsOf = (pairs: [event: string, id: string][]): Count[] =>
  [...Map.groupBy(pairs, ([, id]) => id)].map(([id, all]) => ({
    id,
    count: new Set(all.map(([event]) => event)).size,
  }));
