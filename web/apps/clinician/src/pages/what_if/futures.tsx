import { type WhatIf } from '@xinglin/api';
import { SeverityShape } from '@xinglin/design';
import { useLanguage } from '@xinglin/i18n';
import { lazy, Suspense } from 'react';
import { minuteMs } from '../twin/load';
import { mayBeNone, topOf, type Difference, type Future } from './load';

const Band = lazy(() => import('../twin/band'));
const figures = ['wait', 'overtime', 'idle', 'people'] as const;
const heightPx = 180;

/** Both futures: what differs in a sentence, as bars with what nine days in ten lie between, and hour by hour. */
export function Futures({ told }: { told: WhatIf }) {
  const { t } = useLanguage();
  return (
    <section aria-label={t.whatIf.result} aria-live="polite" data-testid="what-if">
      <p className="what-if-said">{t.whatIf.said(told.as_is.wait.mean, told.changed.wait.mean)}</p>
      <Warnings told={told} />
      <table className="what-if-bars">
        <caption className="unseen">{t.whatIf.result}</caption>
        <thead>
          <tr>
            <th scope="col">{t.whatIf.figure}</th>
            <th scope="col">{t.whatIf.both}</th>
            <th scope="col">{t.whatIf.differs}</th>
          </tr>
        </thead>
        <tbody>
          {figures.map((figure) => (
            <Row key={figure} figure={figure} told={told} />
          ))}
        </tbody>
      </table>
      <p className="quiet">{t.whatIf.howToRead(told.replications)}</p>
      <div className="what-if-bands">
        <Hours name={t.whatIf.asIs} future={told.as_is} told={told} />
        <Hours name={t.whatIf.changed} future={told.changed} told={told} />
      </div>
      <p className="quiet">{t.whatIf.doctorHours(hours(told.as_is), hours(told.changed))}</p>
    </section>
  );
}

function hours(future: Future): number {
  return future.doctor_minutes / 60;
}

function Warnings({ told }: { told: WhatIf }) {
  const { t } = useLanguage();
  const percent = Math.round(told.changed.load * 100);
  return (
    <>
      {told.changed.load >= 1 && <Warning words={t.twin.overloaded(percent)} />}
      {told.moved > 0 && <Warning words={t.whatIf.moved(told.moved)} />}
      {told.guess && <p className="quiet">{t.twin.guessVisits(told.visits)}</p>}
    </>
  );
}

function Warning({ words }: { words: string }) {
  return (
    <p className="flag flag-act wrap what-if-flag">
      <SeverityShape severity="act" />
      {words}
    </p>
  );
}

function Row({ figure, told }: { figure: (typeof figures)[number]; told: WhatIf }) {
  const { t } = useLanguage();
  const one = told.as_is[figure];
  const other = told.changed[figure];
  const most = Math.max(one.high, other.high, one.mean, other.mean, 1);
  return (
    <tr data-testid={`what-if-${figure}`}>
      <th scope="row">{t.whatIf.figures[figure]}</th>
      <td>
        <Bar name={t.whatIf.asIs} value={one} most={most} />
        <Bar name={t.whatIf.changed} value={other} most={most} isNew />
      </td>
      <td className="what-if-differs">
        <Differs figure={figure} difference={told[figure]} />
      </td>
    </tr>
  );
}

function Differs({ figure, difference }: { figure: (typeof figures)[number]; difference: Difference }) {
  const { t } = useLanguage();
  if (mayBeNone(difference)) return <>{t.whatIf.same}</>;
  return <>{t.whatIf.difference[figure](difference.mean, difference.low, difference.high)}</>;
}

function Bar(props: { name: string; value: Difference; most: number; isNew?: boolean }) {
  const { t } = useLanguage();
  const { name, value, most } = props;
  const share = (part: number) => `${String((100 * part) / most)}%`;
  return (
    <div className="what-if-bar">
      <span className="what-if-name">{name}</span>
      <span className="what-if-track" aria-hidden>
        <span
          className={props.isNew ? 'what-if-fill what-if-new' : 'what-if-fill'}
          style={{ width: share(value.mean) }}
        />
        <span
          className="what-if-whisker"
          style={{ left: share(value.low), width: share(value.high - value.low) }}
        />
      </span>
      <span className="num">{t.whatIf.figureOf(value.mean, value.low, value.high)}</span>
    </div>
  );
}

function Hours({ name, future, told }: { name: string; future: Future; told: WhatIf }) {
  const { t } = useLanguage();
  return (
    <figure>
      <figcaption>
        {name} · {t.twin.comers}
      </figcaption>
      <Suspense fallback={<div style={{ minHeight: heightPx }} />}>
        <Band
          from={Date.parse(told.at)}
          stepMs={told.step_minutes * minuteMs}
          rows={future.comers}
          heightPx={heightPx}
          top={topOf(told.as_is.comers, told.changed.comers)}
          label={t.twin.bandOf(
            name,
            t.twin.comers,
            t.whatIf.figureOf(future.wait.mean, future.wait.low, future.wait.high),
          )}
        />
      </Suspense>
    </figure>
  );
}
