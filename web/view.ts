import type { MarkFragment, Viewport } from './queries.generated.ts';

/** West, south, east, north in degrees, west > east across the antimeridian. */
export type Box = [west: number, south: number, east: number, north: number];

/** What the map shows: its edges in degrees, which Leaflet counts on beyond 180° as it goes round, and its zoom. */
export interface Frame {
  west: number;
  south: number;
  east: number;
  north: number;
  zoom: number;
}

/** Around the frame, in screen pixels: so far the map can be moved before it asks again. */
const MARGIN = 96;
const TILE = 256;

/**
 * The tiles of a whole zoom that hold a frame and a margin around it. Frames that differ little have the same area, so that
 * moving the map asks nothing, and what people ask coincides.
 */
export function areaOf({ west, south, east, north, zoom }: Frame): Frame {
  const whole = Math.floor(zoom);
  const tiles = 2 ** whole;
  const margin = MARGIN / TILE;
  const column = (lng: number): number => (lng / 360 + 0.5) * tiles;
  const [top, bottom] = [Math.floor(rowOf(north, tiles) - margin), Math.ceil(rowOf(south, tiles) + margin)];
  return {
    west: (Math.floor(column(west) - margin) / tiles - 0.5) * 360,
    east: (Math.ceil(column(east) + margin) / tiles - 0.5) * 360,
    // Beyond the map's edge there are no tiles, but there may be places.
    north: top <= 0 ? 90 : latOf(top / tiles),
    south: bottom >= tiles ? -90 : latOf(bottom / tiles),
    zoom: whole,
  };
}

/** Whether a frame lies in an area, on whichever turn around the world. */
export function isCovered(frame: Frame, area: Frame): boolean {
  if (Math.floor(frame.zoom) !== area.zoom || frame.south < area.south || frame.north > area.north)
    return false;
  const turn = 360 * Math.round((area.west + area.east - frame.west - frame.east) / 720);
  return area.east - area.west >= 360 || (frame.west + turn >= area.west && frame.east + turn <= area.east);
}

/** In tiles from the map's upper edge. */
function rowOf(lat: number, tiles: number): number {
  const sine = Math.sin((Math.max(-89, Math.min(89, lat)) * Math.PI) / 180);
  return (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * tiles;
}

/** The latitude of a part of the map's height from its upper edge. */
const latOf = (part: number): number => (Math.atan(Math.sinh(Math.PI * (1 - 2 * part))) * 180) / Math.PI;

/** What the server is asked for: whole turns are taken off, and a map wider than the world shows all of it. */
export function viewportOf({ west, south, east, north, zoom }: Frame): Viewport {
  const isAround = east - west >= 360;
  return {
    west: isAround ? -180 : normalLng(west),
    south: Math.max(-90, south),
    east: isAround ? 180 : normalLng(east),
    north: Math.min(90, north),
    zoom,
  };
}

/** A longitude in [-180, 180). */
export const normalLng = (lng: number): number => ((((lng + 180) % 360) + 360) % 360) - 180;

/** The copy of a longitude that is nearest to another: where a mark stands on a map that has gone round. */
export const nearestLng = (lng: number, to: number): number => lng + 360 * Math.round((to - lng) / 360);

export const boxOf = ({ west, south, east, north }: Viewport): Box => [west, south, east, north];

/** A place, and where it lies in WGS 84 degrees. */
export interface Spot {
  id: string;
  lng: number;
  lat: number;
}

/** The mark that counts a place: the nearest of those whose placements lie around it. Undefined when none does, as out of view. */
export function markOf<M extends Pick<MarkFragment, 'anchor' | 'bounds' | 'position'>>(
  { id, lng, lat }: Spot,
  marks: readonly M[],
): M | undefined {
  const distance = ({ position }: M): number =>
    Math.hypot(nearestLng(position.lng, lng) - lng, position.lat - lat);
  return marks
    .filter(({ anchor, bounds: [west = 0, south = 0, east = 0, north = 0] }) => {
      const isBetween = west <= east ? west <= lng && lng <= east : west <= lng || lng <= east;
      return anchor.id === id || (isBetween && south <= lat && lat <= north);
    })
    .sort((a, b) => distance(a) - distance(b))[0];
}
