import { api, body, Refusal, type Room as RoomShown } from '@xinglin/api';
import { formatTime, useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button } from 'antd';
import { useRef } from 'react';
import '../../styles/patient.css';
import '../../styles/room.css';
import { useFollow } from '../../app/refresh';
import { navigate } from '../../app/router';
import { useZone } from '../../app/session';
import { Trouble, Waiting } from '../../parts/states';
import { EmergencyBanner } from '../emergency/banner';
import { Closed } from '../emergency/closed';
import { OnlinePanel } from '../online/panel';
import { Banner } from '../patient/banner';
import { usePatient, useResults } from '../patient/record';
import { Timeline } from '../patient/timeline';
import { unsignedOf, useDraft, useRoom, type SaveState } from './draft';
import { FollowUpPlan } from './following';
import { SignedList, TestsBefore, Told } from './known';
import { Prescribing } from './prescribing';
import { Returned } from './returned';
import { Diagnoses, More, Note, Orders } from './writing';

const restMs = 800;

/** The visit on one page: who it is at the left, what is done at the right, who it is and what is unsigned on top. */
export default function Room({ encounter }: { encounter: string }) {
  const room = useRoom(encounter);
  if (room.isPending) return <Waiting rows={10} />;
  if (!room.data) return <Trouble error={room.error} onRetry={() => void room.refetch()} />;
  return <Opened key={`${room.data.patient} ${String(room.data.is_mine)}`} room={room.data} />;
}

function Opened({ room }: { room: RoomShown }) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const patient = usePatient(room.patient);
  const results = useResults(room.patient);
  const draft = useDraft(room);
  useFollow(
    `Patient/${room.patient}`,
    () => void queries.invalidateQueries({ queryKey: ['room', room.encounter] }),
    restMs,
  );
  if (patient.isPending) return <Waiting rows={10} />;
  if (patient.error instanceof Refusal && patient.error.status === 403)
    return <Closed patientId={room.patient} refusal={patient.error} />;
  if (!patient.data) return <Trouble error={patient.error} onRetry={() => void patient.refetch()} />;
  return (
    <div className="room">
      <EmergencyBanner patientId={room.patient} />
      <div className="room-top">
        <Banner patient={patient.data} results={results} />
        <Standing room={room} draft={draft} />
      </div>
      <div className="room-halves">
        <div className="room-known" role="region" aria-label={t.room.known}>
          {room.is_online && <OnlinePanel encounter={room.encounter} />}
          <Told room={room} />
          <TestsBefore room={room} />
          <SignedList room={room} />
          <Timeline patientId={room.patient} observations={results.observations} />
        </div>
        <div className="room-work" role="region" aria-label={t.room.work}>
          <fieldset disabled={draft.state === 'colleague' || draft.state === 'stale'}>
            <legend className="unseen">{t.room.work}</legend>
            <Returned room={room} content={draft.content} write={draft.write} />
            <Diagnoses content={draft.content} write={draft.write} />
            <Note content={draft.content} write={draft.write} />
            <Orders content={draft.content} write={draft.write} />
            <Prescribing encounter={room.encounter} content={draft.content} write={draft.write} />
            <FollowUpPlan content={draft.content} write={draft.write} />
            <More content={draft.content} write={draft.write} />
          </fieldset>
        </div>
      </div>
    </div>
  );
}

/** Ends the visit in the queue and goes back there for the next. */
function Finish({ encounter }: { encounter: string }) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const finish = useMutation({
    mutationFn: () =>
      api.POST('/api/queue/entries/{encounter}/{step}', {
        params: { path: { encounter, step: 'finish' } },
      }),
    onSuccess: () => navigate('/queue'),
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
  });
  return (
    <Button data-testid="finish" loading={finish.isPending} onClick={() => finish.mutate()}>
      {t.room.finish}
    </Button>
  );
}

type DraftOf = ReturnType<typeof useDraft>;

/** How many things are unsigned, whether the node has them, and signing: always in sight. */
function Standing({ room, draft }: { room: RoomShown; draft: DraftOf }) {
  const { t } = useLanguage();
  const count = unsignedOf(draft.content);
  return (
    <div className="standing" data-testid="standing">
      <strong className={count > 0 ? 'flag flag-watch' : 'quiet'} data-testid="unsigned">
        {count > 0 ? t.room.items(count) : t.room.nothingOpen}
      </strong>
      <SaveWords room={room} draft={draft} />
      {count === 0 && room.signed.length > 0 && ['in-progress', 'onleave'].includes(room.status) && (
        <Finish encounter={room.encounter} />
      )}
      <Sign room={room} draft={draft} count={count} />
    </div>
  );
}

function SaveWords({ room, draft }: { room: RoomShown; draft: DraftOf }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const queries = useQueryClient();
  const again = () => queries.resetQueries({ queryKey: ['room', room.encounter] });
  const take = useMutation({
    mutationFn: () =>
      body(api.POST('/api/rooms/{encounter}/take-over', { params: { path: { encounter: room.encounter } } })),
    onSettled: again,
  });
  const words: Record<SaveState, string> = {
    saved: draft.savedAt ? t.room.saved(formatTime(draft.savedAt, language, zone)) : '',
    waiting: t.room.unsaved,
    sending: t.room.saving,
    failed: t.room.notSaved,
    stale: t.room.changedElsewhere,
    colleague: t.room.colleague(room.draft?.author_name ?? '?'),
  };
  return (
    <span className="standing-words" role="status" data-testid="saving" data-state={draft.state}>
      {words[draft.state]}{' '}
      {draft.state === 'stale' && (
        <Button size="small" onClick={() => void again()}>
          {t.room.reload}
        </Button>
      )}
      {draft.state === 'failed' && (
        <Button size="small" onClick={() => void draft.flush()}>
          {t.shell.retry}
        </Button>
      )}
      {draft.state === 'colleague' && (
        <Button size="small" loading={take.isPending} onClick={() => take.mutate()}>
          {t.room.takeOver}
        </Button>
      )}
    </span>
  );
}

function Sign({ room, draft, count }: { room: RoomShown; draft: DraftOf; count: number }) {
  const { t } = useLanguage();
  const { message, notification } = Feedback.useApp();
  const queries = useQueryClient();
  const keyOf = useRef<{ version: number; key: string } | null>(null);
  const sign = useMutation({
    mutationFn: async () => {
      const version = await draft.flush();
      if (version === null) return null;
      if (keyOf.current?.version !== version) keyOf.current = { version, key: crypto.randomUUID() };
      return body(
        api.POST('/api/rooms/{encounter}/sign', {
          params: { path: { encounter: room.encounter } },
          body: { version, patient: room.patient, key: keyOf.current.key },
        }),
      );
    },
    onSuccess: (signed) => {
      if (!signed) return;
      draft.emptied(signed.version);
      void message.success(t.room.signed);
    },
    onError: (error) => {
      const words = error instanceof Refusal && error.message ? error.message : t.error.failed;
      notification.error({ title: t.room.notSigned, description: words, duration: 12 });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['room', room.encounter] }),
  });
  const isBlocked = draft.state === 'colleague' || draft.state === 'stale';
  return (
    <Button
      type="primary"
      data-testid="sign"
      disabled={count === 0 || isBlocked}
      loading={sign.isPending}
      onClick={() => sign.mutate()}
    >
      {t.room.sign}
    </Button>
  );
}
