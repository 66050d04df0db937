import { api, body, Refusal, type OnlineVisit } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button } from 'antd';
import '../../styles/online.css';
import { Trouble, Waiting } from '../../parts/states';
import { Chat } from './chat';
import { useVisitLine } from './line';
import { useOnlineVisit } from './load';
import { Video } from './video';

/** Beside the record, for the doctor: the patient's words and picture. */
export function OnlinePanel({ encounter }: { encounter: string }) {
  const visit = useOnlineVisit(encounter);
  if (visit.isPending) return <Waiting rows={4} />;
  if (visit.error instanceof Refusal && visit.error.status === 403) return <TakeOver encounter={encounter} />;
  if (!visit.data) return <Trouble error={visit.error} onRetry={() => void visit.refetch()} />;
  return <Panel visit={visit.data} />;
}

/** For a colleague who takes no part yet: the patient waits, and learns with whom they speak from then on. */
function TakeOver({ encounter }: { encounter: string }) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const take = useMutation({
    mutationFn: () => body(api.POST('/api/rooms/{encounter}/take-over', { params: { path: { encounter } } })),
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
    onSettled: () =>
      Promise.all([
        queries.resetQueries({ queryKey: ['online', encounter] }),
        queries.resetQueries({ queryKey: ['room', encounter] }),
      ]),
  });
  return (
    <section className="room-card online-panel" aria-labelledby="online-panel">
      <h2 id="online-panel">{t.online.title}</h2>
      <p>{t.online.colleague}</p>
      <Button data-testid="online-take-over" loading={take.isPending} onClick={() => take.mutate()}>
        {t.room.takeOver}
      </Button>
    </section>
  );
}

function Panel({ visit }: { visit: OnlineVisit }) {
  const { t } = useLanguage();
  const { line, isOtherHere } = useVisitLine(visit);
  return (
    <section className="room-card online-panel" aria-labelledby="online-panel" data-testid="online-panel">
      <header className="work-head">
        <h2 id="online-panel">{t.online.title}</h2>
        <span role="status" data-testid="presence">
          {isOtherHere ? t.online.patientHere : t.online.patientAway}
        </span>
      </header>
      <p>
        {t.online.complaint}: {visit.complaint}
      </p>
      {visit.guardian && <p>{t.online.withGuardian(visit.guardian)}</p>}
      {visit.is_open && <Video visit={visit} line={line} />}
      <Chat visit={visit} />
    </section>
  );
}
