import { api, body, type Access } from '@xinglin/api';
import { formatAbsolute, formatNumber, useLanguage } from '@xinglin/i18n';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button, Checkbox, Input, Select } from 'antd';
import { useEffect, useEffectEvent, useState } from 'react';
import '../../styles/audit.css';
import { useSettled } from '../../app/finder';
import { useAddress } from '../../app/router';
import { useZone } from '../../app/session';
import { Moment } from '../../parts/moment';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { AccessWorkspace } from './detail';
import { deedOf, OutcomeWord, roleWords } from './words';

const rowsAPage = 50;
const chainPollMs = 30_000;
const criteria = ['who', 'patient', 'action', 'outcome', 'emergency', 'since', 'until'] as const;
type Criterion = (typeof criteria)[number];
type Wanted = Record<Criterion, string>;

/** Who accessed what, whose it was and how it ended; for audit administrators. */
export default function Audit() {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const wanted = Object.fromEntries(criteria.map((name) => [name, address.get(name) ?? ''])) as Wanted;
  const openId = address.get('open') ?? '';
  const asked = useAccesses(wanted);
  const rows = asked.data?.pages.flatMap((page) => page.entries);
  const clear = () => change(Object.fromEntries(criteria.map((name) => [name, ''])));
  return (
    <>
      <header className="page-head">
        <h1>{t.audit.title}</h1>
        <Chain />
      </header>
      <Filters wanted={wanted} onChange={change} />
      {!asked.data && asked.error && <Trouble error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.isPending && <Waiting rows={12} />}
      {rows?.length === 0 && (
        <Empty
          title={t.audit.emptyTitle}
          what={t.audit.emptyWhat}
          action={{ label: t.audit.clear, run: clear }}
        />
      )}
      {rows && rows.length > 0 && (
        <Accesses rows={rows} openId={openId} onOpen={(id) => change({ open: id })} />
      )}
      {asked.hasNextPage && (
        <p className="older">
          <Button onClick={() => void asked.fetchNextPage()}>{t.audit.older}</Button>
        </p>
      )}
      {openId && <AccessWorkspace key={openId} id={openId} onClose={() => change({ open: '' })} />}
    </>
  );
}

function useAccesses(wanted: Wanted) {
  return useInfiniteQuery({
    queryKey: ['accesses', wanted],
    queryFn: ({ pageParam }) => {
      const given = Object.entries({ ...wanted, before: pageParam }).filter(([, value]) => value);
      const query = { ...Object.fromEntries(given), limit: rowsAPage };
      return body(api.GET('/api/audit/entries', { params: { query } }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_before,
  });
}

/** How long the chain is and up to where a signed anchor vouches for it. */
function Chain() {
  const { t, language } = useLanguage();
  const asked = useQuery({
    queryKey: ['audit-chain'],
    queryFn: () => body(api.GET('/api/audit/chain')),
    refetchInterval: chainPollMs,
  });
  if (!asked.data) return null;
  const { entries, anchored, anchored_at: at } = asked.data;
  const all = formatNumber(entries, language);
  return (
    <p className="page-aside" title={t.audit.verify} data-testid="audit-chain">
      {anchored > 0 ? t.audit.chain(all, formatNumber(anchored, language)) : t.audit.unanchored(all)}
      {at && (
        <>
          {' '}
          · {t.audit.anchoredAt} <Moment at={at} />
        </>
      )}
    </p>
  );
}

interface FilterProps {
  wanted: Wanted;
  onChange: (changes: Record<string, string>) => void;
}

function Filters({ wanted, onChange }: FilterProps) {
  const { t } = useLanguage();
  const actions = [{ value: '', label: t.audit.anyAction }, ...options(t.audit.actions)];
  const outcomes = [{ value: '', label: t.audit.anyOutcome }, ...options(t.audit.outcomes)];
  return (
    <div className="filters">
      <Typed
        label={t.audit.who}
        hint={t.audit.whoHint}
        value={wanted.who}
        onChange={(who) => onChange({ who })}
      />
      <Typed
        label={t.audit.whose}
        hint={t.audit.whose}
        value={wanted.patient}
        onChange={(patient) => onChange({ patient })}
      />
      <Select
        aria-label={t.audit.anyAction}
        className="select"
        value={wanted.action}
        options={actions}
        onChange={(action) => onChange({ action })}
      />
      <Select
        aria-label={t.audit.anyOutcome}
        className="select"
        value={wanted.outcome}
        options={outcomes}
        onChange={(outcome) => onChange({ outcome })}
      />
      <Day label={t.audit.since} value={wanted.since} onChange={(since) => onChange({ since })} />
      <Day label={t.audit.until} value={wanted.until} onChange={(until) => onChange({ until })} />
      <Checkbox
        checked={wanted.emergency === 'true'}
        onChange={(event) => onChange({ emergency: event.target.checked ? 'true' : '' })}
      >
        {t.audit.emergencyOnly}
      </Checkbox>
    </div>
  );
}

function options(words: Record<string, string>) {
  return Object.entries(words).map(([value, label]) => ({ value, label }));
}

interface TypedProps {
  label: string;
  hint: string;
  value: string;
  onChange: (value: string) => void;
}

function Typed({ label, hint, value, onChange }: TypedProps) {
  const [text, setText] = useState(value);
  const settled = useSettled(text.trim(), 300);
  const send = useEffectEvent(onChange);
  useEffect(() => send(settled), [settled]);
  return (
    <Input
      allowClear
      aria-label={label}
      placeholder={hint}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}

/** An instant given by the browser's own field, in the browser's zone. */
function Day({ label, value, onChange }: { label: string; value: string; onChange: (at: string) => void }) {
  const local = value ? new Date(Date.parse(value) - new Date(value).getTimezoneOffset() * 60_000) : null;
  return (
    <label className="audit-day">
      {label}
      <input
        type="datetime-local"
        value={local ? local.toISOString().slice(0, 16) : ''}
        onChange={(event) => onChange(event.target.value ? new Date(event.target.value).toISOString() : '')}
      />
    </label>
  );
}

interface AccessesProps {
  rows: Access[];
  openId: string;
  onOpen: (id: string) => void;
}

function Accesses({ rows, openId, onOpen }: AccessesProps) {
  const { t } = useLanguage();
  const heads = [t.audit.time, t.audit.who, t.audit.what, t.audit.patient, t.audit.outcome];
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t.audit.tableLabel}>
      <table className="dense accesses">
        <caption className="unseen">{t.audit.tableLabel}</caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <AccessRow
              key={row.sequence}
              row={row}
              open={row.sequence === openId}
              onOpen={() => onOpen(row.sequence)}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function AccessRow({ row, open, onOpen }: { row: Access; open: boolean; onOpen: () => void }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  return (
    <tr data-testid="access" data-open={open} onClick={onOpen}>
      <td data-cell="time">{formatAbsolute(row.recorded, language, zone)}</td>
      <th scope="row" data-cell="who">
        <button
          type="button"
          className="link-button"
          aria-expanded={open}
          aria-label={`${row.name ?? t.audit.nobody}: ${t.audit.open(row.sequence)}`}
          onClick={(event) => {
            event.stopPropagation();
            onOpen();
          }}
        >
          {row.name ?? t.audit.nobody}
        </button>
        <small>{roleWords(t, row.roles.slice(0, 2))}</small>
      </th>
      <td data-cell="what">
        {deedOf(t, row)}
        {row.touched > 1 && <small>{t.audit.more(row.touched)}</small>}
        {row.emergency && <b className="access-emergency"> · {t.audit.emergency}</b>}
      </td>
      <td data-cell="patient" className="mono">
        {row.patients[0]?.slice(-12) ?? '–'}
        {row.patients.length > 1 && <small>{t.audit.more(row.patients.length)}</small>}
      </td>
      <td data-cell="outcome">
        <OutcomeWord status={row.status} />
      </td>
    </tr>
  );
}
