import { api, body, type Board as BoardData, type Unit } from '@xinglin/api';
import { formatTime, useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { Input, Segmented } from 'antd';
import { useMemo } from 'react';
import '../../styles/board.css';
import { useRefresh } from '../../app/refresh';
import { navigate, useAddress } from '../../app/router';
import { useZone } from '../../app/session';
import { useGlow } from '../../parts/glow';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { agesMs, kinds, loadOf, takenOf } from './load';
import { UnitTile } from './tile';
import { UnitView } from './unit';

const restMs = 2_000;

/** All units; beside them the opened one. */
export function Board({ unitId }: { unitId: string | null }) {
  const { t } = useLanguage();
  const board = useQuery({
    queryKey: ['board'],
    queryFn: () => body(api.GET('/api/board')),
    refetchInterval: agesMs,
  });
  useRefresh(
    (change) => change.name === 'board.changed',
    () => void board.refetch(),
    restMs,
  );
  if (!board.data && board.error) return <Trouble error={board.error} onRetry={() => void board.refetch()} />;
  if (!board.data) return <Waiting rows={10} />;
  return (
    <div className={unitId ? 'board board-open' : 'board'}>
      <section className="board-units" aria-label={t.board.units}>
        <Units board={board.data} openId={unitId} />
      </section>
      {unitId && <UnitView key={unitId} id={unitId} />}
    </div>
  );
}

function Units({ board, openId }: { board: BoardData; openId: string | null }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const [address, change] = useAddress();
  const cells = useMemo(() => cellsOf(board.units), [board.units]);
  const glow = useGlow('board', cells);
  const kind = address.get('kind') ?? 'all';
  const wanted = (address.get('unit') ?? '').toLowerCase();
  const shown = board.units.filter(
    (unit) =>
      (kind === 'all' || unit.kind === kind) && `${unit.name} ${unit.name_en}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      <header className="page-head">
        <h1>{t.board.title}</h1>
        <p className="page-aside">
          <span className="as-of">{t.live.asOf(formatTime(board.as_of, language, zone))}</span>
          <button type="button" className="news" data-testid="board-news" onClick={glow.seen}>
            {glow.news > 0 ? t.live.news(glow.news) : t.live.noNews}
          </button>
        </p>
      </header>
      <Totals units={board.units} />
      <div className="filters">
        <Segmented
          name="kind"
          aria-label={t.board.kind}
          value={kind}
          onChange={(value) => change({ kind: value === 'all' ? '' : value })}
          options={['all', ...kinds].map((value) => ({ value, label: t.board[value as 'all' | 'ward'] }))}
        />
        <Input
          allowClear
          aria-label={t.board.filter}
          placeholder={t.board.filter}
          value={address.get('unit') ?? ''}
          onChange={(event) => change({ unit: event.target.value })}
        />
      </div>
      {shown.length === 0 && <NoUnits any={board.units.length > 0} text={address.get('unit') ?? ''} />}
      <ul className="tiles">
        {shown.map((unit) => (
          <li key={unit.id}>
            <UnitTile
              unit={unit}
              open={unit.id === openId}
              isNew={(cell) => glow.isNew(`${unit.id}/${cell}`)}
            />
          </li>
        ))}
      </ul>
    </>
  );
}

function cellsOf(units: Unit[]): Map<string, string> {
  const cells = new Map<string, string>();
  for (const unit of units) {
    cells.set(`${unit.id}/occupied`, `${unit.occupied}/${unit.beds_free}/${unit.beds_total}`);
    cells.set(`${unit.id}/abnormal`, String(unit.abnormal));
    cells.set(`${unit.id}/critical`, String(unit.critical));
  }
  return cells;
}

function Totals({ units }: { units: Unit[] }) {
  const { t } = useLanguage();
  const sum = (pick: (unit: Unit) => number) => units.reduce((total, unit) => total + pick(unit), 0);
  const wards = units.filter((unit) => unit.beds_total > 0);
  const beds = sum((unit) => unit.beds_total);
  const full = wards.filter((unit) => loadOf(unit) === 'full').length;
  const figures: [string, string][] = [
    [t.board.occupied, t.board.ofBeds(sum(takenOf), beds)],
    [t.board.present, t.board.people(sum((unit) => (unit.beds_total > 0 ? unit.waiting : unit.occupied)))],
    [t.board.load.full, String(full)],
    [t.interpretation.A ?? '', t.board.people(sum((unit) => unit.abnormal))],
    [t.severity.critical, t.board.people(sum((unit) => unit.critical))],
  ];
  return (
    <dl className="figures">
      {figures.map(([name, figure]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{figure}</dd>
        </div>
      ))}
    </dl>
  );
}

function NoUnits({ any, text }: { any: boolean; text: string }) {
  const { t } = useLanguage();
  if (!any) {
    const action = { label: t.board.emptyDo, run: () => navigate('/messages') };
    return <Empty title={t.board.emptyTitle} what={t.board.emptyWhat} action={action} />;
  }
  const find = {
    label: t.board.noMatchDo,
    run: () => navigate(`/patients?find=${encodeURIComponent(text)}`),
  };
  return <Empty title={t.board.noMatchTitle} what={t.board.noMatchWhat} action={find} />;
}
