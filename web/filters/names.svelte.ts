import { SvelteMap } from 'svelte/reactivity';
import { ask } from '../api.ts';
import { NameDocument } from '../queries.generated.ts';

/** What actors, places and sources are called: of those that a filter names by id alone, asked for when they are needed. */
export class Names {
  readonly #known = new SvelteMap<string, string>();
  readonly #asked = new Set<string>();

  /** Undefined until it is known. */
  of(id: string, language: string): string | undefined {
    return this.#known.get(keyOf(id, language));
  }

  /** Takes down a name that has been met anyway. */
  learn(id: string, language: string, name: string): void {
    this.#known.set(keyOf(id, language), name);
  }

  /** Asks for a name, unless it is known or asked for already; what the atlas does not have is called by its id. */
  async ask(id: string, language: string): Promise<void> {
    const key = keyOf(id, language);
    if (this.#asked.has(key) || this.#known.has(key)) return;
    this.#asked.add(key);
    try {
      const { node } = await ask(NameDocument, { id, language });
      this.learn(
        id,
        language,
        node && 'name' in node ? node.name : node && 'title' in node ? node.title : id,
      );
    } catch {
      // The page says elsewhere that the server has gone; whoever needs the name next asks again.
      this.#asked.delete(key);
    }
  }
}

const keyOf = (id: string, language: string): string => `${language} ${id}`;
