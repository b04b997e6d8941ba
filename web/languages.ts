import { en, type Translation } from './translations/en.ts';

/** The languages of the page, each by its own name. */
export const LANGUAGES = {
  en: 'English',
  ar: 'العربية',
  fa: 'فارسی',
  ru: 'Русский',
  tr: 'Türkçe',
  fr: 'Français',
} as const;

/** One of them, as a BCP 47 tag. */
export type Language = keyof typeof LANGUAGES;

export const isLanguage = (tag: string | null | undefined): tag is Language =>
  typeof tag === 'string' && Object.hasOwn(LANGUAGES, tag);

/** The first of a reader's languages, most wanted first, that is one of ours; else English. */
export const preferredLanguage = (tags: readonly string[]): Language =>
  tags.map((tag) => tag.toLowerCase().split('-')[0]).find(isLanguage) ?? 'en';

export const directionOf = (language: Language): 'ltr' | 'rtl' =>
  language === 'ar' || language === 'fa' ? 'rtl' : 'ltr';

/** What `Intl` is asked with. Sources date by the Gregorian calendar, and its months are not those of the Persian one. */
export const localeOf = (language: Language): string =>
  ({ en: 'en-GB', fa: 'fa-u-ca-gregory' })[language as string] ?? language;

const OTHERS: Record<Exclude<Language, 'en'>, () => Promise<Translation>> = {
  ar: async () => (await import('./translations/ar.ts')).ar,
  fa: async () => (await import('./translations/fa.ts')).fa,
  ru: async () => (await import('./translations/ru.ts')).ru,
  tr: async () => (await import('./translations/tr.ts')).tr,
  fr: async () => (await import('./translations/fr.ts')).fr,
};

/** The texts of a language. English is there at once; each other is read when it is wanted. */
export const readTranslation = async (language: Language): Promise<Translation> =>
  language === 'en' ? en : OTHERS[language]();
