import { useLanguage } from '@xinglin/i18n';
import { useState } from 'react';
import '../../styles/emergency.css';
import '../../styles/consent.css';
import { Link } from '../../app/router';
import { useSession } from '../../app/session';
import { Family } from '../../parts/family';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { kindOf, type Consent as Given, type Kind } from '../../fhir/consent';
import { Deciding, type Choice } from './deciding';
import { Decision } from './decision';
import { useConsents } from './load';

const choices: readonly Choice[] = ['careOnly', 'doctor', 'sensitive'];
const kinds: Record<Choice, Kind> = {
  careOnly: 'onlyCare',
  doctor: 'oneDoctor',
  sensitive: 'sensitiveClosed',
};

/** For patients: who can see my record, what I have decided about it, and how to decide and withdraw. */
export default function Consent() {
  const { t } = useLanguage();
  const { patients } = useSession();
  const [chosen, setChosen] = useState(patients[0]);
  if (!chosen) return <Empty title={t.consent.noPatient} what={t.consent.noPatientWhat} />;
  return (
    <div className="for-patients">
      <h1>{t.consent.title}</h1>
      <Family label={t.consent.whose} patients={patients} chosen={chosen} onChoose={setChosen} />
      <Usual patient={chosen} />
      <Record key={chosen} patient={chosen} />
    </div>
  );
}

function Usual({ patient }: { patient: string }) {
  const { t } = useLanguage();
  return (
    <section className="card">
      <h2>{t.consent.usual}</h2>
      <p>{t.consent.usualWhat}</p>
      <p>{t.consent.emergency}</p>
      <Link className="way" to={`/patients/${encodeURIComponent(patient)}/seen`}>
        {t.audit.seenTitle}
      </Link>
    </section>
  );
}

function Record({ patient }: { patient: string }) {
  const { t } = useLanguage();
  const asked = useConsents(patient);
  const [deciding, setDeciding] = useState<Choice | null>(null);
  if (asked.isPending) return <Waiting rows={5} />;
  if (!asked.data) return <Trouble error={asked.error} onRetry={() => void asked.refetch()} />;
  const active = asked.data.filter((one) => one.status === 'active');
  const past = asked.data.filter((one) => one.status === 'inactive');
  const taken = active.map((one) => kindOf(one));
  const open = choices.filter((choice) => choice === 'doctor' || !taken.includes(kinds[choice]));
  return (
    <>
      <section>
        <h2>{t.consent.mine}</h2>
        {active.length === 0 && <p>{t.consent.none}</p>}
        <List patient={patient} consents={active} />
      </section>
      <section>
        <h2>{t.consent.make}</h2>
        <div className="big-choices">
          {open.map((choice) => (
            <button key={choice} type="button" className="big-choice" onClick={() => setDeciding(choice)}>
              <b>{t.consent[choice]}</b>
              <span>{t.consent[`${choice}What`]}</span>
            </button>
          ))}
        </div>
      </section>
      {past.length > 0 && (
        <details className="past">
          <summary>{t.consent.past(past.length)}</summary>
          <List patient={patient} consents={past} />
        </details>
      )}
      {deciding && (
        <Deciding key={deciding} choice={deciding} patient={patient} onClose={() => setDeciding(null)} />
      )}
    </>
  );
}

function List({ patient, consents }: { patient: string; consents: Given[] }) {
  return (
    <ul className="cards">
      {consents.map((one) => (
        <li key={one.id} className="card" data-testid="consent" data-status={one.status}>
          <Decision patient={patient} consent={one} />
        </li>
      ))}
    </ul>
  );
}
