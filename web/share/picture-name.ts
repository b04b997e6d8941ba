import { writeMoment, type Filter } from '../filter.ts';

/** The name of a picture's file: the atlas and the period, in letters and digits that every system takes. */
export function pictureName(title: string, { from, to }: Pick<Filter, 'from' | 'to'>): string {
  const period = [from, to].map((moment) => (moment === null ? '' : writeMoment(moment)));
  const parts = from === null && to === null ? [title] : [title, ...period];
  const plain = parts.map((part) =>
    part
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '-')
      .replaceAll(/^-|-$/g, ''),
  );
  return `${plain.join('_').slice(0, 100) || 'dateline'}.png`;
}
