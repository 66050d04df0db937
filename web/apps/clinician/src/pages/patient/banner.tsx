import { SeverityShape } from '@xinglin/design';
import { formatDay, useLanguage, type Catalogue } from '@xinglin/i18n';
import type { ReactNode } from 'react';
import { useZone } from '../../app/session';
import { idTail, nameOf, otherName, recordNumber } from '../../fhir/person';
import { wordsOf, type Test } from '../../fhir/results';
import { attendingOf, currentVisit, placesOf } from '../../fhir/timeline';
import type { AllergyIntolerance, Patient } from '../../fhir/types';
import { Age, sexWord } from '../../parts/person';
import { Flag } from '../../parts/result';
import { useAllergies, useEncounters, usePlaceWords, type Results } from './record';

/** SNOMED CT codes by which a record says that there is no known allergy. */
const noKnownAllergy = new Set(['716186003', '409137002', '428607008', '429625007']);

interface BannerProps {
  patient: Patient;
  results: Results;
}

/** Who this is, what must never be overlooked, and where they are; always in sight. */
export function Banner({ patient, results }: BannerProps) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const encounters = useEncounters(patient.id);
  const visit = currentVisit(encounters.data ?? []);
  const wordsFor = usePlaceWords(visit ? [visit] : []);
  const place = visit && placesOf(visit)[0];
  const where = place && wordsFor(place);
  const written = otherName(patient);
  const number = recordNumber(patient);
  const tail = idTail(patient);
  const attending = visit && attendingOf(visit);
  return (
    <section className="banner" aria-label={t.patient.banner} data-testid="patient-banner">
      <div className="banner-who">
        <h1>{nameOf(patient) ?? t.person.noName}</h1>
        {written && language === 'en' && <span lang="zh-Latn">{written}</span>}
        <span>{sexWord(t, patient.gender)}</span>
        <span>
          <Age birthDate={patient.birthDate} />
        </span>
        {patient.birthDate && <span className="quiet">{formatDay(patient.birthDate, language, zone)}</span>}
        {tail && <span className="quiet">{t.patient.idTail(tail)}</span>}
        {number && <span className="quiet">{t.patient.mrn(number)}</span>}
      </div>
      <dl className="banner-facts">
        <Fact name={t.patient.allergies}>
          <Allergies patientId={patient.id} />
        </Fact>
        <Fact name={t.patient.where}>
          {visit ? (
            where || '–'
          ) : (
            <NotHere error={encounters.error} isKnown={encounters.data !== undefined} />
          )}
        </Fact>
        {attending && <Fact name={t.patient.attending}>{attending}</Fact>}
        <Fact name={t.patient.warnings}>
          <Warnings patient={patient} results={results} />
        </Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Stands where something is still being read. */
function Unknown() {
  return (
    <span className="quiet" data-testid="unknown-yet">
      …
    </span>
  );
}

/** Nobody is said to be away before their visits were read. */
function NotHere({ error, isKnown }: { error: Error | null; isKnown: boolean }) {
  const { t } = useLanguage();
  if (isKnown) return <span>{t.patient.notHere}</span>;
  return error ? <Flag severity="act" word={t.patient.whereUnread} /> : <Unknown />;
}

function Allergies({ patientId }: { patientId: string }) {
  const { t } = useLanguage();
  const asked = useAllergies(patientId);
  if (asked.error) return <Flag severity="act" word={t.patient.allergyUnread} />;
  if (!asked.data) return <Unknown />;
  const valid = asked.data.filter((one) => codeOf(one, 'verificationStatus') !== 'entered-in-error');
  const none = valid.some((one) => one.code?.coding?.some((coding) => noKnownAllergy.has(coding.code ?? '')));
  const active = valid.filter((one) => {
    const said = one.code?.coding?.some((coding) => noKnownAllergy.has(coding.code ?? '')) ?? false;
    return !said && !['inactive', 'resolved'].includes(codeOf(one, 'clinicalStatus'));
  });
  if (active.length === 0)
    return <span>{none ? t.patient.noKnownAllergy : t.patient.allergyUnrecorded}</span>;
  return (
    <span className="flag flag-critical wrap">
      <SeverityShape severity={active.some((one) => one.criticality === 'high') ? 'critical' : 'act'} />
      {active.map((one) => allergyWords(t, one)).join('; ')}
    </span>
  );
}

function codeOf(allergy: AllergyIntolerance, part: 'clinicalStatus' | 'verificationStatus'): string {
  return allergy[part]?.coding?.[0]?.code ?? '';
}

function allergyWords(t: Catalogue, allergy: AllergyIntolerance): string {
  const reactions = (allergy.reaction ?? [])
    .flatMap((one) => one.manifestation ?? [])
    .map((one) => wordsOf(one));
  const more = [allergy.criticality === 'high' ? t.patient.highRisk : '', ...reactions]
    .filter(Boolean)
    .join(', ');
  return wordsOf(allergy.code) + (more ? ` (${more})` : '');
}

function Warnings({ patient, results }: BannerProps) {
  const { t } = useLanguage();
  const { tests } = results;
  const latest = (severity: string) => tests.filter((test) => test.points[0].severity === severity);
  const deceased = patient.deceasedBoolean === true || patient.deceasedDateTime !== undefined;
  const critical = latest('critical');
  const act = latest('act').length;
  const isUnread = results.isPending || (results.error !== null && tests.length === 0);
  if (!deceased && patient.active !== false && critical.length + act === 0 && !isUnread)
    return <span>{t.patient.noWarnings}</span>;
  return (
    <span className="chips">
      {deceased && <Flag severity="act" word={t.patient.deceased} />}
      {patient.active === false && <Flag severity="watch" word={t.patient.inactive} />}
      {results.isPending && <Unknown />}
      {isUnread && !results.isPending && <Flag severity="act" word={t.patient.warningsUnread} />}
      {critical.length > 0 && (
        <span className="flag flag-critical wrap">
          <SeverityShape severity="critical" />
          {t.patient.criticalResults(critical.length)}: {criticalWords(critical)}
        </span>
      )}
      {act > 0 && <Flag severity="act" word={t.patient.actResults(act)} />}
    </span>
  );
}

/** The first critical results by name, so that nobody must look for them; the banner has room for two. */
function criticalWords(tests: Test[]): string {
  const named = tests
    .slice(0, 2)
    .map(({ name, points: [{ shown, unit }] }) => `${name} ${shown} ${unit}`.trim());
  return named.join('; ') + (tests.length > named.length ? ' …' : '');
}
