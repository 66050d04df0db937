import { api, body, type FollowUpAdvice, type OwnFollowUp } from '@xinglin/api';
import { formatDay, useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import '../../styles/consent.css';
import '../../styles/emergency.css';
import '../../styles/follow_up.css';
import { Link } from '../../app/router';
import { useSession, useZone } from '../../app/session';
import { PatientName } from '../../parts/family';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { Asking } from './asking';

/** For patients: how they are, asked at the time that the doctor planned; and what to do now. */
export default function FollowUps() {
  const { t } = useLanguage();
  const asked = useQuery({
    queryKey: ['follow-ups'],
    queryFn: () => body(api.GET('/api/follow-ups')),
    refetchInterval: 60_000,
  });
  const [answered, setAnswered] = useState<string | null>(null);
  if (asked.isPending) return <Waiting rows={6} />;
  if (!asked.data) return <Trouble error={asked.error} onRetry={() => void asked.refetch()} />;
  const now = asked.data.filter((one) => one.can_answer || one.id === answered);
  const earlier = asked.data.filter((one) => !now.includes(one));
  return (
    <div className="for-patients">
      <h1>{t.followUps.title}</h1>
      {asked.data.length === 0 && <Empty title={t.followUps.none} what={t.followUps.noneWhat} />}
      <ul className="follow-list">
        {now.map((one) => (
          <li key={one.id} className="card" data-testid="follow-up" data-stage={one.stage}>
            <Open followUp={one} onAnswered={() => setAnswered(one.id)} />
          </li>
        ))}
      </ul>
      {earlier.length > 0 && (
        <details className="past">
          <summary>{t.followUps.earlier}</summary>
          <ul className="follow-list">
            {earlier.map((one) => (
              <li key={one.id} className="card">
                <Head followUp={one} />
                {one.answer && <p>{t.followUps.yours(t.followUps.feelings[one.answer.feeling])}</p>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Open({ followUp, onAnswered }: { followUp: OwnFollowUp; onAnswered: () => void }) {
  const { t } = useLanguage();
  const isDue = followUp.stage === 'due' || followUp.stage === 'unanswered';
  const [isOpen, setOpen] = useState(isDue);
  return (
    <>
      <Head followUp={followUp} />
      {followUp.answer && <Advice advice={followUp.answer.advice} />}
      {followUp.can_answer && (isOpen || isDue) && <Asking followUp={followUp} onAnswered={onAnswered} />}
      {followUp.can_answer && !isOpen && !isDue && (
        <Button onClick={() => setOpen(true)}>{t.followUps.answerNow}</Button>
      )}
    </>
  );
}

function Head({ followUp }: { followUp: OwnFollowUp }) {
  const { t, language } = useLanguage();
  const { patients } = useSession();
  const zone = useZone();
  const doctor = t.followUps.doctor(followUp.doctor);
  return (
    <>
      <div className="card-line">
        <h2>{followUp.can_answer ? t.followUps.asks(doctor) : doctor}</h2>
        <span className={`follow-stage is-${followUp.stage}`}>{t.followUps.stages[followUp.stage]}</span>
      </div>
      <p>
        {patients.length > 1 && (
          <>
            <PatientName id={followUp.patient} /> ·{' '}
          </>
        )}
        {t.followUps.due(formatDay(followUp.due_at, language, zone))} · {t.followUps.whats[followUp.what]}
      </p>
      {followUp.test && <p>{t.followUps.test(followUp.test)}</p>}
    </>
  );
}

/** What to do now; in an emergency the call stands first. */
function Advice({ advice }: { advice: FollowUpAdvice }) {
  const { t, language } = useLanguage();
  const call = (
    <a href="tel:120" className={advice.is_emergency ? 'follow-call is-now' : 'follow-call'}>
      {t.followUps.call}
    </a>
  );
  return (
    <div className="follow-advice" role="status" data-testid="advice" data-emergency={advice.is_emergency}>
      <strong>{advice.is_emergency ? t.followUps.emergency : t.followUps.sent}</strong>
      {advice.is_emergency && call}
      {(language === 'en' ? advice.en : advice.zh).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <div className="follow-ways">
        <Link to="/visit" className="follow-call">
          {t.followUps.book}
        </Link>
        <Link to="/online" className="follow-call">
          {t.followUps.online}
        </Link>
        {!advice.is_emergency && call}
      </div>
    </div>
  );
}
