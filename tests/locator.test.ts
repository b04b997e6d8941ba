import { expect, test } from 'vitest';
import { areaPath, besidePoint, frameOf, linePath, onPoint, pointOf, reachOf } from '../web/panel/locator.ts';
import type { Box, Frame, Located } from '../web/panel/locator.ts';
import { Chance } from './random.ts';

const WIDTH = 344;
const HEIGHT = 168;

const at = (lng: number, lat: number, radiusKm: number | null = null): Located => ({
  position: { lng, lat },
  radiusKm,
});
const LAUSANNE = at(6.63, 46.52);
const ALEPPO = at(37.16, 36.2);

const isInside = ([x, y]: readonly [number, number]): boolean =>
  x >= 0 && x <= WIDTH && y >= 0 && y <= HEIGHT;

/** The points that a path goes through. */
const pointsOf = (path: string): [number, number][] =>
  [...path.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);

/** The area of a path of rings in square pixels. */
const areaOf = (path: string): number =>
  path
    .split('Z')
    .map(pointsOf)
    .reduce((sum, ring) => {
      const twice = ring.reduce((part, [x, y], i) => {
        const [nextX = 0, nextY = 0] = ring[(i + 1) % ring.length] ?? [];
        return part + x * nextY - nextX * y;
      }, 0);
      return sum + twice / 2;
    }, 0);

test('one spot stands in the middle, with land around it', () => {
  const frame = frameOf([ALEPPO], WIDTH, HEIGHT);
  expect(pointOf(frame, ALEPPO.position)).toEqual([WIDTH / 2, HEIGHT / 2]);
  const [west, east] = [ALEPPO.position.lng - 9, ALEPPO.position.lng + 9];
  expect(pointOf(frame, { lng: west, lat: 36.2 })[0]).toBeCloseTo(0);
  expect(pointOf(frame, { lng: east, lat: 36.2 })[0]).toBeCloseTo(WIDTH);
});

test('two places on one spot are drawn like one', () => {
  expect(frameOf([ALEPPO, ALEPPO], WIDTH, HEIGHT)).toEqual(frameOf([ALEPPO], WIDTH, HEIGHT));
});

test('north is up, and east is right', () => {
  const frame = frameOf([LAUSANNE, ALEPPO], WIDTH, HEIGHT);
  const [west, east] = [pointOf(frame, LAUSANNE.position), pointOf(frame, ALEPPO.position)];
  expect(west[0]).toBeLessThan(east[0]);
  expect(west[1]).toBeLessThan(east[1]);
});

test.each([1, 2, 3])(
  'every place can be seen, with its whole area if the world is wide enough, seed %i',
  (seed) => {
    const chance = new Chance(seed);
    for (let round = 0; round < 300; round++) {
      const places = Array.from({ length: chance.whole(1, 5) }, () =>
        at(
          chance.next() * 40 - 20 + chance.one([0, 100, 175, -175]),
          chance.next() * 100 - 50,
          chance.one([null, 5, 300]),
        ),
      );
      const near = places.filter(
        ({ position }) => Math.abs(position.lng - (places[0]?.position.lng ?? 0)) < 45,
      );
      const frame = frameOf(near, WIDTH, HEIGHT);
      for (const place of near) {
        const [x, y] = pointOf(frame, place.position);
        const reach = reachOf(frame, place);
        for (const point of [
          [x - reach, y],
          [x + reach, y],
          [x, y - reach],
          [x, y + reach],
        ] as const)
          expect(isInside(point), JSON.stringify(near)).toBe(true);
      }
    }
  },
);

test('places on either side of the antimeridian are shown the short way round', () => {
  const [fiji, samoa] = [at(178, -18), at(-172, -14)];
  for (const places of [
    [fiji, samoa],
    [samoa, fiji],
  ]) {
    const frame = frameOf(places, WIDTH, HEIGHT);
    const [west, east] = [pointOf(frame, fiji.position), pointOf(frame, samoa.position)];
    expect(east[0] - west[0]).toBeGreaterThan(0);
    expect(east[0] - west[0]).toBeLessThan(WIDTH);
  }
});

test('a frame is never wider than the world, and the poles do not break it', () => {
  const frame = frameOf([at(-170, 0), at(0, 90), at(0, -90)], WIDTH, HEIGHT);
  expect(frame.scale).toBe(WIDTH);
  expect(pointOf(frame, { lng: 0, lat: 90 }).every(Number.isFinite)).toBe(true);
});

test('land that covers the frame fills it, and land elsewhere is left out', () => {
  const frame = frameOf([ALEPPO], WIDTH, HEIGHT);
  const around = [
    [
      [-20, -20],
      [90, -20],
      [90, 70],
      [-20, 70],
      [-20, -20],
    ],
  ];
  const away = [
    [
      [-70, -20],
      [-60, -20],
      [-60, 0],
      [-70, -20],
    ],
  ];
  expect(Math.abs(areaOf(areaPath(frame, [around])))).toBeCloseTo((WIDTH + 8) * (HEIGHT + 8), 0);
  expect(areaPath(frame, [away])).toBe('');
});

test('land of which a corner lies in the frame is cut at its edges', () => {
  const frame = frameOf([at(0, 0)], WIDTH, HEIGHT);
  const path = areaPath(frame, [
    [
      [
        [0, 0],
        [90, 0],
        [90, 60],
        [0, 60],
        [0, 0],
      ],
    ],
  ]);
  for (const [x, y] of pointsOf(path))
    expect([x >= WIDTH / 2 && x <= WIDTH + 4, y >= -4 && y <= HEIGHT / 2]).toEqual([true, true]);
  expect(Math.abs(areaOf(path))).toBeCloseTo((WIDTH / 2 + 4) * (HEIGHT / 2 + 4), 0);
});

test('a lake in the land stays a hole', () => {
  const frame = frameOf([at(0, 0)], WIDTH, HEIGHT);
  const square = (half: number): number[][] => [
    [-half, -half],
    [half, -half],
    [half, half],
    [-half, half],
    [-half, -half],
  ];
  const path = areaPath(frame, [[square(3), square(1).toReversed()]]);
  expect(path.match(/Z/g)).toHaveLength(2);
  expect(Math.abs(areaOf(path))).toBeLessThan(Math.abs(areaOf(areaPath(frame, [[square(3)]]))));
});

test('land beyond the antimeridian is drawn on both sides of it', () => {
  const frame = frameOf([at(179.5, 0)], WIDTH, HEIGHT);
  // As the continuous outline of Russia has it, and as the other side has it.
  for (const ring of [
    [
      [181, -1],
      [183, -1],
      [183, 1],
      [181, 1],
      [181, -1],
    ],
    [
      [-179, -1],
      [-177, -1],
      [-177, 1],
      [-179, 1],
      [-179, -1],
    ],
  ]) {
    const points = pointsOf(areaPath(frame, [[ring]]));
    expect(points.length).toBeGreaterThan(3);
    for (const [x] of points) expect(x).toBeGreaterThan(WIDTH / 2);
  }
});

test('a border is drawn where it may be seen, and taken up again where it comes back', () => {
  const frame = frameOf([at(0, 0)], WIDTH, HEIGHT);
  const path = linePath(frame, [
    [
      [-5, 0],
      [0, 0],
      [0, 40],
      [5, 40],
      [5, 2],
      [6, 2],
    ],
    [
      [-80, 0],
      [-70, 0],
    ],
  ]);
  expect(path.match(/M/g)).toHaveLength(2);
  expect(pointsOf(path)).toHaveLength(6);
  expect(
    linePath(frame, [
      [
        [-80, 0],
        [-70, 0],
      ],
    ]),
  ).toBe('');
});

test('names stand beside their points, inside the frame and off one another', () => {
  const frame: Frame = { x: 0.5, y: 0.5, scale: 1000, width: WIDTH, height: HEIGHT };
  const chance = new Chance(7);
  for (let round = 0; round < 200; round++) {
    const taken: Box[] = [];
    let placed = 0;
    for (let i = 0; i < 12; i++) {
      const point = [chance.next() * WIDTH, chance.next() * HEIGHT] as const;
      const size = { width: 20 + chance.next() * 80, height: 16 };
      if (chance.is(0.5) ? besidePoint(frame, point, 10, size, taken) : onPoint(frame, point, size, taken))
        placed += 1;
    }
    expect(taken).toHaveLength(placed);
    expect(placed).toBeGreaterThan(0);
    taken.forEach(([left, top, right, bottom], i) => {
      expect(isInside([left, top]) && isInside([right, bottom])).toBe(true);
      for (const [l, t, r, b] of taken.slice(i + 1))
        expect(l >= right || r <= left || t >= bottom || b <= top).toBe(true);
    });
  }
});

test('a name stands at the right of its point, else at the left, below or above, else nowhere', () => {
  const frame: Frame = { x: 0.5, y: 0.5, scale: 1000, width: 200, height: 100 };
  const size = { width: 60, height: 16 };
  expect(besidePoint(frame, [100, 50], 10, size, [])).toEqual({ x: 110, y: 50, anchor: 'start' });
  expect(besidePoint(frame, [190, 50], 10, size, [])).toEqual({ x: 180, y: 50, anchor: 'end' });
  const wide = { width: 150, height: 16 };
  expect(besidePoint(frame, [100, 50], 10, wide, [])).toEqual({ x: 100, y: 68, anchor: 'middle' });
  expect(besidePoint(frame, [100, 90], 10, wide, [])).toEqual({ x: 100, y: 72, anchor: 'middle' });
  expect(besidePoint(frame, [100, 50], 10, wide, [[0, 0, 200, 100]])).toBeNull();
  expect(onPoint(frame, [100, 50], wide, [])).toEqual({ x: 100, y: 50, anchor: 'middle' });
  expect(onPoint(frame, [10, 50], wide, [])).toBeNull();
});
