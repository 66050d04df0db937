import { useLanguage } from '@xinglin/i18n';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import '../../styles/twin.css';
import { useRefresh } from '../../app/refresh';
import { useAddress } from '../../app/router';
import { useZone } from '../../app/session';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { Alarms } from './alarms';
import { CalibrationWords } from './calibration';
import { Clinics } from './clinics';
import { clockOf, minuteMs, readTwin } from './load';
import { Replay } from './replay';
import { Waits } from './waits';
import { Wards } from './wards';

const restMs = 2_000;
/** The first moment is kept to the microsecond, a page knows milliseconds. */
const secondMs = 1_000;
const news: Record<string, true> = {
  'twin.foreseen': true,
  'alarm.raised': true,
  'alarm.cleared': true,
  'alarm.acknowledged': true,
  'queue.estimated': true,
};

/** The house: what is, what is foreseen, what somebody has to see to, and what was. */
export default function TwinPage() {
  const { t, language } = useLanguage();
  const zone = useZone();
  const [address, change] = useAddress();
  const [at, setAt] = useState<number | null>(null);
  const twin = useQuery({
    queryKey: ['twin', at],
    queryFn: () => readTwin(at),
    refetchInterval: at === null ? minuteMs : false,
    placeholderData: keepPreviousData,
  });
  useRefresh(
    (one) => at === null && one.name in news,
    () => void twin.refetch(),
    restMs,
  );
  if (!twin.data && twin.error) return <Trouble error={twin.error} onRetry={() => void twin.refetch()} />;
  if (!twin.data) return <Waiting rows={10} />;
  const house = twin.data;
  const now = Date.parse(house.now);
  const open = house.clinics.find((one) => one.service === address.get('clinic'));
  const empty = house.clinics.length + house.wards.length === 0;
  const foreseenAt = [...house.clinics, ...house.wards].map((one) => one.foreseen_at).find(Boolean);
  return (
    <div className={open ? 'twin twin-beside' : 'twin'}>
      <header className="page-head">
        <h1>{t.twin.title}</h1>
        <p className="page-aside">
          {at !== null && <b className="twin-past">{t.twin.past}</b>}
          {foreseenAt ? t.twin.foreseenAt(clockOf(foreseenAt, language, zone)) : t.twin.firstInAMinute}
        </p>
      </header>
      <Replay from={Date.parse(house.known_since ?? house.now) + secondMs} now={now} at={at} onMove={setAt} />
      {empty ? (
        <Empty title={t.twin.emptyTitle} what={t.twin.emptyWhat} />
      ) : (
        <div className="twin-columns">
          <div className="twin-main">
            {house.clinics.length > 0 && (
              <Clinics
                clinics={house.clinics}
                stepMinutes={house.step_minutes}
                onOpen={(service) => change({ clinic: service })}
              />
            )}
            {house.wards.length > 0 && <Wards wards={house.wards} />}
          </div>
          <aside className="twin-side">
            <Alarms alarms={house.alarms} past={at !== null} />
            <CalibrationWords rows={house.calibration} />
            <p className="quiet">{t.twin.howToRead}</p>
          </aside>
        </div>
      )}
      {open && <Waits clinic={open} onClose={() => change({ clinic: '' })} />}
    </div>
  );
}
