import { api, body } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { Segmented } from 'antd';
import '../../styles/room.css';
import '../../styles/tests_ahead.css';
import { useAddress } from '../../app/router';
import { useSession } from '../../app/session';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { Protocols } from './protocols';
import { Proposal } from './proposal';

const agesMs = 15_000;

/** For the doctor on duty: tests that protocols propose before the visit; for its head: which protocols are on. */
export default function TestsAhead() {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const releases = useSession().roles.includes('physician');
  const protocols = !releases || address.get('show') === 'protocols';
  return (
    <>
      <header className="page-head">
        <h1>{t.ahead.title}</h1>
        {releases && (
          <Segmented
            name="show"
            aria-label={t.ahead.which}
            value={protocols ? 'protocols' : 'waiting'}
            onChange={(show) => change({ show: show === 'protocols' ? 'protocols' : '' })}
            options={[
              { value: 'waiting', label: t.ahead.waiting },
              { value: 'protocols', label: t.ahead.protocols },
            ]}
          />
        )}
      </header>
      {protocols ? <Protocols /> : <List />}
    </>
  );
}

function List() {
  const { t } = useLanguage();
  const asked = useQuery({
    queryKey: ['tests-ahead', 'waiting'],
    queryFn: () => body(api.GET('/api/tests-ahead/waiting')),
    refetchInterval: agesMs,
  });
  if (asked.isPending) return <Waiting rows={6} />;
  if (!asked.data) return <Trouble error={asked.error} onRetry={() => void asked.refetch()} />;
  if (asked.data.length === 0) return <Empty title={t.ahead.noneTitle} what={t.ahead.noneWhat} />;
  return (
    <ul className="proposals">
      {asked.data.map((one) => (
        <li key={one.task}>
          <Proposal one={one} />
        </li>
      ))}
    </ul>
  );
}
