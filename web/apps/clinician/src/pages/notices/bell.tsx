import { BellOutlined } from '@ant-design/icons';
import { api, body } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import '../../styles/follow_up.css';
import { Link } from '../../app/router';
import { useBellLine } from './line';

const agesMs = 60_000;

/** How many notices nobody has read; it moves by itself. */
export function Bell() {
  const { t } = useLanguage();
  useBellLine();
  const asked = useQuery({
    queryKey: ['notices', 'unread'],
    queryFn: () => body(api.GET('/api/notices/unread')),
    refetchInterval: agesMs,
  });
  const count = asked.data?.unread ?? 0;
  return (
    <Link to="/notices" className="bell" aria-label={t.notices.open(count)} data-testid="bell">
      <BellOutlined aria-hidden />
      {count > 0 && <span className="bell-count">{count > 99 ? '99+' : count}</span>}
    </Link>
  );
}
