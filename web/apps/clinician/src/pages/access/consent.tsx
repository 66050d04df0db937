import { api, body, type Asked } from '@xinglin/api';
import { useLanguage, type Catalogue } from '@xinglin/i18n';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Input } from 'antd';
import { useState } from 'react';
import '../../styles/access.css';
import { Refused } from '../../access/field';
import { useSettled } from '../../app/finder';
import { useAddress } from '../../app/router';
import { useSession } from '../../app/session';
import { lineOf } from '../../fhir/person';
import { findPatients } from '../../fhir/search';
import { useNow } from '../../parts/moment';
import { Trouble, Waiting } from '../../parts/states';
import { Card } from '../sign-in';

/** Asks whether a program may what it wants, and about whom. */
export default function Consent() {
  const { t } = useLanguage();
  const [address] = useAddress();
  const request = address.get('request') ?? '';
  const asked = useQuery({
    queryKey: ['consent', request],
    queryFn: async () => {
      const found = await body(api.POST('/api/oauth/request', { body: { request } }));
      if (found.location) location.replace(found.location);
      return found;
    },
    retry: false,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
  const title = asked.data?.client ? t.access.consentTitle(asked.data.client) : t.access.returning;
  return (
    <Card title={title}>
      {asked.isPending && <Waiting rows={5} />}
      {asked.error && <Trouble error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.data?.location && <p role="status">{t.access.returning}</p>}
      {asked.data && !asked.data.location && <Question asked={asked.data} request={request} />}
    </Card>
  );
}

function Question({ asked, request }: { asked: Asked; request: string }) {
  const { t } = useLanguage();
  const session = useSession();
  const every = [...asked.resources.map((one) => one.scope), ...asked.others];
  const [scopes, setScopes] = useState(every);
  const only = asked.own_patients.length === 1 ? asked.own_patients[0] : undefined;
  const [patient, setPatient] = useState(asked.patient ?? only ?? null);
  const decide = useMutation({
    mutationFn: (allow: boolean) =>
      body(
        api.POST('/api/oauth/decision', { body: { request, allow, scopes: allow ? scopes : [], patient } }),
      ),
    onSuccess: ({ location: to }) => location.replace(to),
  });
  const toggle = (scope: string, on: boolean) =>
    setScopes(every.filter((one) => (one === scope ? on : scopes.includes(one))));
  const missing = asked.wants_patient && !patient;
  return (
    <>
      <h1>{t.access.consentTitle(asked.client)}</h1>
      <p className="quiet">
        {t.access.consentAs(session.name)} · {t.access.consentTo(asked.redirect_host)}
      </p>
      <h2>{t.access.consentMay}</h2>
      <ul className="consent-scopes">
        {asked.resources.map((one) => (
          <li key={one.scope}>
            <Checkbox
              checked={scopes.includes(one.scope)}
              onChange={(event) => toggle(one.scope, event.target.checked)}
            >
              {inWords(t, one)}
              <code>{one.scope}</code>
            </Checkbox>
          </li>
        ))}
        {asked.others.map((one) => (
          <li key={one}>
            <Checkbox checked={scopes.includes(one)} onChange={(event) => toggle(one, event.target.checked)}>
              {t.access.others[one] ?? one}
            </Checkbox>
          </li>
        ))}
      </ul>
      {asked.wants_patient && <PatientPicker asked={asked} patient={patient} onPatient={setPatient} />}
      <Refused error={decide.error} />
      {missing && <p className="quiet">{t.access.consentPatientWanted}</p>}
      <div className="consent-answer">
        <Button
          type="primary"
          size="large"
          disabled={missing || scopes.length === 0}
          loading={decide.isPending || decide.isSuccess}
          onClick={() => decide.mutate(true)}
          data-testid="allow"
        >
          {t.access.allow}
        </Button>
        <Button size="large" onClick={() => decide.mutate(false)} data-testid="deny">
          {t.access.deny}
        </Button>
      </div>
    </>
  );
}

function inWords(t: Catalogue, scope: Asked['resources'][number]): string {
  const may = Array.from(scope.permissions, (one) => t.access.permissions[one] ?? one).join(t.access.join);
  const type = scope.type === '*' ? t.access.everyType : scope.type;
  const words = t.access.may(may, t.access.levels[scope.level] ?? scope.level, type);
  return scope.narrowed_by ? `${words} (${t.access.narrowed(scope.narrowed_by)})` : words;
}

const wordsOf = (line: { name: string; details: string }) => `${line.name} · ${line.details}`;

interface PatientPickerProps {
  asked: Asked;
  patient: string | null;
  onPatient: (id: string) => void;
}

function PatientPicker({ asked, patient, onPatient }: PatientPickerProps) {
  const { t } = useLanguage();
  const now = useNow();
  const [text, setText] = useState('');
  const wanted = useSettled(text.trim(), 200);
  const found = useQuery({
    queryKey: ['patient-picker', wanted],
    queryFn: () => findPatients(wanted, 8),
    enabled: !asked.patient && !asked.only_own && wanted.length > 0,
  });
  if (asked.patient) {
    return (
      <p>
        <strong>{t.access.consentPatientFixed(asked.patient)}</strong>
      </p>
    );
  }
  const choices = asked.only_own
    ? asked.own_patients.map((id) => ({ id, words: t.access.consentPatientFixed(id) }))
    : (found.data ?? []).map((one) => ({ id: one.id, words: wordsOf(lineOf(t, one, now)) }));
  return (
    <fieldset className="picker">
      <legend>{t.access.consentPatient}</legend>
      {!asked.only_own && (
        <Input
          size="large"
          aria-label={t.access.consentPatientSearch}
          placeholder={t.access.consentPatientSearch}
          value={text}
          onChange={(event) => setText(event.target.value)}
          data-testid="pick-patient"
        />
      )}
      {found.data?.length === 0 && <p role="status">{t.access.consentPatientNone}</p>}
      {choices.map(({ id, words }) => (
        <label key={id} className="choice">
          <input type="radio" name="patient" checked={patient === id} onChange={() => onPatient(id)} />
          <span>{words}</span>
        </label>
      ))}
    </fieldset>
  );
}
