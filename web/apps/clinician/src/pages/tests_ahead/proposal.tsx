import { api, body, Refusal, type TestsWaiting } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Input } from 'antd';
import { useId, useState } from 'react';
import { Moment } from '../../parts/moment';
import { Age, sexWord } from '../../parts/person';
import { Flag } from '../../parts/result';

type Words = TestsWaiting['reason'];

/** One proposal with all that is looked at before it is released by one press, or refused for a reason. */
export function Proposal({ one }: { one: TestsWaiting }) {
  const { t, language } = useLanguage();
  const said = (words: Words) => (language === 'en' ? words.en : words.zh);
  const join = (listed: Words[]) => listed.map(said).join(language === 'en' ? '; ' : '；');
  return (
    <article className="room-card proposal" data-testid="proposal">
      <header className="work-head">
        <h2>
          {one.name} {sexWord(t, one.sex)} <Age birthDate={one.birth_date} />
        </h2>
        <Allergies one={one} />
        <Moment at={one.proposed_at} />
      </header>
      <p className="proposal-tests">
        <strong>{join(one.tests)}</strong> <span className="quiet">{said(one.protocol)}</span>
      </p>
      <dl>
        <dt>{t.ahead.complaint}</dt>
        <dd>“{one.words}”</dd>
        <dt>{t.ahead.why}</dt>
        <dd>{said(one.reason)}</dd>
        <dt>{t.ahead.seen}</dt>
        <dd>{join(one.seen)}</dd>
        {one.asked_of_doctor.length > 0 && <dt>{t.ahead.look}</dt>}
        {one.asked_of_doctor.length > 0 && <dd>{join(one.asked_of_doctor)}</dd>}
      </dl>
      <details>
        <summary>{t.ahead.source}</summary>
        <ul>
          {one.sources.map((source) => (
            <li key={source}>{source}</li>
          ))}
        </ul>
      </details>
      <Deciding one={one} />
    </article>
  );
}

function Allergies({ one }: { one: TestsWaiting }) {
  const { t } = useLanguage();
  if (one.allergies === null) return <Flag severity="watch" word={t.ahead.allergiesUnasked} />;
  const none = one.allergies.length === 0;
  if (none) {
    return (
      <span className="quiet">
        {t.ahead.allergies}: {t.ahead.allergiesNone}
      </span>
    );
  }
  return <Flag severity="act" word={`${t.ahead.allergies}: ${one.allergies.join('、')}`} />;
}

function Deciding({ one }: { one: TestsWaiting }) {
  const { t } = useLanguage();
  const field = useId();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const [reason, setReason] = useState<string | null>(null);
  const decide = useMutation({
    mutationFn: (what: 'release' | 'refuse') => {
      const params = { path: { task: one.task }, header: { 'If-Match': `W/"${String(one.version)}"` } };
      return what === 'release'
        ? body(api.POST('/api/tests-ahead/{task}/release', { params }))
        : body(api.POST('/api/tests-ahead/{task}/refuse', { params, body: { reason: reason ?? '' } }));
    },
    onSuccess: (_, what) => void message.success(what === 'release' ? t.ahead.released : t.ahead.refused),
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed, 8),
    onSettled: () => queries.invalidateQueries({ queryKey: ['tests-ahead'] }),
  });
  if (reason === null) {
    return (
      <div className="actions">
        <Button
          type="primary"
          data-testid="release"
          loading={decide.isPending}
          onClick={() => decide.mutate('release')}
        >
          {t.ahead.release}
        </Button>
        <Button data-testid="refuse" disabled={decide.isPending} onClick={() => setReason('')}>
          {t.ahead.refuse}
        </Button>
      </div>
    );
  }
  return (
    <div className="actions">
      <label htmlFor={field}>{t.ahead.reason}</label>
      <Input
        id={field}
        autoFocus
        maxLength={500}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && setReason(null)}
      />
      <Button
        data-testid="confirm-refuse"
        disabled={reason.trim().length < 2}
        loading={decide.isPending}
        title={t.ahead.reasonNeeded}
        onClick={() => decide.mutate('refuse')}
      >
        {t.ahead.confirmRefuse}
      </Button>
    </div>
  );
}
