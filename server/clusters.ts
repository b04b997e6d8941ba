import { boundsOf, isInBox, project, WORLD, type Box } from './geo.ts';
import type { PlacedEvent, PlaceWeight } from './store/store.ts';

/** The least distance between two marks, in screen pixels; no mark is wider. */
export const MARK_DISTANCE = 44;

/** Beyond it nothing comes apart that has not before. */
export const DEEPEST_ZOOM = 24;

/** Groups per unit of zoom: as fine as the steps in which maps zoom. */
const STEPS = 2;

/** Placements that are drawn as one mark. */
export interface Cluster {
  anchor: PlaceWeight;
  placements: PlacedEvent[];
}

/**
 * Which places share a mark, at every zoom. From the deepest zoom up, marks in order of their weight each take in those
 * nearer than `MARK_DISTANCE` that no heavier mark has: so marks never overlap, each stands on a real place, and all that
 * are together at a zoom are together at every lower one. It depends on the places alone, not on any filter or view.
 */
export class PlaceGroups {
  /** Per step of zoom, the place whose mark stands for a place. */
  readonly #anchors: Map<string, PlaceWeight>[] = [];

  constructor(places: readonly PlaceWeight[]) {
    let marks: Mark[] = places.map((place) => ({
      place,
      weight: place.count,
      members: [place.place],
      ...project(place.position),
    }));
    for (let step = DEEPEST_ZOOM * STEPS; step >= 0; step--) {
      marks = merged(marks, MARK_DISTANCE / 2 ** (step / STEPS));
      this.#anchors[step] = new Map(
        marks.flatMap(({ place, members }) =>
          members.map((member): [string, PlaceWeight] => [member, place]),
        ),
      );
    }
  }

  /** The place that a place's mark stands on at a zoom. */
  anchor(place: string, zoom: number): PlaceWeight | undefined {
    return this.#anchors[Math.floor(Math.min(zoom, DEEPEST_ZOOM) * STEPS)]?.get(place);
  }

  /** The lowest whole zoom above a given one at which places no longer share a mark; null when they always do. */
  expansionZoom(places: readonly string[], above: number): number | null {
    for (let zoom = Math.floor(above) + 1; zoom <= DEEPEST_ZOOM; zoom++)
      if (new Set(places.map((place) => this.anchor(place, zoom)?.place)).size > 1) return zoom;
    return null;
  }

  /** Groups the placements that lie in a box by mark, the fullest first. Each is in exactly one. */
  clusters(placements: readonly PlacedEvent[], box: Box, zoom: number): Cluster[] {
    const inView = placements.filter(({ position }) => isInBox(position, box));
    const groups = Map.groupBy(inView, ({ place }) => this.anchor(place, zoom));
    return [...groups]
      .flatMap(([anchor, members]) => (anchor ? [{ anchor, placements: members }] : []))
      .sort(
        (a, b) => b.placements.length - a.placements.length || (a.anchor.place < b.anchor.place ? -1 : 1),
      );
  }
}

/** The smallest box around a cluster's placements. */
export const clusterBounds = ({ placements }: Cluster): Box =>
  boundsOf(placements.map(({ position }) => position)) ?? [0, 0, 0, 0];

interface Mark {
  place: PlaceWeight;
  weight: number;
  members: string[];
  x: number;
  y: number;
}

/** The marks that are left when each in turn takes in those nearer than a distance, in pixels at zoom 0. */
function merged(marks: readonly Mark[], distance: number): Mark[] {
  // Cells as wide as the distance, so that what is near lies in the same cell or one beside it; the world is round.
  const columns = Math.max(1, Math.floor(WORLD / distance));
  const cell = (x: number, y: number): string => `${((x % columns) + columns) % columns},${y}`;
  const column = ({ x }: Mark): number => Math.floor((x / WORLD) * columns);
  const row = ({ y }: Mark): number => Math.floor(y / distance);
  const free = Map.groupBy(marks, (mark) => cell(column(mark), row(mark)));
  const taken = new Set<Mark>();
  return [...marks]
    .sort((a, b) => b.weight - a.weight || (a.place.place < b.place.place ? -1 : 1))
    .flatMap((mark) => {
      if (taken.has(mark)) return [];
      const near = new Set<Mark>();
      for (const dx of [-1, 0, 1])
        for (const dy of [-1, 0, 1])
          for (const other of free.get(cell(column(mark) + dx, row(mark) + dy)) ?? [])
            if (!taken.has(other) && isNear(mark, other, distance)) near.add(other);
      for (const each of near) taken.add(each);
      return {
        ...mark,
        weight: [...near].reduce((sum, { weight }) => sum + weight, 0),
        members: [...near].flatMap(({ members }) => members),
      };
    });
}

function isNear(a: Mark, b: Mark, distance: number): boolean {
  const across = Math.abs(a.x - b.x);
  return Math.hypot(Math.min(across, WORLD - across), a.y - b.y) < distance;
}
