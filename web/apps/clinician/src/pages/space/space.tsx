import { api, body } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { Button, Input, Segmented, Select } from 'antd';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import '../../styles/devices.css';
import '../../styles/space.css';
import { Link, navigate, useAddress } from '../../app/router';
import { useSession } from '../../app/session';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { useBuildings, useHouse, useNames, type House, type RoomShape } from './load';
import { Plan, type RoomState } from './plan';

const Scene = lazy(() => import('./scene'));
const views = ['solid', 'plan', 'list'] as const;
type View = (typeof views)[number];
const builders = ['registrar', 'medical_director', 'system_administrator'];
const anewMs = 30_000;

/** The house: storeys in 3-D, as a plan or as a list, coloured by what goes on in their wards and clinics. */
export default function Space() {
  const { t } = useLanguage();
  const { roles } = useSession();
  const [address] = useAddress();
  const buildings = useBuildings();
  const building = address.get('building') ?? buildings.data?.[0]?.building;
  const house = useHouse(building);
  const mayBuild = roles.some((role) => builders.includes(role));
  if (buildings.isPending || (building && house.isPending)) return <Waiting rows={8} />;
  if (!buildings.data) return <Trouble error={buildings.error} onRetry={() => void buildings.refetch()} />;
  if (!building) {
    const action = mayBuild ? { label: t.space.bring, run: () => navigate('/space/repair') } : undefined;
    return <Empty title={t.space.noneTitle} what={t.space.noneWhat} action={action} />;
  }
  if (!house.data) return <Trouble error={house.error} onRetry={() => void house.refetch()} />;
  return (
    <Shown key={building} building={building} house={house.data} mayBuild={mayBuild} all={buildings.data} />
  );
}

interface ShownProps {
  building: string;
  house: House;
  mayBuild: boolean;
  all: { building: string; name: string; name_en: string }[];
}

function Shown({ building, house, mayBuild, all }: ShownProps) {
  const { t } = useLanguage();
  const names = useNames();
  const [address, change] = useAddress();
  const [failed, setFailed] = useState(false);
  const [text, setText] = useState('');
  const { states, units } = useStates(house);
  const asked = views.find((one) => one === address.get('view')) ?? 'solid';
  const view: View = failed && asked === 'solid' ? 'plan' : asked;
  const storey = house.storeys.find((one) => one.id === address.get('storey'));
  const level = storey?.level ?? null;
  const shown = storey ?? house.storeys[0];
  const chosen = house.rooms.find((room) => room.id === address.get('room')) ?? null;
  const choose = useCallback((room: RoomShape) => change({ room: room.id }), [change]);
  const fail = useCallback(() => setFailed(true), []);
  const wanted = text.trim().toLowerCase();
  const matching = house.rooms.filter(
    (room) =>
      (!storey || room.storey === storey.id) &&
      `${room.name} ${room.name_en} ${room.number}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      <header className="page-head">
        <h1>{t.space.title}</h1>
        <div className="page-acts">
          {all.length > 1 && (
            <Select
              aria-label={t.space.building}
              value={building}
              options={all.map((one) => ({ value: one.building, label: names.named(one) }))}
              onChange={(value) => change({ building: value, storey: '', room: '' })}
              popupMatchSelectWidth={false}
            />
          )}
          <Segmented
            aria-label={t.space.view}
            value={view}
            options={views.map((value) => ({
              value,
              label: t.space[value],
              disabled: value === 'solid' && failed,
            }))}
            onChange={(value) => change({ view: value })}
          />
          <Select
            aria-label={t.space.storey}
            value={storey?.id ?? ''}
            options={[
              { value: '', label: t.space.all },
              ...house.storeys.map((one) => ({ value: one.id, label: names.named(one) })),
            ]}
            onChange={(value) => change({ storey: value })}
            popupMatchSelectWidth={false}
          />
          <Input
            aria-label={t.space.search}
            placeholder={t.space.search}
            value={text}
            onChange={(event) => setText(event.target.value)}
            allowClear
          />
          {mayBuild && <Link to={`/space/repair?building=${building}`}>{t.space.repair}</Link>}
          <Button onClick={() => print()}>{t.space.print}</Button>
        </div>
      </header>
      {failed && asked === 'solid' && <p role="status">{t.space.noGraphics}</p>}
      <div className="space-body">
        <div className="space-view" data-testid="space-view">
          {view === 'solid' && (
            <Suspense fallback={<Waiting rows={8} />}>
              <Scene
                house={house}
                level={level}
                states={states}
                chosen={chosen?.id ?? null}
                onChoose={choose}
                onFail={fail}
              />
            </Suspense>
          )}
          {view === 'plan' && shown && (
            <Plan house={house} storey={shown} states={states} chosen={chosen?.id} onChoose={choose} />
          )}
          {view === 'list' && <Rooms rooms={matching} house={house} states={states} onChoose={choose} />}
        </div>
        <aside className="space-side">
          {chosen && (
            <About
              room={chosen}
              state={states.get(chosen.id) ?? 'none'}
              unit={units.get(chosen.unit ?? '')}
            />
          )}
          {wanted && view !== 'list' && <Matches rooms={matching} onChoose={choose} />}
          <Legend />
        </aside>
      </div>
    </>
  );
}

interface UnitNow {
  id: string;
  kind: string;
  occupied: number;
  beds_total: number;
  beds_free: number;
}

/** What goes on in each room, as far as its ward or clinic tells. */
function useStates(house: House) {
  const board = useQuery({
    queryKey: ['board'],
    queryFn: () => body(api.GET('/api/board')),
    refetchInterval: anewMs,
    retry: false,
  });
  return useMemo(() => {
    const units = new Map<string, UnitNow>(board.data?.units.map((unit) => [unit.id, unit]));
    const states = new Map<string, RoomState>();
    for (const room of house.rooms) {
      const unit = units.get(room.unit ?? '');
      if (unit) states.set(room.id, stateOf(unit));
    }
    return { states, units };
  }, [board.data, house]);
}

function stateOf(unit: UnitNow): RoomState {
  if (unit.occupied === 0) return 'free';
  return unit.beds_total > 0 && unit.beds_free === 0 ? 'full' : 'busy';
}

function About({ room, state, unit }: { room: RoomShape; state: RoomState; unit: UnitNow | undefined }) {
  const { t } = useLanguage();
  const names = useNames();
  return (
    <section className="space-about" data-testid="space-about" aria-live="polite">
      <h2>{names.room(room)}</h2>
      <p>
        {t.space.categories[room.category]} {room.number} · {t.space.states[state]}
        {room.beds > 0 && ` · ${t.space.beds(room.beds)}`}
      </p>
      {!room.public && <p>{t.space.staffOnly}</p>}
      {unit && (
        <p>
          {unit.beds_total > 0
            ? t.space.unitNow(unit.occupied, unit.beds_free)
            : t.space.unitHere(unit.occupied)}{' '}
          <Link to={`/board/${unit.id}`}>{t.space.toUnit}</Link>
        </p>
      )}
      <Link to={`/navigate?to=${encodeURIComponent(room.id)}`}>{t.space.goThere}</Link>
    </section>
  );
}

function Matches({ rooms, onChoose }: { rooms: RoomShape[]; onChoose: (room: RoomShape) => void }) {
  const { t } = useLanguage();
  const names = useNames();
  if (rooms.length === 0) return <p role="status">{t.space.noRoom}</p>;
  return (
    <ul className="space-matches">
      {rooms.slice(0, 12).map((room) => (
        <li key={room.id}>
          <Button type="link" onClick={() => onChoose(room)}>
            {names.room(room)}
          </Button>
        </li>
      ))}
    </ul>
  );
}

interface RoomsProps {
  rooms: RoomShape[];
  house: House;
  states: Map<string, RoomState>;
  onChoose: (room: RoomShape) => void;
}

function Rooms({ rooms, house, states, onChoose }: RoomsProps) {
  const { t } = useLanguage();
  const names = useNames();
  const storeys = new Map(house.storeys.map((one) => [one.id, one]));
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t.space.list}>
      <table className="dense">
        <thead>
          <tr>
            {t.space.heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rooms.map((room) => {
            const storey = storeys.get(room.storey);
            return (
              <tr key={room.id}>
                <th scope="row">
                  <Button type="link" onClick={() => onChoose(room)}>
                    {names.room(room)}
                  </Button>
                </th>
                <td>{t.space.categories[room.category]}</td>
                <td>{storey && names.named(storey)}</td>
                <td>{t.space.states[states.get(room.id) ?? 'none']}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Legend() {
  const { t } = useLanguage();
  return (
    <ul className="space-legend">
      {(['free', 'busy', 'full'] as const).map((state) => (
        <li key={state}>
          <span className={`space-swatch state-${state}`} aria-hidden="true" />
          {t.space.states[state]}
        </li>
      ))}
    </ul>
  );
}
