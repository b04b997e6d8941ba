import type { Context } from '../graphql/context.ts';
import { readFilter } from '../graphql/filter-input.ts';
import type { EventFilter as FilterInput } from '../graphql/schema.generated.ts';
import type { EventFilter } from '../filter.ts';
import { InputError } from '../input-error.ts';
import { CORROBORATIONS, ROLES, STATUSES } from '../store/store.ts';

/** Parameters that may come once. */
const SINGLE = ['q', 'from', 'to', 'within', 'undated', 'unplaced', 'bbox'];

/** Lists of ids, a parameter for each value. */
const ID_LISTS = { category: 'categories', with: 'actors', at: 'places', 'from-source': 'sources' } as const;

/** What else the page has in its address: what is open in it, where its map and its timeline stand, and its language. */
const OF_THE_PAGE = ['map', 'time', 'lang', 'place', 'event', 'source', 'actor', 'area', 'around'];

const KNOWN = [...SINGLE, ...Object.keys(ID_LISTS), 'role', 'status', 'claims'];

/**
 * Reads a filter as the page's address has it, and a box beside it: `q=ceasefire&from=2016-09&category=talks&bbox=35,32,43,38`.
 * What the address says of the page alone asks nothing.
 * @param others what else the asker knows, to be told of
 * @throws InputError for a parameter or a value that means nothing
 */
export async function filterOf(
  search: string,
  context: Context,
  others: readonly string[] = [],
): Promise<EventFilter> {
  const parameters = new URLSearchParams(search);
  for (const name of new Set(parameters.keys())) {
    if (!KNOWN.includes(name) && !OF_THE_PAGE.includes(name))
      throw new InputError(
        `unknown parameter: "${name}". Known: ${[...new Set([...KNOWN, ...others])].join(', ')}.`,
      );
    if (SINGLE.includes(name) && parameters.getAll(name).length > 1)
      throw new InputError(`"${name}" is given more than once. Give it once.`);
  }
  const [undated, unplaced] = [isOnly(parameters, 'undated'), isOnly(parameters, 'unplaced')];
  const bbox = parameters.get('bbox');
  const input: FilterInput = {
    text: parameters.get('q') ?? '',
    ...(undated ? { undated } : { during: periodOf(parameters) }),
    ...(unplaced ? { unplaced } : bbox && { bbox: readNumbers(bbox) }),
  };
  for (const [name, part] of Object.entries(ID_LISTS)) input[part] = parameters.getAll(name).filter(Boolean);
  input.roles = words(parameters, 'role', ROLES);
  input.statuses = words(parameters, 'status', STATUSES);
  input.corroboration = words(parameters, 'claims', CORROBORATIONS);
  return readFilter(input, context);
}

function periodOf(parameters: URLSearchParams): NonNullable<FilterInput['during']> {
  const match =
    word(parameters, 'within', ['possibly', 'certainly']) === 'certainly' ? 'CERTAINLY' : 'POSSIBLY';
  return { from: parameters.get('from'), to: parameters.get('to'), match };
}

const isOnly = (parameters: URLSearchParams, name: string): boolean =>
  word(parameters, name, ['only']) === 'only';

function word(parameters: URLSearchParams, name: string, known: readonly string[]): string | null {
  const value = parameters.get(name) || null;
  if (value !== null && !known.includes(value)) throw unknown(name, value, known);
  return value;
}

/** The values of a list that are written in small letters in an address. */
function words<T extends string>(parameters: URLSearchParams, name: string, known: readonly T[]): T[] {
  return parameters
    .getAll(name)
    .filter(Boolean)
    .map((value) => {
      const found = known.find((each) => each === value.toUpperCase());
      if (found === undefined)
        throw unknown(
          name,
          value,
          known.map((each) => each.toLowerCase()),
        );
      return found;
    });
}

const unknown = (name: string, value: string, known: readonly string[]): InputError =>
  new InputError(`unknown ${name}: "${value}". Known: ${known.join(', ')}.`);

function readNumbers(text: string): number[] {
  return text.split(',').map((part) => {
    const number = part.trim() === '' ? NaN : Number(part);
    if (!Number.isFinite(number))
      throw new InputError(
        `not a box: "${text}". Write west,south,east,north in degrees, such as 35,32,43,38.`,
      );
    return number;
  });
}
