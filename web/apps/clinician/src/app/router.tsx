import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from 'react';

const moved = new EventTarget();

function listen(listener: () => void): () => void {
  addEventListener('popstate', listener);
  moved.addEventListener('moved', listener);
  return () => {
    removeEventListener('popstate', listener);
    moved.removeEventListener('moved', listener);
  };
}

/** Goes to a page of ours; `replace` leaves no step to go back to. */
export function navigate(path: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, '', path);
  else history.pushState(null, '', path);
  if (!options.replace) scrollTo(0, 0);
  moved.dispatchEvent(new Event('moved'));
}

export function usePath(): string {
  return useSyncExternalStore(listen, () => location.pathname);
}

/** The query of the address and a way to change some of it; an empty value takes the name out. */
export function useAddress(): [URLSearchParams, (changes: Record<string, string>) => void] {
  const search = useSyncExternalStore(listen, () => location.search);
  const change = (changes: Record<string, string>) => {
    const next = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    const query = next.toString();
    navigate(query ? `${location.pathname}?${query}` : location.pathname, { replace: true });
  };
  return [new URLSearchParams(search), change];
}

/** The named parts of `path` under a pattern such as `/patients/:id`, or null. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.replace(/\/+$/, '').split('/');
  if (wanted.length !== given.length) return null;
  const parts: Record<string, string> = {};
  for (const [index, name] of wanted.entries()) {
    const part = given[index] ?? '';
    if (name.startsWith(':')) parts[name.slice(1)] = decodeURIComponent(part);
    else if (name !== part) return null;
  }
  return parts;
}

interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  to: string;
}

/** An ordinary link that changes the page without loading it anew. */
export function Link({ to, onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return <a {...rest} href={to} onClick={follow} />;
}
