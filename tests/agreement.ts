import { expect } from 'vitest';
import type { AtlasIndex, EventOrder } from '../server/atlas-index.ts';
import type { EventFilter } from '../server/filter.ts';
import type { Listed, Range } from '../server/list.ts';
import { NODE_KINDS } from '../server/store/store.ts';
import { isCertainlyWithin, isPossiblyWithin } from '../server/time.ts';
import type { Oracle } from './oracle.ts';

const WORLD = [-180, -90, 180, 90] as const;

const ALL: Range = { after: null, before: null, from: 'START', limit: 1000 };
export const ORDERS: EventOrder[] = ['WHEN_ASC', 'WHEN_DESC', 'RELEVANCE'];

export const idsOf = ({ rows }: Listed): string[] => rows.map(({ id }) => id);

/** Compares what an index answers about one filter with `matches`. */
export async function agree(index: AtlasIndex, oracle: Oracle, filter: EventFilter): Promise<void> {
  const shown = JSON.stringify(filter);
  const matching = oracle.matching(filter);
  expect(await index.count(filter), shown).toBe(matching.length);
  expect(await index.categoryCounts(filter), shown).toEqual(oracle.categoryCounts(filter));
  for (const kind of NODE_KINDS) {
    const nodes = oracle.nodes(kind, filter);
    const listed = await index.nodes(kind, filter, ALL);
    expect([idsOf(listed), listed.total], `${kind} ${shown}`).toEqual([nodes, nodes.length]);
    const counts = oracle.nodeCounts(kind, filter);
    for (const most of [1000, 3])
      expect(await index.nodeCounts(kind, filter, most), shown).toEqual(counts.slice(0, most));
  }
  for (const order of ORDERS) {
    if (order === 'RELEVANCE' && !filter.words) continue;
    const expected = oracle.events(filter, order);
    for (const from of ['START', 'END'] as const) {
      const listed = await index.events(filter, order, { ...ALL, from });
      expect([idsOf(listed), listed.total], `${order} from ${from} ${shown}`).toEqual([
        expected,
        expected.length,
      ]);
    }
    if (order === 'RELEVANCE') continue;
    const inPortions: string[] = [];
    for await (const events of index.portions(await index.matching(filter), order, 7))
      inPortions.push(...events.map(({ id }) => id));
    const dates = new Map(expected.map((id) => [id, oracle.sortOf(id)]));
    expect(inPortions.toSorted(), shown).toEqual(expected.toSorted());
    expect(
      inPortions.map((id) => dates.get(id)),
      `${order} ${shown}`,
    ).toEqual([...dates.values()]);
  }

  const placements = oracle.placements(filter);
  const clusters = await index.clusters(WORLD, 3, filter);
  expect(
    clusters.reduce((sum, { count }) => sum + count, 0),
    shown,
  ).toBe(placements.length);
  for (const cluster of clusters) {
    const perCategory = index.categoriesOf(cluster).reduce((sum, { count }) => sum + count, 0);
    expect(perCategory, shown).toBe(cluster.count);
    expect(index.eventCountOf(cluster)).toBeLessThanOrEqual(cluster.count);
    const place = (await index.onlyPlaceOf(cluster))?.id ?? null;
    if (place !== null) expect(placements.filter((each) => each.place === place).length).toBe(cluster.count);
    if (cluster.count === 1) expect([place, await index.onlyEventOf(cluster)]).not.toContain(null);
  }
  expect(clusters.reduce((sum, each) => sum + index.countOf(each, ({ role }) => role === 'SUBJECT'), 0)).toBe(
    placements.filter(({ role }) => role === 'SUBJECT').length,
  );

  const { during: _period, ...rest } = filter;
  const timeline = await index.timeline(filter, 40);
  expect(timeline.bins.length).toBeLessThanOrEqual(40);
  const whens = matching.map(([, { when }]) => when);
  const [possibly, certainly] = [timeline.possibly(), timeline.certainly()];
  timeline.bins.forEach((bin, at) => {
    expect(possibly[at], `${shown} ${at}`).toBe(whens.filter((when) => isPossiblyWithin(when, bin)).length);
    expect(certainly[at], `${shown} ${at}`).toBe(whens.filter((when) => isCertainlyWithin(when, bin)).length);
  });
  for (const [counted, isWithin] of [
    [timeline.perCategory(), isPossiblyWithin],
    [timeline.certainlyPerCategory(), isCertainlyWithin],
  ] as const)
    for (const [category, counts] of counted) {
      const its = matching.filter(([, facts]) => facts.category === category);
      expect(counts, `${shown} ${category}`).toEqual(
        timeline.bins.map((bin) => its.filter(([, { when }]) => isWithin(when, bin)).length),
      );
    }
  for (const [, { category }] of matching) expect([...timeline.perCategory().keys()]).toContain(category);
  const undated = oracle.matching(rest).filter(([, { when }]) => when.from === null && when.to === null);
  expect(timeline.undated(), shown).toBe(undated.length);
}
