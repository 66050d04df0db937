import type { Catalogue } from '@xinglin/i18n';
import { ageWords, sexWord } from '../parts/person';
import type { HumanName, Identifier, Patient } from './types';

const ids = 'https://xinglin.health/id/';
const chinese = /\p{Script=Han}/u;

/** The name to call someone by: the official one, Chinese before its transcription; null when none is recorded. */
export function nameOf(patient: Pick<Patient, 'name'>): string | null {
  const names = (patient.name ?? []).filter((name) => name.use !== 'old' && name.use !== 'maiden');
  const written = names.map(textOf).filter((text) => text !== '');
  return written.find((text) => chinese.test(text)) ?? written[0] ?? null;
}

/** The transcription of a Chinese name, when one is recorded beside it. */
export function otherName(patient: Pick<Patient, 'name'>): string | null {
  const shown = nameOf(patient);
  const written = (patient.name ?? []).map(textOf).filter((text) => text !== '' && text !== shown);
  return shown && chinese.test(shown) ? (written.find((text) => !chinese.test(text)) ?? null) : null;
}

function textOf(name: HumanName): string {
  if (name.text) return name.text;
  const given = name.given ?? [];
  const family = name.family ?? '';
  if (chinese.test(family + given.join(''))) return family + given.join('');
  return [...given, family].filter(Boolean).join(' ');
}

/** The hospital's own number of the patient, otherwise the first that is no national one. */
export function recordNumber(patient: Pick<Patient, 'identifier'>): string | null {
  const all = patient.identifier ?? [];
  const own = all.find((one) => one.system === `${ids}patient`);
  return (own ?? all.find((one) => !isNational(one)))?.value ?? null;
}

/** The last four signs of the resident ID: enough to tell two people apart, too few to misuse. */
export function idTail(patient: Pick<Patient, 'identifier'>): string | null {
  const resident = patient.identifier?.find((one) => one.system === `${ids}cn/resident-id`);
  return resident?.value ? resident.value.slice(-4) : null;
}

function isNational(identifier: Identifier): boolean {
  return identifier.system?.startsWith(`${ids}cn/`) ?? false;
}

/** A patient in one line of a list. */
export function lineOf(t: Catalogue, patient: Patient, now: number): { name: string; details: string } {
  const number = recordNumber(patient);
  const tail = idTail(patient);
  const details = [
    sexWord(t, patient.gender),
    ageWords(t, patient.birthDate, now),
    number && t.patient.mrn(number),
    tail && t.patient.idTail(tail),
  ];
  return { name: nameOf(patient) ?? t.person.noName, details: details.filter(Boolean).join(' · ') };
}
