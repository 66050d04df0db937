import { api, body, type Stay, type UnitBoard } from '@xinglin/api';
import { formatTime, useLanguage } from '@xinglin/i18n';
import { LeftOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Input, Segmented } from 'antd';
import { useMemo, useState } from 'react';
import { useRefresh } from '../../app/refresh';
import { Link, useAddress } from '../../app/router';
import { useZone } from '../../app/session';
import { useGlow } from '../../parts/glow';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { BedMap } from './bed_map';
import { agesMs, inPlace, nameIn, takenOf } from './load';
import { StayTable } from './stays';

const restMs = 1_000;

/** Who lies or waits in one unit. */
export function UnitView({ id }: { id: string }) {
  const { t, language } = useLanguage();
  const asked = useQuery({
    queryKey: ['unit', id],
    queryFn: () => body(api.GET('/api/board/units/{unit_id}', { params: { path: { unit_id: id } } })),
    refetchInterval: agesMs,
  });
  useRefresh(
    (change) => change.name === 'board.changed' && (change.body.units?.includes(id) ?? true),
    () => void asked.refetch(),
    restMs,
  );
  const trouble = !asked.data && asked.error;
  return (
    <section className="unit" aria-label={asked.data ? nameIn(asked.data.unit, language) : t.board.title}>
      <Link to={`/board${location.search}`} className="unit-back">
        <LeftOutlined aria-hidden /> {t.board.allUnits}
      </Link>
      {trouble && <Trouble error={asked.error} onRetry={() => void asked.refetch()} />}
      {!asked.data && !trouble && <Waiting rows={12} />}
      {asked.data && <Unit data={asked.data} />}
    </section>
  );
}

function Unit({ data }: { data: UnitBoard }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const [address, change] = useAddress();
  const [text, setText] = useState('');
  const cells = useMemo(() => cellsOf(data.stays), [data.stays]);
  const glow = useGlow(data.unit.id, cells);
  const wanted = text.trim().toLowerCase();
  const stays = inPlace(data.stays).filter((stay) =>
    `${stay.patient_name} ${stay.bed ?? ''} ${stay.bed_en ?? ''}`.toLowerCase().includes(wanted),
  );
  const view = address.get('view') === 'map' && data.unit.beds_total > 0 ? 'map' : 'list';
  const name = nameIn(data.unit, language);
  return (
    <>
      <header className="page-head">
        <h2>{name}</h2>
        <p className="page-aside">
          <span className="as-of">{t.live.asOf(formatTime(data.as_of, language, zone))}</span>
          <button type="button" className="news" data-testid="unit-news" onClick={glow.seen}>
            {glow.news > 0 ? t.live.news(glow.news) : t.live.noNews}
          </button>
        </p>
      </header>
      <div className="filters">
        <Input
          allowClear
          aria-label={t.board.filterStays}
          placeholder={t.board.filterStays}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {data.unit.beds_total > 0 && (
          <Segmented
            name="view"
            aria-label={t.board.view}
            value={view}
            onChange={(value) => change({ view: value === 'map' ? 'map' : '' })}
            options={[
              { value: 'list', label: t.board.list },
              { value: 'map', label: t.board.map },
            ]}
          />
        )}
        <span className="quiet">
          {data.unit.beds_total > 0
            ? `${t.board.ofBeds(takenOf(data.unit), data.unit.beds_total)} · ${t.board.emptyBeds(data.unit.beds_free)}${
                data.unit.waiting > 0 ? ` · ${t.board.waiting(data.unit.waiting)}` : ''
              }`
            : t.board.people(data.unit.occupied)}
        </span>
      </div>
      <Stays data={data} stays={stays} view={view} wanted={wanted} isNew={glow.isNew} name={name} />
    </>
  );
}

interface StaysProps {
  data: UnitBoard;
  stays: Stay[];
  view: 'list' | 'map';
  wanted: string;
  name: string;
  isNew: (cell: string) => boolean;
}

function Stays({ data, stays, view, wanted, name, isNew }: StaysProps) {
  const { t } = useLanguage();
  const beds = data.empty_beds.filter((bed) => `${bed.name} ${bed.name_en}`.toLowerCase().includes(wanted));
  if (view === 'map' && stays.length + beds.length > 0) {
    return <BedMap stays={stays} emptyBeds={beds} isNew={isNew} />;
  }
  if (stays.length > 0) return <StayTable stays={stays} label={t.board.tableLabel(name)} isNew={isNew} />;
  if (wanted) return <Empty title={t.board.stayNoMatch} what={t.board.stayNoMatchWhat} />;
  return <Empty title={t.board.unitEmptyTitle} what={t.board.unitEmptyWhat} />;
}

function cellsOf(stays: Stay[]): Map<string, string> {
  const cells = new Map<string, string>();
  for (const stay of stays) {
    const id = stay.encounter_id;
    cells.set(`${id}/patient`, `${stay.patient_id} ${stay.patient_name}`);
    cells.set(`${id}/bed`, stay.bed ?? '');
    cells.set(`${id}/status`, stay.status);
    cells.set(`${id}/attending`, stay.attending);
    const results = stay.abnormal.map((one) => `${one.observation_id} ${one.value} ${one.interpretation}`);
    cells.set(`${id}/results`, results.sort().join());
  }
  return cells;
}
