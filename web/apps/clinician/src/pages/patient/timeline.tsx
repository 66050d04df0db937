import { CalendarOutlined, ExperimentOutlined, FileTextOutlined, HomeOutlined } from '@ant-design/icons';
import { formatAbsolute, useLanguage } from '@xinglin/i18n';
import { useMemo, useState, type ComponentType } from 'react';
import { useZone } from '../../app/session';
import { placesOf, type Entry } from '../../fhir/timeline';
import type { Encounter, Observation } from '../../fhir/types';
import { useGlow } from '../../parts/glow';
import { Moment } from '../../parts/moment';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { ReadingWorkspace } from './reading';
import { usePlaceWords, useTimeline } from './record';

const icons: Record<string, ComponentType<{ 'aria-hidden': true }>> = {
  Encounter: HomeOutlined,
  DiagnosticReport: ExperimentOutlined,
  DocumentReference: FileTextOutlined,
  Appointment: CalendarOutlined,
};

/** Visits, reports, documents and appointments in order of time; reports and documents open for reading. */
export function Timeline({ patientId, observations }: { patientId: string; observations: Observation[] }) {
  const { t } = useLanguage();
  const timeline = useTimeline(patientId);
  const [openKey, setOpenKey] = useState<string | null>(null);
  const signature = timeline.entries
    .map((entry) => `${entry.key} ${entry.resource.meta?.versionId ?? ''}`)
    .join('\n');
  const cells = useMemo(
    () =>
      timeline.isPending
        ? null
        : new Map(signature.split('\n').map((line) => [line.split(' ')[0] ?? '', line])),
    [timeline.isPending, signature],
  );
  const glow = useGlow(`timeline ${patientId}`, cells);
  const open = timeline.entries.find((entry) => entry.key === openKey);
  return (
    <section className="part part-timeline" aria-label={t.patient.timeline}>
      <header className="page-head">
        <h2>{t.patient.timeline}</h2>
      </header>
      {timeline.isPending && <Waiting rows={6} />}
      {timeline.error && <Trouble error={timeline.error} onRetry={timeline.retry} />}
      {!timeline.isPending && !timeline.error && timeline.entries.length === 0 && (
        <Empty title={t.patient.timelineEmpty} what={t.patient.timelineEmptyWhat} />
      )}
      <ol className="timeline">
        {timeline.entries.map((entry) => (
          <li key={entry.key} className={glow.isNew(entry.key) ? 'glow' : undefined}>
            <TimelineEntry entry={entry} onOpen={() => setOpenKey(entry.key)} />
          </li>
        ))}
      </ol>
      {open && (
        <ReadingWorkspace
          key={open.key}
          entry={open}
          observations={observations}
          onClose={() => setOpenKey(null)}
        />
      )}
    </section>
  );
}

function TimelineEntry({ entry, onOpen }: { entry: Entry; onOpen: () => void }) {
  const { t } = useLanguage();
  const { resource } = entry;
  const Icon = icons[resource.resourceType] ?? FileTextOutlined;
  const kind = {
    Encounter: t.patient.encounter,
    DiagnosticReport: t.patient.report,
    DocumentReference: t.patient.document,
    Appointment: t.patient.appointment,
  }[resource.resourceType];
  const readable =
    resource.resourceType === 'DiagnosticReport' || resource.resourceType === 'DocumentReference';
  return (
    <article className="entry">
      <Icon aria-hidden />
      <div>
        <p className="entry-head">
          <span className="quiet">
            {resource.resourceType === 'Encounter'
              ? (t.patient.class[resource.class?.code ?? ''] ?? kind)
              : kind}
          </span>
          <Moment at={entry.at} />
        </p>
        {readable ? (
          <button type="button" className="link-button" onClick={onOpen}>
            {entry.title || kind}
          </button>
        ) : (
          <b>{entry.title || kind}</b>
        )}
        <span className="quiet"> {t.patient.statusOf[entry.status] ?? entry.status}</span>
        {entry.by && <p className="quiet">{entry.by}</p>}
        {resource.resourceType === 'Encounter' && <Places encounter={resource} />}
      </div>
    </article>
  );
}

function Places({ encounter }: { encounter: Encounter }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const wordsFor = usePlaceWords([encounter]);
  const places = placesOf(encounter).map((place) => ({ ...place, name: wordsFor(place) }));
  if (places.length === 0) return null;
  return (
    <ul className="places">
      {places.map((place) => (
        <li key={`${place.reference} ${place.start ?? ''}`}>
          {place.name}
          <span className="quiet">
            {place.start && ` ${t.patient.from(formatAbsolute(place.start, language, zone))}`}
            {place.end && ` ${t.patient.to(formatAbsolute(place.end, language, zone))}`}
          </span>
        </li>
      ))}
    </ul>
  );
}
