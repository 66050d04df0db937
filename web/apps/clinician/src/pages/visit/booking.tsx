import { api, Refusal, type BookableSlot } from '@xinglin/api';
import { formatDay, formatTime, useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button } from 'antd';
import { useRef, useState } from 'react';
import { useZone } from '../../app/session';
import { Trouble, Waiting } from '../../parts/states';
import { useServices, useSlots } from './load';

/** Department, then time: the second press books. */
export function Booking({ patient }: { patient: string }) {
  const { t } = useLanguage();
  const services = useServices();
  const [service, setService] = useState<string | null>(null);
  if (services.isPending) return <Waiting rows={3} />;
  if (!services.data) return <Trouble error={services.error} onRetry={() => void services.refetch()} />;
  if (service) return <Times service={service} patient={patient} onBack={() => setService(null)} />;
  return (
    <>
      <h3>{t.visit.department}</h3>
      {services.data.length === 0 && <p>{t.visit.noDepartments}</p>}
      <div className="choices">
        {services.data.map((one) => (
          <button
            key={one.service}
            type="button"
            className="choice visit-row"
            onClick={() => setService(one.service)}
          >
            <span>{one.name}</span>
            <span>{t.visit.free(one.free)}</span>
          </button>
        ))}
      </div>
    </>
  );
}

interface TimesProps {
  service: string;
  patient: string;
  onBack: () => void;
}

function Times({ service, patient, onBack }: TimesProps) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const slots = useSlots(service);
  const book = useBooking(service, patient, onBack);
  if (slots.isPending) return <Waiting rows={4} />;
  if (!slots.data) return <Trouble error={slots.error} onRetry={() => void slots.refetch()} />;
  const open = slots.data.filter((one) => one.is_open);
  const days = [...new Set(open.map((one) => one.day))];
  return (
    <>
      <Button onClick={onBack}>{t.visit.back}</Button>
      <h3>{t.visit.time}</h3>
      {days.length === 0 && <p>{t.visit.noTimes}</p>}
      {days.map((day) => (
        <div key={day} className="visit-day">
          <p>{formatDay(day, language, zone)}</p>
          <div className="visit-times">
            {open
              .filter((one) => one.day === day)
              .map((one) => (
                <button
                  key={one.slot}
                  type="button"
                  className="choice"
                  data-testid="slot"
                  disabled={one.free === 0 || book.isPending}
                  onClick={() => book.mutate(one)}
                >
                  <strong>{formatTime(one.starts_at, language, zone).slice(0, 5)}</strong>
                  <span>{t.visit.free(one.free)}</span>
                </button>
              ))}
          </div>
        </div>
      ))}
    </>
  );
}

/** Books a slot; pressed again while the answer is on its way, it is the same request. */
function useBooking(service: string, patient: string, onDone: () => void) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const keys = useRef(new Map<string, string>());
  return useMutation({
    mutationFn: (slot: BookableSlot) => {
      const key = keys.current.get(slot.slot) ?? crypto.randomUUID();
      keys.current.set(slot.slot, key);
      return api.POST('/api/scheduling/appointments', {
        params: { header: { 'Idempotency-Key': key } },
        body: { patient, service, slot: slot.slot },
      });
    },
    onSuccess: () => {
      void message.success(t.visit.booked);
      onDone();
    },
    onError: (error, slot) => {
      if (error instanceof Refusal && error.status > 0) keys.current.delete(slot.slot);
      void message.error(error instanceof Refusal && error.message ? error.message : t.error.failed);
    },
    onSettled: () => queries.invalidateQueries(),
  });
}
