import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { keepLanguage, startLanguage } from './language.js';
import { LanguageContext } from './words.js';

/** Speaks the reader's language to everything below; a choice is kept on this browser. */
export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(startLanguage);
  useEffect(() => {
    document.documentElement.lang = language.code;
  }, [language]);
  const spoken = useMemo(
    () => ({
      language,
      speak: (next: typeof language) => {
        keepLanguage(next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return <LanguageContext value={spoken}>{children}</LanguageContext>;
}
