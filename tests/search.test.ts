import { expect, test } from 'vitest';
import type { ask } from '../web/api.ts';
import { NO_FILTER, type Filter } from '../web/filter.ts';
import { nearest } from '../web/panel/nearest.ts';
import type { SuggestQuery } from '../web/queries.generated.ts';
import { grouped } from '../web/search/suggestions.ts';
import { en } from '../web/translations/en.ts';
import { Words } from '../web/words.ts';
import { TestServer } from './server.ts';

const server = new TestServer();
const words = new Words('en', en);
const asked = (async (document: object, variables: object) =>
  server.data(String(document), variables)) as typeof ask;

type Found = SuggestQuery['suggest'][number];
const place = (id: string, name: string, shown: string, country: string | null): Found => ({
  ...{ name, eventCount: 2 },
  node: { __typename: 'Place', id, name: shown, country },
});

test('what is suggested is listed by kind: places, actors, sources, events', () => {
  const event: Found = {
    ...{ name: 'Talks', eventCount: 1 },
    node: { __typename: 'Event', id: 'e', title: 'Talks', when: { edtf: '2016-10', label: 'October 2016' } },
  };
  const actor: Found = { name: 'Iran', eventCount: 9, node: { __typename: 'Actor', id: 'a', name: 'Iran' } };
  const category: Found = { name: 'Call', eventCount: 1, node: { __typename: 'Category', id: 'c' } };
  const groups = grouped([event, actor, category, place('p', 'Aleppo', 'Aleppo', 'SY')], words);
  expect(groups.map(({ kind, suggestions }) => [kind, ...suggestions.map(({ name }) => name)])).toEqual([
    ['place', 'Aleppo'],
    ['actor', 'Iran'],
    ['event', 'Talks'],
  ]);
});

test('a name that was found and is not the one shown is said beside it; else the country, where it says more', () => {
  const notes = (...found: Found[]): string[] =>
    grouped(found, words).flatMap(({ suggestions }) => suggestions.map(({ note }) => note));
  expect(notes(place('p', 'Халеб', 'Aleppo', 'SY'))).toEqual(['Халеб']);
  expect(notes(place('p', 'Aleppo', 'Aleppo', 'SY'))).toEqual(['Syria']);
  expect(notes(place('p', 'Syria', 'Syria', 'SY'), place('q', 'Middle East', 'Middle East', null))).toEqual([
    '',
    '',
  ]);
});

const day = (date: string): number => Date.parse(date);
const visits = (from: string | null, to: string | null): Filter => ({
  ...{ ...NO_FILTER, categories: ['visit'] },
  ...{ from: from === null ? null : day(from), to: to === null ? null : day(to) },
});

/** The dates of all visits of the atlas, by brute force. */
async function allVisits(): Promise<{ from: number; to: number }[]> {
  const { events } = await server.data(
    '{ events(filter: { categories: ["visit"] }) { nodes { when { from to } } } }',
  );
  return (events.nodes as { when: { from: string; to: string } }[]).map(({ when }) => ({
    from: day(when.from),
    to: day(when.to),
  }));
}

test('the nearest events before and after an empty period are found, whichever began first', async () => {
  const all = await allVisits();
  expect(all.length).toBeGreaterThan(3);
  const [first, last] = [Math.min(...all.map(({ from }) => from)), Math.max(...all.map(({ to }) => to))];
  const before = await nearest(asked, visits('2010-01-01', '2010-01-11'), null);
  expect(before).toEqual([
    {
      ...{ side: 'later', distance: first - day('2010-01-11') },
      period: { from: first, to: expect.any(Number) },
    },
  ]);
  const after = await nearest(asked, visits('2026-01-01', '2026-01-11'), null);
  expect(after.map(({ side, distance }) => [side, distance])).toEqual([
    ['earlier', day('2026-01-01') - last],
  ]);
  expect(after[0]?.period.to).toBe(last);
});

test('the period that is gone to is as long as it was, or as the event, and has events in it', async () => {
  for (const filter of [visits('2010-01-01', '2010-01-02'), visits('2026-01-01', '2029-01-01')]) {
    const [found] = await nearest(asked, filter, null);
    const { from, to } = found?.period ?? {};
    expect((to ?? 0) - (from ?? 0)).toBeGreaterThanOrEqual((filter.to ?? 0) - (filter.from ?? 0));
    const all = await allVisits();
    expect(all.some((visit) => visit.from < (to ?? 0) && visit.to > (from ?? 0))).toBe(true);
  }
});

test('of an open period the open end stays open', async () => {
  const [after] = await nearest(asked, visits('2026-01-01', null), null);
  expect([after?.side, after?.period.to]).toEqual(['earlier', null]);
  const [before] = await nearest(asked, visits(null, '2010-01-01'), null);
  expect([before?.side, before?.period.from]).toEqual(['later', null]);
});

test('where there is nothing at any time, nothing is near', async () => {
  const pacific = await nearest(asked, visits('2010-01-01', '2010-01-11'), [-160, -60, -120, -50]);
  expect(pacific).toEqual([]);
});

test.each([
  [30 * 60_000, '1 hour'],
  [5 * 3_600_000, '5 hours'],
  [86_400_000, '1 day'],
  [12 * 86_400_000, '12 days'],
  [90 * 86_400_000, '3 months'],
  [3 * 366 * 86_400_000, '3 years'],
])('%d milliseconds are %s', (milliseconds, text) => {
  expect(words.duration(milliseconds)).toBe(text);
});
