import { formatNumber, useLanguage } from '@xinglin/i18n';
import type { Calibration } from './load';

const enough = 30;

/** How true foresight came, in plain words. */
export function CalibrationWords({ rows }: { rows: Calibration[] }) {
  const { t, language } = useLanguage();
  const known = rows.filter((row) => row.told >= enough);
  return (
    <section aria-label={t.twin.calibration}>
      <header className="twin-head">
        <h2>{t.twin.calibration}</h2>
      </header>
      {known.length === 0 ? (
        <p className="quiet">{t.twin.notCalibrated}</p>
      ) : (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={t.twin.calibration}>
          <table className="dense twin-calibration">
            <thead>
              <tr>
                {t.twin.calibrationHeads.map((head, place) => (
                  <th key={head} scope="col" className={place ? 'number' : undefined}>
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {known.map((row) => (
                <tr key={row.what}>
                  <th scope="row">{t.twin.foreseenOf[row.what] ?? row.what}</th>
                  <td className="number">{formatNumber(row.told, language)}</td>
                  {[row.within_50, row.within_80, row.within_95].map((share, place) => (
                    <td key={place} className="number">
                      {Math.round(share * 100)}
                    </td>
                  ))}
                  <td className="number">{formatNumber(Math.round(row.error * 10) / 10, language)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {known
        .filter((row) => row.what === 'who_waits')
        .map((row) => (
          <p key={row.what}>{t.twin.cameTrue(Math.round(row.within_80 * 100))}</p>
        ))}
    </section>
  );
}
