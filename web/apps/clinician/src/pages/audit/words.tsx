import type { Access } from '@xinglin/api';
import { useLanguage, type Catalogue } from '@xinglin/i18n';

export type Outcome = 'done' | 'refused' | 'failed';

export function outcomeOf(status: number): Outcome {
  if (status < 400) return 'done';
  return status < 500 ? 'refused' : 'failed';
}

/** "viewed results, orders": what was done, in words that need no knowledge of FHIR. */
export function deedOf(t: Catalogue, access: Access): string {
  if (access.route === '/api/session' && access.action === 'E') return t.audit.signedIn;
  const types = access.what.length > 0 ? access.what : focusTypes(access.focus);
  const page = t.audit.pages[access.route.split('/')[2] ?? ''];
  const named = page && types.length === 0 ? [page] : types.map((type) => t.audit.types[type] ?? type);
  const things = [...new Set(named)].slice(0, 4).join(t.audit.separator) || t.audit.record;
  const verb = t.audit.verbs[access.interaction] ?? t.audit.otherVerb;
  return /[\u4e00-\u9fff]$|：$/.test(verb) ? `${verb}${things}` : `${verb} ${things}`;
}

function focusTypes(focus: string | null): string[] {
  return focus ? [focus.split('/')[0] ?? focus] : [];
}

export function roleWords(t: Catalogue, roles: string[]): string {
  return roles.map((role) => t.audit.roles[role] ?? role).join(t.audit.separator);
}

/** The outcome as shape and word; what was refused or failed is also marked by colour. */
export function OutcomeWord({ status }: { status: number }) {
  const { t } = useLanguage();
  const outcome = outcomeOf(status);
  const shape = { done: '✓', refused: '⊘', failed: '✕' }[outcome];
  return (
    <span className={`access-${outcome}`}>
      <span aria-hidden="true">{shape} </span>
      {t.audit.outcomes[outcome]}
    </span>
  );
}
