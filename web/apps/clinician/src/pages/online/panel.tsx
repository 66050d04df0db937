import type { OnlineVisit } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
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
  if (!visit.data) return <Trouble error={visit.error} onRetry={() => void visit.refetch()} />;
  return <Panel visit={visit.data} />;
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
