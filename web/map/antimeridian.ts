import type { MultiLineString, MultiPolygon, Polygon, Position } from 'geojson';

/**
 * world-atlas stores rings on the sphere: those of Russia, Fiji and Antarctica jump from 180° to -180°. In the plane
 * such a jump is a line across the whole map, so longitudes are continued past ±180 instead (Russia ends at 190°).
 */
function unwrapLine(line: Position[]): Position[] {
  let turn = 0;
  return line.map(([lng = 0, lat = 0], i) => {
    const step = i ? lng - (line[i - 1]?.[0] ?? 0) : 0;
    if (step > 180) turn -= 360;
    else if (step < -180) turn += 360;
    return [lng + turn, lat];
  });
}

/** A ring that goes round a pole does not close in the plane; it is closed along the edge of the map. */
function unwrapRing(ring: Position[]): Position[] {
  const line = unwrapLine(ring);
  const [first, last] = [line[0], line.at(-1)];
  if (!first || !last || first[0] === last[0]) return line;
  const pole = (first[1] ?? 0) < 0 ? -90 : 90;
  return [...line, [last[0] ?? 0, pole], [first[0] ?? 0, pole], first];
}

/** Whether anything of the line can be seen: the 50m outline of Antarctica has a second ring about the pole itself. */
const offPole = (line: Position[]) => line.some(([, lat = 0]) => Math.abs(lat) < 89.9);

/** The polygons of a geometry, each an outer ring and its holes, continuous in longitude (which may pass ±180). */
export function unwrapPolygons(geometry: Polygon | MultiPolygon): Position[][][] {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  return polygons.map((rings) => rings.filter(offPole).map(unwrapRing)).filter((rings) => rings.length > 0);
}

/** The lines of a mesh, continuous in longitude (which may pass ±180). */
export function unwrapLines(geometry: MultiLineString): Position[][] {
  return geometry.coordinates.filter(offPole).map(unwrapLine);
}
