import type { MarkFragment } from '../queries.generated.ts';
import type { MarksOptions } from './marks.ts';

const SVG = 'http://www.w3.org/2000/svg';

/** In screen pixels. No mark is wider than the distance that the server keeps between two. */
const SMALLEST = 11;
const LARGEST = 19;
const RING = 4;

/** The radius of a mark in pixels: its area tells the count, next to the fullest mark in view. */
export const markRadius = (count: number, most: number): number =>
  Math.max(SMALLEST, Math.min(LARGEST, LARGEST * Math.sqrt(count / Math.max(most, 16))));

/**
 * Draws a mark into its button: a ring of its categories around its count. A circle is where something happened, a diamond
 * what it is about, a tag an area; a dashed ring is planned, a split outer ring disputed.
 */
export function drawMark(
  button: HTMLButtonElement,
  mark: MarkFragment,
  radius: number,
  { colour, words }: Pick<MarksOptions, 'colour' | 'words'>,
): void {
  const isArea =
    mark.place !== null && (mark.anchor.precision === 'REGION' || mark.anchor.precision === 'COUNTRY');
  const isSubject = mark.subjectCount === mark.count;
  const outer = radius + (mark.disputedCount > 0 ? 3 : 1);
  const svg = element('svg', {
    viewBox: `${-outer} ${-outer} ${2 * outer} ${2 * outer}`,
    'aria-hidden': 'true',
  });
  svg.setAttribute('width', String(2 * outer));
  svg.setAttribute('height', String(2 * outer));

  const shape = isArea ? tag(radius) : isSubject ? diamond(radius) : circle(radius);
  svg.append(element('path', { d: shape, class: 'mark-fill' }));
  const ring = isArea
    ? tag(radius - RING / 2)
    : isSubject
      ? diamond(radius - RING * 0.7)
      : circle(radius - RING / 2);
  const total = mark.categories.reduce((sum, { count }) => sum + count, 0);
  let start = 0;
  for (const { category, count } of mark.categories) {
    const share = (100 * count) / total;
    const arc = element('path', { d: ring, class: 'mark-ring', pathLength: '100' });
    arc.style.stroke = colour(category.id);
    arc.style.strokeDasharray = `${share} ${100 - share}`;
    arc.style.strokeDashoffset = String(-start);
    svg.append(arc);
    start += share;
  }
  if (mark.plannedCount === mark.count)
    svg.append(element('path', { d: ring, class: 'mark-gaps', pathLength: '100' }));
  if (mark.disputedCount > 0)
    svg.append(
      element('path', {
        d: isArea ? tag(radius + 2.25) : isSubject ? diamond(radius + 3) : circle(radius + 2.25),
        class: 'mark-split',
        pathLength: '100',
      }),
    );

  const number = element('text', { y: '0.35em', class: 'mark-count' });
  number.textContent = words().shortNumber(mark.count);
  svg.append(number);

  // What is read out says events, which people count; what is drawn counts placements, which marks stand for.
  const name = span('mark-name', mark.anchor.name);
  name.dir = 'auto';
  name.setAttribute('aria-hidden', 'true');
  const rest = span('unseen', words().markName(mark));
  const before = button.querySelector('.mark-name');
  if (before instanceof HTMLElement && before.dataset['side']) name.dataset['side'] = before.dataset['side'];
  button.style.setProperty('--mark-reach', `${outer}px`);
  button.replaceChildren(svg, name, rest);
}

const circle = (r: number): string => `M0 ${-r}A${r} ${r} 0 1 1 0 ${r}A${r} ${r} 0 1 1 0 ${-r}Z`;

/** Reaches a little beyond the circle of the same radius, so that both look equally large. */
const diamond = (r: number): string => {
  const reach = r * 1.12;
  return `M0 ${-reach}L${reach} 0L0 ${reach}L${-reach} 0Z`;
};

const tag = (r: number): string => {
  const [x, y, corner] = [r, r * 0.72, 3];
  return `M0 ${-y}H${x - corner}Q${x} ${-y} ${x} ${-y + corner}V${y - corner}Q${x} ${y} ${x - corner} ${y}H${-x + corner}Q${-x} ${y} ${-x} ${y - corner}V${-y + corner}Q${-x} ${-y} ${-x + corner} ${-y}Z`;
};

function span(kind: string, text: string): HTMLSpanElement {
  const made = document.createElement('span');
  made.className = kind;
  made.textContent = text;
  return made;
}

function element(name: 'svg' | 'path' | 'text', attributes: Record<string, string>): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
