/** A small map of a few places, as the paths and points of a drawing: Web Mercator, and nothing of it moves. */
import type { Position } from 'geojson';

/** A place to be shown: degrees, and for an area the kilometres around the point within which it lies. */
export interface Located {
  position: { lng: number; lat: number };
  radiusKm: number | null;
}

/** What is drawn: its middle in widths of the world, pixels to a width of the world, and its size in pixels. */
export interface Frame {
  x: number;
  y: number;
  scale: number;
  width: number;
  height: number;
}

/** A point of the drawing in pixels, from its upper left corner. */
export type Point = readonly [x: number, y: number];

const EQUATOR_KM = 40_075;
/** Of the world's width: about as wide as Syria with its neighbours, since a spot alone on land says nothing. */
const LEAST_WIDTH = 0.05;
/** How much of the drawing is kept free around the places, in pixels. */
const MARGIN = 26;

const mercatorX = (lng: number): number => lng / 360 + 0.5;
const mercatorY = (lat: number): number => {
  const within = Math.max(-85, Math.min(85, lat));
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + (within * Math.PI) / 360)) / (2 * Math.PI);
};

/** So many kilometres at a latitude, in widths of the world. */
const worldWidths = (km: number, lat: number): number =>
  km / (EQUATOR_KM * Math.cos((Math.max(-85, Math.min(85, lat)) * Math.PI) / 180));

/** Whole turns by which something is moved, so that it lies on the copy of the world that is nearest to a middle. */
const turnsTo = (x: number, middle: number): number => Math.round(middle - x);

/** The frame in which all places can be seen, the short way round the world. There is at least one. */
export function frameOf(places: readonly Located[], width: number, height: number): Frame {
  const first = mercatorX(places[0]?.position.lng ?? 0);
  const boxes = places.map(({ position: { lng, lat }, radiusKm }) => {
    const x = mercatorX(lng);
    return { x: x + turnsTo(x, first), y: mercatorY(lat), reach: worldWidths(radiusKm ?? 0, lat) };
  });
  const west = Math.min(...boxes.map(({ x, reach }) => x - reach));
  const east = Math.max(...boxes.map(({ x, reach }) => x + reach));
  const north = Math.min(...boxes.map(({ y, reach }) => y - reach));
  const south = Math.max(...boxes.map(({ y, reach }) => y + reach));
  const scale = Math.min(
    (width - 2 * MARGIN) / (east - west),
    (height - 2 * MARGIN) / (south - north),
    width / LEAST_WIDTH,
  );
  // Never smaller than the world is wide, so that it stands in the frame once.
  return { x: (west + east) / 2, y: (north + south) / 2, scale: Math.max(scale, width), width, height };
}

/** Where a place stands in the drawing. */
export function pointOf(frame: Frame, { lng, lat }: Located['position']): Point {
  const x = mercatorX(lng);
  return onto(frame, x + turnsTo(x, frame.x), mercatorY(lat));
}

const onto = ({ x, y, scale, width, height }: Frame, atX: number, atY: number): Point => [
  (atX - x) * scale + width / 2,
  (atY - y) * scale + height / 2,
];

/** The radius of an area in pixels; 0 for a spot. */
export const reachOf = (frame: Frame, { position, radiusKm }: Located): number =>
  worldWidths(radiusKm ?? 0, position.lat) * frame.scale;

/** What lies outside by more than a line's width is cut off. */
const EDGE = 4;
/** Points nearer to each other than this many pixels are one. */
const FINENESS = 0.4;

/**
 * The path of what a frame shows of polygons (each its rings in degrees, which may pass ±180°), for the fill rule evenodd.
 * Rings are cut along the edges by Sutherland and Hodgman (1974), so the cuts lie outside of what is seen.
 */
export const areaPath = (frame: Frame, polygons: readonly Position[][][]): string =>
  copiesOf(frame, polygons.flat(), (ring) => {
    const cut = thinned(clipped(ring, frame));
    return cut.length > 2 ? `M${cut.map(written).join('L')}Z` : '';
  });

/** The path of what a frame shows of lines in degrees. */
export const linePath = (frame: Frame, lines: readonly Position[][]): string =>
  copiesOf(frame, lines, (line) => {
    let path = '';
    let isDrawing = false;
    const points = thinned(line);
    points.forEach((point, at) => {
      const next = points[at + 1];
      if (!next || !mayMeet(point, next, frame)) return void (isDrawing = false);
      path += `${isDrawing ? '' : `M${written(point)}`}L${written(next)}`;
      isDrawing = true;
    });
    return path;
  });

/** Draws each line as often as a copy of it, a turn of the world further, lies in the frame. */
function copiesOf(
  frame: Frame,
  lines: readonly Position[][],
  draw: (line: readonly Point[]) => string,
): string {
  const { width, height, scale } = frame;
  return lines
    .map((line) => {
      const points = line.map(([lng = 0, lat = 0]) => onto(frame, mercatorX(lng), mercatorY(lat)));
      const [left, top, right, bottom] = boundsOf(points);
      if (bottom < -EDGE || top > height + EDGE) return '';
      let path = '';
      const firstTurn = Math.ceil((-EDGE - right) / scale);
      for (let turn = firstTurn; left + turn * scale < width + EDGE; turn++)
        path += draw(turn === 0 ? points : points.map(([x, y]): Point => [x + turn * scale, y]));
      return path;
    })
    .join('');
}

function boundsOf(points: readonly Point[]): [left: number, top: number, right: number, bottom: number] {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return [left, top, right, bottom];
}

const written = ([x, y]: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** Keeps the first and the last of points, and of those between the ones that can be told apart. */
function thinned(points: readonly Point[]): Point[] {
  let [keptX, keptY] = [Infinity, Infinity];
  return points.filter(([x, y], at) => {
    const isKept = at === points.length - 1 || Math.hypot(x - keptX, y - keptY) >= FINENESS;
    if (isKept) [keptX, keptY] = [x, y];
    return isKept;
  });
}

/** Whether a stretch may be seen: it does not lie beyond one edge as a whole. */
const mayMeet = ([ax, ay]: Point, [bx, by]: Point, { width, height }: Frame): boolean =>
  Math.max(ax, bx) >= -EDGE &&
  Math.min(ax, bx) <= width + EDGE &&
  Math.max(ay, by) >= -EDGE &&
  Math.min(ay, by) <= height + EDGE;

function clipped(ring: readonly Point[], { width, height }: Frame): Point[] {
  const edges: [axis: 0 | 1, limit: number, side: 1 | -1][] = [
    [0, -EDGE, 1],
    [0, width + EDGE, -1],
    [1, -EDGE, 1],
    [1, height + EDGE, -1],
  ];
  let points = [...ring];
  for (const [axis, limit, side] of edges) {
    const isInside = (point: Point): boolean => (point[axis] - limit) * side >= 0;
    points = points.flatMap((point, at): Point[] => {
      const before = points.at(at - 1) as Point;
      const isCrossing = isInside(before) !== isInside(point);
      const crossing = isCrossing ? [between(before, point, axis, limit)] : [];
      return isInside(point) ? [...crossing, point] : crossing;
    });
  }
  return points;
}

function between(from: Point, to: Point, axis: 0 | 1, limit: number): Point {
  const part = (limit - from[axis]) / (to[axis] - from[axis]);
  return [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])];
}

/** A name in the drawing: where it begins, or ends where it stands on the other side, and how it is aligned. */
export interface Label {
  x: number;
  y: number;
  anchor: 'start' | 'middle' | 'end';
}

/** A box in pixels: left, top, right, bottom. */
export type Box = readonly [number, number, number, number];

/**
 * Where a name stands beside its point: right of it, left, below or above, wherever the frame has room and nothing is yet;
 * what it takes is added to `taken`. Null where there is no room.
 * @param clear how far from the point it must stay, in pixels
 */
export function besidePoint(
  { width, height }: Frame,
  [x, y]: Point,
  clear: number,
  size: { width: number; height: number },
  taken: Box[],
): Label | null {
  const half = size.height / 2;
  const choices: [Label, left: number, middle: number][] = [
    [{ x: x + clear, y, anchor: 'start' }, x + clear, y],
    [{ x: x - clear, y, anchor: 'end' }, x - clear - size.width, y],
    [{ x, y: y + clear + half, anchor: 'middle' }, x - size.width / 2, y + clear + half],
    [{ x, y: y - clear - half, anchor: 'middle' }, x - size.width / 2, y - clear - half],
  ];
  for (const [label, left, middle] of choices) {
    const box: Box = [left, middle - half, left + size.width, middle + half];
    const isInside = box[0] >= 2 && box[1] >= 2 && box[2] <= width - 2 && box[3] <= height - 2;
    if (isInside && isFree(box, taken)) {
      taken.push(box);
      return label;
    }
  }
  return null;
}

/** Where a name stands on its point, and takes the room; null where it has none. */
export function onPoint(
  { width, height }: Frame,
  [x, y]: Point,
  size: { width: number; height: number },
  taken: Box[],
): Label | null {
  const box: Box = [
    ...([x - size.width / 2, y - size.height / 2] as const),
    ...([x + size.width / 2, y + size.height / 2] as const),
  ];
  if (box[0] < 4 || box[1] < 4 || box[2] > width - 4 || box[3] > height - 4 || !isFree(box, taken))
    return null;
  taken.push(box);
  return { x, y, anchor: 'middle' };
}

const isFree = ([left, top, right, bottom]: Box, taken: readonly Box[]): boolean =>
  taken.every(([l, t, r, b]) => l >= right + 2 || r <= left - 2 || t >= bottom + 2 || b <= top - 2);
