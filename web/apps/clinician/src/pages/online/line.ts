import { api, request, type OnlineVisit } from '@xinglin/api';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { StreamParser } from '../../app/stream';
import type { Signalling } from '../../media/engine';

/** What the visit's line says. */
interface Said {
  kind: 'here' | 'gone' | 'changed' | 'signal';
  seat?: string;
  side?: OnlineVisit['side'];
  messages?: string[];
}

const silenceMs = 40_000;
const longestPauseMs = 10_000;
const gatherMs = 60;
const mostAtOnce = 20;

/** This tab's line to its visit: it opens anew by itself, and signals leave in the order in which they were given. */
export class VisitLine implements Signalling {
  readonly seat = crypto.randomUUID();
  private readonly hearers = new Set<(said: Said) => void>();
  private waiting: { to: string | null; message: string }[] = [];
  private sending = false;

  constructor(private readonly encounter: string) {}

  open(): () => void {
    const stop = new AbortController();
    void this.keep(stop.signal);
    return () => stop.abort();
  }

  listen(hearer: (said: Said) => void): () => void {
    this.hearers.add(hearer);
    return () => this.hearers.delete(hearer);
  }

  hear(hearer: (from: string, message: unknown) => void): () => void {
    return this.listen((said) => {
      if (said.kind !== 'signal' || !said.seat) return;
      for (const message of said.messages ?? []) hearer(said.seat, JSON.parse(message) as unknown);
    });
  }

  onGone(hearer: (seat: string) => void): () => void {
    return this.listen((said) => said.kind === 'gone' && said.seat && hearer(said.seat));
  }

  send(to: string | null, message: unknown): void {
    this.waiting.push({ to, message: JSON.stringify(message) });
    if (!this.sending) void this.flush();
  }

  private async flush(): Promise<void> {
    this.sending = true;
    await new Promise((resolve) => setTimeout(resolve, gatherMs));
    for (let first = this.waiting[0]; first; first = this.waiting[0]) {
      const { to } = first;
      const differs = this.waiting.findIndex((one) => one.to !== to);
      const count = Math.min(differs < 0 ? this.waiting.length : differs, mostAtOnce);
      const messages = this.waiting.splice(0, count).map((one) => one.message);
      await api
        .POST('/api/online-visits/{encounter}/signals', {
          params: { path: { encounter: this.encounter } },
          body: { seat: this.seat, to, messages },
        })
        .catch(() => undefined);
    }
    this.sending = false;
  }

  private async keep(stop: AbortSignal): Promise<void> {
    let pauseMs = 500;
    while (!stop.aborted) {
      await this.follow(stop, () => {
        pauseMs = 500;
      }).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      pauseMs = Math.min(pauseMs * 1.7, longestPauseMs);
    }
  }

  private async follow(stop: AbortSignal, onOpen: () => void): Promise<void> {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), silenceMs);
    try {
      const address = `/api/online-visits/${encodeURIComponent(this.encounter)}/live?seat=${this.seat}`;
      const signal = AbortSignal.any([stop, silence.signal]);
      const response = await request(address, { headers: { Accept: 'text/event-stream' }, signal });
      if (!response.body) return;
      onOpen();
      this.tell({ kind: 'changed' });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new StreamParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), silenceMs);
        for (const message of parser.feed(value))
          if (message.event === 'said') this.tell(JSON.parse(message.data) as Said);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private tell(said: Said): void {
    for (const hearer of this.hearers) hearer(said);
  }
}

const presentMs = 40_000;

/** The line of a visit while a page shows it, and whether somebody of the other side has the visit open. */
export function useVisitLine(visit: OnlineVisit): { line: VisitLine; isOtherHere: boolean } {
  const { encounter, side } = visit;
  const queries = useQueryClient();
  const [line] = useState(() => new VisitLine(encounter));
  const [others, setOthers] = useState<Record<string, number>>({});
  useEffect(() => {
    const forget = line.listen((said) => {
      if (said.kind === 'signal') return;
      const { seat, kind } = said;
      if (seat && said.side !== side)
        setOthers((before) => ({ ...before, [seat]: kind === 'gone' ? 0 : Date.now() }));
      void queries.invalidateQueries({ queryKey: ['online', encounter] });
      if (kind !== 'here') void queries.invalidateQueries({ queryKey: ['room', encounter] });
    });
    const close = line.open();
    const timer = setInterval(
      () =>
        setOthers((before) =>
          Object.fromEntries(Object.entries(before).filter(([, at]) => Date.now() - at < presentMs)),
        ),
      presentMs / 4,
    );
    return () => {
      clearInterval(timer);
      forget();
      close();
    };
  }, [line, encounter, side, queries]);
  return { line, isOtherHere: Object.values(others).some((at) => at > 0) };
}
