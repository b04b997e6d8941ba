import { calendarBins, isCertainlyWithin, isPossiblyWithin, type Period } from './time.ts';

/** One bin [from, to), in milliseconds since 1970 UTC, and the events that may have been, or surely were, inside it. */
export interface TimelineBin {
  from: number;
  to: number;
  count: number;
  certain: number;
}

/**
 * Counts dated events per calendar bin over a period, or where it is open over all that the events span. An event is
 * counted in each bin that its date overlaps.
 */
export function timelineBins(events: readonly Period[], during: Period, most: number): TimelineBin[] {
  const dated = events.filter(({ from, to }) => from !== null || to !== null);
  const from =
    during.from ??
    extreme(
      dated.map((each) => each.from ?? each.to),
      Math.min,
    );
  const to =
    during.to ??
    extreme(
      dated.map((each) => each.to ?? each.from),
      Math.max,
    );
  if (from === null || to === null || from >= to) return [];
  const edges = calendarBins(from, to, most);
  return edges.slice(1).map((end, index) => {
    const bin = { from: edges[index] ?? from, to: end };
    const within = dated.filter((each) => isPossiblyWithin(each, bin));
    const certain = within.filter((each) => isCertainlyWithin(each, bin));
    return { ...bin, count: within.length, certain: certain.length };
  });
}

function extreme(moments: (number | null)[], choose: (a: number, b: number) => number): number | null {
  return moments.reduce((a, b) => (a === null || b === null ? (a ?? b) : choose(a, b)), null);
}
