import Supercluster from 'supercluster';
import { degrees, type Columns } from './generator.ts';
import { versionOf } from './machine.ts';
import { boxOf } from './questions.ts';
import type { Rival } from './rival.ts';

/** The radius within which it clusters, in pixels: as far as our cells are wide. */
const RADIUS = 64;

/**
 * Supercluster, which knows no period: its clusters are made once, of all placements. It gives those whose centre is in
 * view, so their counts need not add up to the placements in view.
 */
export function openSupercluster({ x, y, event, place }: Columns): Rival {
  const clusters = new Supercluster({ radius: RADIUS, extent: 256, maxZoom: 10 });
  clusters.load(
    Array.from(event, (_, at) => {
      const p = place[at] as number;
      const { lng, lat } = degrees((x[p] as number) + 0.5, (y[p] as number) + 0.5);
      return { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [lng, lat] } };
    }),
  );
  return {
    version: versionOf('supercluster'),
    clusters: (question) => {
      const [west, south, east, north] = boxOf(question);
      const found = clusters.getClusters([west, south, east, north], question.zoom);
      const placements = found.reduce(
        (sum, { properties }) => sum + ('point_count' in properties ? Number(properties['point_count']) : 1),
        0,
      );
      return { cells: found.length, placements };
    },
    close: () => undefined,
  };
}
