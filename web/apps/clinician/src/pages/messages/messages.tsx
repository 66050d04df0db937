import { api, body, type MessageRow } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button, Input, Select } from 'antd';
import { useEffect, useEffectEvent, useMemo, useState } from 'react';
import '../../styles/messages.css';
import { useSettled } from '../../app/finder';
import { useRefresh } from '../../app/refresh';
import type { Change } from '../../app/stream';
import { useAddress } from '../../app/router';
import { useGlow } from '../../parts/glow';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { MessageWorkspace } from './detail';
import { BulkRerun } from './rerun';
import { MessageTable } from './table';

const restMs = 1_500;
const rowsAPage = 100;
/** The rate and the counts of the last day fall in silence, of which no event tells. */
const pollMs = 30_000;
const states = ['received', 'processed', 'dead', 'superseded'] as const;
const types = ['ADT', 'ORU', 'ORM', 'OMG', 'MDM', 'SIU', 'ACK'];

interface Wanted {
  query: string;
  state: string;
  type: string;
}

/** Every message in and out, newest first; what failed is corrected and run again from here. */
export default function Messages() {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const part = (name: string) => address.get(name) ?? '';
  const wanted = {
    query: part('query'),
    state: part('state'),
    type: part('type'),
  };
  const openId = part('open');
  const [touched, setTouched] = useState(false);
  const list = useMessages(wanted, touched || openId !== '' || chosen.size > 0);
  const glow = useGlow(`messages ${JSON.stringify(wanted)}`, list.cells);
  return (
    <>
      <header className="page-head">
        <h1>{t.messages.title}</h1>
        <p className="page-aside">
          <button type="button" className="news" data-testid="messages-news" onClick={list.catchUp}>
            {list.waiting > 0 ? t.messages.newAbove(list.waiting) : t.messages.watching}
          </button>
        </p>
      </header>
      <Summary chosen={wanted.state} onChoose={(state) => change({ state })} />
      <Filters wanted={wanted} onChange={change} />
      <BulkRerun chosen={chosen} onDone={() => setChosen(new Set())} />
      {list.trouble && <Trouble error={list.trouble} onRetry={list.retry} />}
      {list.isPending && <Waiting rows={12} />}
      {list.rows?.length === 0 && <NoMessages wanted={wanted} onClear={change} />}
      {list.rows && list.rows.length > 0 && (
        <div
          onPointerEnter={() => setTouched(true)}
          onPointerLeave={() => setTouched(false)}
          onFocus={() => setTouched(true)}
          onBlur={() => setTouched(false)}
        >
          <MessageTable
            rows={list.rows}
            openId={openId}
            onOpen={(id) => change({ open: id })}
            chosen={chosen}
            onChoose={setChosen}
            isNew={glow.isNew}
          />
        </div>
      )}
      {list.older && (
        <p className="older">
          <Button onClick={list.older}>{t.messages.older}</Button>
        </p>
      )}
      {openId && (
        <MessageWorkspace
          key={openId}
          id={openId}
          onOpen={(id) => change({ open: id })}
          onClose={() => change({ open: '' })}
        />
      )}
    </>
  );
}

function concernsMessages(change: Change): boolean {
  return change.name.startsWith('hl7_message.');
}

/**
 * The list as it moves. While it is `held`, because someone points at a row, has one open or has chosen some, rows
 * stay where they are and what comes in is only counted. The rows of the last search stay until those of the next one
 * are there, so that none vanishes under a finger.
 */
function useMessages(wanted: Wanted, held: boolean) {
  const [waiting, setWaiting] = useState(0);
  const asked = useInfiniteQuery({
    queryKey: ['messages', wanted],
    queryFn: ({ pageParam }) => {
      const given = Object.entries({ ...wanted, before: pageParam }).filter(([, value]) => value);
      return body(
        api.GET('/api/messages', { params: { query: { ...Object.fromEntries(given), limit: rowsAPage } } }),
      );
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_before,
    placeholderData: keepPreviousData,
  });
  const catchUp = () => {
    setWaiting(0);
    void asked.refetch();
  };
  useRefresh(
    (change) => {
      if (held && change.name === 'hl7_message.received')
        setWaiting(waiting + (change.body.ids?.length ?? 0));
      return concernsMessages(change) && !held;
    },
    catchUp,
    restMs,
  );
  const rows = useMemo(() => asked.data?.pages.flatMap((page) => page.messages), [asked.data]);
  const outdated = asked.isPlaceholderData;
  const cells = useMemo(
    () => (rows && !outdated ? new Map(rows.map((row) => [row.id, stateOf(row)])) : null),
    [rows, outdated],
  );
  return {
    rows,
    cells,
    waiting,
    catchUp,
    isPending: asked.isPending,
    trouble: asked.data ? null : asked.error,
    retry: () => void asked.refetch(),
    older: asked.hasNextPage ? () => void asked.fetchNextPage() : null,
  };
}

function stateOf(row: MessageRow): string {
  return `${row.state} ${row.reason ?? ''}`;
}

function Summary({ chosen, onChoose }: { chosen: string; onChoose: (state: string) => void }) {
  const { t, language } = useLanguage();
  const asked = useQuery({
    queryKey: ['message-summary'],
    queryFn: () => body(api.GET('/api/messages/summary')),
    refetchInterval: pollMs,
  });
  useRefresh(concernsMessages, () => void asked.refetch(), restMs);
  const count = (value: number | undefined) => (value === undefined ? '…' : value.toLocaleString(language));
  return (
    <div className="counters" role="group" aria-label={t.messages.summaryLabel}>
      {states.map((state) => (
        <button
          key={state}
          type="button"
          className={`counter counter-${asked.data?.counts[state] ? state : 'none'}`}
          aria-pressed={chosen === state}
          onClick={() => onChoose(chosen === state ? '' : state)}
        >
          <span>{t.messages.states[state]}</span>
          <b>{count(asked.data?.counts[state] ?? (asked.data && 0))}</b>
        </button>
      ))}
      <div className="counter">
        <span>{t.messages.perSecond}</span>
        <b>{count(asked.data?.messages_per_second)}</b>
      </div>
    </div>
  );
}

function Filters({
  wanted,
  onChange,
}: {
  wanted: Wanted;
  onChange: (changes: Record<string, string>) => void;
}) {
  const { t } = useLanguage();
  const kinds = [
    { value: '', label: t.messages.anyType },
    ...types.map((value) => ({ value, label: value })),
  ];
  return (
    <div className="filters">
      <Search value={wanted.query} onChange={(query) => onChange({ query })} />
      <Select
        aria-label={t.messages.type}
        value={wanted.type}
        options={kinds}
        onChange={(type) => onChange({ type })}
        className="select"
      />
    </div>
  );
}

function Search({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useLanguage();
  const [text, setText] = useState(value);
  const settled = useSettled(text.trim(), 300);
  const send = useEffectEvent(onChange);
  useEffect(() => send(settled), [settled]);
  return (
    <Input
      allowClear
      aria-label={t.messages.searchLabel}
      placeholder={t.messages.search}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}

function NoMessages({
  wanted,
  onClear,
}: {
  wanted: Wanted;
  onClear: (changes: Record<string, string>) => void;
}) {
  const { t } = useLanguage();
  if (Object.values(wanted).every((value) => !value)) {
    return <Empty title={t.messages.emptyTitle} what={t.messages.emptyWhat} />;
  }
  const clear = {
    label: t.messages.clear,
    run: () => onClear({ query: '', state: '', type: '' }),
  };
  return <Empty title={t.messages.noMatchTitle} what={t.messages.noMatchWhat} action={clear} />;
}
