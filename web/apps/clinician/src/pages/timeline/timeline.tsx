import { useLanguage } from '@xinglin/i18n';
import { useState } from 'react';
import '../../styles/consent.css';
import '../../styles/emergency.css';
import { useAddress } from '../../app/router';
import { useSession } from '../../app/session';
import { Family, PatientName } from '../../parts/family';
import { Empty } from '../../parts/states';
import { Shared } from './shared';

/** One timeline for the patient and for those who care for them, who name the patient in the address. */
export default function SharedTimeline() {
  const { t } = useLanguage();
  const { patients, roles } = useSession();
  const [address] = useAddress();
  const [chosen, setChosen] = useState(patients[0]);
  const named = address.get('patient');
  if (named && !patients.includes(named))
    return (
      <div className="timeline-page">
        <h1>
          {t.sharedTimeline.title} · <PatientName id={named} />
        </h1>
        <Shared key={named} patient={named} />
      </div>
    );
  if (!chosen) {
    const isPatient = roles.includes('patient');
    return (
      <Empty
        title={t.sharedTimeline.none}
        what={isPatient ? t.visit.noPatientWhat : t.sharedTimeline.choose}
      />
    );
  }
  return (
    <div className="for-patients timeline-page">
      <h1>{t.sharedTimeline.title}</h1>
      <p>{t.sharedTimeline.what}</p>
      <Family label={t.sharedTimeline.whose} patients={patients} chosen={chosen} onChoose={setChosen} />
      <Shared key={chosen} patient={chosen} />
    </div>
  );
}
