import { api, body, Refusal } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useEffect, useState, type SubmitEvent } from 'react';
import { navigate } from '../app/router';

type Step = 'asking' | 'none' | 'refused' | 'unreachable';

/** Takes the one-time token out of the address at once, so that no history or shoulder keeps it. */
function takeToken(): string {
  const token = decodeURIComponent(location.hash.slice(1));
  if (token) history.replaceState(null, '', location.pathname);
  return token;
}

/** The token this page was opened with; spent once, however often the page is drawn. */
let arrived = location.pathname === '/sign-in' ? takeToken() : '';

export function SignIn() {
  const { t, switchLanguage } = useLanguage();
  const queries = useQueryClient();
  const entry = useMutation({
    mutationFn: (token: string) => body(api.POST('/api/session', { body: { token } })),
    onSuccess: (session) => {
      queries.clear();
      queries.setQueryData(['session'], session);
      navigate('/board', { replace: true });
    },
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
  useEffect(() => {
    document.title = `${t.signIn.title} · ${t.product}`;
  }, [t]);
  const step = stepOf(entry.status, entry.error);
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <img src="/icon.svg" alt="" width="48" height="48" />
        <Explanation step={step} />
        {step === 'unreachable' && (
          <Button type="primary" onClick={() => enter(entry.variables ?? '')}>
            {t.shell.retry}
          </Button>
        )}
        {(step === 'none' || step === 'refused') && <Paste onToken={enter} />}
        <Button type="link" data-testid="language-switch" onClick={switchLanguage}>
          {t.shell.otherLanguage}
        </Button>
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

function Explanation({ step }: { step: Step }) {
  const { t } = useLanguage();
  if (step === 'asking') return <h1 aria-live="polite">{t.signIn.checking}</h1>;
  if (step === 'unreachable') {
    return (
      <div role="alert">
        <h1>{t.error.unreachable}</h1>
        <p>{t.signIn.unreachable}</p>
      </div>
    );
  }
  const refused = step === 'refused';
  return (
    <div role={refused ? 'alert' : undefined}>
      <h1>{refused ? t.signIn.refusedTitle : t.signIn.noneTitle}</h1>
      <p>{refused ? t.signIn.refused : t.signIn.none}</p>
      <p>{t.signIn.again}</p>
      <pre>
        <code>{t.signIn.command}</code>
      </pre>
      <p>{t.signIn.more}</p>
    </div>
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
      <Button type="primary" htmlType="submit" block>
        {t.signIn.enter}
      </Button>
    </form>
  );
}
