import { api, body, type Twin } from '@xinglin/api';
import type { Language } from '@xinglin/i18n';

export type Clinic = Twin['clinics'][number];
export type Ward = Twin['wards'][number];
export type Alarm = Twin['alarms'][number];
export type Calibration = Twin['calibration'][number];

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
const middle = 3;
const low = 1;
const high = 5;

/** The house now, or as it was (ms since 1970). */
export function readTwin(at: number | null): Promise<Twin> {
  const query = at === null ? {} : { at: new Date(at).toISOString() };
  return body(api.GET('/api/twin', { params: { query } }));
}

export function nameIn(one: { name: string; name_en: string }, language: Language): string {
  return language === 'en' ? one.name_en : one.name;
}

/** Hours and minutes, as a wall clock shows them. */
export function clockOf(instant: string, language: Language, zone: string): string {
  const shape = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone } as const;
  return new Intl.DateTimeFormat(language, shape).format(new Date(instant));
}

/** Whole numbers: the middle, and between what 80 of 100 lie. */
export function told(row: number[] | null | undefined): { middle: number; low: number; high: number } | null {
  if (!row) return null;
  return {
    middle: Math.round(row[middle] ?? 0),
    low: Math.floor(row[low] ?? 0),
    high: Math.ceil(row[high] ?? 0),
  };
}

/** What is foreseen of a row so many ms after the first. */
export function after<Row>(rows: Row[], ms: number, stepMs: number): Row | undefined {
  return rows[Math.round(ms / stepMs)];
}

/** The fullest hour's middle over the beds, as a share; null where either is not known. */
export function fullestOf(ward: Ward): number | null {
  if (!ward.beds || ward.census.length === 0) return null;
  return Math.max(...ward.census.slice(0, 25).map((row) => row[middle] ?? 0)) / ward.beds;
}

/** Clinics in the order of what needs eyes: those that overflow, then the longest line. */
export function byNeed(one: Clinic, other: Clinic): number {
  const over = (clinic: Clinic) => (clinic.overflow ? 1 : 0);
  return over(other) - over(one) || other.waiting - one.waiting || one.name.localeCompare(other.name);
}
