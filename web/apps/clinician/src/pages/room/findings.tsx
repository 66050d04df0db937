import type { Finding } from '@xinglin/api';
import { SeverityShape, type Severity } from '@xinglin/design';
import { useLanguage } from '@xinglin/i18n';
import { Input } from 'antd';

const shapes: Record<Finding['severity'], Severity> = { stop: 'critical', caution: 'watch', unknown: 'act' };

interface FindingsProps {
  findings: Finding[];
  reasons?: Record<string, string>;
  /** Left out where nobody writes reasons. */
  onReason?: (key: string, reason: string) => void;
}

/** What stands against a prescription, what it rests on, and a place for the reason where one is needed. */
export function FindingList({ findings, reasons = {}, onReason }: FindingsProps) {
  const { t, language } = useLanguage();
  return (
    <ul className="findings">
      {findings.map((one) => {
        const words = language === 'en' ? one.en : one.zh;
        return (
          <li key={one.key} className={`finding finding-${one.severity}`} data-testid="finding">
            <span className={`flag flag-${shapes[one.severity]}`}>
              <SeverityShape severity={shapes[one.severity]} />
              {t.room.severity[one.severity]}
            </span>
            <span className="finding-words">
              {words}
              {one.source && <small className="quiet"> {t.room.source(one.source)}</small>}
            </span>
            {one.needs_reason && onReason && (
              <Input
                aria-label={`${t.room.reason}: ${words}`}
                placeholder={t.room.reason}
                maxLength={500}
                value={reasons[one.key] ?? ''}
                onChange={(event) => onReason(one.key, event.target.value)}
              />
            )}
          </li>
        );
      })}
    </ul>
  );
}
