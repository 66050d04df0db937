import { Refusal } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { App as Feedback, Button } from 'antd';
import { useState } from 'react';
import { useZone } from '../../app/session';
import type { Consent } from '../../fhir/consent';
import { useWithdrawing } from './load';
import { tell } from './words';

/** One decision in words; an active one can be withdrawn, which is asked once, in place. */
export function Decision({ patient, consent }: { patient: string; consent: Consent }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const { title, lines } = tell(consent, { t, language, zone });
  return (
    <>
      <h3>{title}</h3>
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {consent.status === 'active' && <Withdraw patient={patient} consent={consent} title={title} />}
    </>
  );
}

function Withdraw({ patient, consent, title }: { patient: string; consent: Consent; title: string }) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const [asking, setAsking] = useState(false);
  const withdrawing = useWithdrawing(patient, () => void message.success(t.consent.withdrawn, 6));
  if (!asking)
    return (
      <Button size="large" onClick={() => setAsking(true)} aria-label={`${t.consent.withdraw}: ${title}`}>
        {t.consent.withdraw}
      </Button>
    );
  const failure = withdrawing.error;
  const changed = failure instanceof Refusal && (failure.status === 412 || failure.status === 409);
  return (
    <div className="asking" role="group" aria-label={t.consent.withdrawTitle}>
      <b>{t.consent.withdrawTitle}</b>
      <p>{t.consent.withdrawWhat}</p>
      {failure && (
        <p role="alert" className="field-error">
          {changed ? t.consent.changed : failure.message || t.error.unreachable}
        </p>
      )}
      <div className="actions">
        <Button
          type="primary"
          size="large"
          autoFocus
          loading={withdrawing.isPending}
          onClick={() => withdrawing.mutate(consent)}
        >
          {t.consent.withdraw}
        </Button>
        <Button size="large" onClick={() => setAsking(false)}>
          {t.consent.keep}
        </Button>
      </div>
    </div>
  );
}
