import type { MarkFragment, Viewport } from './queries.generated.ts';

/** West, south, east, north in degrees, west > east across the antimeridian. */
export type Box = [west: number, south: number, east: number, north: number];

/**
 * What the server is asked for when the map shows these edges, which Leaflet counts on beyond 180° as it goes round: whole
 * turns are taken off, and a map wider than the world shows all of it.
 */
export function viewportOf(west: number, south: number, east: number, north: number, zoom: number): Viewport {
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
