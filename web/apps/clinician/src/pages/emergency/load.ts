import { api, body, type Candidate, type Emergency } from '@xinglin/api';
import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useSession } from '../../app/session';

const pollMs = 30_000;

/** Whether the reader's role may open closed records in an emergency. */
export function useMayBreakGlass(): boolean {
  return useSession().roles.some((role) => role === 'physician' || role === 'nurse');
}

/** The reader's own, newest first; read anew now and then, since a reviewer may have judged one. */
export function useMine() {
  const may = useMayBreakGlass();
  return useQuery({
    queryKey: ['emergencies', 'mine'],
    queryFn: async () => (await body(api.GET('/api/access/emergencies/mine'))).emergencies,
    enabled: may,
    refetchInterval: pollMs,
  });
}

export function isOpen(one: Emergency, now: number): boolean {
  return Date.parse(one.until) > now;
}

/** What a search by number told of a patient, kept for the page that asks for the reason. */
export function remembered(queries: QueryClient, patient: string): Candidate | undefined {
  return queries.getQueryData(['candidate', patient]);
}

export function remember(queries: QueryClient, found: Candidate): void {
  queries.setQueryData(['candidate', found.patient], found);
}

/** Opens a closed record; afterwards it is read anew. */
export function useOpening(patient: string, onOpened: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) => body(api.POST('/api/access/emergencies', { body: { patient, reason } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['emergencies'] });
      await queries.resetQueries({ queryKey: ['patient', patient] });
      onOpened();
    },
  });
}

/** Closes a record again; nothing of it stays in this browser. */
export function useEnding(onEnded: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (one: Emergency) =>
      api.DELETE('/api/access/emergencies/{emergency}', { params: { path: { emergency: one.id } } }),
    onSuccess: onEnded,
    onSettled: (_, __, one) => forget(queries, one.patient),
  });
}

/** Takes what was read of a patient out of memory and asks again what may be seen. */
export async function forget(queries: QueryClient, patient: string): Promise<void> {
  await queries.invalidateQueries({ queryKey: ['emergencies'] });
  await queries.resetQueries({ queryKey: ['patient', patient] });
}
