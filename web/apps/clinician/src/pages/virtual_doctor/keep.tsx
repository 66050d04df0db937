import { api, body, Refusal, type Session } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from '../../app/router';
import { wasSignedIn } from '../../app/session';
import { usePatientName } from '../consent/load';

interface Told {
  words: string;
  answers: Record<string, 'yes' | 'no' | 'unsure'>;
}

/** What somebody can do with the advice: have it kept for their doctor, be called back, book. */
export function Next({ told }: { told: Told }) {
  const { t } = useLanguage();
  const patients = usePatients();
  return (
    <section className="vd-card" aria-label={t.virtualDoctor.next} data-testid="next">
      <h2>{t.virtualDoctor.next}</h2>
      {patients.length > 0 ? <Keep told={told} patients={patients} /> : <p>{t.virtualDoctor.signInToKeep}</p>}
      <Link to="/visit" className="vd-call">
        {patients.length > 0 ? t.virtualDoctor.book : t.virtualDoctor.signIn}
      </Link>
    </section>
  );
}

/** Whom the reader may speak for; nobody is asked who was never signed in here, since the page is open to all. */
function usePatients(): string[] {
  const asked = useQuery({
    queryKey: ['patients-here'],
    queryFn: async () => {
      const answer = await fetch('/api/session');
      return answer.ok ? ((await answer.json()) as Session).patients : [];
    },
    enabled: wasSignedIn(),
    staleTime: 60_000,
  });
  return asked.data ?? [];
}

function Keep({ told, patients }: { told: Told; patients: string[] }) {
  const { t } = useLanguage();
  const [patient, setPatient] = useState(patients[0] ?? '');
  const [key] = useState(() => crypto.randomUUID());
  const kept = useMutation({
    mutationFn: (wants_person: boolean) =>
      body(
        api.POST('/api/virtual-doctor/kept', { body: { ...told, patient, key, agreed: true, wants_person } }),
      ),
  });
  if (kept.data) {
    return (
      <p role="status" data-testid="kept">
        {kept.variables ? t.virtualDoctor.keptAndCalled : t.virtualDoctor.kept}
      </p>
    );
  }
  return (
    <>
      <p>{t.virtualDoctor.keepWhat}</p>
      {patients.length > 1 && (
        <div className="vd-replies" role="group" aria-label={t.visit.whose}>
          {patients.map((id) => (
            <button key={id} type="button" aria-pressed={id === patient} onClick={() => setPatient(id)}>
              <Name id={id} />
            </button>
          ))}
        </div>
      )}
      {kept.error && (
        <p role="alert">
          {kept.error instanceof Refusal && kept.error.message ? kept.error.message : t.error.failed}
        </p>
      )}
      <button
        type="button"
        className="vd-primary"
        disabled={kept.isPending}
        onClick={() => kept.mutate(false)}
      >
        {t.virtualDoctor.keep}
      </button>
      <button type="button" className="vd-quiet" disabled={kept.isPending} onClick={() => kept.mutate(true)}>
        {t.virtualDoctor.keepAndCall}
      </button>
    </>
  );
}

function Name({ id }: { id: string }) {
  const asked = usePatientName(id);
  return <>{asked.data ?? id}</>;
}
