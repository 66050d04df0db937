import { api, body, onProofWanted } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect, useRef, useState, type SubmitEvent } from 'react';
import { useSession } from '../app/session';
import { Field, Refused } from './field';
import { askPasskey, passkeysWork } from './passkey';
import { inWords } from './ways_in';

/** Asks who is there once more when an act wants it, and lets the act go on. */
export function ProveAgain() {
  const [settle, setSettle] = useState<((proved: boolean) => void) | null>(null);
  useEffect(() => {
    onProofWanted(() => new Promise((resolve) => setSettle(() => resolve)));
    return () => onProofWanted(() => Promise.resolve(false));
  }, []);
  if (!settle) return null;
  const end = (proved: boolean) => {
    setSettle(null);
    settle(proved);
  };
  return <Question onEnd={end} />;
}

function Question({ onEnd }: { onEnd: (proved: boolean) => void }) {
  const { t } = useLanguage();
  const session = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  const console = session.methods.includes('console') || session.kind === 'device';
  const means = useQuery({
    queryKey: ['means'],
    queryFn: () => body(api.GET('/api/access/means')),
    enabled: !console,
    retry: false,
  });
  useEffect(() => {
    const opened = dialog.current;
    opened?.showModal();
    return () => opened?.close();
  }, []);
  return (
    <dialog ref={dialog} className="proof" aria-labelledby="proof-title" onCancel={() => onEnd(false)}>
      <h2 id="proof-title">{t.access.proofTitle}</h2>
      <p>{console || means.error ? t.access.proofConsole : t.access.proofWhat}</p>
      {means.data && means.data.passkeys.length > 0 && passkeysWork() && <Passkey onEnd={onEnd} />}
      {means.data?.password && <Password totp={means.data.totp} onEnd={onEnd} />}
      <Button type="text" onClick={() => onEnd(false)}>
        {t.access.cancel}
      </Button>
    </dialog>
  );
}

function Passkey({ onEnd }: { onEnd: (proved: boolean) => void }) {
  const { t } = useLanguage();
  const prove = useMutation({
    mutationFn: async () =>
      body(api.POST('/api/session/proof/passkey', { body: { answer: await askPasskey() } })),
    onSuccess: () => onEnd(true),
  });
  return (
    <>
      <Button type="primary" block loading={prove.isPending} onClick={() => prove.mutate()}>
        {t.access.proofPasskey}
      </Button>
      <Refused error={inWords(prove.error, t.access.passkeyCancelled)} />
    </>
  );
}

function Password({ totp, onEnd }: { totp: boolean; onEnd: (proved: boolean) => void }) {
  const { t } = useLanguage();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const prove = useMutation({
    mutationFn: () =>
      body(api.POST('/api/session/proof/password', { body: { password, code: code || null } })),
    onSuccess: ({ proved }) => proved && onEnd(true),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (password && (!totp || code)) prove.mutate();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Field
        label={t.access.password}
        text={password}
        onText={setPassword}
        autoComplete="current-password"
        secret
      />
      {totp && (
        <Field
          label={t.access.code}
          text={code}
          onText={setCode}
          hint={t.access.codeHint}
          autoComplete="one-time-code"
        />
      )}
      <Refused error={prove.error} />
      <Button htmlType="submit" block loading={prove.isPending}>
        {t.access.prove}
      </Button>
    </form>
  );
}
