import { api, body } from '@xinglin/api';
import { formatAbsolute, formatTime, useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { useZone } from '../../app/session';
import { PatientName } from '../../parts/family';
import { Trouble, Waiting } from '../../parts/states';

const agesMs = 15_000;

/** Who waits for a place of the department, first come first, and to whom one is offered until when. */
export function Waitlist({ service }: { service: string }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const asked = useQuery({
    queryKey: ['waitlist', service],
    queryFn: () => body(api.GET('/api/scheduling/waitlist', { params: { query: { service } } })),
    refetchInterval: agesMs,
  });
  if (asked.isPending) return <Waiting rows={3} />;
  if (!asked.data) return <Trouble error={asked.error} onRetry={() => void asked.refetch()} />;
  const heads = t.desk.heads;
  return (
    <section className="room-card not-printed" aria-labelledby="desk-waitlist">
      <h2 id="desk-waitlist">{t.desk.waitlist}</h2>
      {asked.data.length === 0 && <p className="quiet">{t.desk.noneWaiting}</p>}
      {asked.data.length > 0 && (
        <table className="dense">
          <thead>
            <tr>
              {[heads.name, heads.days, heads.state].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {asked.data.map((one) => (
              <tr key={one.appointment} data-testid="waits" data-state={one.state}>
                <th scope="row">
                  <PatientName id={one.patient} />
                </th>
                <td>
                  {one.starts_at
                    ? formatAbsolute(one.starts_at, language, zone).slice(0, -3)
                    : `${one.from_day ?? ''} – ${one.to_day ?? ''}`}
                </td>
                <td>
                  {one.state === 'offered' && one.offer_until
                    ? t.desk.offered(formatTime(one.offer_until, language, zone).slice(0, 5))
                    : t.desk.waiting}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
