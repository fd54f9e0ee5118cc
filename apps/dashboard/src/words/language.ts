import { en } from './en.js';
import { type Words } from './words.js';

/** The languages that the pages speak; the first is the one for everybody else. */
const LANGUAGES: readonly { readonly code: string; readonly words: Words }[] = [{ code: 'en', words: en }];

/** First language of the reader that is spoken here. */
export function wordsFor(wanted: readonly string[]): { readonly code: string; readonly words: Words } {
  for (const tag of wanted) {
    const found = LANGUAGES.find(({ code }) => tag.toLowerCase().split('-')[0] === code);
    if (found !== undefined) return found;
  }
  return LANGUAGES[0] ?? { code: 'en', words: en };
}
