import type { Position } from '../geo.ts';
import { RowFault } from './draft.ts';

/** A point, or an area around it. */
export interface Site {
  position: Position;
  /** Of the circle that holds all of a line or an area; null for a point. */
  radiusKm: number | null;
}

/** Nothing that is drawn needs more. */
const MOST_POSITIONS = 1_000_000;

/**
 * Where a GeoJSON geometry (RFC 7946) is: each of its points, and for each line or area the middle of its extent with the
 * radius of a circle that holds it. No geometry, and points at 0/0, are nowhere.
 * @param pointer where it stands, for faults
 * @throws RowFault for what is no such geometry or lies beyond the globe
 */
export function sitesOf(geometry: unknown, pointer: string): Site[] {
  if (geometry === null || geometry === undefined) return [];
  const { type, coordinates, geometries } = geometry as Record<string, unknown>;
  const at = `${pointer}/coordinates`;
  switch (type) {
    case 'Point':
      // An empty list is a point without a place.
      return Array.isArray(coordinates) && coordinates.length === 0 ? [] : pointsOf([coordinates], [at]);
    case 'MultiPoint':
      return pointsOf(listOf(coordinates, at), null, at);
    case 'LineString':
    case 'Polygon':
    case 'MultiLineString':
    case 'MultiPolygon':
      return [areaOf(coordinates, at)].filter((site) => site !== null);
    case 'GeometryCollection':
      return listOf(geometries, `${pointer}/geometries`).flatMap((each, index) => {
        // RFC 7946 asks for no collections within collections.
        if ((each as { type?: unknown } | null)?.type === 'GeometryCollection')
          throw new RowFault(`${pointer}/geometries/${index}`, '', 'a collection of geometries in another');
        return sitesOf(each, `${pointer}/geometries/${index}`);
      });
    default:
      throw new RowFault(`${pointer}/type`, String(type ?? ''), 'not a kind of geometry');
  }
}

const pointsOf = (points: unknown[], pointers: string[] | null, list = ''): Site[] =>
  points
    .map((point, index) => positionOf(point, pointers?.[index] ?? `${list}/${index}`))
    .filter(({ lng, lat }) => lng !== 0 || lat !== 0)
    .map((position) => ({ position, radiusKm: null }));

function listOf(value: unknown, pointer: string): unknown[] {
  if (!Array.isArray(value)) throw new RowFault(pointer, JSON.stringify(value) ?? '', 'not a list');
  return value;
}

/** @throws RowFault for what is not two or three numbers in degrees */
function positionOf(value: unknown, pointer: string): Position {
  const [lng, lat] = listOf(value, pointer);
  for (const [index, number] of [lng, lat].entries())
    if (typeof number !== 'number' || !Number.isFinite(number))
      throw new RowFault(`${pointer}/${index}`, String(number ?? ''), 'not a number of degrees');
  const position = { lng: lng as number, lat: lat as number };
  if (Math.abs(position.lat) > 90) {
    const isSwapped = Math.abs(position.lat) <= 180 && Math.abs(position.lng) <= 90;
    const reason = isSwapped
      ? 'beyond 90 degrees: latitude and longitude may be swapped'
      : 'a latitude beyond 90 degrees';
    throw new RowFault(`${pointer}/1`, String(lat), reason);
  }
  if (Math.abs(position.lng) > 180)
    throw new RowFault(`${pointer}/0`, String(lng), 'a longitude beyond 180 degrees');
  return position;
}

/** The middle of all positions, taken on the side of the date line where they lie nearest to the first. */
function areaOf(coordinates: unknown, pointer: string): Site | null {
  const positions: Position[] = [];
  gather(coordinates, pointer, positions);
  const [first] = positions;
  if (!first) return null;
  const lngs = positions.map(({ lng }) => lng - 360 * Math.round((lng - first.lng) / 360));
  const lats = positions.map(({ lat }) => lat);
  const [west, east] = extent(lngs);
  const [south, north] = extent(lats);
  const lng = (west + east) / 2;
  const middle = { lng: lng - 360 * Math.round(lng / 360), lat: (south + north) / 2 };
  const radius = positions.reduce((most, each) => Math.max(most, kilometres(middle, each)), 0);
  return { position: middle, radiusKm: Math.max(0.1, Math.round(radius * 10) / 10) };
}

function gather(value: unknown, pointer: string, into: Position[]): void {
  const list = listOf(value, pointer);
  if (into.length > MOST_POSITIONS) throw new RowFault(pointer, '', `more than ${MOST_POSITIONS} positions`);
  if (typeof list[0] === 'number') into.push(positionOf(list, pointer));
  else list.forEach((each, index) => gather(each, `${pointer}/${index}`, into));
}

const extent = (numbers: number[]): [least: number, most: number] =>
  numbers.reduce(
    ([least, most], each) => [Math.min(least, each), Math.max(most, each)],
    [Infinity, -Infinity],
  );

/** The distance on a sphere, by the haversine formula. */
function kilometres(a: Position, b: Position): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const [across, up] = [radians(b.lng - a.lng), radians(b.lat - a.lat)];
  const h =
    Math.sin(up / 2) ** 2 + Math.cos(radians(a.lat)) * Math.cos(radians(b.lat)) * Math.sin(across / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(h)));
}
