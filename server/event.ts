import type { Position } from './geo.ts';
import { dateLabel, type DatePrecision, type When } from './time.ts';

export type EventStatus = 'OCCURRED' | 'PLANNED' | 'CANCELLED' | 'RETRACTED';
export type PlacementRole = 'VENUE' | 'SUBJECT';
export type PlacePrecision = 'EXACT' | 'SETTLEMENT' | 'REGION' | 'COUNTRY';
export type ActorKind = 'PERSON' | 'STATE' | 'ORGANISATION' | 'ARMED_GROUP';
export type ClaimAspect =
  | ('TIME' | 'PLACE' | 'PARTICIPANTS' | 'TOLL' | 'CAUSE')
  | ('RESPONSIBILITY' | 'OUTCOME' | 'STATUS' | 'OTHER');
export type Corroboration = 'SINGLE_SOURCE' | 'AGREED' | 'DISPUTED';
export type { DatePrecision };

/** What is reported, with all that belongs to it alone. Ids name records of the same atlas. */
export interface Event {
  id: string;
  title: string;
  summary: string | null;
  category: string;
  status: EventStatus;
  when: When;
  placements: Placement[];
  participants: Participant[];
  claims: Claim[];
  relations: Relation[];
}

export interface Placement {
  place: string;
  role: PlacementRole;
}

export interface Participant {
  actor: string;
  role: string | null;
}

export interface Claim {
  id: string;
  event: string;
  aspect: ClaimAspect;
  question: string | null;
  value: string | null;
  statement: string;
  source: string;
  locator: string | null;
  attributedTo: string | null;
}

/** `event kind related`: the announcement announces the meeting. Held once, by its subject. */
export interface Relation {
  kind: string;
  related: string;
}

/** A name in a language (BCP 47). The first of a language is the one shown, all are found. */
export interface Name {
  language: string;
  name: string;
}

export interface Place {
  id: string;
  name: string;
  names: Name[];
  country: string | null;
  position: Position;
  precision: PlacePrecision;
  radiusKm: number | null;
  geonamesId: number | null;
}

export interface Actor {
  id: string;
  name: string;
  names: Name[];
  kind: ActorKind;
  affiliation: string | null;
}

export interface Source {
  id: string;
  publisher: string | null;
  title: string;
  publishedOn: string | null;
  language: string | null;
  url: string | null;
}

export interface Category {
  id: string;
  label: string;
  names: Name[];
  color: string;
}

/** A whole atlas, as it is read from a data package and put into a store. Lists are in the package's order. */
export interface Atlas {
  id: string;
  title: string;
  description: string | null;
  license: string | null;
  /** What its texts are written in (BCP 47). */
  language: string | null;
  version: string;
  categories: Category[];
  sources: Source[];
  places: Place[];
  actors: Actor[];
  events: Event[];
}

/** Claims about one question whose values differ. */
export interface Dispute {
  aspect: ClaimAspect;
  question: string | null;
  positions: DisputePosition[];
}

/** One answer, and who gives it. */
export interface DisputePosition {
  value: string;
  claims: Claim[];
}

/**
 * The disputes among an event's claims: values are compared where aspect and question are the same. In the claims' own
 * order, neither side first for any other reason.
 */
export function disputes(claims: readonly Claim[]): Dispute[] {
  if (claims.length < 2) return [];
  const valued = claims.filter((claim) => claim.value !== null);
  const questions = Map.groupBy(valued, (claim) => JSON.stringify([claim.aspect, claim.question]));
  return [...questions.values()].flatMap((answers) => {
    const positions = [...Map.groupBy(answers, (claim) => claim.value ?? '')];
    const [first] = answers;
    return first === undefined || positions.length < 2
      ? []
      : [
          {
            aspect: first.aspect,
            question: first.question,
            positions: positions.map(([value, claims]) => ({ value, claims })),
          },
        ];
  });
}

/** How the claims of an event stand to each other. An event that nobody vouches for counts as from a single source. */
export function corroboration(claims: readonly Claim[]): Corroboration {
  if (isDisputed(claims)) return 'DISPUTED';
  return claims.some(({ source }) => source !== claims[0]?.source) ? 'AGREED' : 'SINGLE_SOURCE';
}

/** Few claims are compared with each other in less time than it takes to group them. */
const FEW_CLAIMS = 16;

function isDisputed(claims: readonly Claim[]): boolean {
  if (claims.length > FEW_CLAIMS) return disputes(claims).length > 0;
  return claims.some(
    (claim, at) =>
      claim.value !== null &&
      claims
        .slice(at + 1)
        .some(
          (other) =>
            other.value !== null &&
            other.value !== claim.value &&
            other.aspect === claim.aspect &&
            other.question === claim.question,
        ),
  );
}

const COMPARED: Record<string, string> = {
  '': '',
  '>': 'more than',
  '>=': 'at least',
  '<': 'fewer than',
  '<=': 'at most',
  '~': 'about',
};

/** A claim's value in English words: dates written out, tolls grouped and compared; all else as it stands. */
export function valueLabel({ aspect, value }: { aspect: ClaimAspect; value: string }): string {
  if (aspect === 'TIME') return dateLabel(value) ?? value;
  const [, sign = '', digits = ''] = (aspect === 'TOLL' && /^([<>]=?|~)?(\d+)$/.exec(value)) || [];
  return digits === '' ? value : `${COMPARED[sign]} ${Number(digits).toLocaleString('en')}`.trim();
}

/** A name in a language, or the record's own where it has none; `zh-Hant-TW` falls back to `zh-Hant` and to `zh`. */
export function nameIn(record: { name: string; names: Name[] }, language: string | null | undefined): string {
  for (
    let tag = language?.toLowerCase() ?? '';
    tag !== '';
    tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))
  ) {
    const found = record.names.find((each) => each.language.toLowerCase() === tag);
    if (found) return found.name;
  }
  return record.name;
}
