const DAY = 86_400_000;

/**
 * A period [from, to) in milliseconds since 1970 UTC as EDTF, whose last day is inside: in whole years or months where it is
 * made of these, else in days, or to the minute where it does not begin and end at midnight. Null is open.
 */
export function edtfOf(from: number | null, to: number | null): string {
  const ends = [from, to].filter((end) => end !== null);
  if (ends.some((end) => end % DAY !== 0))
    return `${from === null ? '..' : minuteOf(from)}/${to === null ? '..' : minuteOf(to)}`;
  // An open period names the day that bounds it: until October would leave October in doubt.
  const starts = ends.length === 2 ? ends.map(dayOf) : [];
  const length = starts.length === 0 ? 10 : isAll(starts, '-01-01') ? 4 : isAll(starts, '-01') ? 7 : 10;
  const first = from === null ? '..' : dayOf(from).slice(0, length);
  const last = to === null ? '..' : dayOf(to - 1).slice(0, length);
  return first === last ? first : `${first}/${last}`;
}

const isAll = (dates: readonly string[], end: string): boolean => dates.every((date) => date.endsWith(end));

const dayOf = (moment: number): string => new Date(moment).toISOString().slice(0, 10);

const minuteOf = (moment: number): string => `${new Date(moment).toISOString().slice(0, 16)}Z`;
