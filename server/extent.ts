/** West, south, east, north in degrees, edges inside; west > east crosses the antimeridian. */
export type Box = readonly [west: number, south: number, east: number, north: number];

/** Places per block whose extent is kept, as a power of two. */
export const EXTENT_BITS = 8;

/** The smallest box around some points: it crosses the antimeridian where they lie closer together there. */
export class Extent {
  #south = Infinity;
  #north = -Infinity;
  /** Of longitudes from -180, and of the same counted from 0 to 360. */
  #west = Infinity;
  #east = -Infinity;
  #west360 = Infinity;
  #east360 = -Infinity;

  add(lng: number, lat: number): void {
    const lng360 = lng < 0 ? lng + 360 : lng;
    this.#addAll(lng, lng, lng360, lng360, lat, lat);
  }

  /** Adds a block of those that `extentsOf` gave. */
  addBlock(extents: Float64Array, block: number): void {
    const [west, east, west360, east360, south, north] = extents.subarray(6 * block, 6 * block + 6);
    this.#addAll(
      west as number,
      east as number,
      west360 as number,
      east360 as number,
      south as number,
      north as number,
    );
  }

  #addAll(west: number, east: number, west360: number, east360: number, south: number, north: number): void {
    if (west < this.#west) this.#west = west;
    if (east > this.#east) this.#east = east;
    if (west360 < this.#west360) this.#west360 = west360;
    if (east360 > this.#east360) this.#east360 = east360;
    if (south < this.#south) this.#south = south;
    if (north > this.#north) this.#north = north;
  }

  values(): number[] {
    return [this.#west, this.#east, this.#west360, this.#east360, this.#south, this.#north];
  }

  box(): Box {
    if (this.#east - this.#west <= this.#east360 - this.#west360)
      return [this.#west, this.#south, this.#east, this.#north];
    const turned = (lng: number): number => (lng > 180 ? lng - 360 : lng);
    return [turned(this.#west360), this.#south, turned(this.#east360), this.#north];
  }
}

/** The extents of each so many places in Z-order, six values each, so that those of many places are found in a few steps. */
export function extentsOf(lng: Float64Array, lat: Float64Array): Float64Array {
  const size = 2 ** EXTENT_BITS;
  const extents = new Float64Array(6 * Math.ceil(lng.length / size));
  for (let from = 0; from < lng.length; from += size) {
    const extent = new Extent();
    for (let rank = from; rank < Math.min(from + size, lng.length); rank++)
      extent.add(lng[rank] as number, lat[rank] as number);
    extents.set(extent.values(), (6 * from) / size);
  }
  return extents;
}

/** A box as boxes that don't cross the antimeridian, at which longitudes -180 and 180 are the same. */
export function lngRanges([west, south, east, north]: Box): Box[] {
  if (west > east)
    return [
      [-180, south, east, north],
      [west, south, 180, north],
    ];
  const boxes: Box[] = [[west, south, east, north]];
  if (east === 180 && west > -180) boxes.push([-180, south, -180, north]);
  if (west === -180 && east < 180) boxes.push([180, south, 180, north]);
  return boxes;
}
