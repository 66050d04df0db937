import { api, body } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import '../../styles/room.css';
import { Link, navigate } from '../../app/router';
import { Moment } from '../../parts/moment';
import { Flag } from '../../parts/result';
import { Empty, Trouble, Waiting } from '../../parts/states';

/** My visits in which something is not signed. */
export default function Rooms() {
  const { t } = useLanguage();
  const rooms = useQuery({ queryKey: ['rooms'], queryFn: () => body(api.GET('/api/rooms')) });
  const returned = useQuery({
    queryKey: ['rooms', 'returned'],
    queryFn: () => body(api.GET('/api/rooms/returned')),
  });
  if (rooms.isPending) return <Waiting rows={5} />;
  if (!rooms.data) return <Trouble error={rooms.error} onRetry={() => void rooms.refetch()} />;
  return (
    <>
      <header className="page-head">
        <h1>{t.room.mine}</h1>
      </header>
      {(returned.data?.length ?? 0) > 0 && (
        <section aria-labelledby="rooms-returned">
          <h2 id="rooms-returned">{t.returned.title}</h2>
          <ul className="signed room-list">
            {returned.data?.map((one) => (
              <li key={one.prescription} data-testid="returned">
                <Link to={`/rooms/${encodeURIComponent(one.encounter)}`}>{one.name}</Link>
                <span>{one.lines.map((line) => line.name).join('、')}</span>
                <Flag severity="act" word={t.returned.reason(one.reason)} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {rooms.data.length === 0 && (
        <Empty
          title={t.room.noneTitle}
          what={t.room.noneWhat}
          action={{ label: t.room.toQueue, run: () => navigate('/queue') }}
        />
      )}
      <ul className="signed room-list">
        {rooms.data.map((one) => (
          <li key={one.encounter}>
            <Link to={`/rooms/${encodeURIComponent(one.encounter)}`}>{one.name}</Link>
            <strong className="flag flag-watch">{t.room.items(one.items)}</strong>
            <Moment at={one.updated_at} />
          </li>
        ))}
      </ul>
    </>
  );
}
