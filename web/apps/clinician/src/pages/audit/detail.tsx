import { api, body, type AccessDetail } from '@xinglin/api';
import { formatAbsolute, useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from '../../app/router';
import { useZone } from '../../app/session';
import { Trouble, Waiting } from '../../parts/states';
import { Workspace } from '../../parts/workspace';
import { deedOf, OutcomeWord, roleWords } from './words';

/** One access with all that is known of it. */
export function AccessWorkspace({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useLanguage();
  const asked = useQuery({
    queryKey: ['access', id],
    queryFn: () =>
      body(api.GET('/api/audit/entries/{sequence}', { params: { path: { sequence: Number(id) } } })),
    staleTime: Infinity,
  });
  const access = asked.data;
  const title = access ? `${access.name ?? t.audit.nobody} ${deedOf(t, access)}` : '…';
  return (
    <Workspace title={title} onClose={onClose}>
      {access ? (
        <Facts access={access} />
      ) : asked.error ? (
        <Trouble error={asked.error} onRetry={() => void asked.refetch()} />
      ) : (
        <Waiting rows={10} />
      )}
    </Workspace>
  );
}

function Facts({ access }: { access: AccessDetail }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const facts: [keyof typeof t.audit.fields, ReactNode][] = [
    ['sequence', access.sequence],
    ['recorded', formatAbsolute(access.recorded, language, zone)],
    ['name', access.name],
    ['roles', roleWords(t, access.roles)],
    ['principal', access.principal],
    ['path', `${access.method} ${access.path}`],
    ['query', access.query],
    ['refused', access.refused],
    ['purpose', [access.purpose, access.emergency && t.audit.emergency].filter(Boolean).join(' · ')],
    ['address', access.address],
    ['session', access.session],
    ['correlation', access.correlation],
    ['patients', <Patients key="patients" ids={access.patients} />],
    ['resources', access.resources.join('\n')],
  ];
  return (
    <>
      <p>
        <OutcomeWord status={access.status} /> · HTTP {access.status}
      </p>
      <dl className="access-facts">
        {facts
          .filter(([name, value]) => value && (name !== 'patients' || access.patients.length > 0))
          .map(([name, value]) => (
            <div key={name}>
              <dt>{t.audit.fields[name]}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </>
  );
}

function Patients({ ids }: { ids: string[] }) {
  return (
    <>
      {ids.map((id) => (
        <div key={id}>
          <Link to={`/patients/${id}/seen`}>{id}</Link>
        </div>
      ))}
    </>
  );
}
