import { formatAbsolute, useLanguage } from '@xinglin/i18n';
import { CaretRightOutlined, PauseOutlined } from '@ant-design/icons';
import { Button, Select, Slider } from 'antd';
import { useEffect, useEffectEvent, useState } from 'react';
import { useZone } from '../../app/session';
import { hourMs, minuteMs } from './load';

const speeds = [1, 10, 60, 300] as const;
const tickMs = 1_000;
const longestMs = 24 * hourMs;

interface ReplayProps {
  from: number;
  now: number;
  /** ms since 1970 of the moment that is shown; null: now. */
  at: number | null;
  onMove: (at: number | null) => void;
}

/** Back to any moment that is kept, and on from there at any speed. */
export function Replay({ from, now, at, onMove }: ReplayProps) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const [speed, setSpeed] = useState<number>(60);
  const [playing, setPlaying] = useState(false);
  const least = Math.max(from, now - longestMs);
  const on = useEffectEvent(() => {
    const next = (at ?? now) + speed * tickMs;
    if (next >= Date.now()) {
      setPlaying(false);
      onMove(null);
    } else onMove(next);
  });
  useEffect(() => {
    if (!playing) return undefined;
    const timer = setInterval(() => on(), tickMs);
    return () => clearInterval(timer);
  }, [playing]);
  const words = (moment: number) => formatAbsolute(new Date(moment).toISOString(), language, zone);
  return (
    <section className="twin-replay" aria-label={t.twin.replay}>
      <Button
        icon={playing ? <PauseOutlined aria-hidden /> : <CaretRightOutlined aria-hidden />}
        disabled={at === null}
        onClick={() => setPlaying(!playing)}
      >
        {playing ? t.twin.pause : t.twin.play}
      </Button>
      <Select
        aria-label={t.twin.speed}
        value={speed}
        options={speeds.map((value) => ({ value, label: `×${String(value)}` }))}
        onChange={setSpeed}
        popupMatchSelectWidth={false}
      />
      <Slider
        className="twin-slider"
        min={least}
        max={now}
        step={minuteMs}
        value={at ?? now}
        onChange={(moment: number) => onMove(moment >= now - minuteMs ? null : moment)}
        tooltip={{ formatter: (moment) => (moment ? words(moment) : '') }}
        ariaLabelForHandle={t.twin.moment}
        ariaValueTextFormatterForHandle={words}
      />
      <span className="twin-moment">{at === null ? t.twin.now : words(at)}</span>
      <Button disabled={at === null} onClick={() => onMove(null)}>
        {t.twin.toNow}
      </Button>
    </section>
  );
}
