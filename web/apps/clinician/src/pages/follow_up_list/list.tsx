import { api, body, Refusal, type FollowUpRow } from '@xinglin/api';
import { formatDay, useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Input } from 'antd';
import { useState } from 'react';
import '../../styles/follow_up.css';
import { useRefresh } from '../../app/refresh';
import { Link, useAddress } from '../../app/router';
import { useSession, useZone } from '../../app/session';
import { Moment } from '../../parts/moment';
import { Age, sexWord } from '../../parts/person';
import { Flag } from '../../parts/result';
import { Empty, Trouble, Waiting } from '../../parts/states';

type Step = 'called' | 'come' | 'online' | 'close';
const severities = { red_flag: 'critical', worse: 'act', side_effects: 'act', not_taking: 'watch' } as const;
const restMs = 1_000;
const leastReason = 2;

/** For doctors and nurses: who is worse, who has not answered, who is due; each dealt with in one press. */
export default function FollowUpList() {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const [address, change] = useAddress();
  const isDoctor = useSession().roles.includes('physician');
  const mine = (address.get('of') ?? (isDoctor ? 'mine' : 'all')) === 'mine';
  const asked = useQuery({
    queryKey: ['follow-up-list', mine],
    queryFn: () => body(api.GET('/api/follow-up-list', { params: { query: { mine } } })),
    refetchInterval: 60_000,
  });
  useRefresh(
    (event) => event.name.startsWith('followup.'),
    () => void queries.invalidateQueries({ queryKey: ['follow-up-list'] }),
    restMs,
  );
  return (
    <>
      <header className="page-head">
        <h1>{t.followUpList.title}</h1>
        {asked.data && <Counts rows={asked.data} />}
        <div className="page-acts" role="group" aria-label={t.followUpList.title}>
          {(['mine', 'all'] as const).map((of) => (
            <button
              key={of}
              type="button"
              className="follow-chip"
              aria-pressed={(of === 'mine') === mine}
              onClick={() => change({ of })}
            >
              {t.followUpList[of]}
            </button>
          ))}
        </div>
      </header>
      {asked.isPending && <Waiting rows={8} />}
      {!asked.data && asked.error && <Trouble error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.data?.length === 0 && <Empty title={t.followUpList.none} what={t.followUpList.noneWhat} />}
      <ul className="follow-rows">
        {(asked.data ?? []).map((row) => (
          <li
            key={row.id}
            className="follow-row"
            data-testid="follow-up-row"
            data-why={row.why[0] ?? row.stage}
          >
            <Row row={row} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Counts({ rows }: { rows: FollowUpRow[] }) {
  const { t } = useLanguage();
  const worse = rows.filter((one) => one.why.length > 0).length;
  const silent = rows.filter((one) => one.stage === 'unanswered').length;
  return <span className="quiet">{t.followUpList.counts(worse, silent, rows.length)}</span>;
}

function Row({ row }: { row: FollowUpRow }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const { answer } = row;
  return (
    <>
      <div>
        <Link to={`/patients/${row.patient}`}>
          <strong>{row.name || row.patient}</strong>
        </Link>{' '}
        <span className="quiet">
          {sexWord(t, row.gender)} <Age birthDate={row.birth_date} />
        </span>
        <div>
          {row.phone ? (
            <a href={`tel:${row.phone}`} aria-label={t.followUpList.phone(row.phone)}>
              {row.phone}
            </a>
          ) : (
            <span className="quiet">{t.followUpList.noPhone}</span>
          )}
        </div>
      </div>
      <div className="follow-flags">
        {row.why.map((one) => (
          <Flag key={one} severity={severities[one]} word={t.followUpList.why[one]} />
        ))}
        {row.why.length === 0 && row.stage === 'unanswered' && (
          <Flag severity="watch" word={t.followUpList.stages.unanswered} />
        )}
        {row.why.length === 0 && row.stage !== 'unanswered' && (
          <span className="quiet">{t.followUpList.stages[row.stage]}</span>
        )}
        {row.what && <span className="quiet">{t.room.followUpWhats[row.what]}</span>}
        {row.test && <span className="quiet">{row.test}</span>}
      </div>
      <div>
        {answer && (
          <>
            {t.followUps.feelings[answer.feeling]} · {t.followUpList.taking}:{' '}
            {t.followUps.takings[answer.taking]} · {t.followUpList.sideEffects}:{' '}
            {answer.side_effects ? t.followUps.yes : t.followUps.no}
            {answer.words && <blockquote className="follow-quote">{answer.words}</blockquote>}
          </>
        )}
      </div>
      <div>
        {answer ? <Moment at={answer.at} /> : formatDay(row.due_at, language, zone)}
        <div className="quiet">{row.doctor}</div>
      </div>
      <Acts row={row} />
    </>
  );
}

function Acts({ row }: { row: FollowUpRow }) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const [reason, setReason] = useState<string | null>(null);
  const act = useMutation({
    mutationFn: (step: Step) =>
      api.POST('/api/follow-up-list/{task}/{step}', {
        params: { path: { task: row.id, step } },
        body: { reason: step === 'close' ? (reason ?? '') : '' },
      }),
    onSuccess: (_, step) => void message.success(t.followUpList.done[step]),
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
    onSettled: () => queries.invalidateQueries({ queryKey: ['follow-up-list'] }),
  });
  if (reason !== null)
    return (
      <form
        className="follow-acts"
        onSubmit={(event) => {
          event.preventDefault();
          act.mutate('close');
        }}
      >
        <Input
          autoFocus
          aria-label={t.followUpList.reason}
          placeholder={t.followUpList.reason}
          maxLength={200}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <Button htmlType="submit" disabled={reason.trim().length < leastReason} loading={act.isPending}>
          {t.followUpList.confirm}
        </Button>
        <Button onClick={() => setReason(null)}>{t.followUpList.cancel}</Button>
      </form>
    );
  return (
    <div className="follow-acts">
      {(['called', 'come', 'online'] as const).map((step) => (
        <Button
          key={step}
          type={step === 'called' && row.why.length > 0 ? 'primary' : 'default'}
          data-testid={`step-${step}`}
          disabled={act.isPending}
          onClick={() => act.mutate(step)}
        >
          {t.followUpList.steps[step]}
        </Button>
      ))}
      <Button type="text" onClick={() => setReason('')}>
        {t.followUpList.steps.close}
      </Button>
    </div>
  );
}
