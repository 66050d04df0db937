import { api, body, type MessageDetail } from '@xinglin/api';
import { formatAbsolute, formatBytes, useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { Button, Segmented } from 'antd';
import { useState, type ReactNode } from 'react';
import { useRefresh } from '../../app/live';
import { Link } from '../../app/router';
import { useZone } from '../../app/session';
import { Moment } from '../../parts/moment';
import { Trouble, Waiting } from '../../parts/states';
import { Workspace } from '../../parts/workspace';
import { Decoded } from './decoded';
import { useRerun } from './rerun';
import { MessageState } from './state';

const restMs = 2_000;

/** One message: what it says, what became of it, and the means to put it right. */
export function MessageWorkspace({ id, onClose }: { id: string; onClose: () => void }) {
  const asked = useQuery({
    queryKey: ['message', id],
    queryFn: () => body(api.GET('/api/messages/{id}', { params: { path: { id } } })),
  });
  const settled = asked.data && asked.data.state !== 'received';
  useRefresh(
    () => !settled,
    () => void asked.refetch(),
    restMs,
  );
  const title = asked.data ? `${asked.data.type} ${asked.data.control_id}` : '…';
  return (
    <Workspace title={title} onClose={onClose}>
      {asked.data ? (
        <Message message={asked.data} key={asked.data.state} />
      ) : asked.error ? (
        <Trouble error={asked.error} onRetry={() => void asked.refetch()} />
      ) : (
        <Waiting rows={10} />
      )}
    </Workspace>
  );
}

function Message({ message }: { message: MessageDetail }) {
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
      {message.state === 'dead' && <Repair message={message} />}
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
        {message.ack ? <Raw text={message.ack} /> : <p>{t.messages.noAck}</p>}
      </Part>
      <Part title={t.messages.produced}>
        <Produced message={message} />
      </Part>
      <Part title={t.messages.history}>
        <ol className="steps">
          {message.history.map((step, index) => (
            <li key={index}>
              <MessageState state={step.state} /> <Moment at={step.at} /> {step.note}
            </li>
          ))}
        </ol>
      </Part>
    </>
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
function Repair({ message }: { message: MessageDetail }) {
  const { t } = useLanguage();
  const [text, setText] = useState<string | null>(null);
  const rerun = useRerun(message.id, () => setText(null));
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
          onClick={() => rerun.mutate(text.trim().replace(/\n/g, '\r') + '\r')}
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
              {t.messages.version(one.version)} · {t.messages.status[one.status] ?? one.status}
            </span>
          </li>
        ))}
      </ul>
      {patient && <Link to={`/patients/${encodeURIComponent(patient.id)}`}>{t.messages.toPatient}</Link>}
    </>
  );
}
