import { useLanguage } from '@xinglin/i18n';
import { App as Feedback, Button } from 'antd';
import { useState, type SubmitEvent } from 'react';
import { onlyCare, oneDoctor, sensitiveClosed, type Consent, type Doctor } from '../../fhir/consent';
import { Workspace } from '../../parts/workspace';
import { DoctorPicker } from './doctor_picker';
import { useDeciding } from './load';

export type Choice = 'careOnly' | 'doctor' | 'sensitive';
type Span = 'month' | 'year' | 'always';
const spans: readonly Span[] = ['month', 'year', 'always'];
const days: Record<Span, number | null> = { month: 30, year: 365, always: null };
const dayMs = 86_400_000;

interface DecidingProps {
  choice: Choice;
  patient: string;
  onClose: () => void;
}

/** Makes one decision: what it means, what it costs, and whom it names. */
export function Deciding({ choice, patient, onClose }: DecidingProps) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const [doctors, setDoctors] = useState<Doctor[]>([]);
  const [span, setSpan] = useState<Span>('month');
  const [tried, setTried] = useState(false);
  const deciding = useDeciding(patient, () => {
    void message.success(`${t.consent.saved}. ${t.consent.savedWhat}`, 6);
    onClose();
  });
  const missing = choice === 'doctor' && doctors.length === 0;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (!missing) deciding.mutate(made(choice, patient, doctors, span));
  };
  const note = { careOnly: t.consent.careOnlyNote, doctor: '', sensitive: t.consent.sensitiveNote }[choice];
  return (
    <Workspace title={t.consent[choice]} onClose={onClose}>
      <form className="stacked for-patients" onSubmit={submit} noValidate>
        <p>{t.consent[`${choice}What`]}</p>
        {note && <p className="careful">{note}</p>}
        {choice !== 'careOnly' && (
          <DoctorPicker
            label={choice === 'doctor' ? t.consent.doctorFind : t.consent.sensitiveDoctors}
            several={choice === 'sensitive'}
            chosen={doctors}
            onChoose={setDoctors}
          />
        )}
        {choice === 'doctor' && <Durations span={span} onChange={setSpan} />}
        {tried && missing && (
          <p role="alert" className="field-error">
            {t.consent.doctorChoose}
          </p>
        )}
        {deciding.error && (
          <p role="alert" className="field-error">
            {deciding.error.message || t.error.unreachable}
          </p>
        )}
        <Button type="primary" htmlType="submit" size="large" block loading={deciding.isPending}>
          {t.consent.do}
        </Button>
      </form>
    </Workspace>
  );
}

function made(choice: Choice, patient: string, doctors: Doctor[], span: Span): Consent {
  const now = new Date();
  const at = now.toISOString();
  const [first] = doctors;
  if (choice === 'doctor' && first) {
    const lasts = days[span];
    const until = lasts === null ? null : new Date(now.getTime() + lasts * dayMs).toISOString();
    return oneDoctor(patient, at, first, until);
  }
  return choice === 'sensitive' ? sensitiveClosed(patient, at, doctors) : onlyCare(patient, at);
}

function Durations({ span, onChange }: { span: Span; onChange: (span: Span) => void }) {
  const { t } = useLanguage();
  return (
    <fieldset className="durations">
      <legend>{t.consent.duration}</legend>
      {spans.map((one) => (
        <label key={one}>
          <input type="radio" name="span" checked={span === one} onChange={() => onChange(one)} />
          {t.consent.durations[one]}
        </label>
      ))}
    </fieldset>
  );
}
