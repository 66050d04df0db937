import { api, body, Refusal, type Ticket } from '@xinglin/api';
import { dateIn, formatTime, useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button } from 'antd';
import { useState } from 'react';
import { useZone } from '../../app/session';
import { useNow } from '../../parts/moment';
import { Waiting } from '../../parts/states';
import { Booking } from '../visit/booking';
import { useServiceName } from '../visit/load';

interface ReceptionProps {
  patient: string;
  service: string;
  onTicket: (ticket: Ticket) => void;
}

type Asked = { appointment: string; service: string } | { patient: string; service: string };

/** What the desk does for somebody: check in for today's booking, or without one, or book for later. */
export function Reception({ patient, service, onTicket }: ReceptionProps) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const today = dateIn(useNow(), zone);
  const nameOf = useServiceName();
  const [booking, setBooking] = useState(false);
  const checkIn = useCheckIn(onTicket);
  const asked = useQuery({
    queryKey: ['appointments', patient],
    queryFn: () => body(api.GET('/api/scheduling/appointments', { params: { query: { patient } } })),
  });
  if (asked.isPending) return <Waiting rows={3} />;
  const now = asked.data?.filter(
    (one) => one.state === 'booked' && one.starts_at && dateIn(one.starts_at, zone) === today,
  );
  return (
    <>
      <h3>{t.desk.today}</h3>
      {now?.length === 0 && <p className="quiet">{t.desk.noneToday}</p>}
      <ul className="desk-rows">
        {now?.map((one) => (
          <li key={one.appointment} className="desk-row" data-testid="today">
            <span>
              {one.starts_at && formatTime(one.starts_at, language, zone).slice(0, 5)} {nameOf(one.service)}
            </span>
            <Button
              type="primary"
              loading={checkIn.isPending}
              onClick={() => checkIn.mutate({ appointment: one.appointment, service: one.service })}
            >
              {t.desk.checkIn}
            </Button>
          </li>
        ))}
      </ul>
      <div className="actions">
        <Button
          data-testid="walk-in"
          type={now?.length ? 'default' : 'primary'}
          loading={checkIn.isPending}
          onClick={() => checkIn.mutate({ patient, service })}
        >
          {t.desk.walkIn}
        </Button>
        <Button aria-expanded={booking} onClick={() => setBooking(!booking)}>
          {t.desk.book}
        </Button>
      </div>
      {booking && <Booking patient={patient} />}
    </>
  );
}

function useCheckIn(onTicket: (ticket: Ticket) => void) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ service, ...who }: Asked) => {
      const asked = 'appointment' in who ? who : { ...who, service };
      const entry = await body(api.POST('/api/queue/check-in', { body: asked }));
      return body(
        api.POST('/api/queue/services/{service}/entries/{encounter}/ticket', {
          params: { path: { service, encounter: entry.encounter } },
        }),
      );
    },
    onSuccess: (ticket) => {
      void message.success(t.desk.checkedIn);
      onTicket(ticket);
    },
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed, 8),
    onSettled: () => queries.invalidateQueries({ queryKey: ['appointments'] }),
  });
}
