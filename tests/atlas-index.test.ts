import { expect, test } from 'vitest';
import { AtlasIndex } from '../server/atlas-index.ts';
import type { EventFilter } from '../server/filter.ts';
import type { Listed, Range, SortKeys } from '../server/list.ts';
import { SqliteStore } from '../server/store/sqlite.ts';
import { NODE_KINDS } from '../server/store/store.ts';
import { agree, idsOf, ORDERS } from './agreement.ts';
import { Oracle } from './oracle.ts';
import { FILTER_PARTS, randomAtlas, randomFilter } from './random-atlas.ts';
import { Chance } from './random.ts';

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

/** All pages of a list, from the start and from the end. */
async function paged(page: (range: Range) => Promise<Listed>, limit: number): Promise<[string[], string[]]> {
  const [forwards, backwards]: [string[], string[]] = [[], []];
  let [after, before]: [SortKeys | null, SortKeys | null] = [null, null];
  for (;;) {
    const next = await page({ after, before: null, from: 'START', limit });
    const previous = await page({ after: null, before, from: 'END', limit });
    forwards.push(...idsOf(next));
    backwards.unshift(...idsOf(previous));
    after = next.rows.at(-1)?.keys ?? after;
    before = previous.rows[0]?.keys ?? before;
    if (next.rows.length === 0 && previous.rows.length === 0) return [forwards, backwards];
  }
}

test.each(ORDERS)(
  'pages in order %s follow one another without gap or repeat, from both ends',
  async (order) => {
    const chance = new Chance(41);
    const atlas = randomAtlas(chance, { categories: 1, sources: 1, places: 1, actors: 1, events: 40 });
    const store = new SqliteStore(':memory:');
    await store.replace(atlas);
    const [index, oracle] = [await AtlasIndex.read(store), new Oracle(atlas)];
    for (const filter of [{}, { words: ['al'] }, { words: ['talk', 'a'] }] satisfies EventFilter[]) {
      if (order === 'RELEVANCE' && !filter.words) continue;
      const whole = oracle.events(filter, order);
      for (const limit of [1, 3, 7])
        expect(await paged((range) => index.events(filter, order, range), limit)).toEqual([whole, whole]);
      for (const kind of NODE_KINDS) {
        const nodes = oracle.nodes(kind, filter);
        expect(await paged((range) => index.nodes(kind, filter, range), 3)).toEqual([nodes, nodes]);
      }
    }
    await store.close();
  },
);
