import { api, body, type Notice } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import '../../styles/consent.css';
import '../../styles/emergency.css';
import '../../styles/follow_up.css';
import { Link } from '../../app/router';
import { useSession } from '../../app/session';
import { PatientName } from '../../parts/family';
import { Moment } from '../../parts/moment';
import { Empty, Trouble, Waiting } from '../../parts/states';

/** For patients: what the hospital told them, the newest first, each with the way to go on. */
export default function Notices() {
  const { t } = useLanguage();
  const asked = useInfiniteQuery({
    queryKey: ['notices', 'list'],
    queryFn: ({ pageParam }) =>
      body(api.GET('/api/notices', { params: { query: pageParam ? { after: pageParam } : {} } })),
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const read = useRead();
  if (asked.isPending) return <Waiting rows={6} />;
  if (!asked.data) return <Trouble error={asked.error} onRetry={() => void asked.refetch()} />;
  const shown = asked.data.pages.flatMap((page) => page.notices);
  const unread = shown.filter((one) => !one.read_at).map((one) => one.id);
  return (
    <div className="for-patients">
      <div className="card-line">
        <h1>{t.notices.title}</h1>
        {unread.length > 0 && (
          <Button onClick={() => read.mutate(unread.slice(0, 200))} loading={read.isPending}>
            {t.notices.readAll}
          </Button>
        )}
      </div>
      {shown.length === 0 && <Empty title={t.notices.none} what={t.notices.noneWhat} />}
      <ul className="follow-list">
        {shown.map((one) => (
          <li key={one.id}>
            <One notice={one} onOpen={() => !one.read_at && read.mutate([one.id])} />
          </li>
        ))}
      </ul>
      {asked.hasNextPage && (
        <Button loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
          {t.notices.older}
        </Button>
      )}
    </div>
  );
}

function useRead() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (ids: string[]) => body(api.POST('/api/notices/read', { body: { ids } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['notices'] }),
  });
}

function One({ notice, onOpen }: { notice: Notice; onOpen: () => void }) {
  const { t, language } = useLanguage();
  const { patients } = useSession();
  const english = language === 'en';
  return (
    <Link
      to={notice.page || '/notices'}
      className="told-notice"
      data-testid="notice"
      data-unread={!notice.read_at}
      onClick={onOpen}
    >
      <span className="card-line">
        <strong>{english ? notice.title_en : notice.title_zh}</strong>
        {!notice.read_at && <span className="notice-new">● {t.notices.unread}</span>}
      </span>
      <span>{english ? notice.text_en : notice.text_zh}</span>
      <span className="quiet">
        {patients.length > 1 && (
          <>
            <PatientName id={notice.patient} /> ·{' '}
          </>
        )}
        <Moment at={notice.sent_at} />
      </span>
    </Link>
  );
}
