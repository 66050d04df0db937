import { useLanguage } from '@xinglin/i18n';
import { Link } from '../../app/router';
import { useSession } from '../../app/session';

const planners = ['nurse', 'registrar', 'medical_director'];

/** To the page on which a clinic's plan is changed on paper, for those who may. */
export function TryLink({ service }: { service: string }) {
  const { t } = useLanguage();
  if (!useSession().roles.some((role) => planners.includes(role))) return null;
  return <Link to={`/what-if?clinic=${encodeURIComponent(service)}`}>{t.whatIf.title}</Link>;
}
