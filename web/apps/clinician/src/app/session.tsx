import { api, body, onSignedOut, Refusal, type Session } from '@xinglin/api';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, use, useEffect } from 'react';
import { navigate } from './router';

const Context = createContext<Session | null>(null);
export const SessionProvider = Context.Provider;

/** Who is signed in; only pages inside the shell may ask. */
export function useSession(): Session {
  const session = use(Context);
  if (!session) throw new Error('useSession stands outside the shell');
  return session;
}

/** The node's time zone (IANA), in which all pages show instants. */
export function useZone(): string {
  return use(Context)?.node.zone ?? 'Asia/Shanghai';
}

/** To the ways in, and back to where something waits for an answer. */
export function toSignIn(): void {
  const waits = location.pathname === '/consent';
  const to = waits ? `?to=${encodeURIComponent(location.pathname + location.search)}` : '';
  navigate(`/sign-in${to}`, { replace: true });
}

const mark = 'xinglin.signed-in';

/** Whether somebody was signed in here when a page of theirs was last open; whether they still are is not known. */
export function wasSignedIn(): boolean {
  return localStorage.getItem(mark) !== null;
}

export type SessionState =
  | { state: 'asking' }
  | { state: 'in'; session: Session }
  | { state: 'out' }
  | { state: 'unreachable'; retry: () => void };

export function useSessionState(): SessionState {
  const queries = useQueryClient();
  const asked = useQuery({
    queryKey: ['session'],
    queryFn: () => body(api.GET('/api/session')),
    staleTime: Infinity,
    retry: false,
  });
  useEffect(() => {
    onSignedOut(() => {
      queries.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
      if (location.pathname !== '/sign-in') toSignIn();
    });
  }, [queries]);
  const isIn = asked.data !== undefined;
  useEffect(() => {
    if (isIn) localStorage.setItem(mark, '1');
    else if (asked.isError) localStorage.removeItem(mark);
  }, [isIn, asked.isError]);
  if (asked.data) return { state: 'in', session: asked.data };
  if (asked.isPending) return { state: 'asking' };
  if (asked.error instanceof Refusal && asked.error.status === 401) return { state: 'out' };
  return { state: 'unreachable', retry: () => void asked.refetch() };
}
