import { api, body, Refusal, type Room, type RoomContent } from '@xinglin/api';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useEffectEvent, useRef, useState } from 'react';

const saveAfterMs = 700;

export const empty: RoomContent = {
  note: { template: 'general', complaint: '', history: '', examination: '', plan: '' },
  diagnoses: [],
  orders: [],
  drugs: [],
  referral: null,
  sick_note: null,
  follow_up: null,
  reasons: {},
};

/** saved: the node has all; waiting: it will be sent; stale: another window saved; colleague: somebody else writes. */
export type SaveState = 'saved' | 'waiting' | 'sending' | 'failed' | 'stale' | 'colleague';

export function useRoom(encounter: string) {
  return useQuery({
    queryKey: ['room', encounter],
    queryFn: () => body(api.GET('/api/rooms/{encounter}', { params: { path: { encounter } } })),
    refetchOnWindowFocus: false,
    gcTime: 0,
  });
}

/** How many things are written and not signed. */
export function unsignedOf(content: RoomContent): number {
  const { note, diagnoses, orders, drugs, referral, sick_note, follow_up } = content;
  const hasNote = [note.complaint, note.history, note.examination, note.plan].some((text) => text.trim());
  const single = [hasNote, referral !== null, sick_note !== null, follow_up !== null].filter(Boolean).length;
  return diagnoses.length + orders.length + drugs.length + single;
}

/**
 * What is written in a room: kept here while it is typed, and by the node a moment later. Two saves never overtake each
 * other; `flush` returns the version that holds everything, or null where it could not be saved.
 */
export function useDraft(room: Room) {
  const [content, setContent] = useState<RoomContent>(room.draft?.content ?? empty);
  const [state, setState] = useState<SaveState>(room.is_mine ? 'saved' : 'colleague');
  const [savedAt, setSavedAt] = useState<string | null>(room.draft?.updated_at ?? null);
  const version = useRef(room.draft?.version ?? 0);
  const newest = useRef(content);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const line = useRef<Promise<number | null>>(Promise.resolve(room.draft?.version ?? 0));
  const written = useRef(0);
  const kept = useRef(0);
  const queries = useQueryClient();

  const send = useCallback(async (): Promise<number | null> => {
    if (written.current === kept.current) return version.current;
    const sent = written.current;
    setState('sending');
    const params = { path: { encounter: room.encounter } };
    try {
      const draft = await body(
        api.PUT('/api/rooms/{encounter}/draft', {
          params,
          body: { version: version.current, content: newest.current },
        }),
      );
      version.current = draft.version;
      kept.current = sent;
      setSavedAt(draft.updated_at);
      setState(written.current === sent ? 'saved' : 'waiting');
      return draft.version;
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 0;
      setState(status === 412 ? 'stale' : status === 409 ? 'colleague' : 'failed');
      return null;
    }
  }, [room.encounter]);

  const flush = useCallback((): Promise<number | null> => {
    clearTimeout(timer.current);
    line.current = line.current.then(send);
    return line.current;
  }, [send]);

  const write = useCallback(
    (change: (before: RoomContent) => RoomContent) => {
      newest.current = change(newest.current);
      written.current += 1;
      setContent(newest.current);
      setState('waiting');
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void flush(), saveAfterMs);
    },
    [flush],
  );

  const leave = useEffectEvent(() => {
    if (written.current !== kept.current && room.is_mine) void flush();
    void queries.invalidateQueries({ queryKey: ['rooms'] });
  });
  useEffect(() => () => leave(), []);

  /** After signing: the node has emptied the draft. */
  const emptied = useCallback((now: number) => {
    version.current = now;
    newest.current = empty;
    kept.current = written.current;
    setContent(empty);
    setState('saved');
  }, []);

  return { content, write, flush, emptied, state, savedAt };
}
