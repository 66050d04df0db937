import { formatAbsolute, useLanguage } from '@xinglin/i18n';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { useZone } from '../../app/session';
import { contentOf } from '../../fhir/attachment';
import { pointOf, wordsOf } from '../../fhir/results';
import { read } from '../../fhir/search';
import type { Entry } from '../../fhir/timeline';
import type { Attachment, DiagnosticReport, Observation } from '../../fhir/types';
import { Judgement } from '../../parts/result';
import { Trouble, Waiting } from '../../parts/states';
import { Workspace } from '../../parts/workspace';

interface ReadingProps {
  entry: Entry;
  /** What is known already, so that only the rest is asked for. */
  observations: Observation[];
  onClose: () => void;
}

/** A report or document, to be read beside the chart. */
export function ReadingWorkspace({ entry, observations, onClose }: ReadingProps) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const { resource } = entry;
  const facts = [
    entry.at && formatAbsolute(entry.at, language, zone),
    entry.by,
    t.patient.statusOf[entry.status] ?? entry.status,
  ];
  const attachments =
    resource.resourceType === 'DocumentReference'
      ? (resource.content ?? []).map((one) => one.attachment)
      : resource.resourceType === 'DiagnosticReport'
        ? (resource.presentedForm ?? [])
        : [];
  return (
    <Workspace title={entry.title || t.patient.document} onClose={onClose}>
      <p className="quiet">{facts.filter(Boolean).join(' · ')}</p>
      {resource.resourceType === 'DiagnosticReport' && (
        <Report report={resource} observations={observations} />
      )}
      {attachments.map((attachment, index) => (
        <Document
          key={index}
          attachment={attachment}
          id={`${entry.key}/${resource.meta?.versionId ?? ''}/${index}`}
        />
      ))}
      {resource.resourceType === 'DocumentReference' && attachments.length === 0 && (
        <p>{t.patient.noContent}</p>
      )}
    </Workspace>
  );
}

function Report({ report, observations }: { report: DiagnosticReport; observations: Observation[] }) {
  const { t } = useLanguage();
  const known = new Map(observations.map((one) => [`Observation/${one.id}`, one]));
  const wanted = (report.result ?? []).flatMap((one) => one.reference ?? []);
  const asked = useQueries({
    queries: wanted
      .filter((reference) => !known.has(reference) && /^Observation\/[A-Za-z0-9\-.]+$/.test(reference))
      .map((reference) => ({
        queryKey: ['reference', reference],
        queryFn: () => read(`/fhir/${reference}`) as Promise<Observation>,
      })),
  });
  for (const { data } of asked) if (data) known.set(`Observation/${data.id}`, data);
  const rows = wanted.flatMap((reference) => known.get(reference) ?? []);
  return (
    <>
      {report.conclusion && (
        <>
          <h3>{t.patient.conclusion}</h3>
          <p className="document">{report.conclusion}</p>
        </>
      )}
      {rows.length > 0 && (
        <div className="table-scroll">
          <table className="dense">
            <caption className="unseen">{t.patient.reportResults}</caption>
            <thead>
              <tr>
                <th scope="col">{t.patient.test}</th>
                <th scope="col">{t.patient.value}</th>
                <th scope="col">{t.patient.flag}</th>
                <th scope="col">{t.patient.range}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((one) => (
                <ReportRow key={one.id} observation={one} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function ReportRow({ observation }: { observation: Observation }) {
  const { language } = useLanguage();
  const point = pointOf(observation);
  return (
    <tr>
      <th scope="row">{wordsOf(observation.code, language)}</th>
      <td>
        <b className="wrap">{point.shown}</b> {point.unit}
      </td>
      <td>
        <Judgement point={point} />
      </td>
      <td>{point.range ?? '–'}</td>
    </tr>
  );
}

function Document({ attachment, id }: { attachment: Attachment; id: string }) {
  const { t } = useLanguage();
  const asked = useQuery({
    queryKey: ['document', id],
    queryFn: ({ signal }) => contentOf(attachment, signal),
    staleTime: Infinity,
  });
  if (asked.error) return <Trouble error={asked.error} onRetry={() => void asked.refetch()} />;
  if (!asked.data) return <Waiting rows={4} />;
  const content = asked.data;
  if (content.kind === 'none') return <p>{t.patient.noContent}</p>;
  if (content.kind === 'text') return <div className="document">{content.text}</div>;
  return (
    <Bytes
      bytes={content.bytes}
      type={content.type}
      picture={content.kind === 'picture'}
      name={attachment.title ?? ''}
    />
  );
}

interface BytesProps {
  bytes: Uint8Array<ArrayBuffer>;
  type: string;
  picture: boolean;
  name: string;
}

function Bytes({ bytes, type, picture, name }: BytesProps) {
  const { t } = useLanguage();
  const address = useMemo(() => URL.createObjectURL(new Blob([bytes], { type })), [bytes, type]);
  useEffect(() => () => URL.revokeObjectURL(address), [address]);
  return (
    <>
      {picture ? (
        <img className="picture" src={address} alt={name || t.patient.document} />
      ) : (
        <p>{t.patient.unreadable}</p>
      )}
      <a href={address} download={name || t.patient.document}>
        {t.patient.download}
      </a>
    </>
  );
}
