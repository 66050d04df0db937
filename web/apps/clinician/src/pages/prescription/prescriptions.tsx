import { api, body, Refusal, type Prescription, type PrescriptionDetail } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Input, Segmented } from 'antd';
import { useState } from 'react';
import '../../styles/room.css';
import { useAddress } from '../../app/router';
import { Moment } from '../../parts/moment';
import { Age, sexWord } from '../../parts/person';
import { Flag } from '../../parts/result';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { FindingList } from '../room/findings';

const agesMs = 10_000;
type State = Prescription['state'];
type Step = 'approve' | 'return' | 'dispense' | 'take-back';
const states: State[] = ['review', 'ready', 'dispensed'];
const steps: Record<State, Step[]> = {
  review: ['approve', 'return'],
  ready: ['dispense'],
  dispensed: ['take-back'],
};
const needsReason: Step[] = ['return', 'take-back'];

/** For the pharmacist: what waits for review, for handing out, and what was handed out. */
export default function Prescriptions() {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const state = states.find((one) => one === address.get('state')) ?? 'review';
  const number = address.get('open');
  const list = useQuery({
    queryKey: ['prescriptions', state],
    queryFn: () => body(api.GET('/api/prescriptions', { params: { query: { state } } })),
    refetchInterval: agesMs,
  });
  return (
    <>
      <header className="page-head">
        <h1>{t.pharmacy.title}</h1>
        <Segmented
          name="state"
          aria-label={t.pharmacy.title}
          value={state}
          onChange={(chosen) => change({ state: chosen, open: '' })}
          options={states.map((one) => ({ value: one, label: t.pharmacy.states[one] }))}
        />
      </header>
      {list.isPending && <Waiting rows={6} />}
      {list.error && !list.data && <Trouble error={list.error} onRetry={() => void list.refetch()} />}
      {list.data?.length === 0 && !number && (
        <Empty title={t.pharmacy.emptyTitle} what={t.pharmacy.emptyWhat} />
      )}
      <div className="room-halves">
        <ul className="prescriptions" aria-label={t.pharmacy.list}>
          {list.data?.map((one) => (
            <li key={one.number}>
              <button
                type="button"
                aria-current={one.number === number || undefined}
                data-testid="prescription"
                onClick={() => change({ open: one.number })}
              >
                <strong>{one.name}</strong> <span>{one.lines.map((line) => line.name).join('、')}</span>
                <Moment at={one.issued_at} />
              </button>
            </li>
          ))}
        </ul>
        <div role="region" aria-label={t.pharmacy.detail}>
          {number ? (
            <Detail key={number} number={number} onDone={() => change({ open: '' })} />
          ) : (
            (list.data?.length ?? 0) > 0 && <p className="quiet">{t.pharmacy.choose}</p>
          )}
        </div>
      </div>
    </>
  );
}

function Detail({ number, onDone }: { number: string; onDone: () => void }) {
  const { t } = useLanguage();
  const detail = useQuery({
    queryKey: ['prescription', number],
    queryFn: () => body(api.GET('/api/prescriptions/{number}', { params: { path: { number } } })),
  });
  if (detail.isPending) return <Waiting rows={8} />;
  if (!detail.data) return <Trouble error={detail.error} onRetry={() => void detail.refetch()} />;
  const one = detail.data;
  return (
    <article className="room-card prescription" data-testid="prescription-detail">
      <header className="work-head">
        <h2>
          {one.name} {sexWord(t, one.sex)} <Age birthDate={one.birth_date} />
        </h2>
        <Allergies one={one} />
      </header>
      <dl>
        <dt>{t.pharmacy.diagnoses}</dt>
        <dd>{one.diagnoses.join('、') || '–'}</dd>
        <dt>{t.pharmacy.prescriber}</dt>
        <dd>{one.prescriber}</dd>
        <dt>{t.pharmacy.issued}</dt>
        <dd>
          <Moment at={one.issued_at} />
        </dd>
      </dl>
      <h3>{t.pharmacy.lines}</h3>
      <ol className="prescription-lines">
        {one.lines.map((line) => (
          <li key={line.request}>
            <strong>{line.name}</strong>{' '}
            {t.pharmacy.directions(
              line.dose === null
                ? '?'
                : `${String(line.dose)} ${line.unit === '{piece}' ? t.room.piece : line.unit}`,
              line.times_per_day === null ? '?' : String(line.times_per_day),
              line.days === null ? '?' : String(line.days),
            )}{' '}
            <b className="num">{line.quantity}</b>
          </li>
        ))}
      </ol>
      <h3>{t.pharmacy.findings}</h3>
      {one.findings.length === 0 && <p className="quiet">{t.room.noFindings}</p>}
      <FindingList findings={one.findings} />
      {one.delivery && (
        <p data-testid="delivery">
          <strong>{t.online.delivery}</strong>: {t.online.ways[one.delivery.how]}{' '}
          {[one.delivery.address, one.delivery.phone].filter(Boolean).join(' · ')}
        </p>
      )}
      {one.overrides.length > 0 && <h3>{t.pharmacy.overrides}</h3>}
      <ul className="overrides">
        {one.overrides.map((said) => (
          <li key={said.finding}>
            “{said.reason}” — {said.by}
          </li>
        ))}
      </ul>
      <Acts one={one} onDone={onDone} />
    </article>
  );
}

function Allergies({ one }: { one: PrescriptionDetail }) {
  const { t } = useLanguage();
  if (one.allergies === null) return <Flag severity="act" word={t.pharmacy.allergiesUnasked} />;
  if (one.allergies.length === 0) return <span className="quiet">{t.pharmacy.allergiesNone}</span>;
  return <Flag severity="critical" word={`${t.pharmacy.allergies}: ${one.allergies.join('、')}`} />;
}

function Acts({ one, onDone }: { one: PrescriptionDetail; onDone: () => void }) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const act = useMutation({
    mutationFn: (step: Step) =>
      body(
        api.POST('/api/prescriptions/{number}/{step}', {
          params: { path: { number: one.number, step } },
          body: { reason },
        }),
      ),
    onSuccess: (_, step) => {
      void message.success(t.pharmacy.done[step]);
      onDone();
    },
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ['prescription', one.number] });
      return queries.invalidateQueries({ queryKey: ['prescriptions'] });
    },
  });
  const asked = steps[one.state];
  return (
    <div className="prescription-acts">
      {asked.some((step) => needsReason.includes(step)) && (
        <Input
          aria-label={t.pharmacy.reason}
          placeholder={t.pharmacy.reason}
          value={reason}
          maxLength={1000}
          onChange={(event) => setReason(event.target.value)}
        />
      )}
      {asked.map((step, place) => (
        <Button
          key={step}
          type={place === 0 && !needsReason.includes(step) ? 'primary' : 'default'}
          data-testid={`step-${step}`}
          disabled={act.isPending || (needsReason.includes(step) && !reason.trim())}
          title={needsReason.includes(step) ? t.pharmacy.reasonNeeded : undefined}
          onClick={() => act.mutate(step)}
        >
          {t.pharmacy.steps[step]}
        </Button>
      ))}
    </div>
  );
}
