import { api, body, type SessionRow } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { PlusOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Popconfirm } from 'antd';
import '../../styles/devices.css';
import { browserOf } from '../../access/passkey';
import { useAddress } from '../../app/router';
import { Moment } from '../../parts/moment';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { AddDevice } from './add_device';
import { SignOutOthers } from './sign_out_others';

/** What is signed in, and the way in for a further device. */
export default function Devices() {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const asked = useQuery({
    queryKey: ['sessions'],
    queryFn: async () => (await body(api.GET('/api/access/sessions'))).sessions,
    refetchInterval: 15_000,
  });
  return (
    <>
      <header className="page-head">
        <h1>{t.devices.title}</h1>
        <div className="page-acts">
          {asked.data?.some((session) => !session.current) && <SignOutOthers />}
          <Button type="primary" icon={<PlusOutlined aria-hidden />} onClick={() => change({ add: '1' })}>
            {t.devices.add}
          </Button>
        </div>
      </header>
      {!asked.data && asked.error && <Trouble error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.isPending && <Waiting rows={4} />}
      {asked.data && asked.data.length > 0 && <SessionTable sessions={asked.data} />}
      {asked.data && asked.data.every((session) => session.current) && (
        <Empty title={t.devices.emptyTitle} what={t.devices.emptyWhat} />
      )}
      {address.get('add') && <AddDevice onClose={() => change({ add: '' })} />}
    </>
  );
}

function SessionTable({ sessions }: { sessions: SessionRow[] }) {
  const { t } = useLanguage();
  const heads = [t.devices.name, t.devices.kind, t.devices.created, t.devices.seen];
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t.devices.tableLabel}>
      <table className="dense devices">
        <caption className="unseen">{t.devices.tableLabel}</caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
            <th scope="col">
              <span className="unseen">{t.devices.revoke}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((session) => (
            <tr key={session.id} data-testid="session">
              <th scope="row">
                {session.name}
                {session.current && <small>{t.devices.current}</small>}
                {session.agent && (
                  <small className="quiet" title={session.agent}>
                    {browserOf(session.agent)}
                  </small>
                )}
              </th>
              <td>{t.devices.kinds[session.kind] ?? session.kind}</td>
              <td>
                <Moment at={session.created_at} />
              </td>
              <td>
                <Moment at={session.seen_at} />
              </td>
              <td className="devices-action">{!session.current && <Revoke session={session} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Revoke({ session }: { session: SessionRow }) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const { message } = Feedback.useApp();
  const revoke = useMutation({
    mutationFn: () =>
      api.DELETE('/api/access/sessions/{session_id}', { params: { path: { session_id: session.id } } }),
    onSuccess: () => void message.success(t.devices.revoked(session.name)),
    onError: () => void message.error(t.error.failed),
    onSettled: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  });
  return (
    <Popconfirm
      title={t.devices.revokeTitle(session.name)}
      description={t.devices.revokeWhat}
      okText={t.devices.revoke}
      cancelText={t.devices.keep}
      okButtonProps={{ danger: true }}
      onConfirm={() => revoke.mutate()}
    >
      <Button
        size="small"
        loading={revoke.isPending}
        data-testid="revoke"
        aria-label={`${t.devices.revoke} ${session.name}`}
      >
        {t.devices.revoke}
      </Button>
    </Popconfirm>
  );
}
