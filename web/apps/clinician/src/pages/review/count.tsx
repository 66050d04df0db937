import { useLanguage } from '@xinglin/i18n';
import { useEmergencies } from './load';

/** How many emergency accesses wait for a review, beside the name of the page. */
export function ReviewCount() {
  const { t } = useLanguage();
  const count = useEmergencies(true).data?.length ?? 0;
  if (count === 0) return null;
  return (
    <span className="rail-count" data-testid="review-count" title={t.review.count(count)}>
      {count}
      <span className="unseen">{t.review.count(count)}</span>
    </span>
  );
}
