import type { MarkFragment } from '../queries.generated.ts';

/** In screen pixels. No mark is wider than the distance that the server keeps between two. */
const SMALLEST = 11;
export const LARGEST = 19;
const RING = 4;

/** The radius of a mark in pixels: its area tells the count, next to the fullest mark in view. */
export const markRadius = (count: number, most: number): number =>
  Math.max(SMALLEST, Math.min(LARGEST, LARGEST * Math.sqrt(count / Math.max(most, 16))));

/** How far a mark reaches from its middle, with the outer ring of a dispute. */
export const markReach = ({ disputedCount }: MarkFragment, radius: number): number =>
  radius + (disputedCount > 0 ? 3 : 1);

/** The colours that marks are drawn in, as a canvas takes them. */
export interface MarkInks {
  fill: string;
  chosen: string;
  ink: string;
  paper: string;
  /** The font of the count. */
  font: string;
  colour: (category: string) => string;
}

/** A closed line, and how long it is in pixels. */
interface Outline {
  path: Path2D;
  length: number;
}

/**
 * Draws a mark around a point of the canvas: a ring of its categories around its count. A circle is where something
 * happened, a diamond what it is about, a tag an area; a dashed ring is planned, a split outer ring disputed.
 */
export function drawMark(
  context: CanvasRenderingContext2D,
  mark: MarkFragment,
  {
    x,
    y,
    radius,
    count,
    isChosen,
  }: { x: number; y: number; radius: number; count: string; isChosen: boolean },
  { fill, chosen, ink, paper, font, colour }: MarkInks,
): void {
  const isArea =
    mark.place !== null && (mark.anchor.precision === 'REGION' || mark.anchor.precision === 'COUNTRY');
  const isSubject = mark.subjectCount === mark.count;
  const outline = isArea ? tag : isSubject ? diamond : circle;
  const inset = isSubject && !isArea ? 0.7 : 0.5;
  const stroke = (
    { path }: Outline,
    width: number,
    style: string,
    dashes: number[] = [],
    offset = 0,
  ): void => {
    Object.assign(context, { lineWidth: width, strokeStyle: style, lineDashOffset: offset });
    context.setLineDash(dashes);
    context.stroke(path);
  };

  context.save();
  context.translate(x, y + 0.75);
  const shape = outline(radius);
  context.fillStyle = SHADOW;
  context.fill(outline(radius + 0.75).path, 'nonzero');
  context.translate(0, -0.75);
  context.fillStyle = isChosen ? chosen : fill;
  context.fill(shape.path, 'nonzero');

  const ring = outline(radius - RING * inset);
  const total = mark.categories.reduce((sum, each) => sum + each.count, 0);
  let start = 0;
  for (const { category, count: its } of mark.categories) {
    const share = (ring.length * its) / total;
    const isWhole = its === total;
    stroke(ring, RING, colour(category.id), isWhole ? [] : [share, ring.length - share], -start);
    start += share;
  }
  const part = ring.length / 100;
  if (mark.plannedCount === mark.count) stroke(ring, RING + 0.4, fill, [2.6 * part, 3.65 * part]);
  if (mark.disputedCount > 0) {
    const split = outline(radius + (isSubject && !isArea ? 3 : 2.25));
    const tenth = split.length / 10;
    stroke(split, 1.5, ink, [4 * tenth, tenth], -tenth / 2);
  }

  Object.assign(context, { fillStyle: isChosen ? paper : ink, font, textAlign: 'center' });
  context.fillText(count, 0, 4.2);
  context.restore();
}

const SHADOW = 'rgb(0 0 0 / 14%)';

/** Outlines begin at the top and go round as a clock does. */
const circle = (r: number): Outline => ({
  path: new Path2D(`M0 ${-r}A${r} ${r} 0 1 1 0 ${r}A${r} ${r} 0 1 1 0 ${-r}Z`),
  length: 2 * Math.PI * r,
});

/** Reaches a little beyond the circle of the same radius, so that both look equally large. */
const diamond = (r: number): Outline => {
  const reach = r * 1.12;
  return {
    path: new Path2D(`M0 ${-reach}L${reach} 0L0 ${reach}L${-reach} 0Z`),
    length: 4 * Math.SQRT2 * reach,
  };
};

const tag = (r: number): Outline => {
  const [x, y, corner] = [r, r * 0.72, 3];
  const path = `M0 ${-y}H${x - corner}Q${x} ${-y} ${x} ${-y + corner}V${y - corner}Q${x} ${y} ${x - corner} ${y}H${-x + corner}Q${-x} ${y} ${-x} ${y - corner}V${-y + corner}Q${-x} ${-y} ${-x + corner} ${-y}Z`;
  // A corner's curve is some 1.62 times as long as it is wide.
  return { path: new Path2D(path), length: 4 * (x + y - 2 * corner) + 4 * 1.62 * corner };
};
