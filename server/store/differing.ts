import { foldedWords } from '../spelling.ts';

/** The last records of each id, by it. */
export const byId = <T extends { id: string }>(records: readonly (T | undefined)[]): Map<string, T> =>
  new Map(records.flatMap((each) => (each ? [[each.id, each]] : [])));

export const idsOf = (records: readonly { id: string }[]): string[] => records.map(({ id }) => id);

/** What a node is listed by. */
export const sortName = (name: string): string => foldedWords(name).join(' ');

/** A record as text: equal records have equal texts, in whatever order their fields are. */
export const textOf = (record: object): string => JSON.stringify(sorted(record));

/** Records as texts, by their ids. */
export const textsOf = (records: readonly { id: string }[]): Map<string, string> =>
  new Map(records.map((record) => [record.id, textOf(record)]));

/** Whether two records are equal. In most the fields are in the same order, and then it is seen sooner. */
export const isSame = (a: object, b: object): boolean =>
  JSON.stringify(a) === JSON.stringify(b) || textOf(a) === textOf(b);

/** The same with the fields of each object in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, sorted(part)]),
  );
}
