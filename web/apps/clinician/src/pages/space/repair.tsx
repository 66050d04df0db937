import { api, body, request } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Progress, Select } from 'antd';
import { useState } from 'react';
import '../../styles/devices.css';
import '../../styles/space.css';
import { Link, useAddress } from '../../app/router';
import { Trouble, Waiting } from '../../parts/states';
import { useBuildings, useHouse, useNames, wordsOf } from './load';

interface Way {
  one: string;
  other: string;
  door: string | null;
}

const askAgainMs = 700;

/** Bring a building, see what does not hang together, and mend it with one press each. */
export default function Repair() {
  const { t } = useLanguage();
  const [address] = useAddress();
  const buildings = useBuildings();
  const building = address.get('building') ?? buildings.data?.[0]?.building;
  return (
    <>
      <header className="page-head">
        <h1>{t.space.repairTitle}</h1>
        <div className="page-acts">
          <Link to={building ? `/space?building=${building}` : '/space'}>{t.space.title}</Link>
        </div>
      </header>
      <Bring />
      {building && <Parts key={building} building={building} />}
    </>
  );
}

function Bring() {
  const { t, language } = useLanguage();
  const queries = useQueryClient();
  const [, change] = useAddress();
  const [file, setFile] = useState<File | null>(null);
  const [unit, setUnit] = useState('');
  const [course, setCourse] = useState<string | null>(null);
  const send = useMutation({
    mutationFn: async (chosen: File) => {
      const query = new URLSearchParams({ file_name: chosen.name, ...(unit && { unit }) });
      const answer = await request(`/api/space/imports?${query.toString()}`, {
        method: 'POST',
        body: chosen,
        headers: { 'Content-Type': 'application/octet-stream' },
      });
      return ((await answer.json()) as { id: string }).id;
    },
    onSuccess: setCourse,
  });
  const now = useQuery({
    queryKey: ['space-import', course],
    enabled: course !== null,
    refetchInterval: ({ state }) =>
      state.data?.stage === 'done' || state.data?.stage === 'failed' ? false : askAgainMs,
    queryFn: async () => {
      const found = await body(
        api.GET('/api/space/imports/{id}', { params: { path: { id: course ?? '' } } }),
      );
      if (found.stage === 'done' && found.building) {
        await queries.invalidateQueries({ queryKey: ['space'] });
        change({ building: found.building });
      }
      return found;
    },
  });
  return (
    <section className="space-bring">
      <label>
        {t.space.file}
        <input
          type="file"
          accept=".ifc,.xlsx"
          onChange={(event) => setFile(event.target.files?.[0] ?? null)}
        />
      </label>
      <Select
        aria-label={t.space.unit}
        value={unit}
        options={Object.entries(t.space.units).map(([value, label]) => ({
          value,
          label: `${t.space.unit}：${label}`,
        }))}
        onChange={setUnit}
        popupMatchSelectWidth={false}
      />
      <Button
        type="primary"
        disabled={!file}
        loading={send.isPending}
        onClick={() => file && send.mutate(file)}
      >
        {t.space.bring}
      </Button>
      {send.error && <p role="alert">{wordsOf(send.error, t.error.failed)}</p>}
      {now.data && (
        <div role="status" data-testid="import-course">
          <Progress
            percent={Math.round(now.data.share * 100)}
            status={now.data.stage === 'failed' ? 'exception' : undefined}
            aria-label={t.space.bring}
          />
          <p>
            {t.space.stages[now.data.stage]} {language === 'en' ? now.data.english : now.data.chinese}
          </p>
        </div>
      )}
    </section>
  );
}

function Parts({ building }: { building: string }) {
  const { t, language } = useLanguage();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const house = useHouse(building);
  const names = useNames();
  const path = { building };
  const report = useQuery({
    queryKey: ['space', building, 'report'],
    queryFn: () => body(api.GET('/api/space/buildings/{building}/report', { params: { path } })),
  });
  const settled = {
    onError: (error: unknown) => void message.error(wordsOf(error, t.error.failed)),
    onSettled: () => queries.invalidateQueries({ queryKey: ['space', building] }),
  };
  const mend = useMutation({
    mutationFn: (repairs: Way[]) =>
      api.POST('/api/space/buildings/{building}/repairs', { params: { path }, body: { repairs } }),
    ...settled,
  });
  const undo = useMutation({
    mutationFn: (repair: string) =>
      api.DELETE('/api/space/buildings/{building}/repairs/{repair}', {
        params: { path: { building, repair } },
      }),
    ...settled,
  });
  if (report.isPending || house.isPending) return <Waiting rows={6} />;
  if (!report.data || !house.data)
    return <Trouble error={report.error} onRetry={() => void report.refetch()} />;
  const rooms = new Map(house.data.rooms.map((room) => [room.id, room]));
  const storeys = new Map(house.data.storeys.map((one) => [one.id, names.named(one)]));
  const roomName = (id: string) => {
    const room = rooms.get(id);
    return room ? `${storeys.get(room.storey) ?? ''} ${names.room(room)}` : id;
  };
  const found = report.data;
  const offered = found.suggestions.map(({ one, other, door }) => ({ one, other, door: door ?? null }));
  return (
    <section data-testid="space-report">
      <h2>{names.named(house.data)}</h2>
      <p>
        {t.space.reached(found.reached, found.rooms)} · {t.space.doorsJoined(found.joined_doors, found.doors)}
      </p>
      {found.notes.map(([english, chinese]) => (
        <p key={english}>{language === 'en' ? english : chinese}</p>
      ))}
      {offered.length === 0 ? (
        <p role="status">{t.space.whole}</p>
      ) : (
        <>
          <h3>
            {t.space.suggested} ({offered.length}){' '}
            <Button loading={mend.isPending} onClick={() => mend.mutate(offered)}>
              {t.space.takeAll}
            </Button>
          </h3>
          <ul className="space-ways">
            {found.suggestions.map((one) => (
              <li key={`${one.one} ${one.other}`}>
                <span>
                  <strong>{t.space.and(roomName(one.one), roomName(one.other))}</strong>
                  <br />
                  {t.space.reasons[one.reason]} · {t.space.apart(one.metres)} · {t.space.opens(one.parted)}
                </span>
                <Button
                  aria-label={`${t.space.take} ${t.space.and(roomName(one.one), roomName(one.other))}`}
                  onClick={() => mend.mutate([{ one: one.one, other: one.other, door: one.door ?? null }])}
                >
                  {t.space.take}
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
      {found.repairs.length > 0 && (
        <>
          <h3>
            {t.space.made} ({found.repairs.length})
          </h3>
          <ul className="space-ways">
            {found.repairs.map((one) => (
              <li key={one.id}>
                <span>{t.space.and(roomName(one.one), roomName(one.other))}</span>
                <Button
                  aria-label={`${t.space.undo} ${t.space.and(roomName(one.one), roomName(one.other))}`}
                  onClick={() => undo.mutate(one.id)}
                >
                  {t.space.undo}
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
