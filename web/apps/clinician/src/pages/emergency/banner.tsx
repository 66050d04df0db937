import type { Emergency } from '@xinglin/api';
import { formatTime, useLanguage } from '@xinglin/i18n';
import { AlertOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button } from 'antd';
import { useEffect, useEffectEvent, useState } from 'react';
import '../../styles/emergency.css';
import { useZone } from '../../app/session';
import { useNow } from '../../parts/moment';
import { forget, isOpen, useEnding, useMine } from './load';

/** Stands over a chart that is open in an emergency until its time is over. */
export function EmergencyBanner({ patientId }: { patientId: string }) {
  const now = useNow();
  const mine = useMine().data ?? [];
  const open = mine.find((one) => one.patient === patientId && isOpen(one, now));
  return open ? <Running key={open.id} one={open} /> : null;
}

function Running({ one }: { one: Emergency }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const queries = useQueryClient();
  const { message } = Feedback.useApp();
  const ending = useEnding(() => void message.info(t.emergency.ended));
  const seconds = useSecondsUntil(one.until, () => {
    void message.warning(t.emergency.expired, 8);
    void forget(queries, one.patient);
  });
  const [minutes, rest] = [Math.floor(seconds / 60), String(seconds % 60).padStart(2, '0')];
  return (
    <div
      className="emergency-banner"
      role="region"
      aria-label={t.emergency.title}
      data-testid="emergency-banner"
    >
      <AlertOutlined aria-hidden />
      <strong>{t.emergency.banner(formatTime(one.until, language, zone).slice(0, 5))}</strong>
      <span className="num">{t.emergency.left(minutes, rest)}</span>
      <span className="emergency-recorded">{t.emergency.recorded}</span>
      <Button loading={ending.isPending} onClick={() => ending.mutate(one)}>
        {t.emergency.end}
      </Button>
    </div>
  );
}

/** Whole seconds until an instant, counted down; `onOver` is called once when there are none left. */
function useSecondsUntil(instant: string, onOver: () => void): number {
  const left = () => Math.max(0, Math.ceil((Date.parse(instant) - Date.now()) / 1000));
  const [seconds, setSeconds] = useState(left);
  const tick = useEffectEvent(() => {
    setSeconds(left());
    return left() > 0;
  });
  const over = useEffectEvent(onOver);
  useEffect(() => {
    const timer = setInterval(() => {
      if (tick()) return;
      clearInterval(timer);
      over();
    }, 1000);
    return () => clearInterval(timer);
  }, [instant]);
  return seconds;
}
