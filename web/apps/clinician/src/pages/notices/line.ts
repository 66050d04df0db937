import { request } from '@xinglin/api';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { StreamParser } from '../../app/stream';

const silenceMs = 40_000;
const longestPauseMs = 30_000;
const concerned = ['notices', 'follow-ups'];

/** Reads notices anew when the node rings; the line opens again by itself. */
export function useBellLine(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    const ring = () => {
      for (const name of concerned) void queries.invalidateQueries({ queryKey: [name] });
    };
    void keep(stop.signal, ring);
    return () => stop.abort();
  }, [queries]);
}

async function keep(stop: AbortSignal, ring: () => void): Promise<void> {
  let pauseMs = 1_000;
  let wasLost = false;
  while (!stop.aborted) {
    await follow(stop, ring, () => {
      pauseMs = 1_000;
      if (wasLost) ring();
    }).catch(() => undefined);
    wasLost = true;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(pauseMs * 1.7, longestPauseMs);
  }
}

async function follow(stop: AbortSignal, ring: () => void, onOpen: () => void): Promise<void> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), silenceMs);
  try {
    const signal = AbortSignal.any([stop, silence.signal]);
    const response = await request('/api/notices/live', {
      headers: { Accept: 'text/event-stream' },
      signal,
    });
    if (!response.body) return;
    onOpen();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new StreamParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silenceMs);
      for (const message of parser.feed(value)) if (message.event === 'bell') ring();
    }
  } finally {
    clearTimeout(timer);
  }
}
