import { glob, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LANGUAGES, localeOf, preferredLanguage, readTranslation, type Language } from '../web/languages.ts';
import { en } from '../web/translations/en.ts';

const WEB = resolve(import.meta.dirname, '../web');
const every = Object.keys(LANGUAGES) as Language[];
const others = every.filter((language) => language !== 'en');

const slots = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([slot]) => slot).sort();
const isPlural = (text: unknown): text is Record<string, string> => typeof text === 'object';

describe.each(others)('%s', (language) => {
  test('has a text for every key of English and no other, each with the same slots', async () => {
    const texts = Object.entries(await readTranslation(language));
    expect(texts.map(([key]) => key).sort()).toEqual(Object.keys(en).sort());
    for (const [key, text] of texts) {
      const original: unknown = en[key as keyof typeof en];
      expect(isPlural(text), key).toBe(isPlural(original));
      if (!isPlural(text)) expect(slots(text), key).toEqual(slots(original as string));
    }
  });

  test('is nowhere left empty', async () => {
    for (const [key, text] of Object.entries(await readTranslation(language)))
      for (const each of isPlural(text) ? Object.values(text) : [text])
        expect(each.trim(), key).toMatch(key === 'comma' ? /./ : /\p{L}|^\{\w+\}/u);
  });
});

test.each(every)('%s has a text for each of its plural categories, with the number', async (language) => {
  const { pluralCategories } = new Intl.PluralRules(localeOf(language)).resolvedOptions();
  // One, two and none are words in Arabic.
  const words = language === 'ar' ? ['zero', 'one', 'two'] : [];
  for (const [key, texts] of Object.entries(await readTranslation(language))) {
    if (!isPlural(texts)) continue;
    expect(Object.keys(texts).sort(), key).toEqual([...pluralCategories].sort());
    for (const [category, text] of Object.entries(texts))
      expect(slots(text), `${key} ${category}`).toEqual(words.includes(category) ? [] : ['{count}']);
  }
});

test('a Persian text has the letters and the digits of Persian, an Arabic one those of Arabic', async () => {
  expect(JSON.stringify(await readTranslation('fa'))).not.toMatch(/[يكىة٠-٩]/);
  expect(JSON.stringify(await readTranslation('ar'))).not.toMatch(/[یکگچپ۰-۹]/);
});

test('French puts an unbreakable space before its high punctuation, and none breaks inside «…»', async () => {
  expect(JSON.stringify(Object.values(await readTranslation('fr')))).not.toMatch(/\p{L} [;:!?»]|« /u);
});

/** The sources of the page, by path. */
async function sources(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const path of glob('**/*.{svelte,ts}', {
    cwd: WEB,
    exclude: ['dist', 'graphiql', 'translations'],
  }))
    found.set(path, await readFile(join(WEB, path), 'utf8'));
  return found;
}

test('every text is used', async () => {
  const code = [...(await sources()).values()].join('');
  // These are put together from the words of the schema.
  const isComputed = (key: string): boolean =>
    /^(aspect|kind|status|role|shown|season|relation|value|problem|remedy|found|nearest|change|field)\./.test(
      key,
    ) || key.endsWith('.day');
  expect(Object.keys(en).filter((key) => !isComputed(key) && !code.includes(`'${key}'`))).toEqual([]);
});

test('no component has words of its own, save the name', async () => {
  let components = 0;
  for (const [path, source] of await sources()) {
    if (!path.endsWith('.svelte')) continue;
    components += 1;
    const html = markup(source);
    const texts = [...html.matchAll(/>([^<>]*\p{L}{2}[^<>]*)</gu)].map(([, text]) => text?.trim());
    expect([path, ...texts.filter((text) => text !== 'Dateline')]).toEqual([path]);
    expect(html, path).not.toMatch(/(aria-label|title|placeholder|alt)="[^"]*\p{L}/u);
  }
  expect(components).toBeGreaterThan(10);
});

/** A component's markup: without its script, style, comments and whatever stands in braces. */
function markup(component: string): string {
  let text = component.replace(/<script[^]*?<\/script>|<style[^]*?<\/style>|<!--[^]*?-->/g, '');
  for (let before = ''; before !== text;) {
    before = text;
    text = text.replace(/\{[^{}]*\}/g, '');
  }
  return text;
}

test.each([
  [['ar-EG', 'en'], 'ar'],
  [['de', 'fr-CA', 'en'], 'fr'],
  [['FA-ir'], 'fa'],
  [['de', 'zh'], 'en'],
  [[], 'en'],
])('of a reader’s languages %o the page takes %s', (tags, language) => {
  expect(preferredLanguage(tags)).toBe(language);
});
