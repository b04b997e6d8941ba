import { sharpness } from '../map/sharpness.ts';
import { paintShapes } from './paint.ts';

/** Canvas pixels per CSS pixel: what a good screen shows, and paper needs. */
export const FINENESS = 2;

/** The map is drawn at its usual pace; who waits longer gets it as it is. */
const MOST_FRAMES = 240;

const container = (): HTMLElement | null => document.querySelector('.leaflet-container');

/** Whether the map's tiles come from elsewhere: then a browser shows a picture of them but lets nobody save it. */
export const isForeign = (): boolean => Boolean(container()?.querySelector('img.leaflet-tile'));

/** Has the map drawn as finely as pictures are, does something with it, and lets it be as before. */
export async function withFineMap<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  sharpness.atLeast(FINENESS);
  try {
    for (let frame = 0; frame < MOST_FRAMES && !isFine(); frame++) await nextFrame();
    // Marks and names are drawn in the frames after they are asked to be, one of them in each.
    for (const _ of ['marks', 'names']) await nextFrame();
    return await work();
  } finally {
    sharpness.atLeast(1);
  }
}

const nextFrame = (): Promise<unknown> => new Promise(requestAnimationFrame);

function isFine(): boolean {
  const tiles = container()?.querySelectorAll<HTMLCanvasElement>('canvas.leaflet-tile') ?? [];
  return [...tiles].every((tile) => tile.width >= tile.getBoundingClientRect().width * FINENESS - 2);
}

/** The map as it stands, with everything on it: base map, areas, names and marks. */
export function drawMap(): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  const map = container();
  const context = canvas.getContext('2d');
  if (!map || !context) return canvas;
  const { x, y, width, height } = map.getBoundingClientRect();
  const origin = new DOMPoint(x, y);
  canvas.width = Math.round(width * FINENESS);
  canvas.height = Math.round(height * FINENESS);
  context.scale(FINENESS, FINENESS);
  context.fillStyle = getComputedStyle(map).backgroundColor;
  context.fillRect(0, 0, width, height);

  const levels = [...map.querySelectorAll<HTMLElement>('.leaflet-tile-container')];
  levels.sort((a, b) => Number(a.style.zIndex) - Number(b.style.zIndex));
  for (const level of levels)
    for (const tile of level.querySelectorAll<HTMLCanvasElement | HTMLImageElement>('.leaflet-tile-loaded'))
      paintImage(context, tile, origin);
  const areas = map.querySelector('.leaflet-areas-pane');
  if (areas) paintShapes(context, areas, origin);
  for (const pane of ['map-labels', 'marks']) {
    const drawn = map.querySelector<HTMLCanvasElement>(`.leaflet-${pane}-pane canvas`);
    if (drawn) paintImage(context, drawn, origin);
  }
  for (const mark of map.querySelectorAll<HTMLElement>('.mark.is-ringed')) paintRing(context, mark, origin);
  return canvas;
}

function paintImage(
  context: CanvasRenderingContext2D,
  image: HTMLCanvasElement | HTMLImageElement,
  origin: DOMPoint,
): void {
  const { x, y, width, height } = image.getBoundingClientRect();
  if (image.width > 0) context.drawImage(image, x - origin.x, y - origin.y, width, height);
}

/** Around a mark where what is chosen lies. */
function paintRing(context: CanvasRenderingContext2D, mark: HTMLElement, origin: DOMPoint): void {
  const { width, borderTopColor, borderTopWidth } = getComputedStyle(mark, '::after');
  const box = mark.getBoundingClientRect();
  context.strokeStyle = borderTopColor;
  context.lineWidth = parseFloat(borderTopWidth);
  context.beginPath();
  const [x, y] = [box.x + box.width / 2 - origin.x, box.y + box.height / 2 - origin.y];
  context.arc(x, y, (parseFloat(width) - context.lineWidth) / 2, 0, 2 * Math.PI);
  context.stroke();
}
