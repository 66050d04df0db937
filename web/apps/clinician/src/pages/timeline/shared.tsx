import { api, body, type TimelineEntry } from '@xinglin/api';
import { formatDay, useLanguage } from '@xinglin/i18n';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import '../../styles/follow_up.css';
import { useZone } from '../../app/session';
import { Empty, Trouble, Waiting } from '../../parts/states';

type Kind = TimelineEntry['kind'];
const kinds = ['visit', 'result', 'prescription', 'bill', 'follow_up', 'message'] as const;

/** What happened, the newest first, all of it or one kind. */
export function Shared({ patient }: { patient: string }) {
  const { t } = useLanguage();
  const [kind, setKind] = useState<Kind | null>(null);
  const asked = useInfiniteQuery({
    queryKey: ['timeline', patient, kind],
    queryFn: ({ pageParam }) =>
      body(
        api.GET('/api/timeline', {
          params: {
            query: {
              patient,
              ...(kind ? { kind: [kind] } : {}),
              ...(pageParam ? { before: pageParam } : {}),
            },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const entries = asked.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <>
      <div className="follow-chips" role="group" aria-label={t.sharedTimeline.title}>
        <Chip words={t.sharedTimeline.all} isOn={kind === null} onPress={() => setKind(null)} />
        {kinds.map((one) => (
          <Chip
            key={one}
            words={t.sharedTimeline.kinds[one]}
            isOn={kind === one}
            onPress={() => setKind(one)}
          />
        ))}
      </div>
      {asked.isPending && <Waiting rows={6} />}
      {!asked.data && asked.error && <Trouble error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.data && entries.length === 0 && (
        <Empty title={t.sharedTimeline.none} what={t.sharedTimeline.noneWhat} />
      )}
      <ol className="follow-list">
        {entries.map((one) => (
          <li key={one.reference} className="shared-entry" data-testid="shared-entry" data-kind={one.kind}>
            <Entry entry={one} />
          </li>
        ))}
      </ol>
      {asked.hasNextPage && (
        <Button loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
          {t.sharedTimeline.older}
        </Button>
      )}
    </>
  );
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const english = language === 'en';
  const text = english ? entry.text_en : entry.text_zh;
  return (
    <>
      <span className="shared-what">
        {t.sharedTimeline.kinds[entry.kind]} ·{' '}
        <time dateTime={entry.at}>{formatDay(entry.at, language, zone)}</time>
        {entry.by && ` · ${entry.by}`}
      </span>
      <strong>{english ? entry.title_en : entry.title_zh}</strong>
      {text && <span>{text}</span>}
    </>
  );
}

function Chip({ words, isOn, onPress }: { words: string; isOn: boolean; onPress: () => void }) {
  return (
    <button type="button" className="follow-chip" aria-pressed={isOn} onClick={onPress}>
      {words}
    </button>
  );
}
