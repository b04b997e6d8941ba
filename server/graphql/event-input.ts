import { merged, type Draft, type Named, type Written } from '../desk/desk.ts';
import type { Actor, Category, Claim, Event, Place, Source } from '../event.ts';
import { InputError } from '../input-error.ts';
import { idsOf } from '../store/differing.ts';
import { readWhen } from '../time.ts';
import type { Context } from './context.ts';
import type * as Input from './schema.generated.ts';

/** An event as it is to be created. @throws InputError for what is no event, or names what is not there */
export async function readEvent(
  input: Input.EventInput,
  named: Input.NamedInput | null | undefined,
  context: Context,
): Promise<Draft> {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(input.id))
    throw new InputError(
      `not an id: "${input.id}". Give small letters and digits with hyphens between, such as lausanne-meeting-2016-10-15.`,
    );
  const event = patched({ ...BARE, id: input.id }, input);
  if (event.claims.length === 0)
    throw new InputError(`the event "${event.id}" rests on no claim. Give one at least, with its source.`);
  return checked({ event, ...readNamed(named) }, context);
}

/** An event with what is different of it. @throws InputError for what is no event, or names what is not there */
export async function readPatch(
  there: Written,
  patch: Input.EventPatch,
  named: Input.NamedInput | null | undefined,
  context: Context,
): Promise<Draft> {
  return checked(merged(there, { event: patched(there.event, patch), ...readNamed(named) }), context);
}

/** An event with one more claim. @throws InputError for a claim that says nothing, or names what is not there */
export async function claimAdded(
  there: Written,
  claim: Input.ClaimInput,
  named: Input.NamedInput | null | undefined,
  context: Context,
): Promise<Draft> {
  const { event } = there;
  const claims = [...event.claims, { id: freeClaimId(event), event: event.id, ...readClaim(claim) }];
  return checked(merged(there, { event: { ...event, claims }, ...readNamed(named) }), context);
}

/** An id that none of an event's claims has. */
function freeClaimId({ id, claims }: Event): string {
  const used = new Set(claims.map((claim) => claim.id));
  let number = claims.length + 1;
  while (used.has(`${id}-claim-${number}`)) number++;
  return `${id}-claim-${number}`;
}

/** What a source says. @throws InputError when that is nothing */
function readClaim(input: Input.ClaimInput): Omit<Claim, 'id' | 'event'> {
  return {
    aspect: input.aspect,
    question: input.question ?? null,
    value: input.value ?? null,
    statement: text('statement', input.statement),
    source: input.source,
    locator: input.locator ?? null,
    attributedTo: input.attributedTo ?? null,
  };
}

const BARE: Omit<Event, 'id'> = {
  ...{ title: '', summary: null, category: '', status: 'OCCURRED', when: readWhen('') },
  ...{ placements: [], participants: [], claims: [], relations: [] },
};

/** What is missing in a patch stays; null is nothing where there can be nothing. */
function patched(event: Event, patch: Input.EventPatch): Event {
  const claims = patch.claims?.map((claim, at) => ({
    id: claim.id ?? `${event.id}-claim-${at + 1}`,
    event: event.id,
    ...readClaim(claim),
  }));
  return {
    id: event.id,
    title: text('title', patch.title ?? event.title),
    summary: patch.summary === undefined ? event.summary : patch.summary,
    category: patch.category ?? event.category,
    status: patch.status ?? event.status,
    when: patch.when === undefined ? event.when : readWhen(patch.when?.trim() ?? ''),
    placements: patch.placements?.map(({ place, role }) => ({ place, role })) ?? event.placements,
    participants:
      patch.participants?.map(({ actor, role }) => ({ actor, role: role ?? null })) ?? event.participants,
    claims: claims ?? event.claims,
    relations: patch.relations?.map(({ related, kind }) => ({ related, kind })) ?? event.relations,
  };
}

function text(field: string, value: string): string {
  if (value.trim() === '') throw new InputError(`the ${field} is empty. Say it in a few words.`);
  return value;
}

/** The records that come with an event. @throws InputError for what is none */
function readNamed(named: Input.NamedInput | null | undefined): Named {
  return {
    categories: (named?.categories ?? []).map(({ id, label, color }): Category => ({
      id,
      label: text('label', label),
      names: [],
      color: colour(color),
    })),
    places: (named?.places ?? []).map(readPlace),
    actors: (named?.actors ?? []).map((actor): Actor => ({
      ...{ id: actor.id, name: text('name', actor.name), names: names(actor), kind: actor.kind },
      affiliation: actor.affiliation ?? null,
    })),
    sources: (named?.sources ?? []).map(readSource),
  };
}

function readPlace(place: Input.PlaceInput): Place {
  const { lng, lat, radiusKm = null } = place;
  if (Math.abs(lng) > 180 || Math.abs(lat) > 90)
    throw new InputError(
      `the place "${place.id}" is nowhere on earth: lng ${lng}, lat ${lat}. Give degrees east from -180 to 180, and north from -90 to 90.`,
    );
  if (radiusKm !== null && !(radiusKm > 0))
    throw new InputError(`the radius of "${place.id}" is ${radiusKm}. Give kilometres above 0, or none.`);
  return {
    ...{ id: place.id, name: text('name', place.name), names: names(place), country: place.country ?? null },
    ...{ position: { lng, lat }, precision: place.precision, radiusKm, geonamesId: null },
  };
}

function readSource(source: Input.SourceInput): Source {
  const { url = null, publishedOn = null } = source;
  if (url !== null && !(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)))
    throw new InputError(`not an address that can be read: "${url}". Give one that begins with https://.`);
  if (publishedOn !== null) readWhen(publishedOn);
  return {
    ...{
      id: source.id,
      publisher: source.publisher ?? null,
      title: text('title', source.title),
      publishedOn,
    },
    ...{ language: source.language ?? null, url },
  };
}

const names = ({ names: all }: { names?: Input.NameInput[] | null }): Place['names'] =>
  (all ?? []).map(({ language, name }) => ({ language, name: text('name', name) }));

function colour(value: string): string {
  if (!/^#[0-9a-f]{6}$/i.test(value)) throw new InputError(`not a colour: "${value}". Give one as #1b9e77.`);
  return value;
}

/** @throws InputError where an event names what neither the atlas has nor comes with it, or an id is another record's */
async function checked(draft: Draft, context: Context): Promise<Draft> {
  const { event } = draft;
  const categories = (await context.categories()).map(({ id }) => id);
  if (![...categories, ...idsOf(draft.categories)].includes(event.category))
    throw new InputError(`unknown category: "${event.category}". Known: ${categories.join(', ')}.`);
  const wanted = {
    place: event.placements.map(({ place }) => place),
    actor: [
      ...event.participants.map(({ actor }) => actor),
      ...draft.actors.flatMap(({ affiliation }) => affiliation ?? []),
    ],
    source: event.claims.map(({ source }) => source),
    event: event.relations.map(({ related }) => related),
  };
  const coming = {
    ...{ place: idsOf(draft.places), actor: idsOf(draft.actors), source: idsOf(draft.sources) },
    event: [event.id],
  };
  for (const kind of ['place', 'actor', 'source', 'event'] as const) {
    for (const id of wanted[kind])
      if (!coming[kind].includes(id) && !(await context[`${kind}s`].load(id)))
        throw new InputError(`unknown ${kind}: "${id}". Give one that is there, or send it along in named.`);
    for (const id of coming[kind])
      for (const other of ['place', 'actor', 'source', 'event'] as const)
        if (other !== kind && (coming[other].includes(id) || (await context[`${other}s`].load(id))))
          throw new InputError(`the id "${id}" is that of a ${other}. Give the ${kind} another.`);
  }
  const ids = event.claims.map(({ id }) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined)
    throw new InputError(`two claims have the id "${twice}". Leave the ids of new claims out.`);
  return draft;
}
