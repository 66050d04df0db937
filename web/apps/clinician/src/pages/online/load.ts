import { api, body, type OnlineVisit } from '@xinglin/api';
import { useQuery, useQueryClient } from '@tanstack/react-query';

const agesMs = 10_000;

/** An online visit with its messages; read again when its line says so, and every ten seconds in case it does not. */
export function useOnlineVisit(encounter: string) {
  return useQuery({
    queryKey: ['online', encounter],
    queryFn: () => body(api.GET('/api/online-visits/{encounter}', { params: { path: { encounter } } })),
    refetchInterval: agesMs,
  });
}

/** Puts what an act has answered where the page shows it. */
export function useShow(encounter: string): (visit: OnlineVisit) => void {
  const queries = useQueryClient();
  return (visit) => queries.setQueryData(['online', encounter], visit);
}

export function useMyOnlineVisits() {
  return useQuery({
    queryKey: ['online'],
    queryFn: () => body(api.GET('/api/online-visits')),
    refetchInterval: agesMs,
  });
}

export function useOnlineOptions(patient: string) {
  return useQuery({
    queryKey: ['online-options', patient],
    queryFn: () => body(api.GET('/api/online-visits/options', { params: { query: { patient } } })),
  });
}
