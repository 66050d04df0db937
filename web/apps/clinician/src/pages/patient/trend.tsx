import { useLanguage } from '@xinglin/i18n';
import { lazy, Suspense } from 'react';
import type { Test } from '../../fhir/results';
import { Moment } from '../../parts/moment';
import { Judgement } from '../../parts/result';
import { Waiting } from '../../parts/states';
import { Workspace } from '../../parts/workspace';

const Chart = lazy(() => import('./chart'));

/** The course of one test: chart with reference band, and every value as a table. */
export function TrendWorkspace({ test, onClose }: { test: Test; onClose: () => void }) {
  const { t } = useLanguage();
  const numeric = test.points.filter((point) => point.readings.length > 0 && point.at);
  return (
    <Workspace title={test.name} onClose={onClose}>
      {numeric.length > 1 && (
        <Suspense fallback={<Waiting rows={6} />}>
          <Chart test={test} />
        </Suspense>
      )}
      <div className="table-scroll">
        <table className="dense">
          <caption className="unseen">{t.patient.history(test.name)}</caption>
          <thead>
            <tr>
              <th scope="col">{t.patient.when}</th>
              <th scope="col">{t.patient.value}</th>
              <th scope="col">{t.patient.flag}</th>
              <th scope="col">{t.patient.range}</th>
            </tr>
          </thead>
          <tbody>
            {test.points.map((point) => (
              <tr key={point.id}>
                <td>
                  <Moment at={point.at} />
                </td>
                <td>
                  <b className="wrap">{point.shown}</b> {point.unit}
                  {point.status !== 'final' && (
                    <small>{t.patient.statusOf[point.status] ?? point.status}</small>
                  )}
                  {point.note && <div className="quiet">{point.note}</div>}
                </td>
                <td>
                  <Judgement point={point} />
                </td>
                <td>{point.range ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Workspace>
  );
}
