import { api } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { KeyOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import '../../styles/access.css';
import { Refused } from '../../access/field';
import { addPasskey, browserOf, passkeysWork } from '../../access/passkey';
import { inWords } from '../../access/ways_in';
import { navigate } from '../../app/router';
import { useSession } from '../../app/session';
import { Card } from '../sign-in';
import { NewPassword } from './new_password';

/** The first steps of somebody invited: a passkey, or a password. */
export default function Welcome() {
  const { t } = useLanguage();
  const session = useSession();
  const queries = useQueryClient();
  const [done, setDone] = useState(false);
  const add = useMutation({
    mutationFn: () => addPasskey(browserOf(navigator.userAgent)),
    onSuccess: () => setDone(true),
  });
  const begin = async () => {
    await queries.invalidateQueries({ queryKey: ['session'] });
    navigate('/board', { replace: true });
  };
  return (
    <Card title={t.access.welcomeTitle(session.name)}>
      <h1>{t.access.welcomeTitle(session.name)}</h1>
      {done ? (
        <>
          <p role="status">{t.access.done}</p>
          <Button type="primary" size="large" block onClick={() => void begin()}>
            {t.access.start}
          </Button>
        </>
      ) : (
        <>
          <p>{t.access.welcomeWhat}</p>
          {passkeysWork() && (
            <Button
              type="primary"
              size="large"
              block
              icon={<KeyOutlined aria-hidden />}
              loading={add.isPending}
              onClick={() => add.mutate()}
              data-testid="add-passkey"
            >
              {t.access.addPasskey}
            </Button>
          )}
          <Refused error={inWords(add.error, t.access.passkeyCancelled)} />
          <h2>{t.access.orPassword}</h2>
          <NewPassword
            onSaved={() => setDone(true)}
            save={(password) => api.PUT('/api/access/password', { body: { password } })}
          />
        </>
      )}
    </Card>
  );
}
