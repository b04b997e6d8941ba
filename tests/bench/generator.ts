import { EventIndexBuilder, type EventIndex } from '../../server/event-index.ts';
import type { Position } from '../../server/geo.ts';
import { mulberry32 } from '../random.ts';

/** The world's side in the unit of all coordinates here: 2^26, at zoom z 2^(18 - z) to a pixel. */
export const WORLD = 2 ** 26;

/** How many categories there are. */
export const KINDS = 8;

/** Start and end of events without a date: after every period. */
export const UNDATED = 0x7fffffff;

const MINUTES_PER_DAY = 1440;

/** All dates are in the sixteen years from 2010 on, in minutes since 1970 UTC. */
export const ERA = { from: minutesOf(2010, 0), to: minutesOf(2026, 0) };

/** Events per place, and every so-manieth event has a second placement. */
const EVENTS_PER_PLACE = 5;
const TWICE = 50;

/** Generated events as typed columns. Events are in date order, those without a date last. */
export interface Columns {
  /** Per place: Web Mercator, x east and y south, whole; it lies in the middle of that unit, so on no edge of a view. */
  x: Int32Array;
  y: Int32Array;
  /** Per event: minutes since 1970 UTC, the end outside; and its category. */
  starts: Int32Array;
  ends: Int32Array;
  kind: Uint8Array;
  /** Per placement. */
  event: Uint32Array;
  place: Uint32Array;
}

/** So many events, always the same: towns of Zipf's weights in regions of the globe, and bursts at one spot and time. */
export function generate(events: number, seed = 1): Columns {
  const random = mulberry32(seed);
  const places = Math.max(1, Math.ceil(events / EVENTS_PER_PLACE));
  const { x, y } = somewhere(places, random);
  const { starts, ends, burst } = dated(events, random);
  // Zipf: the so-manieth place has that part of the weight of the first.
  const anyPlace = (): number => Math.floor(places ** random()) - 1;
  const burstPlaces = Uint32Array.from({ length: BURSTS + 1 }, anyPlace);

  const kind = new Uint8Array(events);
  const placements = events + Math.ceil(events / TWICE);
  const [event, place] = [new Uint32Array(placements), new Uint32Array(placements)];
  for (let i = 0, at = 0; i < events; i++) {
    kind[i] = Math.floor(random() ** 2 * KINDS);
    const burstNumber = burst[i] as number;
    event[at] = i;
    place[at++] = burstNumber > 0 ? (burstPlaces[burstNumber] as number) : anyPlace();
    if (i % TWICE > 0) continue;
    event[at] = i;
    place[at++] = Math.floor(random() * places);
  }
  return { x, y, starts, ends, kind, event, place };
}

/** The degrees of a place, or of any point in units of the world. */
export const degrees = (x: number, y: number): Position => ({
  lng: (x / WORLD - 0.5) * 360,
  lat: (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / WORLD))) * 180) / Math.PI,
});

/** Puts the events into an index, in milliseconds. */
export function indexOf({ x, y, starts, ends, kind, event, place }: Columns): EventIndex {
  const builder = new EventIndexBuilder(x.length, starts.length, event.length);
  for (let i = 0; i < x.length; i++) {
    const { lng, lat } = degrees((x[i] as number) + 0.5, (y[i] as number) + 0.5);
    builder.addPlace(lng, lat);
  }
  for (let i = 0; i < starts.length; i++) {
    const isUndated = starts[i] === UNDATED;
    builder.addEvent(
      isUndated ? null : (starts[i] as number) * 60_000,
      isUndated ? null : (ends[i] as number) * 60_000,
    );
  }
  for (let at = 0; at < event.length; at++)
    builder.addPlacement(event[at] as number, place[at] as number, kind[event[at] as number] as number);
  return builder.finish();
}

function minutesOf(year: number, month: number): number {
  return Date.UTC(year, month) / 60_000;
}

/** Places, the heaviest first: towns in regions, and behind them the many spots around the towns. */
function somewhere(places: number, random: () => number): Pick<Columns, 'x' | 'y'> {
  const degree = WORLD / 360;
  const normal = (): number => (random() + random() + random() - 1.5) * 2;
  const within = (value: number): number => Math.max(0, Math.min(WORLD - 1, Math.floor(value)));
  const regions = Array.from({ length: 400 }, () => ({
    x: random() * WORLD,
    y: WORLD * (0.4 + 0.09 * normal()),
    spread: (0.3 + 4 * random()) * degree,
  }));
  const towns = Math.ceil(places / 40);
  const [x, y] = [new Int32Array(places), new Int32Array(places)];
  for (let i = 0; i < places; i++) {
    const region = regions[Math.floor(random() ** 2 * regions.length)] as (typeof regions)[number];
    const town = Math.floor(random() ** 2 * towns);
    const [midX, midY, spread] =
      i < towns ? [region.x, region.y, region.spread] : [x[town] as number, y[town] as number, 0.06 * degree];
    x[i] = within(midX + spread * normal());
    y[i] = within(midY + spread * normal());
  }
  return { x, y };
}

const BURSTS = 300;

/** Starts and ends of events in date order, and for each the number of the burst that it is part of, or 0. */
function dated(
  events: number,
  random: () => number,
): Pick<Columns, 'starts' | 'ends'> & { burst: Uint16Array } {
  const days = (ERA.to - ERA.from) / MINUTES_PER_DAY;
  const months = Int32Array.from({ length: 16 * 12 + 1 }, (_, month) => minutesOf(2010, month));
  const monthOf = new Uint8Array(days);
  for (let day = 0, month = 0; day < days; day++) {
    while ((months[month + 1] as number) <= ERA.from + day * MINUTES_PER_DAY) month++;
    monthOf[day] = month;
  }
  const burstDays = Float64Array.from({ length: BURSTS + 1 }, () => random() * (days - 10));
  const [start, end] = [new Int32Array(events), new Int32Array(events)];
  const inBurst = new Uint16Array(events);
  const order = new Float64Array(events);
  for (let i = 0; i < events; i++) {
    const number = random() < 0.15 ? Math.floor(BURSTS ** random()) : 0;
    inBurst[i] = number;
    const day = Math.floor(
      number > 0 ? (burstDays[number] as number) + 10 * random() ** 3 : days * random() ** 0.7,
    );
    const [sort, size, midnight] = [random(), random(), ERA.from + day * MINUTES_PER_DAY];
    let [from, to] = [midnight, midnight + MINUTES_PER_DAY];
    if (sort < 0.003) [from, to] = [UNDATED, UNDATED];
    else if (sort < 0.05)
      [from, to] = [months[monthOf[day] as number] as number, months[(monthOf[day] as number) + 1] as number];
    else if (sort < 0.13) to = (from = midnight + Math.floor(size * MINUTES_PER_DAY)) + 1;
    else if (sort < 0.25) to = midnight + MINUTES_PER_DAY * (2 + Math.floor(size * 27));
    else if (sort < 0.28) to = midnight + MINUTES_PER_DAY * (30 + Math.floor(size * 150));
    [start[i], end[i]] = [from, to];
    // Undated ones last. Less than 2^24 minutes and 2^27 events fit a double.
    order[i] = Math.min(from - ERA.from, 2 ** 24) * 2 ** 27 + i;
  }
  order.sort();
  const [starts, ends, burst] = [new Int32Array(events), new Int32Array(events), new Uint16Array(events)];
  for (let at = 0; at < events; at++) {
    const i = (order[at] as number) % 2 ** 27;
    starts[at] = start[i] as number;
    ends[at] = end[i] as number;
    burst[at] = inBurst[i] as number;
  }
  return { starts, ends, burst };
}
