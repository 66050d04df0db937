import type { Emergency } from '@xinglin/api';
import { SeverityShape, type Severity } from '@xinglin/design';
import { useLanguage } from '@xinglin/i18n';
import { useNow } from '../../parts/moment';
import { isOpen } from './load';

/** How an emergency access stands, as shapes and words: open or over, and what the review said. */
export function GlassState({ one }: { one: Emergency }) {
  const { t } = useLanguage();
  const open = isOpen(one, useNow());
  const [severity, word]: [Severity, string] =
    one.verdict === 'unjustified'
      ? ['critical', t.emergency.unjustified]
      : one.verdict === 'justified'
        ? ['normal', t.emergency.justified]
        : ['watch', t.emergency.waiting];
  return (
    <span className="chips">
      {open && <Chip severity="act" word={t.emergency.openNow} />}
      <Chip severity={severity} word={word} />
    </span>
  );
}

function Chip({ severity, word }: { severity: Severity; word: string }) {
  return (
    <span className={`chip chip-${severity}`}>
      <SeverityShape severity={severity} />
      {word}
    </span>
  );
}
