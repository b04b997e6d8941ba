import { expect, test } from 'vitest';
import { Bounds, PlacementTree, treeOf, wordsOfOrder } from '../server/placement-tree.ts';
import { mulberry32 } from './random.ts';

/** Places with ascending codes, and how many placements each has; the last of them have no place. */
interface Spread {
  codes: number[];
  sizes: number[];
}

function spreadOf(random: () => number, places: number, sizeOf: (place: number) => number): Spread {
  // Some share a code, some lie close together, and some as far apart as codes go.
  const codes = Array.from({ length: places }, () => {
    const sort = random();
    return sort < 0.2 ? 77 : sort < 0.6 ? Math.floor(random() * 4096) : Math.floor(random() * 2 ** 52);
  }).sort((a, b) => a - b);
  return { codes, sizes: [...codes.map((_, place) => sizeOf(place)), sizeOf(places)] };
}

const random = mulberry32(5);

test.each<[string, Spread]>([
  ['many small places', spreadOf(random, 3000, () => Math.floor(random() * 5))],
  ['a heavy place among light ones', spreadOf(random, 400, (place) => (place === 200 ? 5000 : 2))],
  ['heavy places beside empty ones', spreadOf(random, 90, (place) => (place % 3 ? 0 : 700))],
  ['all at one place', { codes: [5], sizes: [3000, 0] }],
  ['several places at one spot', { codes: [9, 9, 9, 9], sizes: [400, 400, 0, 400, 64] }],
  ['all nowhere', { codes: [1, 2], sizes: [0, 0, 1000] }],
  ['a whole number of words', { codes: [1, 2 ** 51], sizes: [128, 128, 0] }],
  ['none', { codes: [], sizes: [0] }],
])('what comes before bounds is counted in any runs: %s', (_, { codes, sizes }) => {
  const first = [0];
  for (const size of sizes) first.push((first.at(-1) ?? 0) + size);
  const size = first.at(-1) ?? 0;
  const order = Array.from({ length: size }, (__, placement) => placement);
  for (let i = size - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  const parts = treeOf(Float64Array.from(codes), Uint32Array.from(first));
  const words = wordsOfOrder(parts, Uint32Array.from(order));
  const tree = new PlacementTree(parts, size);
  const at = new Uint32Array(size);
  order.forEach((placement, position) => (at[placement] = position));

  for (let round = 0; round < 60; round++) {
    const positions = Array.from({ length: 1 + (round % 4) }, () => Math.floor(random() * (size + 1)));
    // Runs end at places, or anywhere; some touch.
    const borders = Array.from({ length: 2 * Math.floor(random() * 12) }, () =>
      random() < 0.7 ? (first[Math.floor(random() * first.length)] ?? 0) : Math.floor(random() * (size + 1)),
    ).sort((a, b) => a - b);
    const runs = borders.filter((__, i) => (borders[i & ~1] ?? 0) < (borders[i | 1] ?? 0));
    const none = new Bounds(
      tree,
      words,
      positions.map(() => 0),
    );
    const bounds = new Bounds(tree, words, positions);
    const found = Array.from({ length: runs.length / 2 }, () => positions.map(() => 0));
    const add = (run: number, bound: number, count: number): void => {
      const its = found[run] as number[];
      its[bound] = (its[bound] ?? 0) + count;
    };
    tree.visit(runs, bounds, none, round % 3 === 0 ? 500 : 0, {
      cover: (run, level) =>
        positions.forEach((__, bound) => {
          const index = level * positions.length + bound;
          add(run, bound, (bounds.before[index] ?? 0) - (none.before[index] ?? 0));
        }),
      look: (run, from, to) => {
        for (let placement = from; placement < to; placement++)
          positions.forEach((position, bound) => add(run, bound, Number((at[placement] ?? 0) < position)));
      },
    });
    expect(found).toEqual(
      found.map((__, run) =>
        positions.map((position) => {
          const its = at.subarray(runs[2 * run], runs[2 * run + 1]);
          return its.filter((where) => where < position).length;
        }),
      ),
    );
  }
});

test('a place with most of the placements is parted from the others at once, and places without any are not', () => {
  const codes = Float64Array.from({ length: 53 }, (_, bit) => 2 ** bit - 1);
  const first = Uint32Array.from({ length: 55 }, (_, place) => (place <= 10 ? place : place + 100_000));
  const { depth, words } = treeOf(codes, first);
  expect(depth).toBeLessThan(6);
  expect(words).toBeLessThan((3 * 2 * 100_100) / 32);
  const sparse = Uint32Array.from(
    { length: 55 },
    (_, place) => 1000 * Number(place > 3) + 1000 * Number(place > 40),
  );
  expect(treeOf(codes, sparse).depth).toBe(1);
});
