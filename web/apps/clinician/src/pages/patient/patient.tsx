import { Refusal } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { Segmented } from 'antd';
import { useState } from 'react';
import '../../styles/patient.css';
import { Link } from '../../app/router';
import { useSession } from '../../app/session';
import { Trouble, Waiting } from '../../parts/states';
import { EmergencyBanner } from '../emergency/banner';
import { Closed } from '../emergency/closed';
import { Banner } from './banner';
import { usePatient, useResults } from './record';
import { ResultList } from './results';
import { Timeline } from './timeline';

const sharing = ['physician', 'nurse', 'medical_director'];

/** One patient: who it is on top, results and what happened below. */
export default function Patient({ id }: { id: string }) {
  const { t } = useLanguage();
  const { roles } = useSession();
  const patient = usePatient(id);
  const results = useResults(id);
  const [part, setPart] = useState('results');
  if (patient.isPending) return <Waiting rows={10} />;
  if (patient.error instanceof Refusal && patient.error.status === 403)
    return <Closed patientId={id} refusal={patient.error} />;
  if (!patient.data) return <Trouble error={patient.error} onRetry={() => void patient.refetch()} />;
  return (
    <div className="patient">
      <EmergencyBanner patientId={id} />
      <Banner patient={patient.data} results={results} />
      <div className="patient-switch">
        <Segmented
          block
          name="part"
          aria-label={t.patients.title}
          value={part}
          onChange={setPart}
          options={[
            { value: 'results', label: t.patient.results },
            { value: 'timeline', label: t.patient.timeline },
          ]}
        />
      </div>
      <div className={`patient-parts patient-show-${part}`}>
        <ResultList patientId={id} results={results} />
        <Timeline patientId={id} observations={results.observations} />
      </div>
      {roles.some((role) => sharing.includes(role)) && (
        <Link to={`/timeline?patient=${encodeURIComponent(id)}`}>{t.sharedTimeline.shared}</Link>
      )}
    </div>
  );
}
