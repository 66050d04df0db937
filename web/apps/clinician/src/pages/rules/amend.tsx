import { api, body, Refusal, type Laws } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Input } from 'antd';
import { useState, type SubmitEvent } from 'react';
import { useSettled } from '../../app/finder';
import { ChangeList } from './changes';
import { Editor } from './editor';
import { changesOf, isEmpty } from './law';

const restMs = 600;
const shortestNote = 3;

interface AmendProps {
  laws: Laws;
  onClose: () => void;
}

/** Writes a new version: checked while it is written, with what it changes, a reason, and others' changes respected. */
export function Amend({ laws, onClose }: AmendProps) {
  const { t } = useLanguage();
  const [base, setBase] = useState(laws.in_force);
  const [text, setText] = useState(base.text);
  const [note, setNote] = useState('');
  const [tried, setTried] = useState(false);
  const changes = changesOf(base.text, text);
  const unchanged = text === base.text;
  const checked = useChecked(text, unchanged);
  const saving = useSaving(onClose);
  const short = note.trim().length < shortestNote;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (!short && !unchanged) saving.mutate({ text, note: note.trim(), rests_on: base.number });
  };
  const conflict = saving.error instanceof Refusal && saving.error.status === 409;
  const rebase = () => {
    setBase(laws.in_force);
    saving.reset();
  };
  return (
    <form className="amend" onSubmit={submit} noValidate>
      <header className="page-head">
        <h1>{t.rules.amend}</h1>
        <Button onClick={onClose}>{t.rules.back}</Button>
      </header>
      {conflict && <Conflict onRead={rebase} />}
      <div className="amend-parts">
        <Editor text={text} onChange={setText} invalid={checked.error !== null} describedBy="amend-check" />
        <div className="amend-side">
          <Check checked={checked} unchanged={unchanged} refused={conflict ? null : saving.error} />
          <h2>{t.rules.willChange}</h2>
          <ChangeList changes={changes} />
          {!isEmpty(changes) && <p className="careful">{t.rules.careful}</p>}
          <label htmlFor="amend-note">{t.rules.noteLabel}</label>
          <Input.TextArea
            id="amend-note"
            rows={3}
            maxLength={500}
            placeholder={t.rules.noteHint}
            value={note}
            status={tried && short ? 'error' : ''}
            aria-invalid={tried && short}
            onChange={(event) => setNote(event.target.value)}
          />
          {tried && short && (
            <p role="alert" className="field-error">
              {t.rules.noteNeeded}
            </p>
          )}
          <Button
            type="primary"
            htmlType="submit"
            disabled={unchanged || checked.error !== null || conflict}
            loading={saving.isPending}
          >
            {t.rules.save}
          </Button>
        </div>
      </div>
    </form>
  );
}

interface Checked {
  error: Error | null;
  count: number | null;
}

/** What the node says of a text that has stood still for a moment. */
function useChecked(text: string, unchanged: boolean): Checked {
  const settled = useSettled(text, restMs);
  const asked = useQuery({
    queryKey: ['law-check', settled],
    queryFn: () => body(api.POST('/api/access/laws/check', { body: { text: settled } })),
    enabled: !unchanged,
    gcTime: 0,
    retry: false,
  });
  if (unchanged || settled !== text) return { error: null, count: null };
  return { error: asked.error, count: asked.data?.rules.length ?? null };
}

function useSaving(onDone: () => void) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const { message } = Feedback.useApp();
  return useMutation({
    mutationFn: async (law: { text: string; note: string; rests_on: number }) => {
      const { data } = await api.POST('/api/access/laws', { body: law });
      return data;
    },
    onSuccess: (made) => {
      void message.success(t.rules.saved(made?.number ?? 0));
      onDone();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['laws'] }),
  });
}

interface CheckProps {
  checked: Checked;
  unchanged: boolean;
  refused: Error | null;
}

function Check({ checked, unchanged, refused }: CheckProps) {
  const { t } = useLanguage();
  const failure = checked.error ?? (checked.count === null ? refused : null);
  return (
    <p id="amend-check" role="status" className={failure ? 'field-error' : 'quiet'} data-testid="law-check">
      {failure
        ? failure.message || t.error.unreachable
        : unchanged
          ? t.rules.unchanged
          : checked.count === null
            ? t.rules.checking
            : t.rules.valid(checked.count)}
    </p>
  );
}

function Conflict({ onRead }: { onRead: () => void }) {
  const { t } = useLanguage();
  return (
    <div className="conflict" role="alert">
      <strong>{t.rules.conflictTitle}</strong>
      <p>{t.rules.conflictWhat}</p>
      <Button onClick={onRead}>{t.rules.conflictDo}</Button>
    </div>
  );
}
