import { api, body, Refusal, type Session } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useEffect, useState, type ReactNode, type SubmitEvent } from 'react';
import '../styles/access.css';
import { WaysIn } from '../access/ways_in';
import { navigate } from '../app/router';

type Step = 'asking' | 'none' | 'refused' | 'unreachable';

/** Takes the one-time token out of the address at once, so that no history or shoulder keeps it. */
function takeToken(): string {
  const token = decodeURIComponent(location.hash.slice(1));
  if (token) history.replaceState(null, '', location.pathname + location.search);
  return token;
}

/** The token this page was opened with; spent once, however often the page is drawn. */
let arrived = location.pathname === '/sign-in' ? takeToken() : '';

/** Where somebody was going before they were asked to sign in; only to pages of ours. */
function destination(session: Session): string {
  const wanted = new URLSearchParams(location.search).get('to') ?? '';
  if (wanted.startsWith('/') && !wanted.startsWith('//') && !wanted.includes('\\')) return wanted;
  return session.methods.length === 0 ? '/welcome' : '/board';
}

export function SignIn() {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const entered = (session: Session) => {
    const to = destination(session);
    queries.clear();
    queries.setQueryData(['session'], session);
    navigate(to, { replace: true });
  };
  const entry = useMutation({
    mutationFn: (token: string) => body(api.POST('/api/session', { body: { token } })),
    onSuccess: entered,
  });
  const { mutate: enter } = entry;
  useEffect(() => {
    const token = arrived;
    arrived = '';
    if (token) enter(token);
    const onHash = () => {
      const later = takeToken();
      if (later) enter(later);
    };
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, [enter]);
  const step = stepOf(entry.status, entry.error);
  return (
    <Card title={t.signIn.title}>
      {step === 'asking' && <h1 aria-live="polite">{t.signIn.checking}</h1>}
      {step === 'unreachable' && (
        <div role="alert">
          <h1>{t.error.unreachable}</h1>
          <p>{t.signIn.unreachable}</p>
          <Button type="primary" onClick={() => enter(entry.variables ?? '')}>
            {t.shell.retry}
          </Button>
        </div>
      )}
      {step === 'refused' && (
        <div role="alert">
          <h1>{t.signIn.refusedTitle}</h1>
          <p>{t.signIn.refused}</p>
          <p>
            {t.signIn.again} <code>{t.signIn.command}</code>
          </p>
        </div>
      )}
      {step === 'none' && <h1>{t.signIn.title}</h1>}
      {(step === 'none' || step === 'refused') && (
        <WaysIn onEntered={entered} link={<ByLink onToken={enter} />} />
      )}
    </Card>
  );
}

/** One matter in the middle of the screen, before somebody is in the house. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  const { t, switchLanguage } = useLanguage();
  useEffect(() => {
    document.title = `${title} · ${t.product}`;
  }, [title, t]);
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <div className="sign-in-head">
          <img src="/icon.svg" alt="" width="40" height="40" />
          <strong>{t.product}</strong>
          <Button type="link" data-testid="language-switch" onClick={switchLanguage}>
            {t.shell.otherLanguage}
          </Button>
        </div>
        {children}
      </div>
    </main>
  );
}

function stepOf(status: 'idle' | 'pending' | 'success' | 'error', error: unknown): Step {
  if (status === 'idle') return arrived ? 'asking' : 'none';
  if (status !== 'error') return 'asking';
  const unreachable = error instanceof Refusal && (error.status === 0 || error.status >= 500);
  return unreachable ? 'unreachable' : 'refused';
}

function ByLink({ onToken }: { onToken: (token: string) => void }) {
  const { t } = useLanguage();
  return (
    <>
      <p>{t.signIn.again}</p>
      <pre>
        <code>{t.signIn.command}</code>
      </pre>
      <p>{t.signIn.more}</p>
      <Paste onToken={onToken} />
    </>
  );
}

function Paste({ onToken }: { onToken: (token: string) => void }) {
  const { t } = useLanguage();
  const [text, setText] = useState('');
  const [empty, setEmpty] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const token = text.trim().replace(/^.*#/, '');
    setEmpty(!token);
    if (token) onToken(token);
  };
  return (
    <form onSubmit={submit} noValidate>
      <label htmlFor="link">{t.signIn.manual}</label>
      <Input
        id="link"
        size="large"
        value={text}
        autoComplete="off"
        status={empty ? 'error' : ''}
        aria-invalid={empty}
        aria-describedby={empty ? 'link-error' : undefined}
        onChange={(event) => setText(event.target.value)}
      />
      {empty && (
        <p id="link-error" role="alert" className="field-error">
          {t.signIn.manualEmpty}
        </p>
      )}
      <Button htmlType="submit" size="large" block>
        {t.signIn.enter}
      </Button>
    </form>
  );
}
