/**
 * One spelling for many: what makes `Deir al-Zor`, `DEIR AL ZŌR` and `deir zor` the same words, in any script. Names in
 * other transliterations or scripts are equal because a place or an actor is found by all its names.
 */

/** Letters that Unicode does not decompose, and Arabic-script letters that stand for one another. */
// prettier-ignore
const EQUAL: Record<string, string> = {
  ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ħ: 'h', ı: 'i',
  ة: 'ه', ى: 'ي', ی: 'ي', ې: 'ي', ک: 'ك', ہ: 'ه', ھ: 'ه', ە: 'ه', ٱ: 'ا',
};

/** Marks, apostrophes that stand for a hamza or an ayn, the tatweel, joiners and soft hyphens: nothing to read. */
const SILENT = /[\p{M}\u2018\u2019\u02bb-\u02bf'`´\u0640\u200b-\u200f\u00ad\u2060\ufeff]/gu;

/** A word; in scripts that put no space between words, each letter is one. */
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[\p{L}\p{N}]+?(?=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[^\p{L}\p{N}]|$)/gu;

/** The Arabic article as it is written in Latin letters, assimilated or not. */
const ARTICLE = /^(al|el|ul|ad|ed|an|en|ar|er|as|es|ash|esh|at|et|az|ez)$/;

/**
 * The words of a text, folded: no case, accents, vowel signs, apostrophes or articles. A text that is nothing but an
 * article keeps it, since it may be the beginning of a word still being typed.
 */
export function foldedWords(text: string): string[] {
  const found = ASCII.test(text) ? asciiWords(text) : wordsOfAnyScript(text);
  const telling = found.filter((word) => !ARTICLE.test(word));
  return (telling.length > 0 ? telling : found).map((word) => (/^ال.+$/u.test(word) ? word.slice(2) : word));
}

/** The words of texts that came lately: headlines are folded for more than one purpose, names and numbers come again and again. */
const REMEMBERED = new Map<string, readonly string[]>();
const [MOST_REMEMBERED, LONGEST_REMEMBERED] = [2000, 300];

/** One text for each word: what looks words up compares where they are, and not their letters. */
const WORDS = new Map<string, string>();
const MOST_WORDS = 100_000;

/** The same, in less time for what was asked for not long ago; equal words are one text. */
export function rememberedWords(text: string): readonly string[] {
  const known = REMEMBERED.get(text);
  if (known) return known;
  const words = foldedWords(text).map(oneText);
  if (text.length <= LONGEST_REMEMBERED) {
    if (REMEMBERED.size >= MOST_REMEMBERED) REMEMBERED.clear();
    REMEMBERED.set(text, words);
  }
  return words;
}

function oneText(word: string): string {
  const known = WORDS.get(word);
  if (known !== undefined) return known;
  if (WORDS.size >= MOST_WORDS) WORDS.clear();
  WORDS.set(word, word);
  return word;
}

// oxlint-disable-next-line no-control-regex
const ASCII = /^[\u0000-\u007f]*$/;

function wordsOfAnyScript(text: string): string[] {
  const plain = text
    .replace(/(?<=\p{L}{3})['’]s\b/gu, '')
    .normalize('NFKD')
    .replace(SILENT, '')
    .toLowerCase()
    .replace(/[ßæœøđðþłħıةىیېکہھەٱ]/gu, (letter) => EQUAL[letter] ?? letter);
  return plain.match(WORD) ?? [];
}

/** The same for what has no other letters, as most text of datasets, in a fifth of the time. */
const asciiWords = (text: string): string[] =>
  text
    .replace(/(?<=[A-Za-z]{3})'s\b/g, '')
    .replace(/['`]/g, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g) ?? [];
