import { api, body, Refusal, type OnlineVisit } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation } from '@tanstack/react-query';
import { App as Feedback, Button, Popconfirm } from 'antd';
import '../../styles/consent.css';
import '../../styles/emergency.css';
import '../../styles/online.css';
import '../../styles/visit.css';
import { Link } from '../../app/router';
import { Trouble, Waiting } from '../../parts/states';
import { useToday } from '../visit/load';
import { Chat } from './chat';
import { Delivery } from './delivery';
import { useVisitLine } from './line';
import { useOnlineVisit, useShow } from './load';
import { Video } from './video';

/** My online visit: where it stands, the doctor's words and picture, and mine. */
export default function VisitFromHome({ encounter }: { encounter: string }) {
  const visit = useOnlineVisit(encounter);
  if (visit.isPending) return <Waiting rows={8} />;
  if (!visit.data) return <Trouble error={visit.error} onRetry={() => void visit.refetch()} />;
  return <Opened visit={visit.data} />;
}

function Opened({ visit }: { visit: OnlineVisit }) {
  const { t } = useLanguage();
  const { line, isOtherHere } = useVisitLine(visit);
  const isWithDoctor = visit.state === 'in_room' || visit.state === 'called';
  return (
    <div className="for-patients from-home">
      <h1>{t.online.title}</h1>
      <div className="visit-now" role="status" data-testid="standing" data-state={visit.state}>
        <span>
          {visit.department} · {visit.patient_name}
        </span>
        <strong>{visit.is_open ? t.online.states[visit.state] : t.online.over}</strong>
        {visit.state === 'waiting' && visit.is_open && <Wait encounter={visit.encounter} />}
        {isWithDoctor && visit.is_open && (
          <span data-testid="presence">
            {visit.doctors.at(-1)} · {isOtherHere ? t.online.doctorHere : t.online.doctorAway}
          </span>
        )}
      </div>
      {visit.is_open && <p className="online-danger">{t.online.danger}</p>}
      {visit.is_open && isWithDoctor && <Video visit={visit} line={line} />}
      <Chat visit={visit} />
      <Delivery visit={visit} />
      {visit.is_open ? <End visit={visit} /> : <Link to="/visit">{t.online.toVisits}</Link>}
    </div>
  );
}

function Wait({ encounter }: { encounter: string }) {
  const { t } = useLanguage();
  const today = useToday();
  const mine = today.data?.find((one) => one.encounter === encounter);
  if (!mine) return null;
  return (
    <>
      {mine.ahead !== null && <span>{t.visit.ahead(mine.ahead)}</span>}
      {mine.wait && <span>{t.visit.wait(mine.wait.likely, mine.wait.low, mine.wait.high)}</span>}
      <span>{t.online.meanwhile}</span>
    </>
  );
}

function End({ visit }: { visit: OnlineVisit }) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const show = useShow(visit.encounter);
  const end = useMutation({
    mutationFn: () =>
      body(
        api.POST('/api/online-visits/{encounter}/end', { params: { path: { encounter: visit.encounter } } }),
      ),
    onSuccess: show,
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
  });
  return (
    <Popconfirm
      title={t.online.endTitle}
      description={t.online.endWhat}
      okText={t.online.end}
      cancelText={t.visit.keep}
      onConfirm={() => end.mutate()}
    >
      <Button data-testid="end" loading={end.isPending}>
        {t.online.end}
      </Button>
    </Popconfirm>
  );
}
