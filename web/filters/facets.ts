import { questionOf, type Filter } from '../filter.ts';
import type { FacetsQueryVariables } from '../queries.generated.ts';
import type { Box } from '../view.ts';

/**
 * What the filters ask for: the counts of each part are those that the view and all other parts leave, for they say what
 * choosing a value would show.
 * @param most how many of each at most
 */
export function facetsQuestion(
  filter: Filter,
  box: Box | null,
  most: Record<'actors' | 'places' | 'sources', number>,
  language: string,
): FacetsQueryVariables {
  const without = (part: keyof Filter): FacetsQueryVariables['actors'] => questionOf(filter, box, part);
  return {
    categories: without('categories'),
    actors: without('actors'),
    places: without('places'),
    sources: without('sources'),
    statuses: without('statuses'),
    corroboration: without('corroboration'),
    roles: without('roles'),
    undated: questionOf({ ...filter, isUndated: true }, box),
    unplaced: questionOf({ ...filter, isUnplaced: true }, box),
    mostActors: most.actors,
    mostPlaces: most.places,
    mostSources: most.sources,
    language,
  };
}

/** Without case, accents and marks, to find a name by what is typed of it. */
const folded = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** Whether a name has what was typed in it. */
export const isNamed = (name: string, typed: string): boolean => folded(name).includes(folded(typed.trim()));
