import { api, body, Refusal, type PayOrder } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button } from 'antd';
import { useEffect } from 'react';
import { Link, useAddress } from '../../app/router';
import { Trouble, Waiting } from '../../parts/states';
import { isOpen, useOrder, useYuan } from './load';

/** A payment under way: the code for a phone, whether it came in, and what to do. */
export function Paying({ order }: { order: string | null }) {
  const { t } = useLanguage();
  const queries = useQueryClient();
  const yuan = useYuan();
  const asked = useOrder(order);
  const state = asked.data?.state;
  useEffect(() => {
    if (state === 'paid' || state === 'cancelled') void queries.invalidateQueries({ queryKey: ['bills'] });
  }, [state, queries]);
  if (asked.isPending) return <Waiting rows={3} />;
  if (!asked.data) return <Trouble error={asked.error} onRetry={() => void asked.refetch()} />;
  const one = asked.data;
  if (isOpen(one)) return <Open order={one} />;
  const paid = one.state === 'paid';
  return (
    <div className={paid ? 'bill-now is-paid' : 'bill-now'} role="status" data-testid="payment-ended">
      <strong>
        {paid ? '✓ ' : ''}
        {paid ? t.bill.received : t.bill.cancelled} {paid && yuan(one.amount_fen)}
      </strong>
      <p>{paid ? t.bill.receivedWhat : t.bill.cancelledWhat}</p>
      {paid && (
        <Link className="choice bill-link" to={`/bills?receipt=${one.invoice}`}>
          {t.bill.receipt}
        </Link>
      )}
    </div>
  );
}

function Open({ order }: { order: PayOrder }) {
  const { t } = useLanguage();
  const [, change] = useAddress();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const giveUp = useMutation({
    mutationFn: () =>
      body(api.POST('/api/bills/orders/{order}/cancel', { params: { path: { order: order.order } } })),
    onSuccess: (after) => {
      queries.setQueryData(['pay-order', order.order], after);
      if (after.state === 'cancelled') change({ order: '' });
    },
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
    onSettled: () => queries.invalidateQueries({ queryKey: ['bills'] }),
  });
  return (
    <div className="bill-now" role="status" data-testid="payment-open">
      <strong>{t.bill.waiting}</strong>
      {order.qr_svg && (
        <figure className="bill-code">
          <img
            className="qr"
            alt={t.bill.scan}
            src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(order.qr_svg)}`}
          />
          <figcaption>
            {t.bill.scan}
            <br />
            {t.bill.scanWhat}
          </figcaption>
        </figure>
      )}
      <p>{t.bill.waitingWhat}</p>
      <div className="actions bill-acts">
        {order.pay_url && (
          <a className="bill-go" href={order.pay_url}>
            {t.bill.goOn}
          </a>
        )}
        <Button size="large" loading={giveUp.isPending} onClick={() => giveUp.mutate()}>
          {t.bill.giveUp}
        </Button>
      </div>
    </div>
  );
}
