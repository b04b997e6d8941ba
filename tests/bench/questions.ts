import type { IndexFilter } from '../../server/event-index.ts';
import type { Box } from '../../server/extent.ts';
import { mulberry32 } from '../random.ts';
import { degrees, ERA, KINDS, WORLD, type Columns } from './generator.ts';

/** The map on screen, in pixels. */
const SCREEN = { width: 1440, height: 900 };

/** What somebody sees on the map, and the period and the categories that are asked for. */
export interface Question {
  zoom: number;
  /** Edges in units of the world, whole; the right and lower ones outside. */
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** Minutes since 1970 UTC, the end outside; whole days. */
  from: number;
  to: number;
  /** For the questions that ask for categories. */
  kinds: readonly number[];
}

/** So many views at zooms 2 to 10 near places with events, with periods from a day to all: always the same. */
export function questionsOf({ x, y, place }: Columns, count: number, seed = 2): Question[] {
  const random = mulberry32(seed);
  const days = (ERA.to - ERA.from) / 1440;
  return Array.from({ length: count }, () => {
    const zoom = 2 + Math.floor(random() * 9);
    const pixel = 2 ** (18 - zoom);
    const [width, height] = [SCREEN.width, SCREEN.height].map((side) => Math.min(side * pixel, WORLD)) as [
      number,
      number,
    ];
    const near = place[Math.floor(random() * place.length)] as number;
    const from = (middle: number, side: number): number =>
      Math.floor(Math.max(0, Math.min(WORLD - side, middle - (0.25 + 0.5 * random()) * side)));
    const [left, top] = [from(x[near] as number, width), from(y[near] as number, height)];
    const length = Math.max(1, Math.floor(days ** random()));
    const day = Math.floor(random() * (days - length + 1));
    const kind = Math.floor(random() * KINDS);
    return {
      zoom,
      left,
      top,
      right: left + width,
      bottom: top + height,
      from: ERA.from + day * 1440,
      to: ERA.from + (day + length) * 1440,
      kinds: [kind, (kind + 3) % KINDS],
    };
  });
}

/** The view in degrees. */
export function boxOf({ left, top, right, bottom }: Question): Box {
  const [northWest, southEast] = [degrees(left, top), degrees(right, bottom)];
  return [northWest.lng, southEast.lat, southEast.lng, northWest.lat];
}

/** The period, as the index takes it. */
export const periodOf = ({ from, to }: Question): Required<Pick<IndexFilter, 'from' | 'to'>> => ({
  from: from * 60_000,
  to: to * 60_000,
});

/** The categories, as the index takes them. */
export function kindsOf({ kinds }: Question): Uint8Array {
  const wanted = new Uint8Array(KINDS);
  for (const kind of kinds) wanted[kind] = 1;
  return wanted;
}

/** The edges of the bins of a timeline, in minutes. */
export const EDGES = Array.from({ length: 121 }, (_, bin) => ERA.from + (bin * (ERA.to - ERA.from)) / 120);

/** Cells of the map are 64 pixels wide: so many of the last bits of a coordinate are inside the cell. */
export const cellBits = ({ zoom }: Question): number => 24 - zoom;
