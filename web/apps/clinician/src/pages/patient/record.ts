import { useInfiniteQuery, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useRefresh } from '../../app/live';
import { testsOf, type Test } from '../../fhir/results';
import { read, search } from '../../fhir/search';
import { currentVisit, placesOf, timelineOf, type Entry, type Recorded } from '../../fhir/timeline';
import type { AllergyIntolerance, Encounter, Location, Observation, Patient } from '../../fhir/types';

const restMs = 500;
const observationsAPage = 200;
const entriesAPage = 100;

/** The patient, read anew whenever something of theirs changes. */
export function usePatient(id: string) {
  const queries = useQueryClient();
  useRefresh(
    (change) => change.key === `Patient/${id}`,
    () => void queries.invalidateQueries({ queryKey: ['patient', id] }),
    restMs,
  );
  return useQuery({
    queryKey: ['patient', id],
    queryFn: ({ signal }) => read(`/fhir/Patient/${encodeURIComponent(id)}`, signal) as Promise<Patient>,
  });
}

function ofPatient<Resource>(type: string, id: string, order: string) {
  const path = `/fhir/${type}?patient=${encodeURIComponent(id)}${order}&_count=${entriesAPage}`;
  return {
    queryKey: ['patient', id, type],
    queryFn: async ({ signal }: { signal: AbortSignal }) => (await search<Resource>(path, signal)).resources,
  };
}

export function useAllergies(id: string) {
  return useQuery(ofPatient<AllergyIntolerance>('AllergyIntolerance', id, ''));
}

export function useEncounters(id: string) {
  return useQuery(ofPatient<Encounter>('Encounter', id, '&_sort=-date'));
}

interface Timeline {
  entries: Entry[];
  isPending: boolean;
  error: Error | null;
  retry: () => void;
}

export function useTimeline(id: string): Timeline {
  const parts = useQueries({
    queries: [
      ofPatient<Recorded>('Encounter', id, '&_sort=-date'),
      ofPatient<Recorded>('DiagnosticReport', id, '&_sort=-date'),
      ofPatient<Recorded>('DocumentReference', id, '&_sort=-date'),
      ofPatient<Recorded>('Appointment', id, '&_sort=-date'),
    ],
  });
  const entries = timelineOf(parts.flatMap((part) => part.data ?? []));
  const failed = parts.find((part) => part.error);
  return {
    entries,
    isPending: parts.some((part) => part.isPending),
    error: failed?.error ?? null,
    retry: () => parts.forEach((part) => void part.refetch()),
  };
}

export interface Results {
  tests: Test[];
  observations: Observation[];
  isPending: boolean;
  error: Error | null;
  older: (() => void) | null;
  retry: () => void;
}

export function useResults(id: string): Results {
  const first = `/fhir/Observation?patient=${encodeURIComponent(id)}&_sort=-date&_count=${observationsAPage}`;
  const asked = useInfiniteQuery({
    queryKey: ['patient', id, 'Observation'],
    queryFn: ({ pageParam, signal }) => search<Observation>(pageParam, signal),
    initialPageParam: first,
    getNextPageParam: (page) => page.next,
  });
  const observations = useMemo(
    () => (asked.data?.pages ?? []).flatMap((page) => page.resources),
    [asked.data],
  );
  const tests = useMemo(() => testsOf(observations), [observations]);
  return {
    tests,
    observations,
    isPending: asked.isPending,
    error: asked.error,
    older: asked.hasNextPage ? () => void asked.fetchNextPage() : null,
    retry: () => void asked.refetch(),
  };
}

/** Where the patient is now in words: ward and bed, as far as the locations name them. */
export function useWhereabouts(encounters: readonly Encounter[]): string | null {
  const visit = currentVisit(encounters);
  const place = visit ? placesOf(visit)[0] : undefined;
  const id = place?.reference.match(/^Location\/(.+)$/)?.[1];
  const named = place?.name && visit?.serviceProvider?.display;
  const bed = useLocation(named ? undefined : id);
  const ward = useLocation(bed?.partOf?.reference?.match(/^Location\/(.+)$/)?.[1]);
  if (!visit) return null;
  const own = place?.name || bed?.name || '';
  const above = visit.serviceProvider?.display ?? bed?.partOf?.display ?? ward?.name ?? '';
  return [above === own ? '' : above, own].filter(Boolean).join(' · ') || null;
}

function useLocation(id: string | undefined): Location | undefined {
  const asked = useQuery({
    queryKey: ['location', id],
    queryFn: ({ signal }) =>
      read(`/fhir/Location/${encodeURIComponent(id ?? '')}`, signal) as Promise<Location>,
    enabled: id !== undefined,
    staleTime: 600_000,
    retry: false,
  });
  return asked.data;
}
