import { api, body, type MessageDetail } from '@xinglin/api';
import { formatAbsolute, formatBytes, useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { Button, Segmented } from 'antd';
import { useState, type ReactNode } from 'react';
import { useRefresh } from '../../app/refresh';
import { Link } from '../../app/router';
import { useZone } from '../../app/session';
import { Moment } from '../../parts/moment';
import { Trouble, Waiting } from '../../parts/states';
import { Workspace } from '../../parts/workspace';
import { Decoded } from './decoded';
import { useRerun } from './rerun';
import { MessageState } from './state';

const restMs = 2_000;

interface WorkspaceProps {
  id: string;
  /** Shows another message instead: the correction of this one. */
  onOpen: (id: string) => void;
  onClose: () => void;
}

/** One message: what it says, what became of it, and the means to put it right. */
export function MessageWorkspace({ id, onOpen, onClose }: WorkspaceProps) {
  const asked = useQuery({
    queryKey: ['message', id],
    queryFn: () => body(api.GET('/api/messages/{message_id}', { params: { path: { message_id: id } } })),
  });
  const settled = asked.data && asked.data.state !== 'received';
  useRefresh(
    (change) => !settled && change.name.startsWith('hl7_message.'),
    () => void asked.refetch(),
    restMs,
  );
  const title = asked.data ? `${asked.data.type} ${asked.data.control_id}` : '…';
  return (
    <Workspace title={title} onClose={onClose}>
      {asked.data ? (
        <Message message={asked.data} onOpen={onOpen} />
      ) : asked.error ? (
        <Trouble error={asked.error} onRetry={() => void asked.refetch()} />
      ) : (
        <Waiting rows={10} />
      )}
    </Workspace>
  );
}

function Message({ message, onOpen }: { message: MessageDetail; onOpen: (id: string) => void }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const [view, setView] = useState('decoded');
  return (
    <>
      <p className="message-facts">
        <MessageState state={message.state} />
        <span>{formatAbsolute(message.received_at, language, zone)}</span>
        <span>
          {message.sender} <span aria-hidden="true">→</span> {message.receiver}
        </span>
        <span>
          {t.messages.charset} {message.charset}
        </span>
        <span>{formatBytes(message.size_bytes, language)}</span>
      </p>
      {message.repeats > 0 && <p className="quiet">{t.messages.repeats(message.repeats + 1)}</p>}
      {message.state === 'dead' && <Repair message={message} onDone={onOpen} />}
      <Part title={t.messages.content}>
        <Segmented
          size="small"
          name="message-view"
          aria-label={t.messages.view}
          value={view}
          onChange={setView}
          options={[
            { value: 'decoded', label: t.messages.decoded },
            { value: 'raw', label: t.messages.raw },
          ]}
        />
        {view === 'raw' ? <Raw text={message.text} /> : <Decoded text={message.text} />}
      </Part>
      <Part title={t.messages.ack}>
        <Raw text={message.ack} />
      </Part>
      <Part title={t.messages.produced}>
        <Produced message={message} />
      </Part>
      <Part title={t.messages.history}>
        <History message={message} onOpen={onOpen} />
      </Part>
    </>
  );
}

function History({ message, onOpen }: { message: MessageDetail; onOpen: (id: string) => void }) {
  const { t } = useLanguage();
  if (message.history.length === 0) return <p>{t.messages.noHistory}</p>;
  return (
    <ol className="steps">
      {message.history.map((step, index) => (
        <li key={index}>
          <Moment at={step.at} /> · {step.by} · {t.messages.actions[step.action] ?? step.action}{' '}
          <OtherMessage id={step.id} onOpen={onOpen} />
        </li>
      ))}
    </ol>
  );
}

function OtherMessage({ id, onOpen }: { id: string | null | undefined; onOpen: (id: string) => void }) {
  const { t } = useLanguage();
  if (!id) return null;
  return (
    <button type="button" className="link-button" aria-label={t.messages.open(id)} onClick={() => onOpen(id)}>
      {id}
    </button>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="message-part">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Raw({ text }: { text: string }) {
  return <pre className="raw">{text.replace(/\r\n?/g, '\n')}</pre>;
}

/** The reason, and the text to correct in place. */
function Repair({ message, onDone }: { message: MessageDetail; onDone: (id: string) => void }) {
  const { t } = useLanguage();
  const [text, setText] = useState<string | null>(null);
  const rerun = useRerun(message.id, (id) => {
    setText(null);
    onDone(id);
  });
  if (text === null) {
    return (
      <div className="repair">
        <strong>{message.reason ?? t.messages.rerunUnsaid}</strong>
        <p>{t.messages.safe}</p>
        <div className="actions">
          <Button type="primary" onClick={() => setText(message.text.replace(/\r\n?/g, '\n'))}>
            {t.messages.correct}
          </Button>
          <Button loading={rerun.isPending} onClick={() => rerun.mutate(null)} data-testid="rerun">
            {t.messages.rerun}
          </Button>
        </div>
      </div>
    );
  }
  return (
    <div className="repair">
      <strong>{message.reason ?? t.messages.rerunUnsaid}</strong>
      <label htmlFor="correction">{t.messages.correctHint}</label>
      <textarea
        id="correction"
        className="mono"
        rows={10}
        spellCheck={false}
        autoFocus
        aria-label={t.messages.correctLabel}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.preventDefault();
        }}
      />
      <div className="actions">
        <Button
          type="primary"
          loading={rerun.isPending}
          onClick={() => rerun.mutate(text.trim().replace(/\n/g, '\r'))}
        >
          {t.messages.run}
        </Button>
        <Button onClick={() => setText(null)}>{t.messages.cancel}</Button>
      </div>
    </div>
  );
}

function Produced({ message }: { message: MessageDetail }) {
  const { t } = useLanguage();
  const patient = message.produced.find((one) => one.type === 'Patient');
  if (message.produced.length === 0) return <p>{t.messages.producedNone}</p>;
  return (
    <>
      <ul className="produced">
        {message.produced.map((one) => (
          <li key={`${one.type}/${one.id}`}>
            <span className="mono">
              {one.type}/{one.id}
            </span>
            <span className="quiet">
              {one.version === null ? '' : `${t.messages.version(one.version)} · `}
              {t.messages.status[one.status] ?? one.status}
            </span>
          </li>
        ))}
      </ul>
      {patient && <Link to={`/patients/${encodeURIComponent(patient.id)}`}>{t.messages.toPatient}</Link>}
    </>
  );
}
