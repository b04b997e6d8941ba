import { differences, kindOfChange, type EventField, type FieldValue } from '../event-differences.ts';
import { nameIn, valueLabel } from '../event.ts';
import { InputError } from '../input-error.ts';
import type { EventChange } from '../store/store.ts';
import { dateLabel } from '../time.ts';
import { readPage, type Page, type PageArguments } from './connection.ts';
import type { Context } from './context.ts';
import type { Resolvers } from './schema.generated.ts';

/** A page of the log. */
export type ChangePage = Page<{ change: EventChange }>;
export type ChangeEdge = ChangePage['edges'][number];

/** A page of what became of events, the first change first. */
export const changePage = (
  { isCorrection, ...asked }: PageArguments & { isCorrection?: boolean | null },
  { store, pageSize }: Context,
): Promise<ChangePage> =>
  readPage('changes', asked, pageSize, async (range) => {
    const { changes, total } = await store.log({ ...range, isCorrections: isCorrection ?? false });
    return { rows: changes.map((change) => ({ change, keys: [change.set.number, change.key] })), total };
  });

/** What became of an event, the last change first. @throws InputError for more than a page has rows */
export async function historyOf(
  id: string,
  first: number,
  { histories, pageSize }: Context,
): Promise<EventChange[]> {
  if (first < 0 || first > pageSize)
    throw new InputError(`first is out of range: ${first}. Ask for 0 to ${pageSize}.`);
  return (await histories.load(id)).slice(0, first);
}

export const eventChange: NonNullable<Resolvers['EventChange']> = {
  sequence: ({ set }) => set.number,
  at: ({ set }) => set.at,
  origin: ({ set }) => set.origin,
  reason: ({ set }) => set.reason,
  dataset: ({ set }) => set.dataset,
  // Who works at a desk is nobody's business but theirs.
  by: ({ set }, _, { token }) => (token ? set.token : null),
  kind: ({ before, after }) => kindOfChange(before, after),
  eventId: ({ id }) => id,
  title: ({ before, after }) => (after ?? before)?.title ?? '',
  event: async ({ id }, _, { events }) => (await events.load(id)) ?? null,
  fields: ({ before, after }) => (before && after ? differences(before, after) : []),
};

export const fieldChange: NonNullable<Resolvers['FieldChange']> = {
  before: ({ before }) => before?.text ?? null,
  after: ({ after }) => after?.text ?? null,
  beforeLabel: ({ field, before }, { language }, context) => labelOf(field, before, language, context),
  afterLabel: ({ field, after }, { language }, context) => labelOf(field, after, language, context),
};

/** What a part of an event was, for people. A record that is not there any more is called by its id. */
async function labelOf(
  field: EventField,
  value: FieldValue | null,
  language: string | null | undefined,
  context: Context,
): Promise<string | null> {
  if (value === null) return null;
  const { text, as = null } = value;
  switch (field) {
    case 'STATUS':
      return text.toLowerCase();
    case 'WHEN':
      return dateLabel(text) ?? text;
    case 'CATEGORY': {
      const found = (await context.categories()).find(({ id }) => id === text);
      return found ? nameIn({ name: found.label, names: found.names }, language) : text;
    }
    case 'VENUE':
    case 'SUBJECT': {
      const place = await context.places.load(text);
      return place ? nameIn(place, language) : text;
    }
    case 'PARTICIPANT': {
      const actor = await context.actors.load(text);
      const name = actor ? nameIn(actor, language) : text;
      return as === null ? name : `${name} (${as})`;
    }
    case 'RELATION':
      return `${as}: ${(await context.events.load(text))?.title ?? text}`;
    case 'CLAIM':
      return claimLabel(value, context);
    default:
      return text;
  }
}

/** A claim with all that makes it another: its statement (question: value; whom it is from; source, locator). */
async function claimLabel({ text, claim }: FieldValue, { sources }: Context): Promise<string> {
  if (!claim) return text;
  const source = await sources.load(claim.source);
  const answer = claim.value === null ? null : valueLabel({ aspect: claim.aspect, value: claim.value });
  const parts = [
    claim.question !== null && answer !== null ? `${claim.question}: ${answer}` : answer,
    claim.attributedTo,
    [source?.publisher ?? source?.title ?? claim.source, claim.locator].filter(Boolean).join(', '),
  ];
  return `${text} (${parts.filter(Boolean).join('; ')})`;
}
