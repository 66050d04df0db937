import { api, body, type Appointment } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';

const agesMs = 15_000;

/** Services with places today or later, named in the reader's language. */
export function useServices() {
  const { language } = useLanguage();
  return useQuery({
    queryKey: ['services'],
    queryFn: () => body(api.GET('/api/scheduling/services')),
    refetchInterval: agesMs,
    select: (found) => found.map((one) => (language === 'en' ? { ...one, name: one.name_en } : one)),
  });
}

/** The name of a service, or its id until names are there. */
export function useServiceName(): (id: string) => string {
  const services = useServices();
  return (id) => (services.isPending ? '…' : (services.data?.find((one) => one.service === id)?.name ?? id));
}

/** Today's visits of mine and my family's, with the waits as they are. */
export function useToday() {
  return useQuery({
    queryKey: ['visits'],
    queryFn: () => body(api.GET('/api/queue/mine')),
    refetchInterval: agesMs,
  });
}

/** Appointments still to come. */
export function useAppointments() {
  return useQuery({
    queryKey: ['appointments'],
    queryFn: async () => (await body(api.GET('/api/scheduling/appointments'))).filter(isComing),
    refetchInterval: agesMs,
  });
}

function isComing(one: Appointment): boolean {
  return one.state === 'booked' && one.starts_at !== null && Date.parse(one.starts_at) > Date.now();
}

export function useSlots(service: string) {
  return useQuery({
    queryKey: ['slots', service],
    queryFn: () => body(api.GET('/api/scheduling/slots', { params: { query: { service } } })),
    refetchInterval: agesMs,
  });
}
