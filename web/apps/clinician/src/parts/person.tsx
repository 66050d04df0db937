import { ageOf, useLanguage, type Catalogue } from '@xinglin/i18n';
import { useNow } from './moment';

export function sexWord(t: Catalogue, sex: string | null | undefined): string {
  if (sex === 'male' || sex === 'female' || sex === 'other') return t.person[sex];
  return t.person.unknown;
}

export function ageWords(t: Catalogue, birthDate: string | null | undefined, now: number): string {
  const age = ageOf(birthDate, now);
  return age ? t.person[age.unit](age.count) : t.person.noAge;
}

export function Age({ birthDate }: { birthDate: string | null | undefined }) {
  const { t } = useLanguage();
  return <span title={birthDate ?? undefined}>{ageWords(t, birthDate, useNow())}</span>;
}
