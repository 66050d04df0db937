import { api, body, Refusal, type OnlineDepartment, type OnlineOptions } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useRef, useState } from 'react';
import { Link } from '../../app/router';
import { Moment } from '../../parts/moment';
import { Trouble, Waiting } from '../../parts/states';
import { useOnlineOptions } from './load';

/** Department, complaint, consent; what the rules refuse says what to do instead. */
export function Asking({ patient }: { patient: string }) {
  const { t } = useLanguage();
  const options = useOnlineOptions(patient);
  if (options.isPending) return <Waiting rows={4} />;
  if (!options.data) return <Trouble error={options.error} onRetry={() => void options.refetch()} />;
  if (options.data.departments.length === 0)
    return (
      <div className="notice" role="status" data-testid="first-visit">
        <h3>{t.online.firstTitle}</h3>
        <p>{t.online.firstWhat(options.data.months)}</p>
        <Link to="/visit">{t.visit.book}</Link>
      </div>
    );
  return <Form patient={patient} options={options.data} />;
}

function Form({ patient, options }: { patient: string; options: OnlineOptions }) {
  const { t, language } = useLanguage();
  const [chosen, setChosen] = useState(options.departments[0]?.service ?? '');
  const [toDoctor, setToDoctor] = useState(false);
  const [complaint, setComplaint] = useState('');
  const [guardian, setGuardian] = useState({ name: '', relation: '' });
  const [agreed, setAgreed] = useState(false);
  const key = useRef(crypto.randomUUID());
  const department = options.departments.find((one) => one.service === chosen);
  const ask = useMutation({
    mutationFn: () =>
      body(
        api.POST('/api/online-visits', {
          body: {
            patient,
            service: chosen,
            practitioner: toDoctor ? (department?.practitioner ?? null) : null,
            complaint: complaint.trim(),
            guardian: options.needs_guardian ? guardian : null,
            consent: options.consent.version,
            key: key.current,
          },
        }),
      ),
    onSuccess: (visit) => location.assign(`/online/${encodeURIComponent(visit.encounter)}`),
    onError: (error) => {
      if (error instanceof Refusal && error.status > 0) key.current = crypto.randomUUID();
    },
  });
  const hasGuardian = !options.needs_guardian || (guardian.name.trim() && guardian.relation.trim());
  return (
    <form
      className="online-asking"
      onSubmit={(event) => {
        event.preventDefault();
        ask.mutate();
      }}
    >
      <div className="choices" role="group" aria-label={t.visit.department}>
        {options.departments.map((one) => (
          <button
            key={one.service}
            type="button"
            className="choice visit-row"
            aria-pressed={one.service === chosen}
            onClick={() => setChosen(one.service)}
          >
            <strong>{language === 'en' ? one.name_en : one.name}</strong>
            <span>
              {t.online.lastSeen} <Moment at={one.last_seen} />
            </span>
          </button>
        ))}
      </div>
      {department?.practitioner_name && (
        <Who department={department} toDoctor={toDoctor} onChange={setToDoctor} />
      )}
      <label className="online-field">
        {t.online.complaintAsk}
        <textarea
          className="words"
          data-testid="complaint"
          value={complaint}
          maxLength={1000}
          rows={2}
          onChange={(event) => setComplaint(event.target.value)}
        />
      </label>
      {options.needs_guardian && (
        <fieldset className="online-guardian">
          <legend>{t.online.guardianAsk}</legend>
          <label className="online-field">
            {t.online.guardianName}
            <Input
              value={guardian.name}
              maxLength={100}
              onChange={(event) => setGuardian({ ...guardian, name: event.target.value })}
            />
          </label>
          <label className="online-field">
            {t.online.guardianRelation}
            <Input
              value={guardian.relation}
              maxLength={40}
              onChange={(event) => setGuardian({ ...guardian, relation: event.target.value })}
            />
          </label>
        </fieldset>
      )}
      <ConsentWords options={options} />
      <label className="online-agree">
        <input
          type="checkbox"
          data-testid="agree"
          checked={agreed}
          onChange={(event) => setAgreed(event.target.checked)}
        />
        {t.online.agree}
      </label>
      {ask.error && (
        <div className="online-refused" role="alert" data-testid="refused">
          {ask.error instanceof Refusal && ask.error.message ? ask.error.message : t.error.failed}
        </div>
      )}
      <Button
        type="primary"
        htmlType="submit"
        data-testid="ask"
        loading={ask.isPending}
        disabled={!agreed || complaint.trim().length < 2 || !hasGuardian}
      >
        {t.online.askNow}
      </Button>
    </form>
  );
}

interface WhoProps {
  department: OnlineDepartment;
  toDoctor: boolean;
  onChange: (toDoctor: boolean) => void;
}

function Who({ department, toDoctor, onChange }: WhoProps) {
  const { t } = useLanguage();
  return (
    <div className="choices" role="group" aria-label={t.online.who}>
      <button type="button" className="choice" aria-pressed={!toDoctor} onClick={() => onChange(false)}>
        {t.online.anyDoctor}
      </button>
      <button type="button" className="choice" aria-pressed={toDoctor} onClick={() => onChange(true)}>
        {t.online.sameDoctor(department.practitioner_name ?? '')}
      </button>
    </div>
  );
}

function ConsentWords({ options }: { options: OnlineOptions }) {
  const { t, language } = useLanguage();
  const lines = language === 'en' ? options.consent.en : options.consent.zh;
  return (
    <section className="online-consent" aria-labelledby="online-consent">
      <h3 id="online-consent">{t.online.consent}</h3>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </section>
  );
}
