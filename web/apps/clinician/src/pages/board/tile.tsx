import type { Unit } from '@xinglin/api';
import { SeverityShape } from '@xinglin/design';
import { useLanguage } from '@xinglin/i18n';
import { Link } from '../../app/router';
import { loadOf, nameIn, takenOf } from './load';

interface TileProps {
  unit: Unit;
  open: boolean;
  isNew: (cell: string) => boolean;
}

/** One unit: how full, how many abnormal and critical results; opens the unit. */
export function UnitTile({ unit, open, isNew }: TileProps) {
  const { t, language } = useLanguage();
  const glow = (cell: string) => (isNew(cell) ? 'glow' : '');
  return (
    <Link
      to={`/board/${encodeURIComponent(unit.id)}${location.search}`}
      className={`tile tile-${unit.critical > 0 ? 'critical' : 'plain'}`}
      aria-current={open ? 'true' : undefined}
      data-testid="unit"
    >
      <span className="tile-name">{nameIn(unit, language)}</span>
      <span className={`tile-load ${glow('occupied')}`}>
        {unit.beds_total > 0 ? <Beds unit={unit} /> : <b>{t.board.people(unit.occupied)}</b>}
      </span>
      <span className="tile-results">
        {unit.critical > 0 && (
          <span className={`flag flag-critical ${glow('critical')}`}>
            <SeverityShape severity="critical" />
            {t.board.critical(unit.critical)}
          </span>
        )}
        {unit.abnormal > 0 && (
          <span className={`flag flag-watch ${glow('abnormal')}`}>
            <SeverityShape severity="watch" />
            {t.board.abnormal(unit.abnormal)}
          </span>
        )}
        {unit.abnormal + unit.critical === 0 && <span className="quiet">{t.board.none}</span>}
      </span>
    </Link>
  );
}

function Beds({ unit }: { unit: Unit }) {
  const { t } = useLanguage();
  const load = loadOf(unit);
  const taken = takenOf(unit);
  return (
    <>
      <span className="tile-beds">
        <b>{t.board.ofBeds(taken, unit.beds_total)}</b>
        <span>
          {t.board.load[load]}
          {load === 'full' ? '' : ` · ${t.board.free(unit.beds_free)}`}
          {unit.waiting > 0 && ` · ${t.board.waiting(unit.waiting)}`}
        </span>
      </span>
      <svg className={`bar bar-${load}`} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect width="100" height="6" className="bar-track" />
        <rect width={(taken / unit.beds_total) * 100} height="6" className="bar-fill" />
      </svg>
    </>
  );
}
