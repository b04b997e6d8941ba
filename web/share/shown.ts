import type { Explorer } from '../explorer.svelte.ts';
import type { ListPart } from '../filter.ts';
import { sentenceOf, spoken } from '../filters/sentence.ts';

/** What is shown, in one sentence, with the names of all that the filter asks for. */
export async function sentenceShown({ words, filter, inView, names, categories }: Explorer): Promise<string> {
  const { language } = words;
  const ids = [...filter.actors, ...filter.places, ...filter.sources];
  await Promise.all(ids.map((id) => names.ask(id, language)));
  const nameOf = (part: ListPart, value: string): string =>
    (part === 'categories' ? categories.get(value)?.label : names.of(value, language)) ?? value;
  return spoken(sentenceOf(words, filter, inView?.total ?? 0, nameOf));
}
