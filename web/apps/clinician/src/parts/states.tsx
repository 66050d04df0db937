import { Refusal } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { Button } from 'antd';
import { useEffect, useState } from 'react';
import { Link } from '../app/router';
import { useSession } from '../app/session';

/** Nothing for 300 ms, then grey lines where the content will be. */
export function Waiting({ rows }: { rows: number }) {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="waiting" aria-busy="true">
      {slow && Array.from({ length: rows }, (_, index) => <div key={index} className="waiting-line" />)}
    </div>
  );
}

interface Action {
  label: string;
  run: () => void;
}

/** Nothing to show: what that means and what to do. */
export function Empty({ title, what, action }: { title: string; what: string; action?: Action }) {
  return (
    <div className="notice" role="status">
      <h2>{title}</h2>
      <p>{what}</p>
      {action && <Button onClick={action.run}>{action.label}</Button>}
    </div>
  );
}

/** The way from a refusal to its explanation, for those to whom it is explained. */
export function WhyRefused({ about }: { about: string | null }) {
  const { t } = useLanguage();
  const { roles } = useSession();
  if (roles.every((role) => role === 'patient')) return null;
  return <Link to={about ? `/why?about=${encodeURIComponent(about)}` : '/why'}>{t.shell.why}</Link>;
}

/** Something could not be read: what happened, what is safe, what to do. */
export function Trouble({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useLanguage();
  const refusal = error instanceof Refusal ? error : null;
  const unreachable = error === null || refusal?.status === 0;
  const missing = refusal?.status === 404 || refusal?.status === 410;
  const forbidden = refusal?.status === 403;
  const kind = unreachable ? 'unreachable' : missing ? 'missing' : forbidden ? 'forbidden' : 'failed';
  return (
    <div className="notice" role="alert">
      <h2>{t.error[kind]}</h2>
      {refusal?.message && <p>{refusal.message}</p>}
      <p>{t.error[`${kind}What`]}</p>
      {forbidden && <WhyRefused about={refusal.about} />}
      <Button onClick={onRetry}>{t.shell.retry}</Button>
    </div>
  );
}
