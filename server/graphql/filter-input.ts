import type { EventFilter } from '../filter.ts';
import { readBox, type Box } from '../geo.ts';
import { InputError } from '../input-error.ts';
import { foldedWords } from '../spelling.ts';
import { readMoment } from '../time.ts';
import type { Context } from './context.ts';
import type { EventFilter as FilterInput, IntervalInput, Viewport } from './schema.generated.ts';

/** More than anyone types; a database has its own, harder limits. */
const MOST_WORDS = 100;

/**
 * Reads a filter as it was asked for. An empty list of values or text asks nothing, as a missing part does.
 * @throws InputError for a value that means nothing: a box upside down, a date that isn't one, an unknown id
 */
export async function readFilter(
  input: FilterInput | null | undefined,
  context: Context,
): Promise<EventFilter> {
  if (!input) return {};
  const categories = wanted(input.categories);
  if (categories) await checkCategories(categories, context);
  const [actors, places, sources] = [wanted(input.actors), wanted(input.places), wanted(input.sources)];
  if (actors) await checkIds('actor', actors, context.actors);
  if (places) await checkIds('place', places, context.places);
  if (sources) await checkIds('source', sources, context.sources);
  const [roles, statuses, corroboration] = [
    wanted(input.roles),
    wanted(input.statuses),
    wanted(input.corroboration),
  ];
  const words = readWords(input.text ?? '');
  return {
    ...(input.bbox && { box: readBox(input.bbox) }),
    ...(input.during && readPeriod(input.during)),
    ...(categories && { categories }),
    ...(actors && { actors }),
    ...(places && { places }),
    ...(sources && { sources }),
    ...(roles && { roles }),
    ...(statuses && { statuses }),
    ...(corroboration && { corroboration }),
    ...(isGiven(input.undated) && { undated: input.undated }),
    ...(isGiven(input.unplaced) && { unplaced: input.unplaced }),
    ...(words.length > 0 && { words }),
  };
}

/** The different words of a text, folded. @throws InputError when there are too many */
export function readWords(text: string): string[] {
  const words = [...new Set(foldedWords(text))];
  if (words.length > MOST_WORDS)
    throw new InputError(`text of ${words.length} words. Search for ${MOST_WORDS} at most.`);
  return words;
}

/** The zooms that a map can ask for. */
const DEEPEST = 24;

/** @throws InputError when the box or the zoom is out of range */
export function readViewport({ west, south, east, north, zoom }: Viewport): { box: Box; zoom: number } {
  if (zoom < 0 || zoom > DEEPEST)
    throw new InputError(`zoom out of range: ${zoom}. Ask for 0 to ${DEEPEST}.`);
  return { box: readBox([west, south, east, north]), zoom };
}

function readPeriod({ from, to, match }: IntervalInput): Pick<EventFilter, 'during'> {
  const period = { from: from ? readMoment(from) : null, to: to ? readMoment(to) : null };
  if (period.from === null && period.to === null) return {};
  if (period.from !== null && period.to !== null && period.from >= period.to)
    throw new InputError(
      `period ends before it starts: from "${from}" to "${to}". The end is outside: give a later one, such as the next day.`,
    );
  return { during: { ...period, match: match ?? 'POSSIBLY' } };
}

const isGiven = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined;

const wanted = <T>(list: readonly T[] | null | undefined): T[] | undefined =>
  list && list.length > 0 ? [...new Set(list)] : undefined;

async function checkCategories(ids: readonly string[], context: Context): Promise<void> {
  const known = (await context.categories()).map(({ id }) => id);
  for (const id of ids)
    if (!known.includes(id)) throw new InputError(`unknown category: "${id}". Known: ${known.join(', ')}.`);
}

async function checkIds(
  kind: string,
  ids: readonly string[],
  loader: { loadMany(ids: readonly string[]): Promise<unknown[]> },
): Promise<void> {
  const found = await loader.loadMany(ids);
  const index = found.findIndex((each) => each === undefined);
  if (index >= 0)
    throw new InputError(`unknown ${kind}: "${ids[index]}". The ids are in { ${kind}s { nodes { id } } }.`);
}
