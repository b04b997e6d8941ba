import { expect, test } from 'vitest';
import { differences } from '../server/event-differences.ts';
import type { Claim, Event } from '../server/event.ts';
import { readWhen } from '../server/time.ts';

const claim = (id: string, statement: string, more: Partial<Claim> = {}): Claim => ({
  ...{ id, event: 'e', aspect: 'TOLL', question: null, value: null, statement, source: 's' },
  ...{ locator: null, attributedTo: null, ...more },
});

const EVENT: Event = {
  ...{ id: 'e', title: 'Talks', summary: null, category: 'c', status: 'OCCURRED', when: readWhen('') },
  placements: [
    { place: 'geneva', role: 'VENUE' },
    { place: 'aleppo', role: 'SUBJECT' },
  ],
  participants: [{ actor: 'kerry', role: 'secretary' }],
  claims: [claim('e-claim-1', 'One.'), claim('e-claim-2', 'Two.'), claim('e-claim-3', 'Three.')],
  relations: [{ kind: 'follows', related: 'f' }],
};

/** What is different, as texts. */
const told = (after: Partial<Event>): unknown[] =>
  differences(EVENT, { ...EVENT, ...after }).map(({ field, before, after: now }) => [
    ...[field, before?.text ?? null, now?.text ?? null],
  ]);

test('an event is not different from itself, nor from one whose lists have another order', () => {
  expect(told({})).toEqual([]);
  expect(told({ placements: EVENT.placements.toReversed(), claims: EVENT.claims.toReversed() })).toEqual([]);
});

test('a part that comes or goes has nothing before or after it', () => {
  expect(told({ summary: 'They talked.', when: readWhen('2016-10') })).toEqual([
    ['SUMMARY', null, 'They talked.'],
    ['WHEN', null, '2016-10'],
  ]);
  const dated = { ...EVENT, when: readWhen('2016-10') };
  expect(differences(dated, EVENT)).toEqual([{ field: 'WHEN', before: { text: '2016-10' }, after: null }]);
});

test('a place that took the place of another is told with it, and one that has another role as gone and come', () => {
  const about = { place: 'aleppo', role: 'SUBJECT' } as const;
  expect(told({ placements: [{ place: 'lausanne', role: 'VENUE' }, about] })).toEqual([
    ['VENUE', 'geneva', 'lausanne'],
  ]);
  expect(told({ placements: [{ place: 'geneva', role: 'SUBJECT' }, about] })).toEqual([
    ['VENUE', 'geneva', null],
    ['SUBJECT', null, 'geneva'],
  ]);
});

test('somebody in another role is one difference, and somebody else two', () => {
  expect(told({ participants: [{ actor: 'kerry', role: 'guest' }] })).toEqual([
    ['PARTICIPANT', 'kerry', 'kerry'],
  ]);
  expect(told({ participants: [{ actor: 'lavrov', role: 'secretary' }] })).toEqual([
    ['PARTICIPANT', 'kerry', null],
    ['PARTICIPANT', null, 'lavrov'],
  ]);
});

test('a claim that is taken out leaves the others as they are, though they are numbered anew', () => {
  expect(told({ claims: [claim('e-claim-1', 'Two.'), claim('e-claim-2', 'Three.')] })).toEqual([
    ['CLAIM', 'One.', null],
  ]);
  const valued = claim('e-claim-2', 'Two.', { value: '2' });
  expect(told({ claims: EVENT.claims.with(1, valued) })).toEqual([['CLAIM', 'Two.', 'Two.']]);
  expect(told({ claims: EVENT.claims.with(1, claim('e-claim-2', 'Two, or three.')) })).toEqual([
    ['CLAIM', 'Two.', 'Two, or three.'],
  ]);
});

test('a relation of another kind is another relation', () => {
  expect(differences(EVENT, { ...EVENT, relations: [{ kind: 'ends', related: 'f' }] })).toEqual([
    { field: 'RELATION', before: { text: 'f', as: 'follows' }, after: null },
    { field: 'RELATION', before: null, after: { text: 'f', as: 'ends' } },
  ]);
});
