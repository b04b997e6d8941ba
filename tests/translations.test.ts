import { describe, expect, test } from 'vitest';
import { readFile } from 'node:fs/promises';
import { glob } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LANGUAGES, localeOf, preferredLanguage, readTranslation, type Language } from '../web/languages.ts';
import { en } from '../web/translations/en.ts';

const WEB = resolve(import.meta.dirname, '../web');
const others = (Object.keys(LANGUAGES) as Language[]).filter((language) => language !== 'en');

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

describe.each(Object.keys(LANGUAGES) as Language[])('%s', (language) => {
  test('has a text for each of its plural categories, and tells the number save where the word does', async () => {
    const { pluralCategories } = new Intl.PluralRules(localeOf(language)).resolvedOptions();
    for (const [key, text] of Object.entries(await readTranslation(language))) {
      if (!isPlural(text)) continue;
      expect(Object.keys(text).sort(), key).toEqual([...pluralCategories].sort());
      const counted = Object.entries(text).filter(([, each]) => slots(each).join() === '{count}');
      const wordless = language === 'ar' ? ['zero', 'one', 'two'] : [];
      expect([...counted.map(([category]) => category), ...wordless].sort(), key).toEqual(
        [...new Set([...Object.keys(text), ...wordless])].sort(),
      );
    }
  });
});

test('a Persian text has the letters and the digits of Persian, an Arabic one those of Arabic', async () => {
  expect(JSON.stringify(await readTranslation('fa'))).not.toMatch(/[يكىة٠-٩]/);
  expect(JSON.stringify(await readTranslation('ar'))).not.toMatch(/[یکگچپ۰-۹]/);
});

test('French puts an unbreakable space before its high punctuation, and none breaks inside «…»', async () => {
  expect(JSON.stringify(Object.values(await readTranslation('fr')))).not.toMatch(/\p{L} [;:!?»]|« /u);
});

test('every text is used, and no component has any of its own', async () => {
  const components: string[] = [];
  let code = '';
  for await (const path of glob('**/*.{svelte,ts}', { cwd: WEB })) {
    if (/translations|graphiql|dist|generated/.test(path)) continue;
    const text = await readFile(join(WEB, path), 'utf8');
    code += text;
    if (path.endsWith('.svelte')) components.push(path, markup(text));
  }
  const computed = /^(aspect|status|role|season|relation|value|problem)\./;
  const unused = Object.keys(en).filter(
    (key) => !computed.test(key) && !code.includes(`'${key.replace(/\.day$/, '')}'`),
  );
  expect(unused).toEqual([]);
  for (let i = 0; i < components.length; i += 2) {
    const literal = [...(components[i + 1] ?? '').matchAll(/>([^<>{}]*\p{L}{2}[^<>{}]*)</gu)].map(
      ([, text]) => text?.trim(),
    );
    expect([components[i], ...literal.filter((text) => text !== 'Dateline')]).toEqual([components[i]]);
    expect(components[i + 1]).not.toMatch(/(aria-label|title|placeholder|alt)="[^"{]*\p{L}/u);
  }
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
