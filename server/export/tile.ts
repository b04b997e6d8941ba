import { fromGeojsonVt } from '@maplibre/vt-pbf';
import type { AtlasIndex, Cluster } from '../atlas-index.ts';
import type { Event } from '../event.ts';
import type { EventFilter } from '../filter.ts';
import { isInBox, lngRanges, project, WORLD, type Box, type Position } from '../geo.ts';
import type { Store } from '../store/store.ts';

/** The deepest zoom with tiles of its own. */
export const DEEPEST_TILE = 20;

/** Units of a tile's side, as is usual. */
const EXTENT = 4096;

/** A tile of more placements than these shows cells, each with its count. */
const FEW = 200;

/** A tile's cells per side, as a power of two: 64 pixels each of 256. */
const CELL_BITS = 2;

/** A tile of the usual scheme: of 2^z by 2^z in Web Mercator, from the north-west. */
export interface TileAddress {
  z: number;
  x: number;
  y: number;
}

interface Feature {
  id?: number;
  type: 1;
  geometry: [x: number, y: number][];
  tags: Record<string, string | number | boolean>;
}

/**
 * A vector tile (Mapbox Vector Tile 2.1) of one layer, `placements`: where they are few a point for each with its event, else
 * a point for each cell with exact counts. Every placement is in one tile of a zoom and counted there once, so there is no
 * margin around it. Null where nothing lies.
 */
export async function tileOf(
  { store, index }: { store: Store; index: AtlasIndex },
  filter: EventFilter,
  tile: TileAddress,
): Promise<Uint8Array | null> {
  const cells = await cellsOf(index, filter, tile);
  const count = cells.reduce((sum, cell) => sum + countOf(cell), 0);
  if (count === 0) return null;
  const features =
    count <= FEW
      ? await placementFeatures({ store, index }, filter, tile)
      : cells.map((cell) => cellFeature(index, cell, tile));
  return fromGeojsonVt({ placements: { features } }, { version: 2, extent: EXTENT });
}

/** The marks of each cell that has any. */
async function cellsOf(
  index: AtlasIndex,
  filter: EventFilter,
  { z, x, y }: TileAddress,
): Promise<Cluster[][]> {
  const side = 2 ** CELL_BITS;
  const cells: Cluster[][] = [];
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const box = boxOf({ z: z + CELL_BITS, x: x * side + column, y: y * side + row }, filter.box);
      const marks = box.map((each) => index.clusters(each, z, filter));
      const found = (await Promise.all(marks)).flat().filter((mark) => mark.count > 0);
      if (found.length > 0) cells.push(found);
    }
  return cells;
}

const countOf = (marks: readonly Cluster[]): number => marks.reduce((sum, { count }) => sum + count, 0);

function cellFeature(index: AtlasIndex, marks: Cluster[], tile: TileAddress): Feature {
  const [heaviest] = marks.toSorted((a, b) => b.count - a.count) as [Cluster, ...Cluster[]];
  const counts = new Map<string, number>();
  for (const mark of marks)
    for (const { id, count } of index.categoriesOf(mark)) counts.set(id, (counts.get(id) ?? 0) + count);
  const [[category, categoryCount]] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)) as [
    [string, number],
  ];
  const [west, south, east, north] = index.boundsOf(heaviest);
  const sum = (isWanted: Parameters<AtlasIndex['countOf']>[1]): number =>
    marks.reduce((all, mark) => all + index.countOf(mark, isWanted), 0);
  return {
    type: 1,
    // A mark may stand on a place beyond the cell; the middle of what it stands for here doesn't.
    geometry: [pointIn(tile, { lng: (west + east) / 2, lat: (south + north) / 2 })],
    tags: {
      ...{ count: countOf(marks), category, category_count: categoryCount },
      planned: sum(({ status }) => status === 'PLANNED'),
      disputed: sum(({ corroboration }) => corroboration === 'DISPUTED'),
    },
  };
}

async function placementFeatures(
  { store, index }: { store: Store; index: AtlasIndex },
  filter: EventFilter,
  tile: TileAddress,
): Promise<Feature[]> {
  const boxes = boxOf(tile, filter.box);
  const features: Feature[] = [];
  const ids = new Set<string>();
  for (const box of boxes) {
    const range = { after: null, before: null, from: 'START', limit: FEW } as const;
    for (const { id } of (await index.events({ ...filter, box }, 'WHEN_ASC', range)).rows) ids.add(id);
  }
  const events = (await store.events([...ids])).filter((event): event is Event => event !== undefined);
  const placeIds = [...new Set(events.flatMap(({ placements }) => placements.map(({ place }) => place)))];
  const places = new Map(
    (await store.places(placeIds)).flatMap((place) => (place ? [[place.id, place]] : [])),
  );
  for (const { id, title, category, status, when, placements } of events)
    for (const { place: placeId, role } of placements) {
      const place = places.get(placeId);
      const isWanted =
        place !== undefined &&
        boxes.some((box) => isInBox(place.position, box)) &&
        (!filter.places || filter.places.includes(placeId)) &&
        (!filter.roles || filter.roles.includes(role));
      if (!isWanted) continue;
      features.push({
        type: 1,
        geometry: [pointIn(tile, place.position)],
        tags: {
          ...{ count: 1, event: id, title, category, status, role },
          ...{ when: when.edtf, place: place.name, precision: place.precision },
        },
      });
    }
  return features;
}

/** In units of the tile; what lies beyond Web Mercator is on its edge. */
function pointIn({ z, x, y }: TileAddress, position: Position): [x: number, y: number] {
  const at = project(position);
  const within = (world: number, tile: number): number =>
    Math.max(0, Math.min(EXTENT - 1, Math.floor(((world / WORLD) * 2 ** z - tile) * EXTENT)));
  return [within(at.x, x), within(at.y, y)];
}

/**
 * The boxes of a tile that lie in another, if one is given: edges are those of its neighbours, and each belongs to the tile
 * east or north of it. What lies beyond Web Mercator belongs to the tiles at its edge.
 */
function boxOf({ z, x, y }: TileAddress, within: Box | undefined): Box[] {
  const side = 2 ** z;
  const box: Box = [
    lngAt(x / side),
    y === side - 1 ? -90 : above(latAt((y + 1) / side)),
    below(lngAt((x + 1) / side)),
    y === 0 ? 90 : latAt(y / side),
  ];
  if (!within) return [box];
  const south = Math.max(box[1], within[1]);
  const north = Math.min(box[3], within[3]);
  if (south > north) return [];
  return lngRanges(within).flatMap(([from, to]): Box[] => {
    const [west, east] = [Math.max(box[0], from), Math.min(box[2], to)];
    return west <= east ? [[west, south, east, north]] : [];
  });
}

const lngAt = (part: number): number => part * 360 - 180;
const latAt = (part: number): number => (Math.atan(Math.sinh(Math.PI * (1 - 2 * part))) * 180) / Math.PI;

/** The next number below or above, of those that a double can be: none lies between. */
const below = (value: number): number => -above(-value);

function above(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return bits.getFloat64(0);
}
