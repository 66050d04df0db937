import { api, body } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { useZone } from '../../app/session';
import { Trouble, Waiting } from '../../parts/states';
import { Workspace } from '../../parts/workspace';
import { clockOf, minuteMs, nameIn, told, type Clinic } from './load';
import { TryLink } from './try_link';

/** Everybody who waits in a clinic, by number. */
export function Waits({ clinic, onClose }: { clinic: Clinic; onClose: () => void }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const asked = useQuery({
    queryKey: ['twin', 'waits', clinic.service],
    queryFn: () =>
      body(api.GET('/api/twin/services/{service}', { params: { path: { service: clinic.service } } })),
    refetchInterval: minuteMs,
  });
  return (
    <Workspace title={nameIn(clinic, language)} onClose={onClose}>
      <TryLink service={clinic.service} />
      {asked.isPending && <Waiting rows={6} />}
      {asked.error && !asked.data && <Trouble error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.data && (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={t.twin.people}>
          <table className="dense">
            <caption>
              {asked.data.foreseen_at
                ? t.twin.foreseenAt(clockOf(asked.data.foreseen_at, language, zone))
                : t.twin.notForeseen}
            </caption>
            <thead>
              <tr>
                {t.twin.waitHeads.map((head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {asked.data.waits.map((one) => {
                const wait = told(one.minutes);
                return (
                  <tr key={one.encounter}>
                    <th scope="row">{one.number ?? '–'}</th>
                    <td>{t.twin.state[one.state] ?? one.state}</td>
                    <td>{clockOf(one.since, language, zone)}</td>
                    <td>{wait ? t.twin.minutes(wait.middle, wait.low, wait.high) : '–'}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </Workspace>
  );
}
