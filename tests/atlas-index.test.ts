import { expect, test } from 'vitest';
import { AtlasIndex } from '../server/atlas-index.ts';
import type { EventFilter } from '../server/filter.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { isCertainlyWithin, isPossiblyWithin } from '../server/time.ts';
import { Oracle } from './oracle.ts';
import { FILTER_PARTS, randomAtlas, randomFilter } from './random-atlas.ts';
import { Chance } from './random.ts';

const WORLD = [-180, -90, 180, 90] as const;

/** Compares what an index answers about one filter with `matches`. */
async function agree(index: AtlasIndex, oracle: Oracle, filter: EventFilter): Promise<void> {
  const shown = JSON.stringify(filter);
  const matching = oracle.matching(filter);
  expect(await index.count(filter), shown).toBe(matching.length);
  expect(await index.categoryCounts(filter), shown).toEqual(
    oracle.counts(matching.map(([event, { category }]) => [event, category])),
  );

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
    const place = index.onlyPlaceOf(cluster);
    if (place !== null) expect(placements.filter((each) => each.place === place).length).toBe(cluster.count);
    if (cluster.count === 1) expect([place, index.onlyEventOf(cluster)]).not.toContain(null);
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
  const undated = oracle.matching(rest).filter(([, { when }]) => when.from === null && when.to === null);
  expect(timeline.undated(), shown).toBe(undated.length);
}

test.each([...FILTER_PARTS, 'all'])('agrees with matches on %s', async (part) => {
  for (let seed = 1; seed <= 3; seed++) {
    const chance = new Chance(seed * 77 + part.length);
    const atlas = randomAtlas(chance);
    const store = new SqliteStore(':memory:');
    await store.replace(atlas);
    const [index, oracle] = [await AtlasIndex.read(store), new Oracle(atlas)];
    await agree(index, oracle, {});
    for (let round = 0; round < 25; round++) {
      const parts =
        part === 'all'
          ? chance.some(FILTER_PARTS, chance.whole(2, 4))
          : FILTER_PARTS.filter((each) => each === part);
      await agree(index, oracle, randomFilter(chance, atlas, parts));
    }
    await store.close();
  }
});
