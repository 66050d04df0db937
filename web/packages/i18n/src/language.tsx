import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import { en } from './en';
import type { Catalogue } from './index';
import { zhCN } from './zh-CN';

export type Language = 'zh-CN' | 'en';

const catalogues: Record<Language, Catalogue> = { 'zh-CN': zhCN, en };
const memory = 'xinglin.language';

interface Spoken {
  language: Language;
  t: Catalogue;
  switchLanguage: () => void;
}

const Context = createContext<Spoken | null>(null);

/** What was chosen before, otherwise what the browser asks for, otherwise Chinese. */
function remembered(): Language {
  const chosen = localStorage.getItem(memory);
  if (chosen === 'zh-CN' || chosen === 'en') return chosen;
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh-CN';
}

interface ProviderProps {
  children: ReactNode;
  /** Told the language before anything is drawn in it. */
  onLanguage: (language: Language) => void;
}

export function LanguageProvider({ children, onLanguage }: ProviderProps) {
  const [language, setLanguage] = useState(() => {
    const first = remembered();
    onLanguage(first);
    return first;
  });
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const spoken = useMemo(
    () => ({
      language,
      t: catalogues[language],
      switchLanguage: () => {
        const other = language === 'en' ? 'zh-CN' : 'en';
        localStorage.setItem(memory, other);
        onLanguage(other);
        setLanguage(other);
      },
    }),
    [language, onLanguage],
  );
  return <Context value={spoken}>{children}</Context>;
}

/** The reader's language, its catalogue and the switch. */
export function useLanguage(): Spoken {
  const spoken = use(Context);
  if (!spoken) throw new Error('useLanguage stands outside LanguageProvider');
  return spoken;
}
