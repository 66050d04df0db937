import { formatDay, type Catalogue, type Language } from '@xinglin/i18n';
import { decisionOf, isInCare, kindOf, type Consent, type Provision } from '../../fhir/consent';

interface Reader {
  t: Catalogue;
  language: Language;
  zone: string;
}

export interface Told {
  title: string;
  lines: string[];
}

/** A consent in plain words: our own shapes by what the patient chose, others provision by provision. */
export function tell(consent: Consent, reader: Reader): Told {
  const { t } = reader;
  const root = consent.provision;
  const kind = kindOf(consent);
  const span = spanOf(consent, reader);
  if (!root) return { title: consent.scope.text ?? t.consent.mine, lines: [span] };
  if (kind === 'onlyCare') return { title: t.consent.careOnly, lines: [t.consent.careOnlyWhat, span] };
  if (kind === 'oneDoctor') return { title: t.consent.permits(whoOf(root, reader)), lines: [span] };
  if (kind === 'sensitiveClosed') {
    const doctors = (root.provision ?? []).map((one) => whoOf(one, reader)).join(', ');
    const lines = doctors ? [t.consent.except(doctors), span] : [span];
    return { title: t.consent.deniesSensitive(t.consent.everybody), lines };
  }
  const [title = '', ...lines] = provisionLines(root, null, reader);
  return { title, lines: [...lines, span] };
}

function provisionLines(one: Provision, around: 'permit' | 'deny' | null, reader: Reader): string[] {
  const { t } = reader;
  const decision = decisionOf(one, around);
  const who = whoOf(one, reader);
  const sensitive = (one.securityLabel?.length ?? 0) > 0;
  const own =
    decision === 'permit'
      ? (sensitive ? t.consent.permitsSensitive : t.consent.permits)(who)
      : (sensitive ? t.consent.deniesSensitive : t.consent.denies)(who);
  const limits = [...(one.class ?? []), ...(one.purpose ?? [])].map(
    (coding) => coding.display ?? coding.code ?? '',
  );
  const narrowed = limits.length > 0 ? [t.consent.only(limits.filter(Boolean).join(', '))] : [];
  return [
    own,
    ...narrowed,
    ...(one.provision ?? []).flatMap((inner) => provisionLines(inner, decision, reader)),
  ];
}

function whoOf(one: Provision, { t }: Reader): string {
  const names = (one.actor ?? []).map((actor) =>
    isInCare(actor)
      ? t.consent.inCare
      : (actor.reference.display ?? actor.reference.reference ?? t.consent.anyOther),
  );
  return names.join(', ') || t.consent.everybody;
}

function spanOf({ dateTime, provision }: Consent, { t, language, zone }: Reader): string {
  const start = provision?.period?.start ?? dateTime;
  const end = provision?.period?.end;
  const since = start ? t.consent.since(formatDay(start, language, zone)) : '';
  return [since, end ? t.consent.until(formatDay(end, language, zone)) : t.consent.always]
    .filter(Boolean)
    .join(', ');
}
