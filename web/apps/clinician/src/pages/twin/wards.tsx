import { useLanguage } from '@xinglin/i18n';
import { lazy, Suspense } from 'react';
import { fullestOf, hourMs, nameIn, told, type Ward } from './load';

const Band = lazy(() => import('./band'));
const heightPx = 128;
const dayHours = 24;

/** A tile a ward: beds taken now, and what is foreseen of the next three days. */
export function Wards({ wards }: { wards: Ward[] }) {
  const { t } = useLanguage();
  const fullest = (ward: Ward) => fullestOf(ward) ?? 0;
  return (
    <section aria-label={t.twin.wards}>
      <header className="twin-head">
        <h2>{t.twin.wards}</h2>
      </header>
      <div className="twin-tiles">
        {wards
          .toSorted((one, other) => fullest(other) - fullest(one))
          .map((ward) => (
            <WardTile key={ward.ward} ward={ward} />
          ))}
      </div>
    </section>
  );
}

function WardTile({ ward }: { ward: Ward }) {
  const { t, language } = useLanguage();
  const name = nameIn(ward, language);
  const tomorrow = told(ward.census[dayHours]);
  const gone = told(ward.discharges[dayHours]);
  const words =
    tomorrow && gone
      ? t.twin.inADay(tomorrow.middle, tomorrow.low, tomorrow.high, gone.low, gone.high)
      : t.twin.notForeseen;
  const full = ward.full?.[dayHours];
  return (
    <article className="twin-tile" data-testid="twin-ward">
      <header>
        <h3>{name}</h3>
        <span className="twin-now">
          <b>{ward.occupied}</b> / {ward.beds} {t.twin.beds}
        </span>
      </header>
      <p className="twin-later">
        {words}
        {full !== undefined && full >= 0.05 && <b> {t.twin.fullBy(Math.round(full * 100))}</b>}
      </p>
      {ward.foreseen_at && ward.census.length > 0 && (
        <Suspense fallback={<div style={{ minHeight: heightPx }} />}>
          <Band
            from={Date.parse(ward.foreseen_at)}
            stepMs={hourMs}
            rows={ward.census}
            heightPx={heightPx}
            limit={ward.beds || undefined}
            label={t.twin.bandOf(name, t.twin.beds, words)}
          />
        </Suspense>
      )}
      {ward.guess && ward.foreseen_at && <small>{t.twin.guessStays(ward.stays)}</small>}
    </article>
  );
}
