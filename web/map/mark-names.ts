import type { Box } from './label-placing.ts';

/** A mark that can be named: its middle, how far it reaches from there and how far off its name stands, how wide the name is. */
export interface Nameable {
  x: number;
  y: number;
  reach: number;
  gap: number;
  width: number;
}

/** Where a name may stand, the best first. */
const SIDES = ['end', 'start', 'below'] as const;
export type Side = (typeof SIDES)[number];

/** Half the height of a name's line. */
const HALF = 8;

/**
 * Beside which marks there is room for their names, and on which side: the first of them first, where a name runs into no
 * other mark or name, nor over an edge of the view. All in CSS pixels of one plane.
 * @param view what is seen; a name stands in it as a whole or not at all
 */
export function placeNames(marks: readonly Nameable[], view: Box): (Side | undefined)[] {
  const discs = marks.map(({ x, y, reach }): Box => [x - reach, y - reach, x + reach, y + reach]);
  const names: Box[] = [];
  return marks.map((mark, at) =>
    SIDES.find((side) => {
      const box = nameBox(mark, side);
      const isFree =
        (isInside(box, view) || !overlaps(box, view)) &&
        discs.every((disc, whose) => whose === at || !overlaps(box, disc)) &&
        names.every((name) => !overlaps(box, name));
      if (isFree) names.push(box);
      return isFree;
    }),
  );
}

/** The room that a mark's name takes on a side. */
export function nameBox({ x, y, reach, gap, width }: Nameable, side: Side): Box {
  const away = reach + gap;
  if (side === 'end') return [x + away, y - HALF, x + away + width, y + HALF];
  if (side === 'start') return [x - away - width, y - HALF, x - away, y + HALF];
  const top = y + away - 3;
  return [x - width / 2, top, x + width / 2, top + 2 * HALF];
}

const overlaps = ([left, top, right, bottom]: Box, [l, t, r, b]: Box): boolean =>
  left < r && l < right && top < b && t < bottom;

const isInside = ([left, top, right, bottom]: Box, [l, t, r, b]: Box): boolean =>
  left >= l && right <= r && top >= t && bottom <= b;
