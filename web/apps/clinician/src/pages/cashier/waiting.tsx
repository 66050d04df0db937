import { api, body, Refusal, type WaitingBill } from '@xinglin/api';
import { formatYuan, useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Popconfirm } from 'antd';
import { useRef } from 'react';
import { Moment } from '../../parts/moment';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { useYuan } from '../bills/load';

const agesMs = 10_000;

/** Bills to be paid, with the drawer beside them. */
export function WaitingBills() {
  const { t, language } = useLanguage();
  const list = useQuery({
    queryKey: ['cashier', 'waiting'],
    queryFn: () => body(api.GET('/api/cashier/waiting')),
    refetchInterval: agesMs,
  });
  if (list.isPending) return <Waiting rows={6} />;
  if (!list.data) return <Trouble error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data.length === 0) return <Empty title={t.cashier.noneTitle} what={t.cashier.noneWhat} />;
  const heads = t.cashier.heads;
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t.cashier.tabs.waiting}>
      <table className="dense">
        <thead>
          <tr>
            <th scope="col">{heads.name}</th>
            <th scope="col">{heads.number}</th>
            <th scope="col">{heads.time}</th>
            <th scope="col" className="money">
              {heads.amount}
            </th>
            <th scope="col">{heads.state}</th>
            <th scope="col">{heads.act}</th>
          </tr>
        </thead>
        <tbody>
          {list.data.map((one) => (
            <tr key={one.invoice} data-testid="cashier-waiting">
              <td>{one.name}</td>
              <td className="num">{one.number}</td>
              <td>
                <Moment at={one.made_at} />
              </td>
              <td className="money num">{formatYuan(one.total_fen, language)}</td>
              <td>
                {one.is_paying && t.cashier.paying} {one.unpriced > 0 && t.cashier.unpriced(one.unpriced)}
              </td>
              <td>{one.total_fen > 0 && <TakeCash one={one} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TakeCash({ one }: { one: WaitingBill }) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const yuan = useYuan();
  const key = useRef(crypto.randomUUID());
  const take = useMutation({
    mutationFn: () =>
      body(
        api.POST('/api/cashier/invoices/{invoice}/cash', {
          params: { path: { invoice: one.invoice } },
          body: { amount_fen: one.total_fen, key: key.current },
        }),
      ),
    onSuccess: () => void message.success(t.cashier.taken),
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
    onSettled: () => queries.invalidateQueries({ queryKey: ['cashier'] }),
  });
  return (
    <Popconfirm
      title={t.cashier.cashTitle(yuan(one.total_fen))}
      description={t.cashier.cashWhat}
      okText={t.cashier.cash}
      cancelText={t.cashier.keep}
      onConfirm={() => take.mutate()}
    >
      <Button loading={take.isPending}>{t.cashier.cash}</Button>
    </Popconfirm>
  );
}
