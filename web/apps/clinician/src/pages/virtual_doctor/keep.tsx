import { api, body, Refusal, type Session } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from '../../app/router';
import { wasSignedIn } from '../../app/session';
import { read } from '../../fhir/search';
import { usePatientName } from '../consent/load';

type Reply = 'yes' | 'no' | 'unsure';

interface Told {
  words: string;
  answers: Record<string, Reply>;
}

/** What somebody can do with the advice: have it kept for their doctor, be called back, book. */
export function Next({ told, asksPregnancy }: { told: Told; asksPregnancy: boolean }) {
  const { t } = useLanguage();
  const patients = usePatients();
  return (
    <section className="vd-card" aria-label={t.virtualDoctor.next} data-testid="next">
      <h2>{t.virtualDoctor.next}</h2>
      {patients.length > 0 ? (
        <Keep told={told} patients={patients} asksPregnancy={asksPregnancy} />
      ) : (
        <p>{t.virtualDoctor.signInToKeep}</p>
      )}
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

interface KeepProps {
  told: Told;
  patients: string[];
  asksPregnancy: boolean;
}

function Keep({ told, patients, asksPregnancy }: KeepProps) {
  const { t } = useLanguage();
  const [patient, setPatient] = useState(patients[0] ?? '');
  const [key] = useState(() => crypto.randomUUID());
  const [pregnant, setPregnant] = useState<Reply | null>(null);
  const isMale = useIsMale(patient);
  const answers = pregnant ? { ...told.answers, pregnant } : told.answers;
  const kept = useMutation({
    mutationFn: (wants_person: boolean) =>
      body(
        api.POST('/api/virtual-doctor/kept', {
          body: { ...told, answers, patient, key, agreed: true, wants_person },
        }),
      ),
  });
  if (kept.data) {
    return (
      <>
        <p role="status" data-testid="kept">
          {kept.variables ? t.virtualDoctor.keptAndCalled : t.virtualDoctor.kept}
        </p>
        {kept.data.tests.length > 0 && <Tests listed={kept.data.tests.flatMap((one) => one.tests)} />}
      </>
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
      {asksPregnancy && isMale === false && (
        <div role="group" aria-label={t.ahead.pregnancy} data-testid="asks-pregnancy">
          <p>{t.ahead.pregnancy}</p>
          <div className="vd-replies">
            {(['yes', 'no', 'unsure'] as const).map((reply) => (
              <button
                key={reply}
                type="button"
                aria-pressed={reply === pregnant}
                onClick={() => setPregnant(reply)}
              >
                {t.virtualDoctor[reply]}
              </button>
            ))}
          </div>
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

/** What a doctor will look at, to be done before the visit. */
function Tests({ listed }: { listed: { zh: string; en: string }[] }) {
  const { t, language } = useLanguage();
  return (
    <div data-testid="proposed">
      <p>{t.ahead.proposedNow}</p>
      <ul>
        {listed.map((one) => (
          <li key={one.en}>{language === 'en' ? one.en : one.zh}</li>
        ))}
      </ul>
    </div>
  );
}

/** Null until it is known; whoever's sex nobody wrote down is asked. */
function useIsMale(id: string): boolean | null {
  const asked = useQuery({
    queryKey: ['patient-sex', id],
    queryFn: async () =>
      ((await read(`/fhir/Patient/${encodeURIComponent(id)}`)) as { gender?: string }).gender ?? '',
    enabled: id !== '',
    staleTime: 600_000,
  });
  return asked.data === undefined ? null : asked.data === 'male';
}

function Name({ id }: { id: string }) {
  const asked = usePatientName(id);
  return <>{asked.data ?? id}</>;
}
