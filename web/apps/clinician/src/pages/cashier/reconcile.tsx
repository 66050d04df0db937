import { api, body, Refusal, type Reconciliation } from '@xinglin/api';
import { dateIn, formatAbsolute, formatYuan, useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button } from 'antd';
import { useAddress } from '../../app/router';
import { useZone } from '../../app/session';
import { useNow } from '../../parts/moment';
import { Trouble, Waiting } from '../../parts/states';

const dayMs = 86_400_000;

/** A day in both books, and what to do where they differ. */
export function Reconcile() {
  const { t } = useLanguage();
  const zone = useZone();
  const [address, change] = useAddress();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const now = useNow();
  const day = address.get('day') ?? dateIn(now - dayMs, zone);
  const path = { params: { path: { day } } };
  const found = useQuery({
    queryKey: ['cashier', 'reconciliation', day],
    queryFn: () => body(api.GET('/api/cashier/reconciliations/{day}', path)),
  });
  const compare = useMutation({
    mutationFn: () => body(api.POST('/api/cashier/reconciliations/{day}', path)),
    onSuccess: (done) => queries.setQueryData(['cashier', 'reconciliation', day], done),
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
  });
  return (
    <>
      <div className="cashier-line">
        <label>
          {t.cashier.day}
          <input
            className="ant-input"
            type="date"
            value={day}
            max={dateIn(now, zone)}
            onChange={(event) => event.target.value && change({ day: event.target.value })}
          />
        </label>
        <Button type="primary" loading={compare.isPending} onClick={() => compare.mutate()}>
          {t.cashier.reconcile}
        </Button>
      </div>
      {found.isPending && <Waiting rows={4} />}
      {found.error && !found.data && <Trouble error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && <Shown found={found.data} />}
    </>
  );
}

function Shown({ found }: { found: Reconciliation }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  if (!found.compared_at) return <p>{t.cashier.never}</p>;
  const count = found.differences.length;
  return (
    <>
      <p role="status" data-testid="reconciled">
        <strong>
          {count === 0 ? `✓ ${t.cashier.even(found.matched)}` : t.cashier.differs(count, found.matched)}
        </strong>{' '}
        {t.cashier.comparedAt} {formatAbsolute(found.compared_at, language, zone)}
      </p>
      {count > 0 && <Differences found={found} />}
    </>
  );
}

function Differences({ found }: { found: Reconciliation }) {
  const { t, language } = useLanguage();
  const heads = t.cashier.heads;
  const money = (fen: number | null) => (fen === null ? '–' : formatYuan(fen, language));
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t.cashier.tabs.reconciliation}>
      <table className="dense">
        <thead>
          <tr>
            <th scope="col">{heads.kind}</th>
            <th scope="col">{heads.finding}</th>
            <th scope="col" className="money">
              {heads.here}
            </th>
            <th scope="col" className="money">
              {heads.there}
            </th>
            <th scope="col">{heads.what}</th>
            <th scope="col">{heads.payment}</th>
          </tr>
        </thead>
        <tbody>
          {found.differences.map((one) => (
            <tr key={`${one.kind}${one.number}`} data-testid="difference">
              <td>{t.cashier.kinds[one.kind]}</td>
              <td>
                <strong>{t.cashier.findings[one.finding]}</strong>
              </td>
              <td className="money num">{money(one.here_fen)}</td>
              <td className="money num">{money(one.there_fen)}</td>
              <td>{language === 'en' ? one.do_en : one.do_zh}</td>
              <td className="num">
                {one.number} {one.provider_number}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
