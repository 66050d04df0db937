import { api, body, Refusal, type Received } from '@xinglin/api';
import { formatYuan, useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button, Input } from 'antd';
import { useRef, useState, type SubmitEvent } from 'react';

/** Part or all of a payment back, for a reason. */
export function Refund({ payment, onDone }: { payment: Received; onDone: () => void }) {
  const { t } = useLanguage();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const [yuan, setYuan] = useState(formatYuan(payment.left_fen, 'en').replaceAll(',', ''));
  const [reason, setReason] = useState('');
  const key = useRef(crypto.randomUUID());
  const fen = fenOf(yuan);
  const refund = useMutation({
    mutationFn: () =>
      body(
        api.POST('/api/cashier/orders/{order}/refund', {
          params: { path: { order: payment.order } },
          body: { amount_fen: fen ?? 0, reason, key: key.current },
        }),
      ),
    onSuccess: (done) => {
      void message[done.state === 'refused' ? 'error' : 'success'](t.cashier.refundStates[done.state]);
      onDone();
    },
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
    onSettled: () => queries.invalidateQueries({ queryKey: ['cashier'] }),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (fen === null) void message.error(t.cashier.wrongAmount);
    else if (reason.trim()) refund.mutate();
  };
  return (
    <form className="card" onSubmit={submit} aria-label={t.cashier.refundTitle(payment.name)} noValidate>
      <h2>{t.cashier.refundTitle(payment.name)}</h2>
      <div className="cashier-line">
        <label>
          {t.cashier.amount}
          <Input
            value={yuan}
            inputMode="decimal"
            status={fen === null ? 'error' : ''}
            onChange={(event) => setYuan(event.target.value)}
          />
        </label>
        <label>
          {t.cashier.reason}
          <Input value={reason} maxLength={200} onChange={(event) => setReason(event.target.value)} />
        </label>
        <Button type="primary" danger htmlType="submit" loading={refund.isPending} disabled={!reason.trim()}>
          {t.cashier.send}
        </Button>
        <Button onClick={onDone}>{t.cashier.keep}</Button>
      </div>
    </form>
  );
}

/** Yuan as somebody writes them, in fen; null for what is no amount. Never by way of a fraction. */
function fenOf(yuan: string): number | null {
  const written = /^(\d{1,8})(?:\.(\d{1,2}))?$/.exec(yuan.trim());
  if (!written) return null;
  const fen = Number(written[1]) * 100 + Number((written[2] ?? '').padEnd(2, '0'));
  return fen > 0 ? fen : null;
}
