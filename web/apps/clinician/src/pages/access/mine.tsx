import { api, body, type Means, type Passkey } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { KeyOutlined } from '@ant-design/icons';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Popconfirm } from 'antd';
import { useState, type SubmitEvent } from 'react';
import '../../styles/access.css';
import { Field, Refused } from '../../access/field';
import { addPasskey, browserOf, passkeysWork } from '../../access/passkey';
import { inWords } from '../../access/ways_in';
import { Link } from '../../app/router';
import { useSession } from '../../app/session';
import { Moment } from '../../parts/moment';
import { Trouble, Waiting } from '../../parts/states';
import { NewPassword } from './new_password';

/** By what I prove who I am. */
export default function Mine() {
  const { t } = useLanguage();
  const session = useSession();
  const own = !session.methods.includes('console');
  const asked = useQuery({
    queryKey: ['means'],
    queryFn: () => body(api.GET('/api/access/means')),
    enabled: own,
    retry: false,
  });
  return (
    <>
      <header className="page-head">
        <h1>{t.access.mine}</h1>
        <span className="quiet">{session.name}</span>
        <Link to="/devices">{t.shell.devices}</Link>
      </header>
      {!own && <p>{t.access.mineKinds}</p>}
      {own && asked.isPending && <Waiting rows={4} />}
      {asked.error && <Trouble error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.data && (
        <div className="mine">
          <Passkeys passkeys={asked.data.passkeys} />
          <Password means={asked.data} />
          <Totp means={asked.data} />
        </div>
      )}
    </>
  );
}

/** Reads one's own means anew after they changed. */
function useRenewed(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['means'] });
}

function Passkeys({ passkeys }: { passkeys: Passkey[] }) {
  const { t } = useLanguage();
  const renew = useRenewed();
  const add = useMutation({ mutationFn: () => addPasskey(browserOf(navigator.userAgent)), onSuccess: renew });
  const remove = useMutation({
    mutationFn: (id: string) =>
      api.DELETE('/api/access/passkeys/{passkey_id}', { params: { path: { passkey_id: id } } }),
    onSuccess: renew,
  });
  return (
    <section>
      <h2>{t.access.passkeys}</h2>
      {passkeys.length === 0 && <p className="quiet">{t.access.noPasskeys}</p>}
      <ul>
        {passkeys.map((one) => (
          <li key={one.id}>
            <strong>{one.name}</strong>
            <span className="quiet">
              {one.synced ? t.access.synced : t.access.deviceBound} · {t.access.added}{' '}
              <Moment at={one.created_at} /> · {t.access.used} <Moment at={one.used_at} />
            </span>
            <Popconfirm
              title={t.access.removePasskey(one.name)}
              description={t.access.removeWhat}
              okText={t.access.remove}
              cancelText={t.access.keep}
              onConfirm={() => remove.mutate(one.id)}
            >
              <Button size="small" aria-label={`${t.access.remove} ${one.name}`}>
                {t.access.remove}
              </Button>
            </Popconfirm>
          </li>
        ))}
      </ul>
      <Refused error={inWords(add.error, t.access.passkeyCancelled) ?? remove.error} />
      {passkeysWork() ? (
        <Button
          type="primary"
          icon={<KeyOutlined aria-hidden />}
          loading={add.isPending}
          onClick={() => add.mutate()}
          data-testid="add-passkey"
        >
          {t.access.addPasskey}
        </Button>
      ) : (
        <p className="quiet">{t.access.passkeyImpossible}</p>
      )}
    </section>
  );
}

function Password({ means }: { means: Means }) {
  const { t } = useLanguage();
  const renew = useRenewed();
  const { message } = Feedback.useApp();
  if (!means.login) return null;
  return (
    <section>
      <h2>{t.access.password}</h2>
      <p className="quiet">
        {means.password ? t.access.passwordSet : t.access.passwordNone} · {t.access.login} {means.login}
      </p>
      <NewPassword
        save={(password) => api.PUT('/api/access/password', { body: { password } })}
        onSaved={() => {
          void message.success(t.access.passwordSaved);
          void renew();
        }}
      />
    </section>
  );
}

function Totp({ means }: { means: Means }) {
  const { t } = useLanguage();
  const renew = useRenewed();
  const [code, setCode] = useState('');
  const propose = useMutation({ mutationFn: () => body(api.POST('/api/access/totp')) });
  const confirm = useMutation({
    mutationFn: () => body(api.POST('/api/access/totp/code', { body: { code } })),
    onSuccess: renew,
  });
  const remove = useMutation({ mutationFn: () => api.DELETE('/api/access/totp'), onSuccess: renew });
  if (!means.password) return null;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (code) confirm.mutate();
  };
  return (
    <section>
      <h2>{t.access.totp}</h2>
      <p className="quiet">{means.totp ? t.access.totpOn : t.access.totpOff}</p>
      {confirm.data && (
        <div role="status">
          <p>{t.access.recovery}</p>
          <ul className="recovery mono">
            {confirm.data.recovery_codes.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </div>
      )}
      {!means.totp && propose.data && (
        <form className="access-form" onSubmit={submit} noValidate>
          <p>{t.access.totpScan}</p>
          <img className="qr" src={picture(propose.data.qr_svg)} alt={t.access.totpQr} />
          <Field label={t.access.code} text={code} onText={setCode} inputMode="numeric" autoComplete="off" />
          <Refused error={confirm.error} />
          <Button type="primary" htmlType="submit" loading={confirm.isPending}>
            {t.access.totpConfirm}
          </Button>
        </form>
      )}
      <Refused error={propose.error ?? remove.error} />
      {means.totp ? (
        <Button onClick={() => remove.mutate()} loading={remove.isPending}>
          {t.access.remove}
        </Button>
      ) : (
        !propose.data && (
          <Button onClick={() => propose.mutate()} loading={propose.isPending}>
            {t.access.totpStart}
          </Button>
        )
      )}
    </section>
  );
}

/** As a picture an SVG needs its namespace, which markup meant for inlining leaves out. */
function picture(svg: string): string {
  const whole = svg.includes('xmlns=') ? svg : svg.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"');
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(whole)}`;
}
