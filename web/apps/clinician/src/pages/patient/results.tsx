import { compareGravity, Sparkline } from '@xinglin/design';
import { useLanguage } from '@xinglin/i18n';
import { Button, Segmented } from 'antd';
import { useMemo, useState } from 'react';
import type { Point, Test } from '../../fhir/results';
import { useGlow } from '../../parts/glow';
import { Moment } from '../../parts/moment';
import { Judgement } from '../../parts/result';
import { Empty, Trouble, Waiting } from '../../parts/states';
import type { Results } from './record';
import { TrendWorkspace } from './trend';

const sparkPoints = 12;

/** All tests of a patient, the latest value of each; a test opens its trend. */
export function ResultList({ patientId, results }: { patientId: string; results: Results }) {
  const { t } = useLanguage();
  const [onlyAbnormal, setOnlyAbnormal] = useState(false);
  const [openKey, setOpenKey] = useState<string | null>(null);
  const cells = useMemo(() => cellsOf(results), [results]);
  const glow = useGlow(`results ${patientId}`, cells);
  const places = usePlaces(results.tests);
  const shown = results.tests.filter((test) => !onlyAbnormal || test.points[0].severity !== 'normal');
  const open = results.tests.find((test) => test.key === openKey);
  return (
    <section className="part part-results" aria-label={t.patient.results}>
      <header className="page-head">
        <h2>{t.patient.results}</h2>
        <div className="page-aside">
          <button type="button" className="news" data-testid="results-news" onClick={glow.seen}>
            {glow.news > 0 ? t.live.news(glow.news) : t.live.noNews}
          </button>
          <Segmented
            size="small"
            name="severity"
            aria-label={t.patient.show}
            value={onlyAbnormal ? 'abnormal' : 'all'}
            onChange={(value) => setOnlyAbnormal(value === 'abnormal')}
            options={[
              { value: 'all', label: t.patient.all },
              { value: 'abnormal', label: t.patient.onlyAbnormal },
            ]}
          />
        </div>
      </header>
      <ResultState results={results} shown={shown.length} />
      {shown.length > 0 && (
        <ResultTable
          tests={inPlace(shown, places)}
          isNew={glow.isNew}
          openKey={openKey}
          onOpen={setOpenKey}
        />
      )}
      {results.older && (
        <p className="older">
          <span className="quiet">{t.patient.shown(results.observations.length)}</span>
          <Button onClick={results.older}>{t.patient.older}</Button>
        </p>
      )}
      {open && <TrendWorkspace test={open} onClose={() => setOpenKey(null)} />}
    </section>
  );
}

function ResultState({ results, shown }: { results: Results; shown: number }) {
  const { t } = useLanguage();
  if (results.isPending) return <Waiting rows={8} />;
  if (results.error && results.tests.length === 0)
    return <Trouble error={results.error} onRetry={results.retry} />;
  if (results.tests.length === 0)
    return <Empty title={t.patient.resultsEmpty} what={t.patient.resultsEmptyWhat} />;
  return shown === 0 ? <Empty title={t.patient.noneAbnormal} what={t.patient.noneAbnormalWhat} /> : null;
}

function cellsOf(results: Results): Map<string, string> | null {
  if (results.isPending) return null;
  return new Map(
    results.tests.map(({ key, points: [latest] }) => [
      key,
      `${latest.id} ${latest.shown} ${latest.interpretation ?? ''}`,
    ]),
  );
}

/**
 * The place each test keeps while the page is open: gravest first as it was on opening, tests that come later on
 * top of their group.
 */
function usePlaces(tests: Test[]): ReadonlyMap<string, number> {
  const [places, setPlaces] = useState<ReadonlyMap<string, number>>(new Map());
  const unplaced = tests.filter((test) => !places.has(test.key));
  if (unplaced.length === 0) return places;
  const lowest = Math.min(0, ...places.values());
  const sorted = [...unplaced].sort(
    (one, other) =>
      compareGravity(one.points[0].severity, other.points[0].severity) || one.name.localeCompare(other.name),
  );
  const next = new Map(places);
  sorted.forEach((test, index) => next.set(test.key, lowest - sorted.length + index));
  setPlaces(next);
  return next;
}

const categoryOrder = [
  'vital-signs',
  'laboratory',
  'imaging',
  'exam',
  'procedure',
  'survey',
  'social-history',
];

function inPlace(tests: Test[], places: ReadonlyMap<string, number>): [string, Test[]][] {
  const groups = new Map<string, Test[]>();
  for (const test of [...tests].sort(
    (one, other) => (places.get(one.key) ?? 0) - (places.get(other.key) ?? 0),
  )) {
    groups.set(test.category, [...(groups.get(test.category) ?? []), test]);
  }
  const rank = (category: string) =>
    (categoryOrder.indexOf(category) + categoryOrder.length + 1) % (categoryOrder.length + 1);
  return [...groups].sort(([one], [other]) => rank(one) - rank(other));
}

interface TableProps {
  tests: [string, Test[]][];
  isNew: (cell: string) => boolean;
  openKey: string | null;
  onOpen: (key: string) => void;
}

function ResultTable({ tests, isNew, openKey, onOpen }: TableProps) {
  const { t } = useLanguage();
  const heads = [
    t.patient.test,
    t.patient.latest,
    t.patient.flag,
    t.patient.range,
    t.patient.trend,
    t.patient.when,
  ];
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t.patient.resultsTable}>
      <table className="dense results">
        <caption className="unseen">{t.patient.resultsTable}</caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        {tests.map(([category, group]) => (
          <tbody key={category}>
            <tr className="group-row">
              <th colSpan={6} scope="rowgroup">
                {t.patient.category[category] ?? category}
              </th>
            </tr>
            {group.map((test) => (
              <ResultRow
                key={test.key}
                test={test}
                glow={isNew(test.key)}
                open={test.key === openKey}
                onOpen={() => onOpen(test.key)}
              />
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

interface RowProps {
  test: Test;
  glow: boolean;
  open: boolean;
  onOpen: () => void;
}

function ResultRow({ test, glow, open, onOpen }: RowProps) {
  const { t } = useLanguage();
  const [latest, before] = test.points;
  return (
    <tr className={`row-${latest.severity}`} data-testid="result" onClick={onOpen} data-open={open}>
      <th scope="row" data-cell="test">
        <button
          type="button"
          className="link-button"
          aria-label={t.patient.open(test.name)}
          aria-expanded={open}
          onClick={(event) => {
            event.stopPropagation();
            onOpen();
          }}
        >
          {test.name}
        </button>
      </th>
      <td className={glow ? 'glow' : undefined} data-cell="value">
        <b>{latest.shown}</b> {latest.unit} <Direction latest={latest} before={before} />
      </td>
      <td data-cell="flag">
        <Judgement point={latest} />
      </td>
      <td data-cell="range">{latest.range ?? <span className="quiet">{t.patient.noRange}</span>}</td>
      <td data-cell="trend">
        <Spark test={test} />
      </td>
      <td data-cell="when">
        <Moment at={latest.at} />
      </td>
    </tr>
  );
}

function Direction({ latest, before }: { latest: Point; before: Point | undefined }) {
  const { t } = useLanguage();
  const now = latest.readings[0]?.value;
  const then = before?.readings[0]?.value;
  if (now === undefined || then === undefined || latest.readings.length > 1) return null;
  const [sign, words] =
    now > then ? ['↑', t.patient.rising] : now < then ? ['↓', t.patient.falling] : ['→', t.patient.steady];
  const apart = Number(Math.abs(now - then).toPrecision(3));
  return (
    <span className="quiet" title={words}>
      <span aria-hidden="true">
        {sign}
        {apart === 0 ? '' : apart}
      </span>
      <span className="unseen">{words}</span>
    </span>
  );
}

function Spark({ test }: { test: Test }) {
  const { t } = useLanguage();
  const values = test.points.slice(0, sparkPoints).flatMap((point) => point.readings[0]?.value ?? []);
  if (values.length < 2)
    return (
      <span className="quiet">
        {test.points.length > 1 ? t.patient.times(test.points.length) : t.patient.one}
      </span>
    );
  const [latest] = test.points;
  return (
    <Sparkline
      values={values.reverse()}
      low={latest.low}
      high={latest.high}
      label={t.patient.trendOf(test.name, values.length)}
    />
  );
}
