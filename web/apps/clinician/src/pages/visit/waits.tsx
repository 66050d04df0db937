import { api, body, Refusal, type Appointment } from '@xinglin/api';
import { formatAbsolute, formatTime, useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button } from 'antd';
import { useZone } from '../../app/session';
import { PatientName } from '../../parts/family';
import { useServiceName } from './load';

const agesMs = 15_000;
const daysAhead = 7;
const dayMs = 86_400_000;

/** Where I wait for a place, and places that are held for me. */
export function Waits() {
  const { t } = useLanguage();
  const asked = useQuery({
    queryKey: ['appointments', 'waits'],
    queryFn: async () =>
      (await body(api.GET('/api/scheduling/appointments'))).filter(
        (one) => one.state === 'waiting' || one.state === 'offered',
      ),
    refetchInterval: agesMs,
  });
  if (!asked.data?.length) return null;
  return (
    <section>
      <h2>{t.waiting.title}</h2>
      <ul className="visit-list">
        {asked.data.map((one) => (
          <li key={one.appointment} className="visit-now" data-testid="wait" data-state={one.state}>
            <One one={one} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function One({ one }: { one: Appointment }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const nameOf = useServiceName();
  const answer = useAnswer(one.appointment);
  const offered = one.state === 'offered' && one.starts_at;
  return (
    <>
      <span>
        {nameOf(one.service)} · <PatientName id={one.patient} />
      </span>
      <strong>
        {offered
          ? t.waiting.offered(formatAbsolute(offered, language, zone).slice(0, -3))
          : t.waiting.waiting(one.from_day ?? '', one.to_day ?? '')}
      </strong>
      {offered && one.offer_until && (
        <span>{t.waiting.until(formatTime(one.offer_until, language, zone).slice(0, 5))}</span>
      )}
      <div className="waits-acts">
        {offered && (
          <Button
            type="primary"
            data-testid="accept"
            loading={answer.isPending}
            onClick={() => answer.mutate('accept')}
          >
            {t.waiting.accept}
          </Button>
        )}
        <Button data-testid="leave" disabled={answer.isPending} onClick={() => answer.mutate('leave')}>
          {t.waiting.leave}
        </Button>
      </div>
    </>
  );
}

function useAnswer(appointment: string) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const params = { path: { appointment_id: appointment } };
  return useMutation({
    mutationFn: (what: 'accept' | 'leave') =>
      what === 'accept'
        ? api.POST('/api/scheduling/waitlist/{appointment_id}/accept', { params })
        : api.POST('/api/scheduling/waitlist/{appointment_id}/leave', { params }),
    onSuccess: (_, what) => void message.success(what === 'accept' ? t.waiting.accepted : t.waiting.left),
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
    onSettled: () => queries.invalidateQueries(),
  });
}

/** Where no place is free: be told of the first one that is. */
export function Join({ service, patient, today }: { service: string; patient: string; today: string }) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const last = new Date(Date.parse(`${today}T00:00:00Z`) + daysAhead * dayMs).toISOString().slice(0, 10);
  const join = useMutation({
    mutationFn: () =>
      api.POST('/api/scheduling/waitlist', { body: { patient, service, from_day: today, to_day: last } }),
    onSuccess: () => void message.success(t.waiting.joined),
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Button className="visit-back" data-testid="join" loading={join.isPending} onClick={() => join.mutate()}>
      {t.waiting.join}
    </Button>
  );
}
