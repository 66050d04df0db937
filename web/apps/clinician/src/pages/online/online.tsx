import { useLanguage } from '@xinglin/i18n';
import { useState } from 'react';
import '../../styles/consent.css';
import '../../styles/emergency.css';
import '../../styles/online.css';
import '../../styles/visit.css';
import { useSession } from '../../app/session';
import { Moment } from '../../parts/moment';
import { Family, PatientName } from '../../parts/family';
import { Empty } from '../../parts/states';
import { Asking } from './asking';
import { useMyOnlineVisits } from './load';

/** For patients: my online visits, and asking for one for me and my family. */
export default function Online() {
  const { t } = useLanguage();
  const { patients } = useSession();
  const [chosen, setChosen] = useState(patients[0]);
  if (!chosen) return <Empty title={t.visit.noPatient} what={t.visit.noPatientWhat} />;
  return (
    <div className="for-patients from-home">
      <h1>{t.online.title}</h1>
      <p className="online-danger">{t.online.danger}</p>
      <Mine />
      <section>
        <h2>{t.online.ask}</h2>
        <Family label={t.visit.whose} patients={patients} chosen={chosen} onChoose={setChosen} />
        <Asking key={chosen} patient={chosen} />
      </section>
    </div>
  );
}

/** Links that load the page anew: the camera is allowed to a document, not to an address. */
function Mine() {
  const { t } = useLanguage();
  const mine = useMyOnlineVisits();
  if (!mine.data || mine.data.length === 0) return null;
  return (
    <section>
      <h2>{t.online.mine}</h2>
      <ul className="visit-list">
        {mine.data.map((one) => (
          <li key={one.encounter}>
            <a
              className="choice visit-row"
              href={`/online/${encodeURIComponent(one.encounter)}`}
              data-testid="mine"
            >
              <span>
                <strong>{one.department}</strong> · <PatientName id={one.patient} />
              </span>
              <span>
                {one.is_open ? t.online.states[one.state] : t.online.overShort} · <Moment at={one.asked_at} />
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
