import type { Rule } from '@xinglin/api';
import type { Catalogue, Language } from '@xinglin/i18n';

/** The sentence of a rule in the reader's language. */
export function sentenceOf(rule: Pick<Rule, 'english' | 'chinese'>, language: Language): string {
  return language === 'en' ? rule.english : rule.chinese;
}

export function roleWord(t: Catalogue, role: string): string {
  return t.roles[role] ?? role;
}

/** `Type/id` of what somebody typed or pasted, also of a whole address; null where it is none. */
export function referenceOf(text: string): { type: string; id: string } | null {
  const found = text
    .trim()
    .match(/(?:^|\/)([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/.*)?$/);
  return found?.[1] && found[2] ? { type: found[1], id: found[2] } : null;
}
