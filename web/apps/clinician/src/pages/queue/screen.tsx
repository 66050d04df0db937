import { api, body } from '@xinglin/api';
import { formatTime, useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import '../../styles/devices.css';
import '../../styles/visit.css';
import { useZone } from '../../app/session';
import { Trouble, Waiting } from '../../parts/states';
import { useServiceName } from '../visit/load';

const agesMs = 3_000;
const codeMs = 5 * 60_000;

/** For the waiting room: who is called where, in letters that are read from afar; names are masked by the node. */
export default function Screen({ service }: { service: string }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const nameOf = useServiceName();
  const screen = useQuery({
    queryKey: ['queue', service, 'screen'],
    queryFn: () => body(api.GET('/api/queue/services/{service}/screen', { params: { path: { service } } })),
    refetchInterval: agesMs,
  });
  if (screen.isPending) return <Waiting rows={6} />;
  if (!screen.data) return <Trouble error={screen.error} onRetry={() => void screen.refetch()} />;
  return (
    <main className="screen">
      <h1>{nameOf(service)}</h1>
      <div className="screen-halves">
        <section className="screen-called" aria-live="polite">
          <h2>{t.queue.please}</h2>
          {screen.data.called.length === 0 && <p>{t.queue.noneCalled}</p>}
          <ul>
            {screen.data.called.map((one) => (
              <li key={one.number}>
                <span>{t.visit.number(one.number)}</span>
                <span>{one.name}</span>
                <span>{one.room}</span>
              </li>
            ))}
          </ul>
        </section>
        <section className="screen-next">
          <h2>{t.queue.next}</h2>
          <ul>
            {screen.data.next.map((one) => (
              <li key={one.number}>
                {t.visit.number(one.number)} {one.name}
              </li>
            ))}
          </ul>
        </section>
      </div>
      <footer className="screen-foot">
        <Code service={service} />
        <span>
          {t.queue.waiting(screen.data.waiting)} · {formatTime(screen.data.as_of, language, zone).slice(0, 5)}
        </span>
      </footer>
    </main>
  );
}

/** The code that proves that whoever scans it stands here; a new one every five minutes. */
function Code({ service }: { service: string }) {
  const { t } = useLanguage();
  const code = useQuery({
    queryKey: ['queue', service, 'code'],
    queryFn: () =>
      body(api.POST('/api/queue/services/{service}/presence', { params: { path: { service } } })),
    refetchInterval: codeMs,
  });
  if (!code.data) return null;
  const picture = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(code.data.qr_svg)}`;
  return (
    <span className="screen-code">
      <img className="qr" src={picture} alt="" />
      {t.queue.scan}
    </span>
  );
}
