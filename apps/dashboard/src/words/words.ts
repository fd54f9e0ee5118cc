import { createContext, useContext } from 'react';
import { en } from './en.js';

/** All that the pages say. Every language has exactly this shape. */
export type Words = typeof en;

export const WordsContext = createContext<Words>(en);

export function useWords(): Words {
  return useContext(WordsContext);
}
