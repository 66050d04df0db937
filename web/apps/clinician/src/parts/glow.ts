import { useEffect, useState } from 'react';

const glowMs = 2_000;
const none: ReadonlySet<string> = new Set();

interface Glow {
  /** Whether the cell changed within the last two seconds. */
  isNew: (cell: string) => boolean;
  /** How many cells have changed since the page was opened or `seen` was called. */
  news: number;
  seen: () => void;
}

/**
 * Which cells have just changed. `cells` maps a cell's name to what stands in it; a cell that was not there before
 * is new as well. `scope` names what is shown: a change of scope is no news.
 */
export function useGlow(scope: string, cells: ReadonlyMap<string, string> | null): Glow {
  const [before, setBefore] = useState({ scope, cells });
  const [changed, setChanged] = useState(none);
  const [news, setNews] = useState(0);
  if (before.scope !== scope) {
    setBefore({ scope, cells });
    setChanged(none);
    setNews(0);
  } else if (cells && cells !== before.cells) {
    const fresh = changedCells(before.cells, cells);
    setBefore({ scope, cells });
    if (fresh.size > 0) {
      setChanged(fresh);
      setNews(news + fresh.size);
    }
  }
  useEffect(() => {
    if (changed.size === 0) return undefined;
    const timer = setTimeout(() => setChanged(none), glowMs);
    return () => clearTimeout(timer);
  }, [changed]);
  return { isNew: (cell) => changed.has(cell), news, seen: () => setNews(0) };
}

export function changedCells(
  before: ReadonlyMap<string, string> | null,
  now: ReadonlyMap<string, string> | null,
): ReadonlySet<string> {
  if (!before || !now) return none;
  const changed = new Set<string>();
  for (const [cell, content] of now) if (before.get(cell) !== content) changed.add(cell);
  return changed;
}
