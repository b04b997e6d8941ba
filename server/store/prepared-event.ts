import { hash } from 'node:crypto';
import { corroboration, type Actor, type Claim, type Event, type Participant, type Place } from '../event.ts';
import type { Placement, Relation } from '../event.ts';
import { wordsOf } from '../filter.ts';
import { rememberedWords } from '../spelling.ts';
import type { When } from '../time.ts';
import type { PreparedEvent } from './store.ts';

/** An event as a store takes it. @param places, actors those that it names, by their ids */
export function preparedEvent(
  event: Event,
  places: ReadonlyMap<string, Place>,
  actors: ReadonlyMap<string, Actor>,
): PreparedEvent {
  const { titleWords, otherWords } = wordsOf(
    event,
    event.placements.flatMap(({ place }) => places.get(place) ?? []),
    event.participants.flatMap(({ actor }) => actors.get(actor) ?? []),
    rememberedWords,
  );
  return {
    ...{ id: event.id, record: recordOf(event) },
    ...{ category: event.category, status: event.status, from: event.when.from, to: event.when.to },
    corroboration: corroboration(event.claims),
    titleWords: unique(titleWords),
    otherWords,
    placements: event.placements,
    actors: unique(event.participants.map(({ actor }) => actor)),
    sources: unique(event.claims.map(({ source }) => source)),
    relations: event.relations,
  };
}

const unique = (ids: string[]): string[] => (ids.length < 2 ? ids : [...new Set(ids)]);

/** All of an event but its id. Lists, since the names of fields would be half of the text. */
type EventRecord = [
  ...[title: string, summary: string | null, category: string, status: Event['status']],
  ...[edtf: string, from: number | null, to: number | null, precision: When['precision']],
  placements: [place: string, role: Placement['role']][],
  participants: [actor: string, role: string | null][],
  claims: ClaimRecord[],
  relations: [kind: string, related: string][],
];

/** The id is null where it is the event's with the claim's number. */
type ClaimRecord = [
  ...[id: string | null, aspect: Claim['aspect'], question: string | null, value: string | null],
  ...[statement: string, source: string, locator: string | null, attributedTo: string | null],
];

const claimId = (event: string, at: number): string => `${event}-claim-${at + 1}`;

/** An event as text: equal events have equal texts, in whatever order their fields are. */
export function recordOf(event: Event): string {
  const { title, summary, category, status, when } = event;
  const record: EventRecord = [
    ...([title, summary, category, status, when.edtf, when.from, when.to, when.precision] as const),
    event.placements.map(({ place, role }) => [place, role]),
    event.participants.map(({ actor, role }) => [actor, role]),
    event.claims.map((claim, at) => [
      claim.id === claimId(event.id, at) ? null : claim.id,
      ...([claim.aspect, claim.question, claim.value, claim.statement] as const),
      ...([claim.source, claim.locator, claim.attributedTo] as const),
    ]),
    event.relations.map(({ kind, related }) => [kind, related]),
  ];
  return JSON.stringify(record);
}

/** Names a state of an event: it changes with anything that the event says. @param record what `recordOf` makes of it */
export const eventVersion = (record: string): string => hash('sha256', record, 'base64url').slice(0, 16);

/** The event of a text that `recordOf` made. */
export function eventOfRecord(id: string, text: string): Event {
  const [title, summary, category, status, edtf, from, to, precision, ...parts] = JSON.parse(
    text,
  ) as EventRecord;
  const [placements, participants, claims, relations] = parts;
  // Written out: the same with spreads takes twice as long, and every event that is shown or exported goes through here.
  return {
    id,
    title,
    summary,
    category,
    status,
    when: { edtf, from, to, precision },
    placements: placements.map(([place, role]): Placement => ({ place, role })),
    participants: participants.map(([actor, role]): Participant => ({ actor, role })),
    claims: claims.map(
      ([own, aspect, question, value, statement, source, locator, attributedTo], at): Claim => ({
        id: own ?? claimId(id, at),
        event: id,
        aspect,
        question,
        value,
        statement,
        source,
        locator,
        attributedTo,
      }),
    ),
    relations: relations.map(([kind, related]): Relation => ({ kind, related })),
  };
}
