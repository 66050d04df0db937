import { request } from '@xinglin/api';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { withdrawn, type Consent, type Doctor } from '../../fhir/consent';
import { nameOf } from '../../fhir/person';
import { read, search } from '../../fhir/search';
import type { Bundle, HumanName, Patient, Reference } from '../../fhir/types';

const most = 200;
const fhirJson = { 'Content-Type': 'application/fhir+json', Accept: 'application/fhir+json' };

/** Every consent of a patient, newest first. */
export function useConsents(patient: string) {
  const path = `/fhir/Consent?patient=${encodeURIComponent(patient)}&_sort=-_lastUpdated&_count=${String(most)}`;
  return useQuery({
    queryKey: ['consents', patient],
    queryFn: async ({ signal }) => (await search<Consent>(path, signal)).resources,
  });
}

export function usePatientName(patient: string) {
  return useQuery({
    queryKey: ['patient', patient, 'name'],
    queryFn: async ({ signal }) =>
      nameOf((await read(`/fhir/Patient/${encodeURIComponent(patient)}`, signal)) as Patient),
    staleTime: Infinity,
  });
}

/** Records a decision; it holds with the next look at the record. */
export function useDeciding(patient: string, onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (consent: Consent) =>
      request('/fhir/Consent', { method: 'POST', headers: fhirJson, body: JSON.stringify(consent) }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['consents', patient] });
      onDone();
    },
  });
}

/** Withdraws a decision as it was read; raises a `Refusal` (412) when it was changed meanwhile. */
export function useWithdrawing(patient: string, onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (consent: Consent) =>
      request(`/fhir/Consent/${encodeURIComponent(consent.id ?? '')}`, {
        method: 'PUT',
        headers: { ...fhirJson, 'If-Match': `W/"${consent.meta?.versionId ?? ''}"` },
        body: JSON.stringify(withdrawn(consent)),
      }),
    onSuccess: onDone,
    onSettled: () => queries.invalidateQueries({ queryKey: ['consents', patient] }),
  });
}

export interface FoundDoctor extends Doctor {
  /** Where they work or what they do, as far as the directory tells. */
  work: string;
}

interface Practitioner {
  resourceType: 'Practitioner';
  id: string;
  name?: HumanName[];
  qualification?: { code?: { text?: string } }[];
}

interface PractitionerRole {
  resourceType: 'PractitionerRole';
  practitioner?: Reference;
  organization?: Reference;
  specialty?: { text?: string; coding?: { display?: string }[] }[];
}

/** Doctors of the directory by the beginning of their name, also in pinyin. */
export function useDoctors(name: string) {
  const asked = `/fhir/Practitioner?name=${encodeURIComponent(name)}&_count=8&_revinclude=PractitionerRole:practitioner`;
  return useQuery({
    queryKey: ['doctors', name],
    queryFn: async ({ signal }) =>
      doctorsOf((await read(asked, signal)) as Bundle<Practitioner | PractitionerRole>),
    enabled: name !== '',
  });
}

function doctorsOf(bundle: Bundle<Practitioner | PractitionerRole>): FoundDoctor[] {
  const all = (bundle.entry ?? []).flatMap((entry) => (entry.resource ? [entry.resource] : []));
  const roles = all.filter((one) => one.resourceType === 'PractitionerRole');
  return all
    .filter((one) => one.resourceType === 'Practitioner')
    .map((one) => {
      const own = roles.filter((role) => role.practitioner?.reference === `Practitioner/${one.id}`);
      const words = own.flatMap((role) => [
        role.organization?.display,
        ...(role.specialty ?? []).map((field) => field.text ?? field.coding?.[0]?.display),
      ]);
      const work = [...words, ...(one.qualification ?? []).map((degree) => degree.code?.text)];
      return { id: one.id, name: nameOf(one) ?? one.id, work: work.filter(Boolean).join(' · ') };
    });
}
