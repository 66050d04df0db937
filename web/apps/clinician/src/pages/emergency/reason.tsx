import { Refusal, type Candidate } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { Button, Input } from 'antd';
import { useState, type KeyboardEvent, type SubmitEvent } from 'react';
import { Workspace } from '../../parts/workspace';
import { useOpening } from './load';
import { sexWord } from '../../parts/person';

const fewest = 6;
const most = 500;

interface ReasonProps {
  patientId: string;
  known: Candidate | undefined;
  onClose: () => void;
  onOpened?: () => void;
}

/** Asks why a closed record must be opened now, and says what that means. */
export function Reason({ patientId, known, onClose, onOpened }: ReasonProps) {
  const { t } = useLanguage();
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const opening = useOpening(patientId, onOpened ?? onClose);
  const missing = fewest - reason.trim().length;
  const send = () => {
    setTried(true);
    if (missing <= 0 && !opening.isPending) opening.mutate(reason);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    send();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send();
  };
  return (
    <Workspace title={t.emergency.workspace} onClose={onClose}>
      <form className="stacked" onSubmit={submit} onKeyDown={onKey} noValidate>
        <Whose patientId={patientId} known={known} />
        <QuickReasons reason={reason} onChange={setReason} />
        <label htmlFor="emergency-reason">{t.emergency.reason}</label>
        <Input.TextArea
          id="emergency-reason"
          rows={4}
          maxLength={most}
          placeholder={t.emergency.reasonHint}
          value={reason}
          status={tried && missing > 0 ? 'error' : ''}
          aria-invalid={tried && missing > 0}
          aria-describedby="emergency-reason-length"
          onChange={(event) => setReason(event.target.value)}
        />
        <p
          id="emergency-reason-length"
          className={tried && missing > 0 ? 'field-error' : 'quiet'}
          role="status"
        >
          {missing > 0 ? t.emergency.short(missing) : t.emergency.length(reason.trim().length)}
        </p>
        <h3>{t.emergency.means}</h3>
        <ul className="meaning">
          {t.emergency.meaning.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        {opening.error && (
          <p role="alert" className="field-error">
            {(opening.error instanceof Refusal && opening.error.message) || t.error.unreachable}
          </p>
        )}
        <Button type="primary" htmlType="submit" size="large" loading={opening.isPending}>
          {t.emergency.do}
        </Button>
        <p className="quiet">{t.emergency.keys}</p>
      </form>
    </Workspace>
  );
}

function Whose({ patientId, known }: Pick<ReasonProps, 'patientId' | 'known'>) {
  const { t } = useLanguage();
  return (
    <dl className="facts">
      <div>
        <dt>{t.emergency.patient}</dt>
        <dd>
          {known ? <CandidateWords found={known} /> : <code className="anywhere">Patient/{patientId}</code>}
        </dd>
      </div>
    </dl>
  );
}

/** Somebody found by number, in as few words as tell two people apart. */
export function CandidateWords({ found }: { found: Candidate }) {
  const { t } = useLanguage();
  const words = [
    found.name || t.person.noName,
    sexWord(t, found.sex),
    found.birth_year && t.emergency.born(found.birth_year),
  ];
  return <b>{words.filter(Boolean).join(' · ')}</b>;
}

/** Common reasons; each can be put into the text and taken out again. */
function QuickReasons({ reason, onChange }: { reason: string; onChange: (reason: string) => void }) {
  const { t } = useLanguage();
  const toggle = (words: string) => {
    if (reason.includes(words)) {
      const rest = reason.split(words).map((part) => part.replace(/^[;；\s]+|[;；\s]+$/g, ''));
      onChange(rest.filter(Boolean).join('; '));
    } else onChange([reason.trim(), words].filter(Boolean).join('; ').slice(0, most));
  };
  return (
    <div className="choices" role="group" aria-label={t.emergency.quick}>
      {t.emergency.reasons.map((words) => (
        <button
          key={words}
          type="button"
          className="choice"
          aria-pressed={reason.includes(words)}
          onClick={() => toggle(words)}
        >
          {words}
        </button>
      ))}
    </div>
  );
}
