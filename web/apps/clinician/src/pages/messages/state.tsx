import { useLanguage } from '@xinglin/i18n';
import type { ReactElement } from 'react';

const shapes: Record<string, ReactElement> = {
  received: (
    <circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" strokeWidth="1.6" strokeDasharray="3 2.2" />
  ),
  processed: (
    <path d="M2 7.5 5.5 11 12 3.5" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
  ),
  dead: <path d="M3 3l8 8M11 3l-8 8" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />,
  superseded: (
    <path
      d="M2 7h9M8 3.5 11.5 7 8 10.5"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
    />
  ),
};

/** The state of a message as shape, colour and word. */
export function MessageState({ state }: { state: string }) {
  const { t } = useLanguage();
  return (
    <span className={`state state-${state}`}>
      <svg viewBox="0 0 14 14" width="12" height="12" aria-hidden="true">
        {shapes[state]}
      </svg>
      {t.messages.states[state] ?? state}
    </span>
  );
}
