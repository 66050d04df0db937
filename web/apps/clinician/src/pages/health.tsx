import { api, body, type Health as HealthData, type HealthPart } from '@xinglin/api';
import { formatBytes, formatNumber, formatTime, useLanguage, type Catalogue } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import '../styles/health.css';
import { useSession, useZone } from '../app/session';
import { Moment } from '../parts/moment';
import { Trouble, Waiting } from '../parts/states';

const pollMs = 5_000;
/** Figures that are told as sizes, by the bytes that one of them is. */
const bytesEach: Record<string, number> = { bytes: 1, free_mib: 2 ** 20 };
/** How the name of a figure ends that says another one in Chinese. */
const inChinese = '_zh';

/** The parts of the node: how each is, since when, and what to do. */
export default function Health() {
  const { t, language } = useLanguage();
  const zone = useZone();
  const asked = useQuery({
    queryKey: ['health'],
    queryFn: () => body(api.GET('/api/health')),
    refetchInterval: pollMs,
  });
  if (!asked.data && asked.error) return <Trouble error={asked.error} onRetry={() => void asked.refetch()} />;
  if (!asked.data) return <Waiting rows={8} />;
  const health = asked.data;
  return (
    <>
      <header className="page-head">
        <h1>{t.health.title}</h1>
        <p className="page-aside as-of">{t.health.asOf(formatTime(health.as_of, language, zone))}</p>
      </header>
      <p className={`overall overall-${health.status}`} role="status">
        <StatusShape status={health.status} />
        <b>{t.health.overall[health.status] ?? health.status}</b>
      </p>
      <Parts health={health} />
      <Node />
    </>
  );
}

function Parts({ health }: { health: HealthData }) {
  const { t } = useLanguage();
  return (
    <ul className="parts" aria-label={t.health.partsLabel}>
      {health.parts.map((part) => (
        <li
          key={part.name}
          className={`part-card part-${part.status}`}
          data-testid="part"
          data-status={part.status}
        >
          <Part part={part} />
        </li>
      ))}
    </ul>
  );
}

function Part({ part }: { part: HealthPart }) {
  const { t, language } = useLanguage();
  const known = t.health.names[part.name.toLowerCase().replace(/-\d+$/, '')];
  const todo = todoFor(t, part);
  return (
    <>
      <h2>
        {known ?? part.name} {known && <small className="quiet">{part.name}</small>}
      </h2>
      <p className={`status status-${part.status}`}>
        <StatusShape status={part.status} />
        {t.health.status[part.status] ?? part.status}
        {part.since && (
          <span className="quiet">
            {' '}
            · <Moment at={part.since} />
          </span>
        )}
      </p>
      {part.detail && <p>{part.detail}</p>}
      <Figures figures={part.figures} language={language} />
      {todo && (
        <p className="todo">
          <b>{t.health.todo}</b> {todo}
        </p>
      )}
    </>
  );
}

function todoFor(t: Catalogue, { name, status }: HealthPart): string | null {
  if (status === 'ok') return null;
  if (name === 'disk') return t.health.doDisk;
  return status === 'down' || status === 'stopped' ? t.health.doDown : t.health.doDegraded;
}

function Figures({ figures, language }: { figures: Record<string, unknown>; language: string }) {
  const { t } = useLanguage();
  const entries = Object.entries(figures).filter(([name]) => !name.endsWith(inChinese));
  if (entries.length === 0) return null;
  const shown = (name: string, value: unknown) => {
    if (name === 'process_id') return String(value);
    if (typeof value === 'number') {
      const size = bytesEach[name];
      return size === undefined ? formatNumber(value, language) : formatBytes(value * size, language);
    }
    return name.endsWith('_at') ? <Moment at={String(value)} /> : String(value);
  };
  return (
    <dl className="part-figures">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{t.health.figures[name] ?? name.replaceAll('_', ' ')}</dt>
          <dd>{shown(name, (language !== 'en' && figures[name + inChinese]) || value)}</dd>
        </div>
      ))}
    </dl>
  );
}

const shapes: Record<string, ReactElement> = {
  ok: (
    <path
      d="M2 7.5 5.5 11 12 3.5"
      fill="none"
      stroke="currentColor"
      strokeWidth="2.2"
      strokeLinecap="round"
    />
  ),
  degraded: (
    <path d="M7 1.5 13 12.5H1Z" fill="none" stroke="currentColor" strokeWidth="1.8" strokeLinejoin="round" />
  ),
  down: <path d="M3 3l8 8M11 3l-8 8" stroke="currentColor" strokeWidth="2.6" strokeLinecap="round" />,
};

function StatusShape({ status }: { status: string }) {
  return (
    <svg className={`status-${status}`} viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
      {shapes[status] ?? <circle cx="7" cy="7" r="4.5" fill="none" stroke="currentColor" strokeWidth="1.6" />}
    </svg>
  );
}

function Node() {
  const { t } = useLanguage();
  const { node } = useSession();
  const facts = [
    [t.health.node, node.name],
    [t.health.path, node.path],
    [t.health.version, node.version],
    [t.health.zone, node.zone],
  ] as const;
  return (
    <dl className="figures">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
