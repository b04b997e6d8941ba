import type { Selection } from '../address.ts';
import type { SuggestQuery } from '../queries.generated.ts';
import type { Words } from '../words.ts';

/** The kinds of what can be found, in the order in which they are listed. */
const KINDS = ['place', 'actor', 'source', 'event'] as const;

/** Something that may be looked for. */
export interface Suggestion {
  /** What is opened when it is taken. */
  selection: Extract<Selection, { id: string }>;
  /** What it is called in the reader's language, or as the atlas has it. */
  name: string;
  /** Whether the atlas alone knows which language that is in. */
  isQuoted: boolean;
  /** What was found, where that is another name than the one shown; and else what tells it from others of that name. */
  note: string;
  /** How many events name it. */
  eventCount: number;
}

export interface SuggestionGroup {
  kind: (typeof KINDS)[number];
  suggestions: Suggestion[];
}

/** What the server suggests, by kind; kinds of which there is nothing are left out. */
export function grouped(found: SuggestQuery['suggest'], words: Words): SuggestionGroup[] {
  const all = found.map((each) => suggestionOf(each, words)).filter((each) => each !== null);
  return KINDS.map((kind) => ({
    kind,
    suggestions: all.filter(({ selection }) => selection.kind === kind),
  })).filter(({ suggestions }) => suggestions.length > 0);
}

function suggestionOf(
  { node, name, eventCount }: SuggestQuery['suggest'][number],
  words: Words,
): Suggestion | null {
  const { id } = node;
  switch (node.__typename) {
    case 'Place':
    case 'Actor': {
      const country = node.__typename === 'Place' && node.country ? words.country(node.country) : '';
      const note = node.name === name ? (country === name ? '' : country) : name;
      const kind = node.__typename === 'Place' ? 'place' : 'actor';
      return { selection: { kind, id }, name: node.name, isQuoted: false, note, eventCount };
    }
    case 'Source':
      return {
        ...{ selection: { kind: 'source', id }, name: node.title, isQuoted: true, eventCount },
        note: words.cited(node),
      };
    case 'Event':
      return {
        ...{ selection: { kind: 'event', id }, name: node.title, isQuoted: true, eventCount },
        note: words.when(node.when),
      };
    case 'Category':
      return null;
  }
}
