import { de } from './de/index.js';
import { en } from './en/index.js';
import { type Words } from './words.js';

/** A language that the pages speak. */
export interface Language {
  readonly code: string;
  /** Its own name of itself. */
  readonly name: string;
  /** How figures and dates are written in it, where the business does not say: BCP 47. */
  readonly locale: string;
  readonly words: Words;
}

/** The first is the one for everybody else. */
export const LANGUAGES: readonly [Language, ...Language[]] = [
  { code: 'en', name: 'English', locale: 'en-GB', words: en },
  { code: 'de', name: 'Deutsch', locale: 'de-DE', words: de },
];

const STORE = 'freshet.language';

/** First language of the reader that is spoken here. */
export function languageFor(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const found = LANGUAGES.find(({ code }) => tag.toLowerCase().split('-')[0] === code);
    if (found !== undefined) return found;
  }
  return LANGUAGES[0];
}

/** The language chosen on this browser before, else the browser's own. */
export function startLanguage(): Language {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(STORE);
  } catch {
    // A private window may refuse: the browser's languages then decide.
  }
  return languageFor([...(chosen === null ? [] : [chosen]), ...navigator.languages]);
}

export function keepLanguage({ code }: Language): void {
  try {
    localStorage.setItem(STORE, code);
  } catch {
    // Lasts as long as the page, then.
  }
}

/** How figures are written: as the business does where it speaks the reader's language, else as that language does. */
export function localeOf(language: Language, businessLocale: string): string {
  return businessLocale.toLowerCase().split('-')[0] === language.code ? businessLocale : language.locale;
}
