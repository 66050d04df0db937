import { api, Refusal, type Emergency } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Input } from 'antd';
import { useId, useState, type SubmitEvent } from 'react';

type Verdict = 'justified' | 'unjustified';

/** A verdict is chosen, given a remark, and confirmed once; it cannot be changed afterwards. */
export function Judging({ one }: { one: Emergency }) {
  const { t } = useLanguage();
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  if (verdict) return <Confirming one={one} verdict={verdict} onClose={() => setVerdict(null)} />;
  return (
    <div className="actions" role="group" aria-label={t.review.judge}>
      <Button onClick={() => setVerdict('justified')}>{t.review.justified}</Button>
      <Button onClick={() => setVerdict('unjustified')}>{t.review.unjustified}</Button>
    </div>
  );
}

interface ConfirmingProps {
  one: Emergency;
  verdict: Verdict;
  onClose: () => void;
}

function Confirming({ one, verdict, onClose }: ConfirmingProps) {
  const { t } = useLanguage();
  const field = useId();
  const [remark, setRemark] = useState('');
  const [tried, setTried] = useState(false);
  const judging = useJudging(one.id, onClose);
  const missing = verdict === 'unjustified' && remark.trim() === '';
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (!missing) judging.mutate({ verdict, remark: remark.trim() });
  };
  return (
    <form
      className="stacked"
      onSubmit={submit}
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
      noValidate
    >
      <label htmlFor={field}>
        {t.review[verdict]}: {verdict === 'unjustified' ? t.review.remarkNeeded : t.review.remarkOptional}
      </label>
      <Input.TextArea
        id={field}
        autoFocus
        rows={2}
        maxLength={2000}
        value={remark}
        status={tried && missing ? 'error' : ''}
        aria-invalid={tried && missing}
        onChange={(event) => setRemark(event.target.value)}
      />
      {tried && missing && (
        <p role="alert" className="field-error">
          {t.review.remarkNeeded}
        </p>
      )}
      <div className="actions">
        <Button type="primary" htmlType="submit" loading={judging.isPending}>
          {t.review.confirm}
        </Button>
        <Button onClick={onClose}>{t.review.cancel}</Button>
        <span className="quiet">{t.review.once}</span>
      </div>
    </form>
  );
}

function useJudging(id: string, onDone: () => void) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const { message } = Feedback.useApp();
  return useMutation({
    mutationFn: (said: { verdict: Verdict; remark: string }) =>
      api.POST('/api/access/emergencies/{emergency}/review', {
        params: { path: { emergency: id } },
        body: said,
      }),
    onSuccess: () => {
      void message.success(t.review.done);
      onDone();
    },
    onError: (error) => {
      const gone = error instanceof Refusal && error.status === 404;
      void message.error(gone ? t.review.gone : error.message || t.error.unreachable, 8);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['emergencies'] }),
  });
}
