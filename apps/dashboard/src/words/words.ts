import { createContext, useContext } from 'react';
import type { en } from './en/index.js';
import { LANGUAGES, type Language } from './language.js';

/** All that the pages say. Every language has exactly this shape. */
export type Words = typeof en;

export interface Spoken {
  readonly language: Language;
  speak(language: Language): void;
}

export const LanguageContext = createContext<Spoken>({ language: LANGUAGES[0], speak: () => undefined });

export function useLanguage(): Spoken {
  return useContext(LanguageContext);
}

export function useWords(): Words {
  return useContext(LanguageContext).language.words;
}
