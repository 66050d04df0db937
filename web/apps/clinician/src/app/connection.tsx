import { formatTime, useLanguage } from '@xinglin/i18n';
import { App as Feedback } from 'antd';
import { useEffect } from 'react';
import { useLine } from './refresh';
import { useZone } from './session';

/** The state of the live line as shape and word. */
export function ConnectionMark() {
  const { t } = useLanguage();
  const line = useLine();
  if (line.state === 'off') return null;
  const word = { live: t.live.connected, connecting: t.live.connecting, lost: t.live.lostShort }[line.state];
  return (
    <span
      className={`line line-${line.state}`}
      data-testid="connection"
      data-state={line.state}
      title={line.state === 'live' ? t.live.connectedWhat : word}
    >
      <svg viewBox="0 0 12 12" width="10" height="10" aria-hidden="true">
        {line.state === 'lost' ? (
          <path d="M2 2l8 8M10 2l-8 8" stroke="currentColor" strokeWidth="2" />
        ) : (
          <circle
            cx="6"
            cy="6"
            r="4.2"
            fill={line.state === 'live' ? 'currentColor' : 'none'}
            stroke="currentColor"
            strokeWidth="1.6"
          />
        )}
      </svg>
      <span className="line-word">{word}</span>
    </span>
  );
}

/** Says since when the line is lost and what still works; a short notice when it is back. */
export function ConnectionBanner() {
  const { t, language } = useLanguage();
  const zone = useZone();
  const line = useLine();
  const { message } = Feedback.useApp();
  const again = line.state === 'live' && line.again;
  useEffect(() => {
    if (again) void message.success(t.live.back);
  }, [again, message, t]);
  return (
    <div role="status" aria-live="polite">
      {line.state === 'lost' && (
        <div className="lost">
          <strong>{t.live.lost(formatTime(line.since, language, zone))}</strong>{' '}
          <span>{t.live.stillWorks}</span>
        </div>
      )}
    </div>
  );
}
