import { api, body, type ExplainedResult } from '@xinglin/api';
import { formatDay, useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import '../../styles/consent.css';
import '../../styles/emergency.css';
import '../../styles/results.css';
import { useSession, useZone } from '../../app/session';
import { Family } from '../../parts/family';
import { Empty, Trouble, Waiting } from '../../parts/states';

const agesMs = 30_000;

/** For patients: the newest result of each test, what it means in plain words, and when to call. */
export default function Results() {
  const { t } = useLanguage();
  const { patients } = useSession();
  const [chosen, setChosen] = useState(patients[0]);
  if (!chosen) return <Empty title={t.visit.noPatient} what={t.visit.noPatientWhat} />;
  return (
    <div className="for-patients">
      <h1>{t.results.title}</h1>
      <Family label={t.results.whose} patients={patients} chosen={chosen} onChoose={setChosen} />
      <Listed key={chosen} patient={chosen} />
    </div>
  );
}

function Listed({ patient }: { patient: string }) {
  const { t } = useLanguage();
  const results = useQuery({
    queryKey: ['my-results', patient],
    queryFn: () => body(api.GET('/api/my-results', { params: { query: { patient } } })),
    refetchInterval: agesMs,
  });
  if (results.isPending) return <Waiting rows={6} />;
  if (!results.data) return <Trouble error={results.error} onRetry={() => void results.refetch()} />;
  if (results.data.length === 0) return <Empty title={t.results.none} what={t.results.noneWhat} />;
  return (
    <>
      <ul className="results">
        {results.data.map((one) => (
          <li key={one.reference} className="card" data-testid="my-result" data-critical={one.is_critical}>
            <One result={one} />
          </li>
        ))}
      </ul>
      <p>{t.results.footnote}</p>
    </>
  );
}

function One({ result }: { result: ExplainedResult }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const words = language === 'en' ? result.en : result.zh;
  const state = result.is_critical ? 'critical' : result.position;
  return (
    <>
      <div className="card-line">
        <h2>{language === 'en' ? result.name_en : result.name_zh}</h2>
        <span className={`result-state is-${state}`}>
          {result.is_critical ? t.results.critical : t.results.positions[result.position]}
        </span>
      </div>
      <p className="result-value">
        <strong className="num">{result.value}</strong> {result.unit}
        <span>
          {result.range && t.results.range(result.range)}
          {result.at && ` · ${formatDay(result.at, language, zone)}`}
        </span>
      </p>
      {words.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </>
  );
}
