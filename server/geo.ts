import { InputError } from './input-error.ts';

/** West, south, east, north in WGS 84 degrees; west > east crosses the antimeridian. Edges are inside. */
export type Box = readonly [west: number, south: number, east: number, north: number];

/** A point in WGS 84 degrees. */
export interface Position {
  lng: number;
  lat: number;
}

const REMEDY =
  'A box is west, south, east, north in degrees: [-10, 30, 75, 60]. West > east crosses the antimeridian.';

/**
 * Reads a bounding box.
 * @throws InputError when it has not four numbers, is out of range or its south lies above its north.
 */
export function readBox(numbers: readonly number[]): Box {
  const [west, south, east, north, ...rest] = numbers;
  const shown = `[${numbers.join(', ')}]`;
  if (
    west === undefined ||
    south === undefined ||
    east === undefined ||
    north === undefined ||
    rest.length > 0
  )
    throw new InputError(`a box of ${numbers.length} numbers: ${shown}. ${REMEDY}`);
  if (!(Math.abs(west) <= 180 && Math.abs(east) <= 180))
    throw new InputError(`longitude out of range (-180 to 180): ${shown}. ${REMEDY}`);
  if (!(Math.abs(south) <= 90 && Math.abs(north) <= 90))
    throw new InputError(`latitude out of range (-90 to 90): ${shown}. ${REMEDY}`);
  if (south > north) throw new InputError(`south is greater than north: ${shown}. ${REMEDY}`);
  return [west, south, east, north];
}

/**
 * The box's longitudes as ranges that don't cross the antimeridian. Longitudes -180 and 180 are the same meridian, so
 * a box that reaches the one holds the other.
 */
export function lngRanges([west, , east]: Box): [from: number, to: number][] {
  const ranges: [number, number][] =
    west <= east
      ? [[west, east]]
      : [
          [west, 180],
          [-180, east],
        ];
  if (west <= east && west > -180 && east === 180) ranges.push([-180, -180]);
  if (west <= east && west === -180 && east < 180) ranges.push([180, 180]);
  return ranges;
}

/** Whether a point lies in a box, edges included. */
export function isInBox({ lng, lat }: Position, box: Box): boolean {
  return lat >= box[1] && lat <= box[3] && lngRanges(box).some(([from, to]) => lng >= from && lng <= to);
}

/** The side of the world in pixels at zoom 0, and so the unit of `project`. */
export const WORLD = 256;

/** The latitude at which Web Mercator ends; points beyond it are drawn on its edge. */
const EDGE = 85.051128779806604;

/** Web Mercator, in pixels at zoom 0: x east from longitude -180, y south from the upper edge; both 0 to 256. */
export function project({ lng, lat }: Position): { x: number; y: number } {
  const sine = Math.sin((Math.max(-EDGE, Math.min(EDGE, lat)) * Math.PI) / 180);
  return {
    x: WORLD * (lng / 360 + 0.5),
    y: WORLD * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)),
  };
}

/** The mean radius of the Earth, in kilometres. */
const EARTH = 6371.0088;

/** The distance between two points along a great circle, in kilometres (haversine). */
export function distanceKm(a: Position, b: Position): number {
  const radians = Math.PI / 180;
  const half = (angle: number): number => Math.sin((angle * radians) / 2) ** 2;
  const chord =
    half(b.lat - a.lat) + Math.cos(a.lat * radians) * Math.cos(b.lat * radians) * half(b.lng - a.lng);
  return 2 * EARTH * Math.asin(Math.sqrt(Math.min(1, chord)));
}

/**
 * The smallest box around some points: it crosses the antimeridian where that is shorter. Null when there are none.
 */
export function boundsOf(points: readonly Position[]): Box | null {
  const lngs = [...new Set(points.map(({ lng }) => lng))].sort((a, b) => a - b);
  const [first, last] = [lngs[0], lngs.at(-1)];
  if (first === undefined || last === undefined) return null;
  let [west, east, widestGap] = [first, last, 360 - (last - first)];
  lngs.forEach((lng, index) => {
    const before = lngs[index - 1];
    if (before !== undefined && lng - before > widestGap)
      [west, east, widestGap] = [lng, before, lng - before];
  });
  const lats = points.map(({ lat }) => lat);
  return [west, lats.reduce((a, b) => Math.min(a, b)), east, lats.reduce((a, b) => Math.max(a, b))];
}
