import { api, body, type Received, type Takings } from '@xinglin/api';
import { dateIn, formatTime, formatYuan, useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import '../../styles/stacked.css';
import { useAddress } from '../../app/router';
import { useSession, useZone } from '../../app/session';
import { useNow } from '../../parts/moment';
import { Trouble, Waiting } from '../../parts/states';
import { Refund } from './refund';

const agesMs = 15_000;

/** A day's money: sums, payments, what went back, and what fits no bill. */
export function Day() {
  const { t } = useLanguage();
  const zone = useZone();
  const [address, change] = useAddress();
  const today = dateIn(useNow(), zone);
  const day = address.get('day') ?? today;
  const takings = useQuery({
    queryKey: ['cashier', 'day', day],
    queryFn: () => body(api.GET('/api/cashier/days/{day}', { params: { path: { day } } })),
    refetchInterval: agesMs,
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
            max={today}
            onChange={(event) => event.target.value && change({ day: event.target.value })}
          />
        </label>
      </div>
      {takings.isPending && <Waiting rows={6} />}
      {takings.error && !takings.data && (
        <Trouble error={takings.error} onRetry={() => void takings.refetch()} />
      )}
      {takings.data && <Shown takings={takings.data} />}
    </>
  );
}

function Shown({ takings }: { takings: Takings }) {
  const { t, language } = useLanguage();
  const [chosen, setChosen] = useState<string | null>(null);
  const refunding = takings.payments.find((one) => one.order === chosen);
  const sums = [
    [t.cashier.online, takings.online_fen],
    [t.cashier.cashSum, takings.cash_fen],
    [t.cashier.refunded, takings.refunded_fen],
    [t.cashier.receivable, takings.receivable_fen],
  ] as const;
  return (
    <>
      <dl className="takings">
        {sums.map(([name, fen]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="num">{formatYuan(fen, language)}</dd>
          </div>
        ))}
      </dl>
      {refunding && <Refund key={refunding.order} payment={refunding} onDone={() => setChosen(null)} />}
      <h2>{t.cashier.payments}</h2>
      {takings.payments.length === 0 ? (
        <p>{t.cashier.noPayments}</p>
      ) : (
        <Payments payments={takings.payments} onRefund={setChosen} />
      )}
      {takings.refunds.length > 0 && <Refunds takings={takings} />}
      {takings.odd_notices.length > 0 && <Odd takings={takings} />}
    </>
  );
}

function Payments({ payments, onRefund }: { payments: Received[]; onRefund: (order: string) => void }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const may = useSession().roles.includes('registrar');
  const heads = t.cashier.heads;
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t.cashier.payments}>
      <table className="dense stacked">
        <thead>
          <tr>
            <th scope="col">{heads.time}</th>
            <th scope="col">{heads.name}</th>
            <th scope="col">{heads.number}</th>
            <th scope="col">{heads.way}</th>
            <th scope="col" className="money">
              {heads.amount}
            </th>
            <th scope="col" className="money">
              {heads.left}
            </th>
            {may && <th scope="col">{heads.act}</th>}
          </tr>
        </thead>
        <tbody>
          {payments.map((one) => (
            <tr key={one.order} data-testid="cashier-payment">
              <td className="num" data-head={heads.time}>
                {formatTime(one.paid_at, language, zone)}
              </td>
              <th scope="row">{one.name}</th>
              <td className="num" data-head={heads.number}>
                {one.number}
              </td>
              <td data-head={heads.way}>{t.bill.ways[one.way]}</td>
              <td className="money num" data-head={heads.amount}>
                {formatYuan(one.amount_fen, language)}
              </td>
              <td className="money num" data-head={heads.left}>
                {formatYuan(one.left_fen, language)}
              </td>
              {may && (
                <td>
                  {one.left_fen > 0 && (
                    <Button onClick={() => onRefund(one.order)}>{t.cashier.refund}</Button>
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Refunds({ takings }: { takings: Takings }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const heads = t.cashier.heads;
  return (
    <>
      <h2>{t.cashier.refunds}</h2>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={t.cashier.refunds}>
        <table className="dense">
          <thead>
            <tr>
              <th scope="col">{heads.time}</th>
              <th scope="col" className="money">
                {heads.amount}
              </th>
              <th scope="col">{heads.reason}</th>
              <th scope="col">{heads.by}</th>
              <th scope="col">{heads.state}</th>
            </tr>
          </thead>
          <tbody>
            {takings.refunds.map((one) => (
              <tr key={one.id}>
                <td className="num">{formatTime(one.made_at, language, zone)}</td>
                <td className="money num">{formatYuan(one.amount_fen, language)}</td>
                <td>{one.reason}</td>
                <td>{one.made_by}</td>
                <td>
                  {t.cashier.refundStates[one.state]} {one.said}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Odd({ takings }: { takings: Takings }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const outcomes: Record<string, string> = t.cashier.oddOutcomes;
  return (
    <>
      <h2>{t.cashier.odd}</h2>
      <ul>
        {takings.odd_notices.map((one) => (
          <li key={`${one.order}${one.heard_at}`}>
            {formatTime(one.heard_at, language, zone)} · {outcomes[one.outcome] ?? one.outcome} ·{' '}
            {formatYuan(one.amount_fen, language)} {one.currency} · <span className="num">{one.order}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
