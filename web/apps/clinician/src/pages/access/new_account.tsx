import { api, body, type Role } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState, type SubmitEvent } from 'react';
import { Field, Refused } from '../../access/field';
import { Workspace } from '../../parts/workspace';
import { NewLink } from '../devices/add_device';
import { Memberships, type Membership } from './memberships';

/** Names somebody new and shows the invitation that lets them in. */
export function NewAccount({ roles, onClose }: { roles: Role[]; onClose: () => void }) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const [said, setSaid] = useState({ name: '', login: '', phone: '', practitioner: '' });
  const [held, setHeld] = useState<Membership[]>([]);
  const [tried, setTried] = useState(false);
  const create = useMutation({
    mutationFn: () => body(api.POST('/api/access/accounts', { body: { ...said, memberships: held } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['accounts'] }),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (said.name.trim()) create.mutate();
  };
  const line = (field: keyof typeof said, label: string, wrong = false) => (
    <Field
      label={label}
      text={said[field]}
      onText={(text) => setSaid({ ...said, [field]: text })}
      wrong={wrong}
      autoComplete="off"
    />
  );
  return (
    <Workspace title={create.data ? t.access.inviteTitle : t.access.create} onClose={onClose}>
      {create.data ? (
        <>
          <p>{t.access.inviteWhat}</p>
          <NewLink link={create.data.invitation} />
        </>
      ) : (
        <form className="access-form" onSubmit={submit} noValidate>
          {line('name', t.access.name, tried && !said.name.trim())}
          {line('login', t.access.login)}
          {line('phone', `${t.access.phone} (${t.access.optional})`)}
          {line('practitioner', `${t.access.practitioner} (${t.access.optional})`)}
          <Memberships roles={roles} held={held} onHeld={setHeld} />
          <Refused error={create.error} />
          <Button type="primary" htmlType="submit" loading={create.isPending}>
            {t.access.create}
          </Button>
        </form>
      )}
    </Workspace>
  );
}
