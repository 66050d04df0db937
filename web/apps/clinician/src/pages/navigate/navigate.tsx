import { api, body, request } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import '../../styles/consent.css';
import '../../styles/emergency.css';
import '../../styles/space.css';
import '../../styles/visit.css';
import { useAddress } from '../../app/router';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { useBuildings, useHouse, useNames, type House, type Point, type RoomShape } from '../space/load';
import { Plan } from '../space/plan';

const offered = 30;

/** For patients: where to, then one step at a time in large words beside the plan; by foot or wheelchair. */
export default function Navigate() {
  const { t } = useLanguage();
  const [address] = useAddress();
  const buildings = useBuildings();
  const building = address.get('building') ?? buildings.data?.[0]?.building;
  const house = useHouse(building);
  const service = useServiceLocation(address.get('service'));
  const goal = address.get('to') ?? service;
  if (buildings.isPending || (building && house.isPending)) return <Waiting rows={6} />;
  if (!buildings.data) return <Trouble error={buildings.error} onRetry={() => void buildings.refetch()} />;
  if (!building) return <Empty title={t.space.noneTitle} what={t.space.noneWhat} />;
  if (!house.data) return <Trouble error={house.error} onRetry={() => void house.refetch()} />;
  return (
    <div className="for-patients navigate">
      <h1>{t.space.navigateTitle}</h1>
      {goal ? <Way house={house.data} building={building} goal={goal} /> : <Goals house={house.data} />}
    </div>
  );
}

/** Where a department is, as `Location/<id>`. */
function useServiceLocation(service: string | null): string | null {
  const found = useQuery({
    queryKey: ['service-location', service],
    enabled: Boolean(service),
    queryFn: async () => {
      const answer = await request(`/fhir/HealthcareService/${encodeURIComponent(service ?? '')}`);
      const resource = (await answer.json()) as { location?: { reference?: string }[] };
      return resource.location?.[0]?.reference ?? null;
    },
  });
  return found.data ?? null;
}

function Goals({ house }: { house: House }) {
  const { t } = useLanguage();
  const names = useNames();
  const [, change] = useAddress();
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const first = [
    'pharmacy',
    'cashier',
    'laboratory',
    'imaging',
    'waiting',
    'toilet',
    'reception',
    'consulting',
    'ward',
  ];
  const rank = (room: RoomShape) => (first.indexOf(room.category) + 20) % 20;
  const rooms = house.rooms
    .filter((room) => room.public && !['corridor', 'stairs', 'lift', 'other'].includes(room.category))
    .filter((room) => `${room.name} ${room.name_en} ${room.number}`.toLowerCase().includes(wanted))
    .toSorted((one, other) => rank(one) - rank(other))
    .slice(0, wanted ? offered : 5);
  const storeys = new Map(house.storeys.map((one) => [one.id, names.named(one)]));
  return (
    <>
      <h2>{t.space.chooseGoal}</h2>
      <label className="navigate-find">
        {t.space.find}
        <input type="search" value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      <div className="choices">
        {rooms.map((room) => (
          <button
            key={room.id}
            type="button"
            className="choice visit-row"
            onClick={() => change({ to: room.id })}
          >
            <span>{names.room(room)}</span>
            <span>{storeys.get(room.storey)}</span>
          </button>
        ))}
      </div>
      {rooms.length === 0 && <p role="status">{t.space.noRoom}</p>}
    </>
  );
}

function Way({ house, building, goal }: { house: House; building: string; goal: string }) {
  const { t, language } = useLanguage();
  const [address, change] = useAddress();
  const start = address.get('from') ?? 'entrance';
  const profile = address.get('profile') === 'wheelchair' ? 'wheelchair' : 'walking';
  const found = useQuery({
    queryKey: ['route', building, start, goal, profile],
    retry: false,
    queryFn: () =>
      body(
        api.GET('/api/navigation/route', { params: { query: { to: goal, from: start, profile, building } } }),
      ),
  });
  const inWords = (one: { zh: string; en: string }) => (language === 'en' ? one.en : one.zh);
  return (
    <>
      <label className="navigate-switch">
        <input
          type="checkbox"
          checked={profile === 'wheelchair'}
          onChange={(event) => change({ profile: event.target.checked ? 'wheelchair' : '' })}
        />
        {t.space.wheelchair}
      </label>
      {found.isPending && <Waiting rows={5} />}
      {found.error && <Trouble error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && (
        <>
          <p className="navigate-ends">
            {inWords(found.data.start)} → <strong>{inWords(found.data.goal)}</strong>
          </p>
          {found.data.state === 'found' ? (
            <Steps key={`${start} ${profile}`} house={house} route={found.data} />
          ) : (
            <p className="notice" role="status" data-testid="no-way">
              {inWords(found.data.told)}
            </p>
          )}
        </>
      )}
      <button type="button" className="choice" onClick={() => change({ to: '', service: '', from: '' })}>
        {t.space.again}
      </button>
    </>
  );
}

function pointOf([x = 0, y = 0]: number[]): Point {
  return [x, y];
}

interface Route {
  seconds: number;
  metres: number;
  steps: { kind: string; storey: string; points: number[][]; zh: string; en: string }[];
}

function Steps({ house, route }: { house: House; route: Route }) {
  const { t, language } = useLanguage();
  const [at, setAt] = useState(0);
  const step = route.steps[at];
  const storey = house.storeys.find((one) => one.id === step?.storey) ?? house.storeys[0];
  if (!step || !storey) return null;
  const onStorey = route.steps.filter(
    (one) => one.storey === storey.id && one.kind !== 'lift' && one.kind !== 'stairs',
  );
  const line = onStorey.flatMap((one) => one.points.map(pointOf));
  const isLast = at === route.steps.length - 1;
  const last = route.steps[route.steps.length - 1];
  const goal = last?.storey === storey.id && last.points[0] ? pointOf(last.points[0]) : null;
  return (
    <>
      <p>{t.space.total(Math.round(route.metres), Math.max(1, Math.round(route.seconds / 60)))}</p>
      <p className="navigate-now" role="status" data-testid="step-now">
        <small>{t.space.step(at + 1, route.steps.length)}</small>
        <strong>{language === 'en' ? step.en : step.zh}</strong>
      </p>
      <div className="navigate-acts">
        <button type="button" className="choice" disabled={at === 0} onClick={() => setAt(at - 1)}>
          {t.space.previous}
        </button>
        <button
          type="button"
          className="choice navigate-next"
          disabled={isLast}
          onClick={() => setAt(at + 1)}
        >
          {t.space.next}
        </button>
      </div>
      <Plan house={house} storey={storey} route={line} goal={goal} />
      <details>
        <summary>{t.space.allSteps}</summary>
        <ol className="navigate-steps" data-testid="steps">
          {route.steps.map((one, place) => (
            <li key={place}>{language === 'en' ? one.en : one.zh}</li>
          ))}
        </ol>
      </details>
    </>
  );
}
