import type { Position } from 'geojson';

/** Web Mercator, both axes 0 to 1, y southwards. */
export function mercator(lng: number, lat: number): [number, number] {
  const sin = Math.sin((Math.max(-85, Math.min(85, lat)) * Math.PI) / 180);
  return [lng / 360 + 0.5, 0.5 - Math.atanh(sin) / (2 * Math.PI)];
}

/** Area in km² of a ring of degrees on a sphere (Chamberlain and Duquette, 2007). */
export function ringArea(ring: Position[]): number {
  const rad = Math.PI / 180;
  let sum = 0;
  for (let i = 1; i < ring.length; i++) {
    const [x0 = 0, y0 = 0] = ring[i - 1] ?? [];
    const [x1 = 0, y1 = 0] = ring[i] ?? [];
    sum += (x1 - x0) * rad * (2 + Math.sin(y0 * rad) + Math.sin(y1 * rad));
  }
  return Math.abs((sum * 6371 ** 2) / 2);
}

/** Whether a point is inside a polygon of rings, by even-odd crossing. */
export function inside([x = 0, y = 0]: Position, rings: Position[][]): boolean {
  let odd = false;
  for (const ring of rings)
    for (let i = 1; i < ring.length; i++) {
      const [x0 = 0, y0 = 0] = ring[i - 1] ?? [];
      const [x1 = 0, y1 = 0] = ring[i] ?? [];
      if (y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) odd = !odd;
    }
  return odd;
}

/**
 * Where to write the name of a polygon: far from its edges (a name is wide, so a mile east counts half a mile north)
 * and not far from its middle. A grid is searched, then twice a finer one about the best point.
 */
export function labelPoint(rings: Position[][]): Position {
  const flat = rings.map((ring) =>
    ring.map(([lng = 0, lat = 0]) => mercator(lng, lat).map((v, i) => (i ? v : v / 2))),
  );
  const xs = flat[0]?.map(([x = 0]) => x) ?? [];
  const ys = flat[0]?.map(([, y = 0]) => y) ?? [];
  let [x0, y0, x1, y1] = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  const middle = [(x0 + x1) / 2, (y0 + y1) / 2] as const;
  let best = { score: -Infinity, x: middle[0], y: middle[1] };
  for (let pass = 0; pass < 3; pass++) {
    const [w, h] = [(x1 - x0) / 20, (y1 - y0) / 20];
    for (let i = 0.5; i < 20; i++)
      for (let j = 0.5; j < 20; j++) {
        const [x, y] = [x0 + i * w, y0 + j * h];
        const far = 0.2 * Math.hypot(x - middle[0], y - middle[1]);
        const score = edgeDistance(x, y, flat, best.score + far) - far;
        if (score > best.score && inside([x, y], flat)) best = { score, x, y };
      }
    [x0, x1, y0, y1] = [best.x - w, best.x + w, best.y - h, best.y + h];
  }
  const lat = (2 * Math.atan(Math.exp((0.5 - best.y) * 2 * Math.PI)) - Math.PI / 2) * (180 / Math.PI);
  return [((best.x * 2 * 360 + 360) % 360) - 180, lat];
}

/** Distance from a point to the nearest edge, or -Infinity as soon as it is not above `enough`. */
function edgeDistance(x: number, y: number, rings: Position[][], enough: number): number {
  let least = Infinity;
  for (const ring of rings)
    for (let i = 1; i < ring.length; i++) {
      const [ax = 0, ay = 0] = ring[i - 1] ?? [];
      const [dx, dy] = [(ring[i]?.[0] ?? 0) - ax, (ring[i]?.[1] ?? 0) - ay];
      const along = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
      least = Math.min(least, (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2);
      if (enough > 0 && least <= enough ** 2) return -Infinity;
    }
  return Math.sqrt(least);
}
