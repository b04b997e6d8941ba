import { utcDay, utcHour, utcMinute, utcMonday, utcMonth, utcYear, type TimeInterval } from 'd3-time';
import type { Span } from '../address.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** By how much a period is stepped, weeks from Monday. */
export const STEPS = ['day', 'week', 'month', 'year'] as const;
export type Step = (typeof STEPS)[number];

const many = (unit: { every(count: number): TimeInterval | null }, count: number): TimeInterval =>
  unit.every(count) as TimeInterval;

const INTERVALS: Record<Step, TimeInterval> = {
  day: utcDay,
  week: utcMonday,
  month: utcMonth,
  year: utcYear,
};

/** What a bigger step is: the next one, and after years a decade. */
const BIGGER: Record<Step, TimeInterval> = {
  day: utcMonday,
  week: utcMonth,
  month: utcYear,
  year: many(utcYear, 10),
};

/** Calendar steps that a hand may keep to, each with the shortest that it can be in milliseconds. */
const SNAPS: [shortest: number, interval: TimeInterval][] = [
  [MINUTE, utcMinute],
  [15 * MINUTE, many(utcMinute, 15)],
  [HOUR, utcHour],
  [DAY, utcDay],
  [7 * DAY, utcMonday],
  [28 * DAY, utcMonth],
  ...[1, 10, 100, 1000].map((count): [number, TimeInterval] => [count * YEAR, many(utcYear, count)]),
];

/** In pixels; what is narrower cannot be aimed at. */
const NARROWEST_SNAP = 4;

/** The finest calendar step that is wide enough to be aimed at where a span is so many pixels wide. */
export function snapOf({ from, to }: Span, pixels: number): TimeInterval {
  const least = (NARROWEST_SNAP * (to - from)) / pixels;
  return (SNAPS.find(([shortest]) => shortest >= least) ?? (SNAPS.at(-1) as (typeof SNAPS)[number]))[1];
}

/** The edge of a step next to a moment, earlier or later than it. */
export function nextEdge(moment: number, step: Step, by: -1 | 1, isBigger = false): number {
  const interval = (isBigger ? BIGGER : INTERVALS)[step];
  const date = new Date(moment);
  return Number(by > 0 ? interval.offset(interval.floor(date), 1) : interval.offset(interval.ceil(date), -1));
}

const isEdge = (interval: TimeInterval, moment: number): boolean =>
  Number(interval.floor(new Date(moment))) === moment;

/** A period that begins elsewhere. If it was made of whole steps it still is: September becomes October, with its 31 days. */
function begun(at: number, { from, to }: Span, interval: TimeInterval): Span {
  const end = at + to - from;
  const isWhole = isEdge(interval, from) && isEdge(interval, to);
  return { from: at, to: isWhole ? Number(interval.round(new Date(end))) : end };
}

/** A period a step earlier or later. It begins with a step from then on, and keeps its length. */
export const stepped = (period: Span, step: Step, by: -1 | 1): Span =>
  begun(nextEdge(period.from, step, by), period, INTERVALS[step]);

/** The first step that a span touches, or the last. */
export function outermost({ from, to }: Span, step: Step, by: -1 | 1): Span {
  const interval = INTERVALS[step];
  const start = interval.floor(new Date(by > 0 ? from : to - 1));
  return { from: Number(start), to: Number(interval.offset(start, 1)) };
}

/** The period that a hand draws between two moments: all the steps that it touches. */
export function drawn(one: number, other: number, snap: TimeInterval): Span {
  const [first, last] = [Math.min(one, other), Math.max(one, other)];
  const start = Number(snap.floor(new Date(first)));
  return {
    from: start,
    to: Math.max(Number(snap.ceil(new Date(last))), Number(snap.offset(new Date(start), 1))),
  };
}

/** A period that a hand has moved by so many milliseconds, to where a step begins, and no farther than a span reaches. */
export function moved(period: Span, by: number, snap: TimeInterval, within: Span): Span {
  const at = Number(snap.round(new Date(period.from + by)));
  const first = Number(snap.floor(new Date(within.from)));
  const end = Number(snap.ceil(new Date(within.to)));
  const last = Number(snap.floor(new Date(end - (period.to - period.from))));
  return begun(Math.max(first, Math.min(last, at)), period, snap);
}

/** A period of which a hand has taken one end to a moment: to the nearest edge that leaves it a step. */
export function resized({ from, to }: Span, end: 'from' | 'to', moment: number, snap: TimeInterval): Span {
  const at = Number(snap.round(new Date(moment)));
  return end === 'from'
    ? { from: Math.min(at, Number(snap.floor(new Date(to - 1)))), to }
    : { from, to: Math.max(at, Number(snap.offset(snap.floor(new Date(from)), 1))) };
}

/** A span made longer by a factor around a moment, which stays where it is; never beyond the whole nor shorter than an hour. */
export function zoomed({ from, to }: Span, factor: number, around: number, whole: Span): Span {
  const length = Math.min(Math.max((to - from) * factor, HOUR), whole.to - whole.from);
  const start = around - ((around - from) / (to - from)) * length;
  return shifted({ from: start, to: start + length }, 0, whole);
}

/** A span moved by so many milliseconds, no farther than the whole reaches. */
export function shifted({ from, to }: Span, by: number, whole: Span): Span {
  const length = to - from;
  const start = Math.max(whole.from, Math.min(from + by, whole.to - length));
  return { from: start, to: start + length };
}

/** The part of a span that lies in the whole; the whole where none does, as when an address is of another atlas. */
export function within({ from, to }: Span, whole: Span): Span {
  const part = { from: Math.max(from, whole.from), to: Math.min(to, whole.to) };
  return part.from < part.to ? part : whole;
}

/** A span that shows a period, with some room on either side. */
export function around({ from, to }: Span, whole: Span): Span {
  const room = (to - from) / 4;
  const length = Math.max(to - from + 2 * room, HOUR);
  const start = (from + to - length) / 2;
  return { from: Math.max(whole.from, start), to: Math.min(whole.to, start + length) };
}

/** A span moved as little as shows a period, or its beginning where it is too long. */
export function revealing(span: Span, period: Span, whole: Span): Span {
  const late = Math.max(0, period.to - span.to);
  const early = Math.min(0, period.from - (span.from + late));
  return shifted(span, late + early, whole);
}

/** The last day in which a period lies that ends with a moment; the moment itself where it ends within a day. */
export const lastOf = (to: number): number => (isEdge(utcDay, to) ? to - DAY : to);
