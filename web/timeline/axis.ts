import { utcDay, utcMonth, utcTicks, utcYear } from 'd3-time';
import type { Span } from '../address.ts';
import type { TimelineColoursQuery, TimelineQuery } from '../queries.generated.ts';

/** Where a moment is marked under the bars, and what it is called there. */
export interface Tick {
  moment: number;
  label: string;
}

const YEAR = { year: 'numeric' } as const;
const MONTH = { month: 'short' } as const;
const DAY = { day: 'numeric', month: 'short' } as const;
const TIME = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

/** Writes moments in a language as shortly as a graphic wants them, by the Gregorian calendar and in UTC. */
export class AxisLabels {
  readonly #locale: string;
  readonly #formats = new Map<string, Intl.DateTimeFormat>();

  /** @param locale a BCP 47 tag */
  constructor(locale: string) {
    this.#locale = locale;
  }

  /** The date: 13 Oct 2016; within a day with the time. */
  moment(moment: number): string {
    return this.#write(moment, { ...DAY, ...YEAR, ...(isDay(moment) ? {} : TIME) });
  }

  /** At most so many ticks of the calendar, all of one kind. The year and the day are said where they are new. */
  ticks({ from, to }: Span, most: number): Tick[] {
    const moments = momentsOf(new Date(from), new Date(to), most);
    const areAll = (is: (moment: number) => boolean): boolean => moments.every(is);
    const fields = areAll(isYear) ? YEAR : areAll(isMonth) ? MONTH : areAll(isDay) ? DAY : TIME;
    return moments.map((moment, at) => {
      const before = moments[at - 1] ?? -Infinity;
      const [isNewYear, isNewDay] = [utcYear, utcDay].map(
        (unit) => Number(unit.floor(new Date(moment))) > before,
      );
      const shortest =
        fields === TIME ? (isNewDay ? (isDay(moment) ? DAY : { ...DAY, ...TIME }) : TIME) : fields;
      const label = !isNewYear
        ? shortest
        : fields === MONTH && isYear(moment)
          ? YEAR
          : { ...shortest, ...YEAR };
      return { moment, label: this.#write(moment, label) };
    });
  }

  #write(moment: number, fields: Intl.DateTimeFormatOptions): string {
    const key = Object.keys(fields).join(' ');
    let format = this.#formats.get(key);
    if (!format) {
      format = new Intl.DateTimeFormat(this.#locale, { ...fields, timeZone: 'UTC' });
      this.#formats.set(key, format);
    }
    return format.format(moment);
  }
}

/** As many as d3 finds to be round, which may be more than it is asked for. */
function momentsOf(from: Date, to: Date, most: number): number[] {
  for (let count = Math.floor(most); count > 0; count--) {
    const moments = utcTicks(from, to, count).map(Number);
    if (moments.length <= most) return moments;
  }
  return [];
}

const isYear = (moment: number): boolean => Number(utcYear.floor(new Date(moment))) === moment;
const isMonth = (moment: number): boolean => Number(utcMonth.floor(new Date(moment))) === moment;
const isDay = (moment: number): boolean => Number(utcDay.floor(new Date(moment))) === moment;

/** A bin of the timeline, its ends in milliseconds since 1970 UTC. */
export interface Bin extends Span {
  count: number;
  certain: number;
  /** What its bar is made of, from the axis upwards; empty where that is not known. */
  layers: Layer[];
}

/** The events of a bin that are of one category, and surely or only possibly in it. */
export interface Layer {
  category: string;
  isCertain: boolean;
  count: number;
}

/** What the bins of a timeline have of each category. */
export type Colours = TimelineColoursQuery['timeline']['bins'];

/** The bins that touch a span, cut to it. */
export const binsIn = (
  timeline: TimelineQuery['timeline'] | null,
  colours: Colours | null,
  span: Span,
): Bin[] =>
  (timeline?.bins ?? [])
    .map(({ from, to, ...counts }, at) => ({
      ...{ from: Date.parse(from), to: Date.parse(to), ...counts },
      layers: layersOf(colours?.[at]),
    }))
    .filter(({ from, to }) => from < span.to && to > span.from);

/** Those surely in a bin lie below all that may be in it, each in the order of the categories. */
function layersOf(bin: Colours[number] | undefined): Layer[] {
  if (!bin) return [];
  const certain = new Map(bin.certainCategories.map(({ category, count }) => [category.id, count]));
  const layers = [true, false].flatMap((isCertain) =>
    bin.categories.map(({ category: { id }, count }) => {
      const surely = certain.get(id) ?? 0;
      return { category: id, isCertain, count: isCertain ? surely : count - surely };
    }),
  );
  return layers.filter(({ count }) => count > 0);
}

/** How bars are drawn: where a moment lies and how high the highest count is, in pixels, and that count. */
export interface Scale {
  xOf(moment: number): number;
  height: number;
  most: number;
}

/**
 * Bars as the path of an SVG, whole pixels wide, with a gap where there is room for it. No count above zero is too small to
 * be seen.
 */
export const barsPath = (bins: readonly Bin[], countOf: (bin: Bin) => number, scale: Scale): string =>
  bins
    .filter((bin) => countOf(bin) > 0)
    .map((bin) => {
      const y = Math.min(scale.height - 1, heightAt(countOf(bin), scale));
      return barPath(bin, scale.height, y, scale);
    })
    .join('');

/** The layers of all bars as paths, one for each category that surely was, and one for each that may have been. */
export function layerPaths(bins: readonly Bin[], scale: Scale): (Omit<Layer, 'count'> & { path: string })[] {
  const paths = new Map<string, Omit<Layer, 'count'> & { path: string }>();
  for (const bin of bins) {
    let below = 0;
    for (const { category, isCertain, count } of bin.layers) {
      const key = `${isCertain} ${category}`;
      const layer = paths.get(key) ?? { category, isCertain, path: '' };
      layer.path += barPath(bin, heightAt(below, scale), heightAt((below += count), scale), scale);
      paths.set(key, layer);
    }
  }
  return [...paths.values()];
}

const heightAt = (count: number, { height, most }: Scale): number => height * (1 - count / most);

function barPath({ from, to }: Span, bottom: number, top: number, { xOf }: Scale): string {
  const [start, end] = [Math.round(xOf(from)), Math.round(xOf(to))];
  const width = Math.max(1, end - start - (end - start > 3 ? 1 : 0));
  const [low, high] = [bottom, top].map((y) => Number(y.toFixed(1)));
  return `M${start} ${low}V${high}h${width}V${low}z`;
}
