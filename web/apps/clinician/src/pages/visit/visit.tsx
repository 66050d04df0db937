import { api, Refusal, type Appointment, type Visit as Now } from '@xinglin/api';
import { formatAbsolute, formatTime, useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Popconfirm } from 'antd';
import { useState } from 'react';
import '../../styles/consent.css';
import '../../styles/emergency.css';
import '../../styles/visit.css';
import { Link, useAddress } from '../../app/router';
import { useSession, useZone } from '../../app/session';
import { Family, PatientName } from '../../parts/family';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { TestsFirst } from './ahead';
import { Booking } from './booking';
import { useAppointments, useServiceName, useToday } from './load';
import { Waits } from './waits';

/** For patients: the next step of my visit with its wait, my appointments, and booking for me and my family. */
export default function Visit() {
  const { t } = useLanguage();
  const { patients } = useSession();
  const [chosen, setChosen] = useState(patients[0]);
  if (!chosen) return <Empty title={t.visit.noPatient} what={t.visit.noPatientWhat} />;
  return (
    <div className="for-patients">
      <h1>{t.visit.title}</h1>
      <TestsFirst />
      <Today />
      <Waits />
      <Coming />
      <Link to="/online" className="choice visit-ask">
        {t.online.entrance}
      </Link>
      <Link to="/follow-ups" className="choice visit-ask">
        {t.followUps.entrance}
      </Link>
      <Link to="/timeline" className="choice visit-ask">
        {t.sharedTimeline.title}
      </Link>
      <section>
        <h2>{t.visit.book}</h2>
        <Family label={t.visit.whose} patients={patients} chosen={chosen} onChoose={setChosen} />
        <Booking patient={chosen} />
      </section>
    </div>
  );
}

function Today() {
  const { t } = useLanguage();
  const visits = useToday();
  if (visits.isPending) return <Waiting rows={3} />;
  if (!visits.data) return <Trouble error={visits.error} onRetry={() => void visits.refetch()} />;
  if (visits.data.length === 0) return null;
  return (
    <section>
      <h2>{t.visit.today}</h2>
      <ul className="visit-list">
        {visits.data.map((one) => (
          <li key={one.encounter ?? one.appointment} className="visit-now" data-testid="visit-now">
            <NextStep visit={one} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function NextStep({ visit }: { visit: Now }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const nameOf = useServiceName();
  const clock = (at: string) => formatTime(at, language, zone).slice(0, 5);
  return (
    <>
      <span>
        {nameOf(visit.service)} · <PatientName id={visit.patient} />
        {visit.starts_at && ` · ${clock(visit.starts_at)}`}
      </span>
      <strong>
        {visit.number !== null && `${t.visit.number(visit.number)} · `}
        {t.visit.states[visit.state]}
      </strong>
      {visit.state === 'called' && visit.room && <span>{t.visit.room(visit.room)}</span>}
      {visit.ahead !== null && visit.state === 'waiting' && <span>{t.visit.ahead(visit.ahead)}</span>}
      {visit.wait && <span>{t.visit.wait(visit.wait.likely, visit.wait.low, visit.wait.high)}</span>}
      {visit.leave_home_at && <span>{t.visit.leave(clock(visit.leave_home_at))}</span>}
      {!visit.is_online && (
        <Link className="choice visit-ask" to={`/navigate?service=${encodeURIComponent(visit.service)}`}>
          {t.space.toThere}
        </Link>
      )}
      {visit.is_online && visit.encounter && (
        <a className="choice visit-ask" href={`/online/${encodeURIComponent(visit.encounter)}`}>
          {t.online.title}
        </a>
      )}
      {visit.state === 'expected' && visit.appointment && <CheckIn appointment={visit.appointment} />}
    </>
  );
}

/** The code at the entrance opens this page with the place in its address. */
function CheckIn({ appointment }: { appointment: string }) {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const token = address.get('place');
  const checkIn = useMutation({
    mutationFn: () => api.POST('/api/queue/check-in', { body: { appointment, token } }),
    onSuccess: () => {
      void message.success(t.visit.checkedIn);
      change({ place: '' });
    },
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
    onSettled: () => queries.invalidateQueries({ queryKey: ['visits'] }),
  });
  if (!token) return <span>{t.visit.scan}</span>;
  return (
    <Button type="primary" loading={checkIn.isPending} onClick={() => checkIn.mutate()}>
      {t.visit.checkIn}
    </Button>
  );
}

function Coming() {
  const { t } = useLanguage();
  const appointments = useAppointments();
  if (!appointments.data) return null;
  return (
    <section>
      <h2>{t.visit.coming}</h2>
      {appointments.data.length === 0 && <p>{t.visit.none}</p>}
      <ul className="visit-list">
        {appointments.data.map((one) => (
          <li key={one.appointment} className="card visit-row" data-testid="appointment">
            <One appointment={one} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function One({ appointment }: { appointment: Appointment }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const nameOf = useServiceName();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () =>
      api.POST('/api/scheduling/appointments/{appointment_id}/cancel', {
        params: { path: { appointment_id: appointment.appointment } },
        body: { reason: '' },
      }),
    onSuccess: () => void message.success(t.visit.cancelled),
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <>
      <span>
        <strong>{nameOf(appointment.service)}</strong>
        <br />
        {appointment.starts_at && formatAbsolute(appointment.starts_at, language, zone).slice(0, -3)}
        {' · '}
        <PatientName id={appointment.patient} />
      </span>
      <Popconfirm
        title={t.visit.cancelTitle}
        description={t.visit.cancelWhat}
        okText={t.visit.cancel}
        cancelText={t.visit.keep}
        okButtonProps={{ danger: true }}
        onConfirm={() => cancel.mutate()}
      >
        <Button loading={cancel.isPending}>{t.visit.cancel}</Button>
      </Popconfirm>
    </>
  );
}
