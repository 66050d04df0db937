import { wordsOf } from './results';
import type { Appointment, DiagnosticReport, DocumentReference, Encounter } from './types';

export type Recorded = Encounter | DiagnosticReport | DocumentReference | Appointment;

/** One entry of a patient's timeline. */
export interface Entry {
  key: string;
  at: string | null;
  title: string;
  /** Who or where, when the resource says so. */
  by: string;
  status: string;
  resource: Recorded;
}

/** Everything that happened, newest first; what has no time stands at the end. */
export function timelineOf(resources: readonly Recorded[], language: string): Entry[] {
  const instant = (entry: Entry) => Date.parse(entry.at ?? '') || 0;
  return resources
    .filter((one) => one.status !== 'entered-in-error')
    .map((one) => entryOf(one, language))
    .sort((one, other) => instant(other) - instant(one));
}

function entryOf(resource: Recorded, language: string): Entry {
  return {
    key: `${resource.resourceType}/${resource.id}`,
    status: resource.status,
    resource,
    ...partsOf(resource, language),
  };
}

function partsOf(resource: Recorded, language: string): Pick<Entry, 'at' | 'title' | 'by'> {
  switch (resource.resourceType) {
    case 'Encounter':
      return {
        at: resource.period?.start ?? null,
        title:
          resource.reasonCode
            ?.map((one) => wordsOf(one, language))
            .filter(Boolean)
            .join(', ') ||
          (resource.serviceProvider?.display ?? ''),
        by: attendingOf(resource) ?? '',
      };
    case 'DiagnosticReport':
      return {
        at: resource.issued ?? resource.effectiveDateTime ?? resource.effectivePeriod?.start ?? null,
        title: wordsOf(resource.code, language),
        by: displays(resource.performer),
      };
    case 'DocumentReference':
      return {
        at: resource.date ?? resource.context?.period?.start ?? resource.meta?.lastUpdated ?? null,
        title:
          wordsOf(resource.type, language) ||
          resource.description ||
          resource.content?.[0]?.attachment.title ||
          '',
        by: displays(resource.author),
      };
    case 'Appointment':
      return {
        at: resource.start ?? resource.created ?? null,
        title: resource.description ?? wordsOf(resource.serviceType?.[0] ?? resource.appointmentType),
        by: displays(resource.participant?.map((one) => one.actor ?? {})),
      };
  }
}

function displays(references: { display?: string }[] | undefined): string {
  return (references ?? []).flatMap((one) => one.display ?? []).join(', ');
}

/** A stay of an encounter at a place; `name` is what the encounter itself calls it. */
export interface Place {
  name: string;
  reference: string;
  active: boolean;
  start: string | null;
  end: string | null;
}

/** Where an encounter took place, the present place first. */
export function placesOf(encounter: Encounter): Place[] {
  const stays = (encounter.location ?? []).map((stay) => ({
    name: stay.location.display ?? '',
    reference: stay.location.reference ?? '',
    active: stay.status === 'active' || (stay.status === undefined && !stay.period?.end),
    start: stay.period?.start ?? null,
    end: stay.period?.end ?? null,
  }));
  return stays.sort(
    (one, other) =>
      Number(other.active) - Number(one.active) || (other.start ?? '').localeCompare(one.start ?? ''),
  );
}

const present = new Set(['arrived', 'triaged', 'in-progress', 'onleave']);

/** Somebody in a bed is found there, also while a clinic expects them. */
const isStay = (one: Encounter) => ['IMP', 'ACUTE', 'NONAC', 'OBSENC'].includes(one.class?.code ?? '');

/** The visit that goes on now, if any: the stay in a bed, else the latest begun where several are open. */
export function currentVisit(encounters: readonly Encounter[]): Encounter | null {
  const open = encounters.filter((one) => present.has(one.status) && !one.period?.end);
  const start = (one: Encounter) => one.period?.start ?? '';
  return (
    open.sort(
      (one, other) => Number(isStay(other)) - Number(isStay(one)) || start(other).localeCompare(start(one)),
    )[0] ?? null
  );
}

export function attendingOf(encounter: Encounter): string | null {
  const people = encounter.participant ?? [];
  const attending = people.find((one) =>
    one.type?.some((type) => type.coding?.some((coding) => coding.code === 'ATND')),
  );
  return (attending ?? people[0])?.individual?.display ?? null;
}
