import { Refusal, request } from '@xinglin/api';
import { StreamParser, type Change, type RecordChange } from './stream';

/** `since` is when the line was lost, in ms since 1970; `off` is for those whose work has none. */
export type Line =
  | { state: 'connecting' }
  | { state: 'off' }
  | { state: 'live'; again: boolean }
  | { state: 'lost'; since: number };

/** The node sends at least a comment every 15 s; after this long without one the line is taken as dead. */
const silenceMs = 40_000;
const longestPauseMs = 10_000;
/** A line that follows begins with what the node heard in the last 5 s; one that took longer to open missed some. */
const repeatedMs = 4_000;

/**
 * The one live line of this page to its node. It connects anew by itself; `onGap` tells that something may have
 * been missed and everything shown has to be read again. Whose record changed is told of those that are followed: a
 * line that follows one more is opened beside the old one, which ends when the new one speaks.
 */
class LiveLine {
  private line: Line = { state: 'off' };
  private readonly watchers = new Set<() => void>();
  private readonly hearers = new Set<(change: Change) => void>();
  private readonly gapHearers = new Set<() => void>();
  private readonly followed = new Map<string, Set<() => void>>();
  private stop: AbortController | undefined;
  private turns: AbortController[] = [];
  private planned: ReturnType<typeof setTimeout> | undefined;

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

  /** Hear of every change of the record with `key`, such as Patient/1. */
  follow(key: string, hearer: () => void): () => void {
    const hearers = this.followed.get(key);
    if (hearers) hearers.add(hearer);
    else {
      this.followed.set(key, new Set([hearer]));
      if (this.stop) this.planned ??= setTimeout(() => this.turn());
    }
    return () => {
      const left = this.followed.get(key);
      left?.delete(hearer);
      if (left?.size === 0) this.followed.delete(key);
    };
  }

  open(): () => void {
    const stop = new AbortController();
    this.stop = stop;
    this.set({ state: 'connecting' });
    this.turn();
    return () => {
      stop.abort();
      if (this.stop === stop) this.stop = undefined;
    };
  }

  private turn(): void {
    clearTimeout(this.planned);
    this.planned = undefined;
    if (!this.stop) return;
    const turn = new AbortController();
    this.turns.push(turn);
    void this.keep(AbortSignal.any([this.stop.signal, turn.signal]), () => {
      const now = this.turns.indexOf(turn);
      for (const before of this.turns.splice(0, now)) before.abort();
    });
  }

  private async keep(signal: AbortSignal, onOpen: () => void): Promise<void> {
    let pauseMs = 500;
    for (;;) {
      try {
        await this.listen(signal, () => {
          pauseMs = 500;
          onOpen();
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

  private async listen(signal: AbortSignal, onOpen: () => void): Promise<void> {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), silenceMs);
    try {
      const either = AbortSignal.any([signal, silence.signal]);
      const asked = performance.now();
      const query = [...this.followed.keys()].map((key) => `follow=${encodeURIComponent(key)}`).join('&');
      const response = await request(query ? `/api/live?${query}` : '/api/live', {
        headers: { Accept: 'text/event-stream' },
        signal: either,
      });
      if (!response.body) return;
      onOpen();
      this.opened();
      if (query && performance.now() - asked > repeatedMs) this.gap();
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
    if (event === 'change') {
      const change = JSON.parse(data) as Change;
      for (const hearer of this.hearers) hearer(change);
    }
    if (event === 'record')
      for (const hearer of this.followed.get((JSON.parse(data) as RecordChange).key) ?? []) hearer();
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
