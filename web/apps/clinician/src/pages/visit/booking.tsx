import { api, Refusal, type BookableService, type BookableSlot } from '@xinglin/api';
import { dateIn, formatComingDay, formatTime, useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button } from 'antd';
import { useRef, useState } from 'react';
import { Link } from '../../app/router';
import { useZone } from '../../app/session';
import { useNow } from '../../parts/moment';
import { Trouble, Waiting } from '../../parts/states';
import { useServiceName, useServices, useSlots } from './load';
import { Join } from './waits';

/** Department, then time: the second press books. */
export function Booking({ patient }: { patient: string }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const today = dateIn(useNow(), zone);
  const services = useServices();
  const [service, setService] = useState<string | null>(null);
  if (services.isPending) return <Waiting rows={3} />;
  if (!services.data) return <Trouble error={services.error} onRetry={() => void services.refetch()} />;
  if (service) return <Times service={service} patient={patient} onBack={() => setService(null)} />;
  return (
    <>
      <h3>{t.visit.department}</h3>
      <Link to="/virtual-doctor" className="choice visit-ask">
        {t.visit.unsure}
      </Link>
      {services.data.length === 0 && <p>{t.visit.noDepartments}</p>}
      <div className="choices">
        {byName(services.data, language).map((one) => (
          <button
            key={one.service}
            type="button"
            className="choice visit-row"
            onClick={() => setService(one.service)}
          >
            <span>{one.name}</span>
            <span>
              {one.earliest
                ? t.visit.earliest(
                    formatComingDay(dateIn(one.earliest, zone), today, language),
                    formatTime(one.earliest, language, zone).slice(0, 5),
                  )
                : t.visit.free(0)}
            </span>
          </button>
        ))}
      </div>
    </>
  );
}

function byName(services: BookableService[], language: string): BookableService[] {
  const order = new Intl.Collator(language);
  return services.toSorted((one, other) => order.compare(one.name, other.name));
}

interface TimesProps {
  service: string;
  patient: string;
  onBack: () => void;
}

/** One day at a time, the first with a free place to begin with. */
function Times({ service, patient, onBack }: TimesProps) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const today = dateIn(useNow(), zone);
  const nameOf = useServiceName();
  const slots = useSlots(service);
  const book = useBooking(service, patient, onBack);
  const [chosen, setChosen] = useState<string | null>(null);
  const [wanted, setWanted] = useState<string | null>(null);
  if (slots.isPending) return <Waiting rows={4} />;
  if (!slots.data) return <Trouble error={slots.error} onRetry={() => void slots.refetch()} />;
  const open = slots.data.filter((one) => one.is_open);
  const days = [...new Set(open.map((one) => one.day))];
  const day = chosen ?? open.find((one) => one.free > 0)?.day ?? days[0];
  const ofDay = open.filter((one) => one.day === day);
  const doctors = doctorsOf(ofDay, language);
  const doctor = doctors.some(([id]) => id === wanted) ? wanted : null;
  return (
    <>
      <Button className="visit-back" onClick={onBack}>
        {t.visit.back}
      </Button>
      <h3>
        {nameOf(service)} · {t.visit.time}
      </h3>
      {days.length === 0 && <p>{t.visit.noTimes}</p>}
      {open.every((one) => one.free === 0) && <Join service={service} patient={patient} today={today} />}
      <div className="visit-days" role="group" aria-label={t.visit.days}>
        {days.map((one) => (
          <button
            key={one}
            type="button"
            className="choice"
            aria-pressed={one === day}
            onClick={() => setChosen(one)}
          >
            {formatComingDay(one, today, language)}
          </button>
        ))}
      </div>
      {doctors.length > 1 && (
        <div className="visit-days" role="group" aria-label={t.visit.doctors} data-testid="doctors">
          {[[null, t.visit.anyDoctor] as const, ...doctors].map(([id, name]) => (
            <button
              key={id}
              type="button"
              className="choice"
              aria-pressed={id === doctor}
              onClick={() => setWanted(id)}
            >
              {name}
            </button>
          ))}
        </div>
      )}
      <div className="visit-times">
        {timesOf(ofDay.filter((one) => !doctor || one.practitioner === doctor)).map((one) => (
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
    </>
  );
}

/** Who sits, by name. */
function doctorsOf(slots: BookableSlot[], language: string): (readonly [string, string])[] {
  const order = new Intl.Collator(language);
  const found = slots.flatMap((one) =>
    one.practitioner && one.doctor ? [[one.practitioner, one.doctor] as const] : [],
  );
  return [...new Map(found)].toSorted(([, one], [, other]) => order.compare(one, other));
}

/** The periods of slots of a day. Where several doctors sit, the one with most places stands for its period. */
function timesOf(slots: BookableSlot[]): BookableSlot[] {
  const found = new Map<string, BookableSlot>();
  for (const one of slots) {
    const other = found.get(one.starts_at);
    if (!other || other.free < one.free) found.set(one.starts_at, one);
  }
  return [...found.values()].toSorted(
    (one, other) => Date.parse(one.starts_at) - Date.parse(other.starts_at),
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
