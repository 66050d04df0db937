import { api, body } from '@xinglin/api';
import { SeverityShape } from '@xinglin/design';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useSession, useZone } from '../../app/session';
import { Moment } from '../../parts/moment';
import { clockOf, type Alarm } from './load';

const may = ['nurse', 'registrar', 'medical_director'];

/** What somebody has to see to: who, and the one thing to do. Those of one rule and unit stand together. */
export function Alarms({ alarms, past }: { alarms: Alarm[]; past: boolean }) {
  const { t } = useLanguage();
  return (
    <section className="twin-alarms" aria-label={t.twin.alarms}>
      <header className="twin-head">
        <h2>{t.twin.alarms}</h2>
        <span>{t.twin.open(alarms.filter((one) => !one.acknowledged_at).length)}</span>
      </header>
      {alarms.length === 0 && <p className="quiet">{t.twin.noAlarms}</p>}
      <ul>
        {alarms.map((alarm) => (
          <AlarmRow key={alarm.alarm} alarm={alarm} past={past} />
        ))}
      </ul>
    </section>
  );
}

function AlarmRow({ alarm, past }: { alarm: Alarm; past: boolean }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const queries = useQueryClient();
  const { roles } = useSession();
  const seeing = useMutation({
    mutationFn: () =>
      body(api.POST('/api/twin/alarms/{alarm}/acknowledge', { params: { path: { alarm: alarm.alarm } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['twin'] }),
  });
  const unit = language === 'en' ? alarm.unit_name_en : alarm.unit_name;
  const at = alarm.expected_at ? clockOf(alarm.expected_at, language, zone) : '';
  return (
    <li className={alarm.acknowledged_at ? 'twin-alarm twin-seen-to' : 'twin-alarm'} data-testid="twin-alarm">
      <p>
        <SeverityShape severity={alarm.acknowledged_at ? 'watch' : 'act'} />
        <b>{unit}</b> {t.twin.rule[alarm.rule](alarm.figure, at)}
      </p>
      <p className="quiet">
        {t.twin.owner[alarm.owner]} · <Moment at={alarm.raised_at} />
      </p>
      <p>{t.twin.action[alarm.rule]}</p>
      {alarm.acknowledged_at ? (
        <p className="quiet">
          {t.twin.seenTo(alarm.acknowledged_by ?? '')} <Moment at={alarm.acknowledged_at} />
        </p>
      ) : (
        !past &&
        roles.some((role) => may.includes(role)) && (
          <Button size="small" loading={seeing.isPending} onClick={() => seeing.mutate()}>
            {t.twin.seeTo}
          </Button>
        )
      )}
      {seeing.error && <p role="alert">{seeing.error.message}</p>}
    </li>
  );
}
