import type { TriedPlan } from '@xinglin/api';
import { SeverityShape } from '@xinglin/design';
import { formatNumber, useLanguage } from '@xinglin/i18n';
import { measures, type Arm, type Estimate, type Measure } from './load';

/** Both plans beside each other: bars with the whiskers of their intervals, then the same as a table. */
export function Result({ tried }: { tried: TriedPlan }) {
  const { t, language } = useLanguage();
  return (
    <section aria-label={t.whatIf.wide} data-testid="what-if-result">
      <Warnings name={t.whatIf.usual} arm={tried.usual} />
      <Warnings name={t.whatIf.changed} arm={tried.changed} />
      <div className="what-if-bars">
        {measures.map((measure) => (
          <Pair key={measure} measure={measure} tried={tried} />
        ))}
      </div>
      <p className="quiet">{t.whatIf.bars}</p>
      <Table tried={tried} />
      <p className="quiet">
        {t.whatIf.basis(
          formatNumber(tried.visits, language),
          tried.past_days,
          formatNumber(tried.replications, language),
          formatNumber(tried.seconds, language),
        )}{' '}
        {!tried.narrow && t.whatIf.notNarrow}
      </p>
    </section>
  );
}

function Warnings({ name, arm }: { name: string; arm: Arm }) {
  const { t, language } = useLanguage();
  const hours = formatNumber(Math.round(arm.doctor_hours * 10) / 10, language);
  const patients = formatNumber(Math.round(arm.patients), language);
  return (
    <>
      <p className="what-if-plan">
        <b>{name}</b> {t.whatIf.plan(arm.doctors, hours, patients)}
      </p>
      {arm.unstable && (
        <p className="flag flag-act twin-flag">
          <SeverityShape severity="act" />
          {t.whatIf.unstable(Math.round(arm.load * 100))}
        </p>
      )}
      {arm.unplaced > 0 && <p className="what-if-plan">{t.whatIf.unplaced(arm.unplaced)}</p>}
    </>
  );
}

function Pair({ measure, tried }: { measure: Measure; tried: TriedPlan }) {
  const { t } = useLanguage();
  const usual = tried.usual.figures[measure];
  const changed = tried.changed.figures[measure];
  const most = Math.max(usual.high, changed.high, Number.EPSILON);
  return (
    <article className="what-if-pair">
      <h2>{t.whatIf.figure[measure]}</h2>
      <BarRow name={t.whatIf.usual} value={usual} most={most} measure={measure} />
      <BarRow name={t.whatIf.changed} value={changed} most={most} measure={measure} strong />
      <p>
        <Verdict measure={measure} value={tried.difference[measure]} />
      </p>
    </article>
  );
}

function BarRow(props: { name: string; value: Estimate; most: number; measure: Measure; strong?: boolean }) {
  const { language } = useLanguage();
  const share = (value: number) => `${String(Math.max(0, (value / props.most) * 100))}%`;
  const { mean, low, high } = props.value;
  return (
    <div className="what-if-row">
      <span>{props.name}</span>
      <span className="what-if-track" aria-hidden="true">
        <i
          className={props.strong ? 'what-if-bar what-if-strong' : 'what-if-bar'}
          style={{ width: share(mean) }}
        />
        <i className="what-if-whisker" style={{ left: share(low), width: share(high - Math.max(0, low)) }} />
      </span>
      <b>{told(mean, props.measure, language)}</b>
    </div>
  );
}

/** Every figure of these is the better the smaller; where zero lies within the interval nothing can be told. */
function Verdict({ measure, value }: { measure: Measure; value: Estimate }) {
  const { t, language } = useLanguage();
  const words = t.whatIf.range(
    signed(value.mean, measure, language),
    signed(value.low, measure, language),
    signed(value.high, measure, language),
  );
  const verdict = value.high < 0 ? t.whatIf.better : value.low > 0 ? t.whatIf.worse : t.whatIf.unsure;
  return (
    <>
      {words} <b>{verdict}</b>
    </>
  );
}

function Table({ tried }: { tried: TriedPlan }) {
  const { t, language } = useLanguage();
  const range = (one: Estimate, measure: Measure) =>
    t.whatIf.range(
      told(one.mean, measure, language),
      told(one.low, measure, language),
      told(one.high, measure, language),
    );
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t.whatIf.measure}>
      <table className="dense what-if-table">
        <thead>
          <tr>
            {[t.whatIf.measure, t.whatIf.usual, t.whatIf.changed, t.whatIf.difference].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {measures.map((measure) => (
            <tr key={measure}>
              <th scope="row">{t.whatIf.figure[measure]}</th>
              <td>{range(tried.usual.figures[measure], measure)}</td>
              <td>{range(tried.changed.figures[measure], measure)}</td>
              <td>
                <Verdict measure={measure} value={tried.difference[measure]} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function told(value: number, measure: Measure, language: string): string {
  const rounded = measure === 'cost' ? Math.round(value) : Math.round(value * 10) / 10;
  return formatNumber(rounded === 0 ? 0 : rounded, language);
}

function signed(value: number, measure: Measure, language: string): string {
  const words = told(value, measure, language);
  return value > 0 && words !== '0' ? `+${words}` : words;
}
