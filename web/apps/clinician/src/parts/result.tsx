import { severityOf, SeverityShape, type Severity } from '@xinglin/design';
import { useLanguage, type Catalogue } from '@xinglin/i18n';
import { unitWords, type Point } from '../fhir/results';

export function interpretationWord(t: Catalogue, interpretation: string | null | undefined): string {
  const known = interpretation ? t.interpretation[interpretation] : undefined;
  return known ?? t.severity[severityOf(interpretation)];
}

/** Severity as shape, colour and word. */
export function Flag({ severity, word }: { severity: Severity; word: string }) {
  return (
    <span className={`flag flag-${severity}`}>
      <SeverityShape severity={severity} />
      {word}
    </span>
  );
}

/** How one value is, as far as anybody said. */
export function Judgement({ point }: { point: Pick<Point, 'severity' | 'interpretation' | 'judged'> }) {
  const { t } = useLanguage();
  if (!point.judged) return <span className="quiet">{t.patient.unjudged}</span>;
  return <Flag severity={point.severity} word={interpretationWord(t, point.interpretation)} />;
}

interface ResultProps {
  name: string;
  value: string | number | null | undefined;
  unit: string | null | undefined;
  interpretation: string | null | undefined;
  range: string | null | undefined;
}

/** A result outside its range, in one line; the range stands on hover and for readers of the page's text. */
export function ResultChip({ name, value, unit, interpretation, range }: ResultProps) {
  const { t } = useLanguage();
  const severity = severityOf(interpretation);
  const word = interpretationWord(t, interpretation);
  return (
    <span className={`chip chip-${severity}`} title={range ? `${name} · ${t.patient.range} ${range}` : name}>
      <SeverityShape severity={severity} />
      <span>{name}</span>
      <b>
        {value ?? ''}
        {unit ? ` ${unitWords(unit)}` : ''}
      </b>
      <span>{word}</span>
    </span>
  );
}
