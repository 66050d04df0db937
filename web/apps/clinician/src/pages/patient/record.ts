import { useLanguage } from '@xinglin/i18n';
import { useInfiniteQuery, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useFollow } from '../../app/refresh';
import { testsOf, type Test } from '../../fhir/results';
import { placeName } from '../../fhir/location';
import { read, search } from '../../fhir/search';
import { placesOf, timelineOf, type Entry, type Place, type Recorded } from '../../fhir/timeline';
import type { AllergyIntolerance, Encounter, Location, Observation, Patient } from '../../fhir/types';

const restMs = 500;
const observationsAPage = 200;
const entriesAPage = 100;

/** The patient, read anew whenever something of theirs changes. */
export function usePatient(id: string) {
  const queries = useQueryClient();
  useFollow(`Patient/${id}`, () => void queries.invalidateQueries({ queryKey: ['patient', id] }), restMs);
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
  const { language } = useLanguage();
  const entries = timelineOf(
    parts.flatMap((part) => part.data ?? []),
    language,
  );
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
  const { language } = useLanguage();
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
  const tests = useMemo(() => testsOf(observations, language), [observations, language]);
  return {
    tests,
    observations,
    isPending: asked.isPending,
    error: asked.error,
    older: asked.hasNextPage ? () => void asked.fetchNextPage() : null,
    retry: () => void asked.refetch(),
  };
}

const placesAbove = 4;

/** The words for a place: the unit and, below it, the bed or room, as far as the locations name them. */
async function placeWords(id: string, language: string, signal: AbortSignal): Promise<string> {
  const chain: Location[] = [];
  let next: string | undefined = id;
  while (next && chain.length < placesAbove) {
    const place = (await read(`/fhir/Location/${encodeURIComponent(next)}`, signal)) as Location;
    chain.push(place);
    if (place.physicalType?.coding?.some((coding) => coding.code === 'wa')) break;
    next = locationId(place.partOf?.reference);
  }
  const [own] = chain;
  const above = chain[chain.length - 1];
  const named = above === own ? [own] : [above, own];
  return named.flatMap((place) => (place && placeName(place, language)) || []).join(' · ');
}

function locationId(reference: string | undefined): string | undefined {
  return reference?.match(/^Location\/([^/]+)$/)?.[1];
}

/** Words for each place of the encounters, by reference; what is not known yet shows the name in the encounter. */
export function usePlaceWords(encounters: readonly Encounter[]): (place: Place) => string {
  const { language } = useLanguage();
  const ids = [
    ...new Set(
      encounters.flatMap((one) => placesOf(one)).flatMap((place) => locationId(place.reference) ?? []),
    ),
  ];
  const asked = useQueries({
    queries: ids.map((id) => ({
      queryKey: ['place', id, language],
      queryFn: ({ signal }: { signal: AbortSignal }) => placeWords(id, language, signal),
      staleTime: 600_000,
      retry: false,
    })),
  });
  const words = new Map(ids.map((id, index) => [id, asked[index]?.data]));
  return (place) => words.get(locationId(place.reference) ?? '') || place.name;
}
