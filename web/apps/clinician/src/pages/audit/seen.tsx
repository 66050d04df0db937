import { api, body, type Access } from '@xinglin/api';
import { formatDay, formatTime, useLanguage } from '@xinglin/i18n';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import '../../styles/audit.css';
import { useZone } from '../../app/session';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { deedOf, roleWords } from './words';

const rowsAPage = 100;

/** Who saw or changed one patient's record, by day and in plain words. */
export default function Seen({ patientId }: { patientId: string }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const asked = useInfiniteQuery({
    queryKey: ['seen', patientId],
    queryFn: ({ pageParam }) =>
      body(
        api.GET('/api/audit/patients/{patient_id}/accesses', {
          params: { path: { patient_id: patientId }, query: { before: pageParam, limit: rowsAPage } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_before,
  });
  const rows = asked.data?.pages.flatMap((page) => page.entries) ?? [];
  const days = groupsOf(rows, (row) => formatDay(row.recorded, language, zone));
  return (
    <div className="seen">
      <header className="page-head">
        <h1>{t.audit.seenTitle}</h1>
      </header>
      <p>{t.audit.seenWhat}</p>
      {!asked.data && asked.error && <Trouble error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.isPending && <Waiting rows={8} />}
      {asked.data && rows.length === 0 && (
        <Empty title={t.audit.seenEmptyTitle} what={t.audit.seenEmptyWhat} />
      )}
      {days.map(([day, ofDay]) => (
        <section key={day} aria-label={day} className="seen-day">
          <h2>{day}</h2>
          <ul>
            {groupsOf(
              ofDay,
              (row) => `${row.principal ?? ''} ${deedOf(t, row)} ${String(row.emergency)}`,
            ).map(([key, alike]) => (
              <Seeing key={key} alike={alike} />
            ))}
          </ul>
        </section>
      ))}
      {asked.hasNextPage && (
        <p className="older">
          <Button onClick={() => void asked.fetchNextPage()}>{t.audit.older}</Button>
        </p>
      )}
    </div>
  );
}

/** The same person doing the same on one day, told once with the times of the first and the last. */
function Seeing({ alike }: { alike: Access[] }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const newest = alike[0];
  if (!newest) return null;
  const oldest = alike.at(-1) ?? newest;
  const clock = (access: Access) => formatTime(access.recorded, language, zone).slice(0, 5);
  const roles = roleWords(t, newest.roles.slice(0, 1));
  const times = clock(oldest) === clock(newest) ? clock(newest) : `${clock(oldest)}–${clock(newest)}`;
  return (
    <li data-testid="seeing">
      <span className="seen-time">{times}</span>
      <span>
        <b>{newest.name ?? t.audit.nobody}</b>
        {roles && ` (${roles})`} {deedOf(t, newest)}
        {newest.emergency && <b className="access-emergency"> · {t.audit.emergency}</b>}
        {alike.length > 1 && <span className="quiet"> · {t.audit.times(alike.length)}</span>}
      </span>
    </li>
  );
}

/** Rows with the same key together, in the order in which the keys are met. */
function groupsOf<Row>(rows: Row[], keyOf: (row: Row) => string): [string, Row[]][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups];
}
