import { SeverityShape } from '@xinglin/design';
import { useLanguage } from '@xinglin/i18n';
import { Segmented } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useZone } from '../../app/session';
import { after, byNeed, clockOf, hourMs, minuteMs, nameIn, told, type Clinic } from './load';
import { TryLink } from './try_link';

const Band = lazy(() => import('./band'));
const heightPx = 128;

type Figure = 'comers' | 'length';

/** A tile a clinic: who waits now, and what is foreseen of the next four hours. */
export function Clinics(props: {
  clinics: Clinic[];
  stepMinutes: number;
  onOpen: (service: string) => void;
}) {
  const { t } = useLanguage();
  const [figure, setFigure] = useState<Figure>('comers');
  return (
    <section aria-label={t.twin.clinics}>
      <header className="twin-head">
        <h2>{t.twin.clinics}</h2>
        <Segmented<Figure>
          value={figure}
          onChange={setFigure}
          aria-label={t.twin.figure}
          options={[
            { value: 'comers', label: t.twin.comers },
            { value: 'length', label: t.twin.length },
          ]}
        />
      </header>
      <div className="twin-tiles">
        {props.clinics.toSorted(byNeed).map((clinic) => (
          <ClinicTile
            key={clinic.service}
            clinic={clinic}
            figure={figure}
            stepMs={props.stepMinutes * minuteMs}
            onOpen={() => props.onOpen(clinic.service)}
          />
        ))}
      </div>
    </section>
  );
}

function ClinicTile(props: { clinic: Clinic; figure: Figure; stepMs: number; onOpen: () => void }) {
  const { t, language } = useLanguage();
  const { clinic, figure, stepMs } = props;
  const rows = clinic[figure];
  const name = nameIn(clinic, language);
  const later = told(after(rows, hourMs, stepMs));
  const words = later ? t.twin.inAnHour[figure](later.middle, later.low, later.high) : t.twin.notForeseen;
  return (
    <article className={clinic.overflow ? 'twin-tile twin-over' : 'twin-tile'} data-testid="twin-clinic">
      <header>
        <h3>
          <button type="button" className="twin-open" onClick={props.onOpen}>
            {name}
          </button>
        </h3>
        <span className="twin-now">
          <b>{clinic.waiting}</b> {t.twin.waiting} · {clinic.in_room} {t.twin.inRoom} · {clinic.at_tests}{' '}
          {t.twin.atTests}
        </span>
      </header>
      {clinic.overflow && (
        <>
          <Over clinic={clinic} />
          <TryLink service={clinic.service} />
        </>
      )}
      <p className="twin-later">{words}</p>
      {clinic.foreseen_at && rows.some(Boolean) && (
        <Suspense fallback={<div style={{ minHeight: heightPx }} />}>
          <Band
            from={Date.parse(clinic.foreseen_at)}
            stepMs={stepMs}
            rows={rows}
            heightPx={heightPx}
            label={t.twin.bandOf(name, t.twin[figure], words)}
          />
        </Suspense>
      )}
      {clinic.guess && clinic.foreseen_at && <small>{t.twin.guessVisits(clinic.visits)}</small>}
    </article>
  );
}

function Over({ clinic }: { clinic: Clinic }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const over = clinic.overflow;
  if (!over) return null;
  const load = Math.round(over.load * 100);
  return (
    <p className="flag flag-act twin-flag">
      <SeverityShape severity="act" />
      {over.at
        ? t.twin.overflows(clockOf(over.at, language, zone), over.over_minutes, load)
        : t.twin.overloaded(load)}
    </p>
  );
}
