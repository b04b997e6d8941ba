import type { ask as askServer } from '../api.ts';
import { questionOf, type Filter } from '../filter.ts';
import { NearestDocument } from '../queries.generated.ts';
import type { Box } from '../view.ts';

/** An event beside a period in which there is none. */
export interface Neighbour {
  side: 'earlier' | 'later';
  /** In milliseconds, from the period's edge. */
  distance: number;
  /** The period as it lies when it is moved to the event: as long as it was, or as long as the event. */
  period: Pick<Filter, 'from' | 'to'>;
}

interface When {
  from: number | null;
  to: number | null;
}

/** The event that ended last before the filter's period, and the one that begins first after it, as far as there are any. */
export async function nearest(ask: typeof askServer, filter: Filter, box: Box | null): Promise<Neighbour[]> {
  const asked = async (from: number | null, to: number | null, first: number): Promise<When[]> => {
    const question = questionOf({ ...filter, from, to }, box);
    const { events } = await ask(NearestDocument, { filter: question, first });
    return events.nodes.map(({ when }) => ({ from: momentOf(when.from), to: momentOf(when.to) }));
  };
  const [earlier, later] = await Promise.all([
    filter.from === null ? undefined : lastBefore(filter.from, asked),
    filter.to === null ? undefined : asked(filter.to, null, 1).then(([first]) => first),
  ]);
  const span = filter.from === null || filter.to === null ? null : filter.to - filter.from;
  return [earlier && beforeOf(earlier, filter, span), later && afterOf(later, filter, span)].filter(
    (each) => each !== undefined,
  );
}

const momentOf = (text: string | null): number | null => (text === null ? null : Date.parse(text));

/** Lists are in the order of beginnings: of a few, the one that ends last, till none ends after it. */
async function lastBefore(
  end: number,
  asked: (from: number | null, to: number, first: number) => Promise<When[]>,
): Promise<When | undefined> {
  let last: When | undefined;
  for (let from: number | null = null; ;) {
    const some: When[] = (await asked(from, end, 50)).filter(
      ({ to }) => to !== null && to > (from ?? -Infinity),
    );
    if (some.length === 0) return last;
    last = some.reduce((a, b) => ((b.to as number) > (a.to as number) ? b : a));
    from = last.to;
  }
}

function beforeOf({ from, to }: When, filter: Filter, span: number | null): Neighbour | undefined {
  if (to === null || filter.from === null) return undefined;
  const start = span === null ? from : Math.min(to - span, from ?? to);
  return {
    side: 'earlier',
    distance: filter.from - to,
    period: { from: start, to: span === null ? null : to },
  };
}

function afterOf({ from, to }: When, filter: Filter, span: number | null): Neighbour | undefined {
  if (from === null || filter.to === null) return undefined;
  const end = span === null ? to : Math.max(from + span, to ?? from);
  return {
    side: 'later',
    distance: from - filter.to,
    period: { from: span === null ? null : from, to: end },
  };
}
