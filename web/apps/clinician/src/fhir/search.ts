import { request } from '@xinglin/api';
import type { Bundle, Patient } from './types';

export interface SearchPage<Resource> {
  resources: Resource[];
  /** Address of the next page on the own origin, when there is one. */
  next: string | null;
}

/** One page of a FHIR search; `path` begins with /fhir/. Raises a `Refusal` for an OperationOutcome. */
export async function search<Resource>(path: string, signal?: AbortSignal): Promise<SearchPage<Resource>> {
  const bundle = (await read(path, signal)) as Bundle<Resource>;
  const resources = (bundle.entry ?? [])
    .filter((entry) => (entry.search?.mode ?? 'match') === 'match')
    .flatMap((entry) => (entry.resource ? [entry.resource] : []));
  return { resources, next: nextOf(bundle) };
}

export async function read(path: string, signal?: AbortSignal): Promise<unknown> {
  const asked = signal
    ? { headers: { Accept: 'application/fhir+json' }, signal }
    : { headers: { Accept: 'application/fhir+json' } };
  return (await request(path, asked)).json() as Promise<unknown>;
}

/** A server behind a proxy may name itself otherwise; only path and query are followed, so we stay on our origin. */
export function nextOf(bundle: Bundle<unknown>): string | null {
  const url = bundle.link?.find((link) => link.relation === 'next')?.url;
  if (!url) return null;
  const { pathname, search: query } = new URL(url, 'http://node.invalid');
  return pathname + query;
}

/** Patients by name (also in pinyin), by any of their numbers, or by name and the end of a number, at most `count`. */
export async function findPatients(text: string, count: number): Promise<Patient[]> {
  const wanted = text.trim();
  if (!wanted) return [];
  const [, name, tail] = /^(\D+?)\s+(\d{2,}[\dXx])$/.exec(wanted) ?? [];
  if (name && tail) {
    const named = await search<Patient>(`/fhir/Patient?name=${encodeURIComponent(name)}&_count=200`);
    return named.resources.filter((one) => endsIn(one, tail.toUpperCase())).slice(0, count);
  }
  const by = (parameter: string) =>
    search<Patient>(`/fhir/Patient?${parameter}=${encodeURIComponent(wanted)}&_count=${String(count)}`);
  const asked = [by('name')];
  if (/\d/.test(wanted)) asked.unshift(by('identifier'), by('phone'));
  const pages = await Promise.all(asked);
  const once = new Map(pages.flatMap((page) => page.resources).map((patient) => [patient.id, patient]));
  return [...once.values()].slice(0, count);
}

function endsIn(patient: Patient, tail: string): boolean {
  return patient.identifier?.some((one) => one.value?.toUpperCase().endsWith(tail)) ?? false;
}
