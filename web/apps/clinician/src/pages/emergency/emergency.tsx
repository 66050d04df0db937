import { api, body, type Candidate, type Emergency as One } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Input } from 'antd';
import { useState, type SubmitEvent } from 'react';
import '../../styles/emergency.css';
import { Link, navigate, useAddress } from '../../app/router';
import { Moment, useNow } from '../../parts/moment';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { isOpen, remember, useEnding, useMine } from './load';
import { CandidateWords, Reason } from './reason';
import { GlassState } from './state';

const whole = /^[A-Za-z0-9-]{4,64}$/;

/** For a record that is not in one's care: found by a whole number, opened with a reason; and one's own openings. */
export default function Emergency() {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const number = address.get('number') ?? '';
  return (
    <>
      <header className="page-head">
        <h1>{t.emergency.title}</h1>
      </header>
      <ByNumber number={number} onFind={(wanted) => change({ number: wanted })} />
      {whole.test(number) && <Candidates number={number} />}
      <Mine />
    </>
  );
}

function ByNumber({ number, onFind }: { number: string; onFind: (number: string) => void }) {
  const { t } = useLanguage();
  const [text, setText] = useState(number);
  const [wrong, setWrong] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const wanted = text.trim();
    setWrong(!whole.test(wanted));
    if (whole.test(wanted)) onFind(wanted);
  };
  return (
    <form role="search" onSubmit={submit} noValidate>
      <label htmlFor="emergency-number">{t.emergency.number}</label>
      <div className="filters">
        <Input
          id="emergency-number"
          className="wide-input"
          autoFocus
          autoComplete="off"
          value={text}
          status={wrong ? 'error' : ''}
          aria-invalid={wrong}
          aria-describedby="emergency-number-help"
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="primary" htmlType="submit">
          {t.emergency.findDo}
        </Button>
      </div>
      <p
        id="emergency-number-help"
        className={wrong ? 'field-error' : 'quiet'}
        role={wrong ? 'alert' : undefined}
      >
        {wrong ? t.emergency.numberWrong : t.emergency.numberWhy}
      </p>
    </form>
  );
}

function Candidates({ number }: { number: string }) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<Candidate | null>(null);
  const asked = useQuery({
    queryKey: ['candidates', number],
    queryFn: async () => {
      const query = { params: { query: { number } } };
      const found = (await body(api.GET('/api/access/emergencies/candidates', query))).candidates;
      found.forEach((one) => remember(queries, one));
      return found;
    },
    staleTime: Infinity,
  });
  if (asked.isPending) return <Waiting rows={2} />;
  if (!asked.data) return <Trouble error={asked.error} onRetry={() => void asked.refetch()} />;
  if (asked.data.length === 0) return <Empty title={t.emergency.noneTitle} what={t.emergency.noneWhat} />;
  return (
    <>
      <ul className="cards" data-testid="candidates">
        {asked.data.map((found) => (
          <li key={found.patient} className="card card-line">
            <CandidateWords found={found} />
            <Button onClick={() => setChosen(found)}>{t.emergency.open}</Button>
          </li>
        ))}
      </ul>
      {chosen && (
        <Reason
          key={chosen.patient}
          patientId={chosen.patient}
          known={chosen}
          onClose={() => setChosen(null)}
          onOpened={() => navigate(`/patients/${encodeURIComponent(chosen.patient)}`)}
        />
      )}
    </>
  );
}

function Mine() {
  const { t } = useLanguage();
  const asked = useMine();
  return (
    <section className="below">
      <h2>{t.emergency.mine}</h2>
      {asked.isPending && <Waiting rows={3} />}
      {!asked.data && asked.error && <Trouble error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.data?.length === 0 && <p className="quiet">{t.emergency.mineNone}</p>}
      {asked.data && asked.data.length > 0 && (
        <ul className="cards">
          {asked.data.map((one) => (
            <li key={one.id} className="card" data-testid="my-emergency">
              <MineCard one={one} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function MineCard({ one }: { one: One }) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const ending = useEnding(() => void message.info(t.emergency.ended));
  const open = isOpen(one, useNow());
  return (
    <>
      <p className="card-line">
        <Link className="anywhere" to={`/patients/${encodeURIComponent(one.patient)}`}>
          Patient/{one.patient}
        </Link>
        <GlassState one={one} />
      </p>
      <p>{one.reason}</p>
      <p className="card-line quiet">
        <span>
          {t.emergency.opened} <Moment at={one.began_at} />
          {', '}
          {t.emergency.until} <Moment at={one.until} />
        </span>
        {open && (
          <Button loading={ending.isPending} onClick={() => ending.mutate(one)}>
            {t.emergency.end}
          </Button>
        )}
      </p>
      {one.remark && <p className="remark">{one.remark}</p>}
    </>
  );
}
