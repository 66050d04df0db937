import { api, body, Refusal, type Session } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { KeyOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Button, Tabs } from 'antd';
import { useState, type ReactNode, type SubmitEvent } from 'react';
import { Field, Refused } from './field';
import { askPasskey, passkeysWork } from './passkey';

interface WayProps {
  onEntered: (session: Session) => void;
}

/** All ways into the node: passkey first, then password and phone; `link` is what stands for sign-in links. */
export function WaysIn({ onEntered, link }: WayProps & { link: ReactNode }) {
  const { t } = useLanguage();
  const ways = useQuery({
    queryKey: ['ways-in'],
    queryFn: () => body(api.GET('/api/sign-in')),
    retry: false,
  });
  const items = [
    { key: 'password', label: t.access.byPassword, children: <ByPassword onEntered={onEntered} /> },
    ...(ways.data?.phone
      ? [{ key: 'phone', label: t.access.byPhone, children: <ByPhone onEntered={onEntered} /> }]
      : []),
    { key: 'link', label: t.access.byLink, children: link },
  ];
  return (
    <>
      <ByPasskey onEntered={onEntered} />
      <Tabs className="ways" items={items} aria-label={t.access.ways} />
    </>
  );
}

/** What somebody sees of a browser's own refusal: it names reasons that help nobody. */
export function inWords(error: unknown, words: string): unknown {
  return error instanceof DOMException ? new Refusal(0, 'cancelled', words) : error;
}

function ByPasskey({ onEntered }: WayProps) {
  const { t } = useLanguage();
  const enter = useMutation({
    mutationFn: async () => body(api.POST('/api/sign-in/passkey', { body: { answer: await askPasskey() } })),
    onSuccess: ({ session }) => session && onEntered(session),
  });
  const possible = passkeysWork();
  return (
    <div className="by-passkey">
      <Button
        type="primary"
        size="large"
        block
        icon={<KeyOutlined aria-hidden />}
        disabled={!possible}
        loading={enter.isPending}
        onClick={() => enter.mutate()}
        data-testid="by-passkey"
      >
        {t.access.passkey}
      </Button>
      <p className="quiet">{possible ? t.access.passkeyHint : t.access.passkeyImpossible}</p>
      <Refused error={inWords(enter.error, t.access.passkeyCancelled)} />
    </div>
  );
}

function ByPassword({ onEntered }: WayProps) {
  const { t } = useLanguage();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [tried, setTried] = useState(false);
  const enter = useMutation({
    mutationFn: () =>
      body(api.POST('/api/sign-in/password', { body: { login, password, code: code || null } })),
    onSuccess: ({ session }) => {
      setTried(false);
      if (session) onEntered(session);
    },
  });
  const codeWanted = enter.data?.second_factor ?? code !== '';
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (login.trim() && password && (!codeWanted || code)) enter.mutate();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Field
        label={t.access.login}
        text={login}
        onText={setLogin}
        wrong={tried && !login.trim()}
        autoComplete="username"
        autoCapitalize="none"
        size="large"
      />
      <Field
        label={t.access.password}
        text={password}
        onText={setPassword}
        wrong={tried && !password}
        autoComplete="current-password"
        size="large"
        secret
      />
      {codeWanted && (
        <Field
          label={t.access.code}
          text={code}
          onText={setCode}
          hint={t.access.codeHint}
          wrong={tried && !code && !enter.isPending}
          autoComplete="one-time-code"
          inputMode="numeric"
          size="large"
          autoFocus
        />
      )}
      <Refused error={enter.error} />
      <Button htmlType="submit" size="large" block loading={enter.isPending}>
        {t.access.enter}
      </Button>
    </form>
  );
}

function ByPhone({ onEntered }: WayProps) {
  const { t } = useLanguage();
  const [phone, setPhone] = useState('');
  const [code, setCode] = useState('');
  const [tried, setTried] = useState(false);
  const send = useMutation({ mutationFn: () => api.POST('/api/sign-in/phone', { body: { phone } }) });
  const enter = useMutation({
    mutationFn: () => body(api.POST('/api/sign-in/phone/code', { body: { phone, code } })),
    onSuccess: ({ session }) => session && onEntered(session),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (!phone.trim()) return;
    if (!send.isSuccess) send.mutate();
    else if (code) enter.mutate();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Field
        label={t.access.phone}
        text={phone}
        onText={setPhone}
        wrong={tried && !phone.trim()}
        type="tel"
        autoComplete="tel"
        size="large"
      />
      {send.isSuccess && (
        <Field
          label={t.access.code}
          text={code}
          onText={setCode}
          hint={t.access.codeSent}
          autoComplete="one-time-code"
          inputMode="numeric"
          maxLength={6}
          size="large"
          autoFocus
        />
      )}
      <Refused error={enter.error ?? send.error} />
      <Button htmlType="submit" size="large" block loading={send.isPending || enter.isPending}>
        {send.isSuccess ? t.access.enter : t.access.sendCode}
      </Button>
    </form>
  );
}
