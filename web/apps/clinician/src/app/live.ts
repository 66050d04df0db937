import { Refusal, request } from '@xinglin/api';
import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import { StreamParser, type Change } from './stream';

/** `since` is when the line was lost, in ms since 1970; `off` is for those whose work has none. */
export type Line =
  | { state: 'connecting' }
  | { state: 'off' }
  | { state: 'live'; again: boolean }
  | { state: 'lost'; since: number };

/** The node sends at least a comment every 15 s; after this long without one the line is taken as dead. */
const silenceMs = 40_000;
const longestPauseMs = 10_000;

/**
 * The one live line of this page to its node. It connects anew by itself; `onGap` tells that something may have
 * been missed and everything shown has to be read again.
 */
class LiveLine {
  private line: Line = { state: 'off' };
  private readonly watchers = new Set<() => void>();
  private readonly hearers = new Set<(change: Change) => void>();
  private readonly gapHearers = new Set<() => void>();

  readonly read = (): Line => this.line;

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  hear(hearer: (change: Change) => void): () => void {
    this.hearers.add(hearer);
    return () => this.hearers.delete(hearer);
  }

  onGap(hearer: () => void): () => void {
    this.gapHearers.add(hearer);
    return () => this.gapHearers.delete(hearer);
  }

  open(): () => void {
    const stop = new AbortController();
    this.set({ state: 'connecting' });
    void this.keep(stop.signal);
    return () => stop.abort();
  }

  private async keep(signal: AbortSignal): Promise<void> {
    let pauseMs = 500;
    for (;;) {
      try {
        await this.follow(signal, () => {
          pauseMs = 500;
        });
      } catch (failure) {
        if (failure instanceof Refusal && failure.status === 401) return;
        if (failure instanceof Refusal && failure.status === 403) {
          this.set({ state: 'off' });
          return;
        }
      }
      if (signal.aborted) return;
      if (this.line.state !== 'lost') this.set({ state: 'lost', since: Date.now() });
      await pause(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 1.7, longestPauseMs);
    }
  }

  private async follow(signal: AbortSignal, onOpen: () => void): Promise<void> {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), silenceMs);
    try {
      const either = AbortSignal.any([signal, silence.signal]);
      const response = await request('/api/live', {
        headers: { Accept: 'text/event-stream' },
        signal: either,
      });
      if (!response.body) return;
      onOpen();
      this.opened();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new StreamParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), silenceMs);
        for (const message of parser.feed(value)) this.take(message.event, message.data);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private opened(): void {
    const again = this.line.state === 'lost';
    this.set({ state: 'live', again });
    if (again) this.gap();
  }

  private take(event: string, data: string): void {
    if (event === 'lost') this.gap();
    if (event !== 'change') return;
    const change = JSON.parse(data) as Change;
    for (const hearer of this.hearers) hearer(change);
  }

  private gap(): void {
    for (const hearer of this.gapHearers) hearer();
  }

  private set(line: Line): void {
    this.line = line;
    for (const watcher of this.watchers) watcher();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const now = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', now, { once: true });
    addEventListener('online', now, { once: true });
  });
}

export const live = new LiveLine();

export function useLine(): Line {
  return useSyncExternalStore(live.watch, live.read);
}

/**
 * Calls `refresh` soon after changes that `concerns`: at once when it was quiet, and at most once in `restMs`
 * however many come, so that a busy hospital does not turn every screen into a load test. The last change is never
 * left out: what is heard while `refresh` waits for its turn is covered by it, what is heard later calls it again. What
 * is read must be there when its event is heard.
 */
export function useRefresh(concerns: (change: Change) => boolean, refresh: () => void, restMs: number): void {
  const matters = useEffectEvent(concerns);
  const run = useEffectEvent(refresh);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = 0;
    const forget = live.hear((change) => {
      if (!matters(change)) return;
      if (timer !== undefined) return;
      const wait = Math.max(150, last + restMs - Date.now());
      timer = setTimeout(() => {
        timer = undefined;
        last = Date.now();
        run();
      }, wait);
    });
    return () => {
      clearTimeout(timer);
      forget();
    };
  }, [restMs]);
}
