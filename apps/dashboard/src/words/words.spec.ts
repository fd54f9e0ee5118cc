import { describe, expect, it } from 'vitest';
import { LANGUAGES, languageFor, localeOf } from './language.js';

type Texts = Map<string, string>;

/** Every text by its key; those that take figures are called with marks in their place. */
function textsOf(value: unknown, key = '', into: Texts = new Map()): Texts {
  if (typeof value === 'string') into.set(key, value);
  else if (typeof value === 'function') {
    const marks = Array.from({ length: value.length }, (_, index) => `{${index}}`);
    into.set(key, String((value as (...marks: string[]) => string)(...marks)));
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) textsOf(inner, `${key}.${name}`, into);
  }
  return into;
}

const [english, ...others] = LANGUAGES;
const source = textsOf(english.words);

/** The same in every language: names, abbreviations and figures. */
const INTERNATIONAL =
  /^(Freshet|CSV|PNG|Filter|Status|Team|Definition|Partition|Offset|Revision|Topic|Broker|broker|\d+ [mhd]|[?/et]|Esc|← →|Home End|\{0\} ?×|\{0\}, \{1\}.*|\{0\} \{1\}|\{0\} definition \{1\})$/;

describe.each(others)('the words in $name', ({ words }) => {
  const texts = textsOf(words);

  it('are there for every key, and for no other', () => {
    expect([...texts.keys()].sort()).toEqual([...source.keys()].sort());
  });

  it('are translated', () => {
    const same = [...source].filter(([key, text]) => texts.get(key) === text && !INTERNATIONAL.test(text));
    expect(same).toEqual([]);
  });

  it('say every figure that the English ones say', () => {
    const marks = (text: string) => [...new Set(text.match(/\{\d\}/g) ?? [])].sort().join('');
    const wrong = [...source].filter(([key, text]) => marks(texts.get(key) ?? '') !== marks(text));
    expect(wrong).toEqual([]);
  });
});

describe('the language', () => {
  it('is the first of the reader that is spoken, else English', () => {
    expect(languageFor(['fr-FR', 'de-AT', 'en']).code).toBe('de');
    expect(languageFor(['fr']).code).toBe('en');
  });

  it('writes figures as the business does where both speak the same language', () => {
    expect(localeOf(languageFor(['de']), 'de-CH')).toBe('de-CH');
    expect(localeOf(languageFor(['de']), 'en-GB')).toBe('de-DE');
  });
});
