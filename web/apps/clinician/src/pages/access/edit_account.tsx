import { api, body, type Account, type Role } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Popconfirm } from 'antd';
import { useState } from 'react';
import { Refused } from '../../access/field';
import { Workspace } from '../../parts/workspace';
import { NewLink } from '../devices/add_device';
import { State } from './accounts';
import { Memberships } from './memberships';

interface EditAccountProps {
  account: Account;
  roles: Role[];
  onClose: () => void;
}

/** Changes what somebody may, shuts them out, lets them in again, or begins anew with their keys. */
export function EditAccount({ account, roles, onClose }: EditAccountProps) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const { message } = Feedback.useApp();
  const [held, setHeld] = useState(account.memberships);
  const params = { path: { account_id: account.id } };
  const renew = () => queries.invalidateQueries({ queryKey: ['accounts'] });
  const save = useMutation({
    mutationFn: () =>
      body(api.PUT('/api/access/accounts/{account_id}/memberships', { params, body: { memberships: held } })),
    onSuccess: () => {
      void message.success(t.access.saved);
      void renew();
    },
  });
  const suspend = useMutation({
    mutationFn: () => api.POST('/api/access/accounts/{account_id}/suspend', { params }),
    onSuccess: renew,
  });
  const reinstate = useMutation({
    mutationFn: () => api.POST('/api/access/accounts/{account_id}/reinstate', { params }),
    onSuccess: renew,
  });
  const reset = useMutation({
    mutationFn: () => body(api.POST('/api/access/accounts/{account_id}/reset', { params })),
    onSuccess: renew,
  });
  const suspended = account.state === 'suspended';
  return (
    <Workspace title={account.name} onClose={onClose}>
      <p>
        <State state={account.state} /> <span className="mono quiet">{account.login ?? account.phone}</span>
      </p>
      <Memberships roles={roles} held={held} onHeld={setHeld} />
      <Refused error={save.error ?? suspend.error ?? reinstate.error ?? reset.error} />
      <div className="access-actions">
        <Button type="primary" onClick={() => save.mutate()} loading={save.isPending}>
          {t.access.save}
        </Button>
        {suspended ? (
          <Button onClick={() => reinstate.mutate()} loading={reinstate.isPending}>
            {t.access.reinstate}
          </Button>
        ) : (
          <>
            <Sure
              title={t.access.suspendTitle(account.name)}
              what={t.access.suspendWhat}
              act={t.access.suspend}
              onSure={() => suspend.mutate()}
            />
            <Sure
              title={t.access.resetTitle(account.name)}
              what={t.access.resetWhat}
              act={t.access.reset}
              onSure={() => reset.mutate()}
            />
          </>
        )}
      </div>
      {reset.data && (
        <>
          <h3>{t.access.inviteTitle}</h3>
          <p>{t.access.inviteWhat}</p>
          <NewLink link={reset.data} />
        </>
      )}
    </Workspace>
  );
}

interface SureProps {
  title: string;
  what: string;
  act: string;
  onSure: () => void;
}

function Sure({ title, what, act, onSure }: SureProps) {
  const { t } = useLanguage();
  return (
    <Popconfirm
      title={title}
      description={what}
      okText={act}
      cancelText={t.access.keep}
      okButtonProps={{ danger: true }}
      onConfirm={onSure}
    >
      <Button>{act}</Button>
    </Popconfirm>
  );
}
