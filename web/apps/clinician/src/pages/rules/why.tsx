import { api, body, type Why as Answer } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import '../../styles/emergency.css';
import '../../styles/rules.css';
import { Link, useAddress } from '../../app/router';
import { useSession } from '../../app/session';
import { Trouble, Waiting } from '../../parts/states';
import { useMayBreakGlass } from '../emergency/load';
import { Asking } from './asking';
import { Deciding, Decision, Fact } from './decision';
import { referenceOf, roleWord } from './words';

const actions = ['see', 'create', 'update', 'delete'] as const;

/** Why the reader may or may not do something with a record: the rule that decides, and the facts it rests on. */
export default function Why() {
  const { t } = useLanguage();
  const { roles } = useSession();
  const [address, change] = useAddress();
  const about = address.get('about') ?? '';
  const wanted = referenceOf(about);
  const action = actions.find((one) => one === address.get('action')) ?? 'see';
  const asked = useQuery({
    queryKey: ['why', about, action],
    queryFn: () =>
      body(
        api.GET('/api/access/why', { params: { query: { ...(wanted ?? { type: '', id: '' }), action } } }),
      ),
    enabled: wanted !== null,
  });
  return (
    <>
      <header className="page-head">
        <h1>{t.why.title}</h1>
      </header>
      <p>{t.why.lead}</p>
      <p>
        {t.why.you}: <b>{roles.map((role) => roleWord(t, role)).join(', ') || t.why.noRoles}</b>
      </p>
      <Asking key={about} about={about} onAsk={(text) => change({ about: text })}>
        <Select
          aria-label={t.why.action}
          className="select"
          value={action}
          onChange={(next) => change({ action: next })}
          options={actions.map((value) => ({ value, label: t.why.actions[value] }))}
        />
      </Asking>
      {wanted && asked.isPending && <Waiting rows={8} />}
      {asked.error && <Trouble error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.data && <Explained answer={asked.data} about={about} word={t.why.actions[action]} />}
    </>
  );
}

interface ExplainedProps {
  answer: Answer;
  about: string;
  word: string;
}

function Explained({ answer, about, word }: ExplainedProps) {
  const { t } = useLanguage();
  return (
    <section className="card" data-testid="why-answer">
      <h2>
        <Decision allowed={answer.allowed} word={answer.allowed ? t.why.allowed : t.why.refused} /> {word}{' '}
        <code className="anywhere">{about}</code>
      </h2>
      <h3>{t.why.deciding}</h3>
      <Deciding rules={answer.rules} none={t.why.noRule} />
      <h3>{t.why.facts}</h3>
      <ul className="fact-list">
        {Object.entries(answer.facts).map(([name, so]) => (
          <Fact key={name} so={so} words={t.why.factWords[name]?.[so ? 0 : 1] ?? name} />
        ))}
      </ul>
      {!answer.allowed && <Next about={about} />}
    </section>
  );
}

function Next({ about }: { about: string }) {
  const { t } = useLanguage();
  const may = useMayBreakGlass();
  const patient = about.match(/^Patient\/(.+)$/)?.[1];
  return (
    <>
      <h3>{t.why.next}</h3>
      <ul className="meaning">
        {may && <li>{t.why.nextCare}</li>}
        {may && (
          <li>
            {t.why.nextEmergency}{' '}
            {patient && <Link to={`/patients/${encodeURIComponent(patient)}`}>{t.emergency.open}</Link>}
          </li>
        )}
        <li>{t.why.nextOther}</li>
      </ul>
    </>
  );
}
