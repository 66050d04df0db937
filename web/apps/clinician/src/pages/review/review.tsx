import type { Emergency } from '@xinglin/api';
import { formatAbsolute, useLanguage } from '@xinglin/i18n';
import { Segmented } from 'antd';
import '../../styles/emergency.css';
import { useAddress } from '../../app/router';
import { useZone } from '../../app/session';
import { Moment } from '../../parts/moment';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { GlassState } from '../emergency/state';
import { Relations } from '../rules/relations';
import { Judging } from './judging';
import { useEmergencies } from './load';

/** Who opened whose record in an emergency, why, and until when; each is judged by somebody else. */
export default function Review() {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const all = address.get('show') === 'all';
  const asked = useEmergencies(!all);
  return (
    <>
      <header className="page-head">
        <h1>{t.review.title}</h1>
        <Segmented
          name="show"
          aria-label={t.review.which}
          value={all ? 'all' : 'waiting'}
          onChange={(show) => change({ show: show === 'all' ? 'all' : '' })}
          options={[
            { value: 'waiting', label: t.review.waiting },
            { value: 'all', label: t.review.all },
          ]}
        />
      </header>
      {asked.isPending && <Waiting rows={6} />}
      {!asked.data && asked.error && <Trouble error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.data?.length === 0 && (
        <Empty title={all ? t.review.noneAll : t.review.none} what={t.review.noneWhat} />
      )}
      {asked.data && asked.data.length > 0 && (
        <ul className="cards">
          {asked.data.map((one) => (
            <li key={one.id} className="card" data-testid="to-review">
              <Card one={one} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Card({ one }: { one: Emergency }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const at = (instant: string) => formatAbsolute(instant, language, zone);
  return (
    <>
      <p className="card-line">
        <b className="anywhere">{t.review.who(one.account_name, one.patient)}</b>
        <GlassState one={one} />
      </p>
      <dl className="facts">
        <div>
          <dt>{t.review.reason}</dt>
          <dd>{one.reason}</dd>
        </div>
        <div>
          <dt>{t.review.time}</dt>
          <dd>
            <Moment at={one.began_at} /> ({t.review.span(at(one.began_at), at(one.until))})
          </dd>
        </div>
      </dl>
      <details>
        <summary>{t.review.relations}</summary>
        <Relations patient={one.patient} />
      </details>
      {one.reviewed_at ? (
        <p className="remark">{[one.remark, t.review.by(at(one.reviewed_at))].filter(Boolean).join(' · ')}</p>
      ) : one.own ? (
        <p className="quiet">{t.review.own}</p>
      ) : (
        <Judging one={one} />
      )}
    </>
  );
}
