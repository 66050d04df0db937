import { api, body, Refusal, request, type OnlineMessage, type OnlineVisit } from '@xinglin/api';
import { formatTime, useLanguage } from '@xinglin/i18n';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useZone } from '../../app/session';
import { useShow } from './load';

/** What both sides wrote, newest at the end, and writing more. */
export function Chat({ visit }: { visit: OnlineVisit }) {
  const { t } = useLanguage();
  const log = useRef<HTMLDivElement>(null);
  const count = visit.messages.length;
  useReading(visit);
  useEffect(() => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  }, [count]);
  return (
    <section className="chat" aria-label={t.online.messages}>
      <div ref={log} className="chat-log" role="log" aria-label={t.online.messages} tabIndex={0}>
        {count === 0 && <p className="quiet">{t.online.noMessages}</p>}
        {visit.messages.map((one) => (
          <Message key={one.id} message={one} isOwn={one.side === visit.side} />
        ))}
      </div>
      {visit.is_open ? <Writing visit={visit} /> : <p className="chat-over">{t.online.over}</p>}
    </section>
  );
}

function Message({ message, isOwn }: { message: OnlineMessage; isOwn: boolean }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const at = formatTime(message.at, language, zone).slice(0, 5);
  return (
    <article className={isOwn ? 'message message-own' : 'message'} data-testid="message">
      <small>
        {isOwn ? t.online.me : message.author} · <time dateTime={message.at}>{at}</time>
        {isOwn && ` · ${message.read_at ? t.online.read : t.online.sent}`}
      </small>
      {message.text && <p>{message.text}</p>}
      {message.photo && (
        <a href={message.photo} target="_blank" rel="noreferrer">
          <img src={message.photo} alt={t.online.photoOf(message.author, at)} loading="lazy" />
        </a>
      )}
    </article>
  );
}

/** Marks what the other side wrote as read while the page is in front. */
function useReading(visit: OnlineVisit): void {
  const show = useShow(visit.encounter);
  const unread = visit.messages.findLast((one) => one.side !== visit.side && !one.read_at)?.number ?? 0;
  const { mutate } = useMutation({
    mutationFn: (upTo: number) =>
      body(
        api.POST('/api/online-visits/{encounter}/read', {
          params: { path: { encounter: visit.encounter } },
          body: { up_to: upTo },
        }),
      ),
    onSuccess: show,
  });
  useEffect(() => {
    const mark = () => {
      if (unread > 0 && document.visibilityState === 'visible') mutate(unread);
    };
    mark();
    document.addEventListener('visibilitychange', mark);
    return () => document.removeEventListener('visibilitychange', mark);
  }, [unread, mutate]);
}

/** What was not sent stays in the field; sent again, it arrives once. */
function Writing({ visit }: { visit: OnlineVisit }) {
  const { t } = useLanguage();
  const show = useShow(visit.encounter);
  const [text, setText] = useState('');
  const key = useRef<{ of: unknown; key: string } | null>(null);
  const files = useRef<HTMLInputElement>(null);
  const keyOf = (what: unknown) => {
    const before = key.current;
    const kept = before && before.of === what ? before : { of: what, key: crypto.randomUUID() };
    key.current = kept;
    return kept.key;
  };
  const say = useMutation({
    mutationFn: (words: string) =>
      body(
        api.POST('/api/online-visits/{encounter}/messages', {
          params: { path: { encounter: visit.encounter } },
          body: { key: keyOf(words), text: words },
        }),
      ),
    onSuccess: (shown) => {
      key.current = null;
      setText('');
      show(shown);
    },
  });
  const photo = useMutation({
    mutationFn: async (file: File) => {
      const address = `/api/online-visits/${encodeURIComponent(visit.encounter)}/photos?key=${keyOf(file)}`;
      const headers = { 'Content-Type': 'application/octet-stream' };
      const sent = await request(address, { method: 'POST', body: file, headers });
      return (await sent.json()) as OnlineVisit;
    },
    onSuccess: (shown) => {
      key.current = null;
      show(shown);
    },
  });
  const trouble = say.error ?? photo.error;
  const send = () => {
    if (text.trim() && !say.isPending) say.mutate(text.trim());
  };
  return (
    <form
      className="writing"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {trouble && (
        <p className="writing-trouble" role="alert">
          {trouble instanceof Refusal && trouble.message ? trouble.message : t.online.notSent}
        </p>
      )}
      <textarea
        className="words"
        aria-label={t.online.write}
        placeholder={t.online.write}
        data-testid="write"
        value={text}
        maxLength={2000}
        rows={1}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <input
        ref={files}
        className="unseen"
        type="file"
        accept="image/*"
        tabIndex={-1}
        aria-label={t.online.photo}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = '';
          if (file) photo.mutate(file);
        }}
      />
      <Button loading={photo.isPending} onClick={() => files.current?.click()}>
        {t.online.photo}
      </Button>
      <Button
        type="primary"
        htmlType="submit"
        data-testid="send"
        loading={say.isPending}
        disabled={!text.trim()}
      >
        {t.online.send}
      </Button>
    </form>
  );
}
