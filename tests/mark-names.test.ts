import { expect, test } from 'vitest';
import type { Box } from '../web/map/label-placing.ts';
import { nameBox, placeNames, type Nameable } from '../web/map/mark-names.ts';
import { Chance } from './random.ts';

const VIEW: Box = [0, 0, 400, 300];
const at = (x: number, y: number, width = 60): Nameable => ({ x, y, reach: 12, gap: 4, width });

const overlaps = (a: Box, b: Box): boolean => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

test('a name stands at the end of its mark, where there is room', () => {
  expect(placeNames([at(200, 150)], VIEW)).toEqual(['end']);
  expect(nameBox(at(200, 150), 'end')).toEqual([216, 142, 276, 158]);
});

test('it moves to the start and then below, away from other marks and the edge of the view', () => {
  expect(placeNames([at(200, 150), at(240, 150)], VIEW)).toEqual(['start', 'end']);
  expect(placeNames([at(380, 150)], VIEW)).toEqual(['start']);
  expect(placeNames([at(200, 150), at(240, 150), at(160, 150)], VIEW)).toEqual(['below', 'end', 'start']);
});

test('the first marks are named first, and where there is no room left a mark has no name', () => {
  expect(placeNames([at(50, 150, 300), at(120, 170, 300)], VIEW)).toEqual(['end', undefined]);
});

test('a mark beside the view is named where nobody sees the name cut in two', () => {
  expect(placeNames([at(-40, 150)], VIEW)).toEqual(['start']);
  expect(placeNames([at(-120, 150)], VIEW)).toEqual(['end']);
});

test('names run into no mark and no other name, and none is cut by an edge of the view', () => {
  const chance = new Chance(7);
  for (let round = 0; round < 50; round++) {
    const marks = Array.from({ length: 60 }, () =>
      at(chance.whole(-100, 500), chance.whole(-100, 400), chance.whole(20, 160)),
    );
    const sides = placeNames(marks, VIEW);
    const names = marks.flatMap((mark, whose) => {
      const side = sides[whose];
      return side ? [{ whose, box: nameBox(mark, side) }] : [];
    });
    for (const { whose, box } of names) {
      const disc = ({ x, y, reach }: Nameable): Box => [x - reach, y - reach, x + reach, y + reach];
      expect(marks.filter((mark, other) => other !== whose && overlaps(disc(mark), box))).toEqual([]);
      expect(names.filter((other) => other.whose !== whose && overlaps(other.box, box))).toEqual([]);
      const isWhole = box[0] >= 0 && box[1] >= 0 && box[2] <= 400 && box[3] <= 300;
      expect(isWhole || !overlaps(box, VIEW)).toBe(true);
    }
  }
});
