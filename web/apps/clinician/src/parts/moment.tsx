import { formatAbsolute, formatRelative, useLanguage } from '@xinglin/i18n';
import { useSyncExternalStore } from 'react';
import { useZone } from '../app/session';

const tickMs = 20_000;
let shown = Date.now();

function tick(listener: () => void): () => void {
  const timer = setInterval(() => {
    shown = Date.now();
    listener();
  }, tickMs);
  return () => clearInterval(timer);
}

/** The present, moving in steps of 20 s so that relative times stay true without redrawing all the time. */
export function useNow(): number {
  return useSyncExternalStore(tick, () => {
    if (Date.now() - shown > tickMs) shown = Date.now();
    return shown;
  });
}

/** An instant: relative where it is near, absolute on hover. */
export function Moment({ at }: { at: string | null | undefined }) {
  const { language } = useLanguage();
  const zone = useZone();
  const now = useNow();
  if (!at) return <span>–</span>;
  return (
    <time dateTime={at} title={formatAbsolute(at, language, zone)}>
      {formatRelative(at, now, language, zone)}
    </time>
  );
}
