import type { AbnormalResult, Stay } from '@xinglin/api';
import { SeverityShape } from '@xinglin/design';
import { useLanguage } from '@xinglin/i18n';
import { Link } from '../../app/router';
import { Moment } from '../../parts/moment';
import { Age, sexWord } from '../../parts/person';
import { unitWords } from '../../fhir/results';
import { ResultChip } from '../../parts/result';
import { bedOf, gravest, gravestOfEach } from './load';

const chipsShown = 3;

interface StayTableProps {
  stays: Stay[];
  label: string;
  isNew: (cell: string) => boolean;
}

/** The dense list of a unit; on a phone each row becomes a card. */
export function StayTable({ stays, label, isNew }: StayTableProps) {
  const { t } = useLanguage();
  const heads = [
    t.board.bed,
    t.board.patient,
    t.board.sex,
    t.board.age,
    t.board.since,
    t.board.attending,
    t.board.results,
  ];
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={label}>
      <table className="dense stays">
        <caption className="unseen">{label}</caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {stays.map((stay) => (
            <StayRow
              key={stay.encounter_id}
              stay={stay}
              isNew={(cell) => isNew(`${stay.encounter_id}/${cell}`)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function StayRow({ stay, isNew }: { stay: Stay; isNew: (cell: string) => boolean }) {
  const { t, language } = useLanguage();
  const glow = (cell: string) => (isNew(cell) ? 'glow' : undefined);
  return (
    <tr className={`row-${gravest(stay)}`} data-testid="stay">
      <td className={glow('bed')} data-cell="bed">
        {bedOf(stay, language) ?? <span className="quiet">{t.board.noBed}</span>}
      </td>
      <th scope="row" className={glow('patient')} data-cell="patient">
        <Link to={`/patients/${encodeURIComponent(stay.patient_id)}`}>
          {stay.patient_name || t.person.noName}
        </Link>
        {stay.status !== 'in-progress' && (
          <small className={glow('status')}>{t.board.encounterStatus[stay.status] ?? stay.status}</small>
        )}
      </th>
      <td data-cell="sex">{sexWord(t, stay.sex)}</td>
      <td data-cell="age">
        <Age birthDate={stay.birth_date} />
      </td>
      <td data-cell="since">
        <Moment at={stay.since} />
      </td>
      <td className={glow('attending')} data-cell="attending">
        {stay.attending || '–'}
      </td>
      <td className={glow('results')} data-cell="results">
        <Results stay={stay} />
      </td>
    </tr>
  );
}

function Results({ stay }: { stay: Stay }) {
  const { t, language } = useLanguage();
  const nameOf = (one: AbnormalResult) => (language === 'en' ? one.name_en : one.name);
  if (stay.abnormal.length === 0) {
    return (
      <span className="flag flag-normal">
        <SeverityShape severity="normal" />
        {t.board.none}
      </span>
    );
  }
  const sorted = gravestOfEach(stay.abnormal);
  const rest = sorted.slice(chipsShown);
  return (
    <span className="chips">
      {sorted.slice(0, chipsShown).map((one) => (
        <ResultChip
          key={one.observation_id}
          name={nameOf(one)}
          value={one.value}
          unit={one.unit}
          interpretation={one.interpretation}
          range={one.reference_range}
        />
      ))}
      {rest.length > 0 && (
        <span
          className="quiet"
          title={rest.map((one) => `${nameOf(one)} ${one.value} ${unitWords(one.unit)}`).join('\n')}
        >
          {t.board.more(rest.length)}
        </span>
      )}
    </span>
  );
}
