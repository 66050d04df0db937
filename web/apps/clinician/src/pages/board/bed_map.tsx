import type { Bed, Stay } from '@xinglin/api';
import { SeverityShape } from '@xinglin/design';
import { useLanguage } from '@xinglin/i18n';
import { Link } from '../../app/router';
import { Moment } from '../../parts/moment';
import { Age, sexWord } from '../../parts/person';
import { bedOf, compareBeds, gravest, nameIn } from './load';

interface BedMapProps {
  stays: Stay[];
  emptyBeds: Bed[];
  isNew: (cell: string) => boolean;
}

/** Every bed of a unit as a field, occupied or empty, in the order of their numbers. */
export function BedMap({ stays, emptyBeds, isNew }: BedMapProps) {
  const { t, language } = useLanguage();
  const fields = [
    ...stays.map((stay) => ({
      at: stay.bed ?? t.board.noBed,
      bed: bedOf(stay, language) ?? t.board.noBed,
      key: stay.encounter_id,
      stay,
    })),
    ...emptyBeds.map((bed) => ({ at: bed.name, bed: nameIn(bed, language), key: bed.name, stay: null })),
  ].sort((one, other) => compareBeds(one.at, other.at));
  return (
    <ul className="beds">
      {fields.map(({ bed, key, stay }) => (
        <li key={key} className={stay ? `bed bed-${gravest(stay)}` : 'bed bed-empty'}>
          <span className="bed-name">{bed}</span>
          {stay ? (
            <Lying stay={stay} glow={['patient', 'results', 'bed'].some((cell) => isNew(`${key}/${cell}`))} />
          ) : (
            <span>{t.board.emptyBed}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Lying({ stay, glow }: { stay: Stay; glow: boolean }) {
  const { t } = useLanguage();
  const severity = gravest(stay);
  return (
    <span className={glow ? 'bed-person glow' : 'bed-person'}>
      <Link to={`/patients/${encodeURIComponent(stay.patient_id)}`}>
        {stay.patient_name || t.person.noName}
      </Link>
      <span>
        {sexWord(t, stay.sex)} <Age birthDate={stay.birth_date} /> · <Moment at={stay.since} />
      </span>
      <span className={`flag flag-${severity}`}>
        <SeverityShape severity={severity} />
        {t.severity[severity]}
        {stay.abnormal.length > 0 && ` ${stay.abnormal.length}`}
      </span>
    </span>
  );
}
