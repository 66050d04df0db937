import type { AbnormalResult, Bed, Stay, Unit } from '@xinglin/api';
import { compareGravity, graver, severityOf, type Severity } from '@xinglin/design';

export const kinds = ['ward', 'emergency', 'outpatient'] as const;

/** Results leave the board a day after they were taken, of which no event tells. */
export const agesMs = 60_000;

export type Load = 'calm' | 'busy' | 'full';

/** How full a unit with beds is; busy begins at 85 %, above which waits for a bed are known to grow (Bagust 1999). */
export function loadOf(unit: Pick<Unit, 'beds_total' | 'beds_free'>): Load {
  if (unit.beds_total > 0 && unit.beds_free === 0) return 'full';
  return takenOf(unit) / unit.beds_total >= 0.85 ? 'busy' : 'calm';
}

/** How many beds somebody lies in. */
export function takenOf(unit: Pick<Unit, 'beds_total' | 'beds_free'>): number {
  return unit.beds_total - unit.beds_free;
}

export function gravest(stay: Stay): Severity {
  return stay.abnormal.reduce<Severity>(
    (worst, one) => graver(worst, severityOf(one.interpretation)),
    'normal',
  );
}

/** One result for each test, the gravest and of those the latest, gravest first: a critical one is never hidden. */
export function gravestOfEach(results: readonly AbnormalResult[]): AbnormalResult[] {
  const sorted = [...results].sort(
    (one, other) =>
      compareGravity(severityOf(one.interpretation), severityOf(other.interpretation)) ||
      other.at.localeCompare(one.at),
  );
  return sorted.filter((one, index) => sorted.findIndex((other) => other.name === one.name) === index);
}

/** What a unit or bed is called in the reader's language. */
export function nameIn(named: Pick<Bed, 'name' | 'name_en'>, language: string): string {
  return (language === 'en' && named.name_en) || named.name;
}

/** The bed or room where someone lies, null where only the unit is known. */
export function bedOf(stay: Pick<Stay, 'bed' | 'bed_en'>, language: string): string | null {
  return (language === 'en' && stay.bed_en) || stay.bed;
}

const byBed = new Intl.Collator('en', { numeric: true });

/** A fixed place for every row: by bed number, those without a bed behind by arrival, so that nothing jumps. */
export function inPlace(stays: readonly Stay[]): Stay[] {
  return [...stays].sort((one, other) => {
    if (one.bed && other.bed) return byBed.compare(one.bed, other.bed);
    if (one.bed || other.bed) return one.bed ? -1 : 1;
    return one.since.localeCompare(other.since) || one.encounter_id.localeCompare(other.encounter_id);
  });
}

export function compareBeds(one: string, other: string): number {
  return byBed.compare(one, other);
}
