import type { Claim, Event } from './event.ts';

/** A part of an event that can be another than it was. Of what there is several of, each is a part of its own. */
export type EventField =
  | ('TITLE' | 'SUMMARY' | 'CATEGORY' | 'STATUS' | 'WHEN')
  | ('VENUE' | 'SUBJECT' | 'PARTICIPANT' | 'CLAIM' | 'RELATION');

/** What a part was or is. */
export interface FieldValue {
  /** The text of titles, summaries and statements; the EDTF of dates; the status; the id of what else is named. */
  text: string;
  /** A participant's role, or the kind of a relation. */
  as?: string | null;
  claim?: Claim;
}

/** A part of an event that is another than it was; null where there was none, or is none. */
export interface FieldChange {
  field: EventField;
  before: FieldValue | null;
  after: FieldValue | null;
}

/** What a change made of an event. @param before, after null where it was not there */
export function kindOfChange(
  before: Event | null,
  after: Event | null,
): 'ADDED' | 'CHANGED' | 'RETRACTED' | 'REMOVED' {
  if (before === null) return 'ADDED';
  if (after === null) return 'REMOVED';
  return after.status === 'RETRACTED' && before.status !== 'RETRACTED' ? 'RETRACTED' : 'CHANGED';
}

/** What is different between two states of an event. That lists have another order is no difference. */
export function differences(before: Event, after: Event): FieldChange[] {
  const single = (field: EventField, of: (event: Event) => string | null): FieldChange[] => {
    const [was, is] = [of(before), of(after)].map((text) => (text === null ? null : { text }));
    return was?.text === is?.text ? [] : [{ field, before: was ?? null, after: is ?? null }];
  };
  const places = (role: 'VENUE' | 'SUBJECT'): FieldChange[] =>
    listed(role, before, after, (event) =>
      event.placements.filter((each) => each.role === role).map(({ place }) => ({ text: place })),
    );
  return [
    ...single('TITLE', ({ title }) => title),
    ...single('SUMMARY', ({ summary }) => summary),
    ...single('CATEGORY', ({ category }) => category),
    ...single('STATUS', ({ status }) => status),
    ...single('WHEN', ({ when }) => (when.edtf === '' ? null : when.edtf)),
    ...inPairs(places('VENUE')),
    ...inPairs(places('SUBJECT')),
    ...listed(
      'PARTICIPANT',
      before,
      after,
      ({ participants }) => participants.map(({ actor, role }) => ({ text: actor, as: role })),
      ({ text }) => text,
    ),
    ...listed(
      'CLAIM',
      before,
      after,
      ({ claims }) => claims.map((claim) => ({ text: claim.statement, claim })),
      ({ claim }) => claim?.id ?? '',
    ),
    ...listed('RELATION', before, after, ({ relations }) =>
      relations.map(({ kind, related }) => ({ text: related, as: kind })),
    ),
  ];
}

/**
 * What is different between two lists of values: those that both have are left out, whatever else is called by them.
 * @param nameOf what two values have the same of where the one took the place of the other
 */
function listed(
  field: EventField,
  before: Event,
  after: Event,
  of: (event: Event) => FieldValue[],
  nameOf: (value: FieldValue) => string = contentOf,
): FieldChange[] {
  const was = of(before);
  const added: FieldValue[] = [];
  for (const value of of(after)) {
    const at = was.findIndex((each) => contentOf(each) === contentOf(value));
    if (at < 0) added.push(value);
    else was.splice(at, 1);
  }
  const changed = was.map((value): FieldChange => {
    const at = added.findIndex((each) => nameOf(each) === nameOf(value));
    return { field, before: value, after: at < 0 ? null : (added.splice(at, 1)[0] ?? null) };
  });
  return [...changed, ...added.map((value) => ({ field, before: null, after: value }))];
}

/** All that a value says: a claim's id is its number in many atlases, and says nothing. */
const contentOf = ({ text, as, claim }: FieldValue): string =>
  JSON.stringify([text, as, claim && { ...claim, id: '' }]);

/** What went and what came in its place, the first with the first. */
function inPairs(changes: readonly FieldChange[]): FieldChange[] {
  const [gone, come] = [changes.filter(({ after }) => !after), changes.filter(({ before }) => !before)];
  const rows = Math.max(gone.length, come.length);
  return Array.from({ length: rows }, (_, at) => ({
    field: (gone[at] ?? come[at])?.field ?? 'VENUE',
    ...{ before: gone[at]?.before ?? null, after: come[at]?.after ?? null },
  }));
}
