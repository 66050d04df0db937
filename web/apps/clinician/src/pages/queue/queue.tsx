import { api, body, Refusal, type QueueEntry } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Input, Select } from 'antd';
import '../../styles/devices.css';
import '../../styles/stacked.css';
import '../../styles/visit.css';
import { useRefresh } from '../../app/refresh';
import { Link, navigate, useAddress } from '../../app/router';
import { useSession } from '../../app/session';
import { Moment } from '../../parts/moment';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { useServices } from '../visit/load';

const agesMs = 30_000;
const restMs = 1_000;
type Step = 'start' | 'recall' | 'skip' | 'pause' | 'back' | 'finish' | 'leave';

const steps: Record<QueueEntry['state'], Step[]> = {
  waiting: ['leave'],
  called: ['start', 'recall', 'skip'],
  in_room: ['finish', 'pause'],
  at_tests: ['back', 'finish'],
  skipped: ['recall', 'back', 'leave'],
  finished: [],
  left: [],
};

/** For the doctor and the desk: who is next in front of the door, how long each waits, and calling them. */
export default function Queue() {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const { units } = useSession();
  const services = useServices();
  const own = services.data?.find((one) => one.unit !== null && units.includes(one.unit));
  const service = address.get('service') ?? own?.service ?? services.data?.[0]?.service ?? null;
  if (services.isPending) return <Waiting rows={6} />;
  if (!services.data) return <Trouble error={services.error} onRetry={() => void services.refetch()} />;
  if (!service) return <Empty title={t.queue.noneTitle} what={t.queue.noneWhat} />;
  return (
    <>
      <header className="page-head">
        <h1>{t.queue.title}</h1>
        <div className="page-acts">
          <Select
            aria-label={t.queue.department}
            value={service}
            onChange={(value) => change({ service: value })}
            options={services.data.map((one) => ({ value: one.service, label: one.name }))}
            popupMatchSelectWidth={false}
          />
          <Call service={service} />
          <Link to={`/screen/${encodeURIComponent(service)}`}>{t.queue.screen}</Link>
        </div>
      </header>
      <Line key={service} service={service} />
    </>
  );
}

function Call({ service }: { service: string }) {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const room = address.get('room') ?? '';
  const call = useMutation({
    mutationFn: async () =>
      (
        await api.POST('/api/queue/services/{service}/call', {
          params: { path: { service } },
          body: { room },
        })
      ).data,
    onSuccess: (called) =>
      void (called
        ? message.success(t.queue.called(called.number, called.name))
        : message.info(t.queue.nobody)),
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
    onSettled: () => queries.invalidateQueries({ queryKey: ['queue'] }),
  });
  return (
    <>
      <Input
        className="queue-room"
        aria-label={t.queue.room}
        placeholder={t.queue.room}
        value={room}
        onChange={(event) => change({ room: event.target.value })}
      />
      <Button type="primary" loading={call.isPending} onClick={() => call.mutate()}>
        {t.queue.call}
      </Button>
    </>
  );
}

function Line({ service }: { service: string }) {
  const { t } = useLanguage();
  const queue = useQuery({
    queryKey: ['queue', service],
    queryFn: () => body(api.GET('/api/queue/services/{service}', { params: { path: { service } } })),
    refetchInterval: agesMs,
  });
  useRefresh(
    (change) => change.name === 'queue.estimated' && change.key === `HealthcareService/${service}`,
    () => void queue.refetch(),
    restMs,
  );
  if (queue.isPending) return <Waiting rows={6} />;
  if (!queue.data) return <Trouble error={queue.error} onRetry={() => void queue.refetch()} />;
  const heads = t.queue.heads;
  return (
    <>
      {queue.data.expected > 0 && <p>{t.queue.expected(queue.data.expected)}</p>}
      {queue.data.entries.length === 0 && <Empty title={t.queue.emptyTitle} what={t.queue.emptyWhat} />}
      {queue.data.entries.length > 0 && (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={t.queue.tableLabel}>
          <table className="dense stacked">
            <caption className="unseen">{t.queue.tableLabel}</caption>
            <thead>
              <tr>
                {[heads.number, heads.name, heads.state, heads.arrived, heads.wait, t.queue.act].map(
                  (head) => (
                    <th key={head} scope="col">
                      {head}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {queue.data.entries.map((entry) => (
                <Row key={entry.encounter} entry={entry} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function Row({ entry }: { entry: QueueEntry }) {
  const { t } = useLanguage();
  const heads = t.queue.heads;
  return (
    <tr data-testid="queue-entry">
      <td data-head={heads.number}>{entry.number}</td>
      <th scope="row">
        <Link to={`/patients/${encodeURIComponent(entry.patient)}`}>{entry.name}</Link>
        {entry.is_online && <small className="flag flag-normal">{t.online.tag}</small>}
        {entry.triage !== null && <small>{t.queue.urgent(entry.triage)}</small>}
      </th>
      <td data-head={heads.state}>{t.visit.states[entry.state]}</td>
      <td data-head={heads.arrived}>
        <Moment at={entry.arrived_at} />
      </td>
      <td data-head={heads.wait}>
        {entry.wait && t.queue.minutes(entry.wait.likely, entry.wait.low, entry.wait.high)}
      </td>
      <td>
        <Acts entry={entry} />
      </td>
    </tr>
  );
}

/** A visit from home is loaded anew: its document may use the camera. */
function RoomLink({ to, isOnline }: { to: string; isOnline: boolean }) {
  const { t } = useLanguage();
  return isOnline ? <a href={to}>{t.room.open}</a> : <Link to={to}>{t.room.open}</Link>;
}

function Acts({ entry }: { entry: QueueEntry }) {
  const { t } = useLanguage();
  const consults = useSession().roles.includes('physician');
  const room = `/rooms/${encodeURIComponent(entry.encounter)}`;
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: (step: Step) =>
      api.POST('/api/queue/entries/{encounter}/{step}', {
        params: { path: { encounter: entry.encounter, step } },
      }),
    onSuccess: (_, step) => {
      if (step !== 'start' || !consults) return;
      if (entry.is_online) location.assign(room);
      else navigate(room);
    },
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
    onSettled: () => queries.invalidateQueries({ queryKey: ['queue'] }),
  });
  return (
    <div className="queue-acts">
      {consults && (entry.state === 'in_room' || entry.state === 'at_tests') && (
        <RoomLink to={room} isOnline={entry.is_online} />
      )}
      {steps[entry.state].map((step) => (
        <Button key={step} size="small" disabled={act.isPending} onClick={() => act.mutate(step)}>
          {t.queue.steps[step]}
        </Button>
      ))}
    </div>
  );
}
