import { api, body } from '@xinglin/api';
import { useQuery } from '@tanstack/react-query';

/** Nobody tells these pages of a new one (their readers hear no live events), so they ask. */
const pollMs = 15_000;

/** Emergency accesses: those that nobody has reviewed, or all. */
export function useEmergencies(unreviewed: boolean) {
  return useQuery({
    queryKey: ['emergencies', unreviewed ? 'unreviewed' : 'all'],
    queryFn: async () =>
      (await body(api.GET('/api/access/emergencies', { params: { query: { unreviewed } } }))).emergencies,
    refetchInterval: pollMs,
  });
}
