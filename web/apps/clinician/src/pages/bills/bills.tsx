import { api, body, Refusal, type Bill, type Invoice, type PayOrder } from '@xinglin/api';
import { formatDay, useLanguage } from '@xinglin/i18n';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App as Feedback, Button } from 'antd';
import '../../styles/consent.css';
import '../../styles/emergency.css';
import '../../styles/bill.css';
import { Link, useAddress } from '../../app/router';
import { useZone } from '../../app/session';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { Lines } from './lines';
import { useBills, useYuan } from './load';
import { Paying } from './paying';
import { Receipt } from './receipt';

interface Place {
  bill: Bill;
  invoice: Invoice;
}

/** For patients: what is to be paid, how much, and one button; then the receipt. */
export default function Bills() {
  const { t } = useLanguage();
  const [address] = useAddress();
  const bills = useBills();
  if (bills.isPending) return <Waiting rows={4} />;
  if (!bills.data) return <Trouble error={bills.error} onRetry={() => void bills.refetch()} />;
  const places = bills.data.bills.flatMap((bill) => bill.invoices.map((invoice) => ({ bill, invoice })));
  const wanted = address.get('receipt');
  const shown = wanted ? places.find((one) => one.invoice.id === wanted) : undefined;
  if (shown) return <Receipt bill={shown.bill} invoice={shown.invoice} />;
  return (
    <div className="for-patients bills">
      <h1>{t.bill.title}</h1>
      {address.get('order') && <Paying order={address.get('order')} />}
      {places.length === 0 && <Empty title={t.bill.none} what={t.bill.noneWhat} />}
      {bills.data.bills.map(
        (bill) => bill.owed_back_fen > 0 && <OwedBack key={bill.encounter} bill={bill} />,
      )}
      {places.length > 0 && (
        <ToPay
          places={places.filter((one) => one.invoice.state !== 'balanced')}
          isOnline={bills.data.is_online}
        />
      )}
      <Paid places={places.filter((one) => one.invoice.state === 'balanced')} />
    </div>
  );
}

function OwedBack({ bill }: { bill: Bill }) {
  const { t } = useLanguage();
  const yuan = useYuan();
  return (
    <p className="bill-owed" role="status">
      {t.bill.owedBack(yuan(bill.owed_back_fen))}
    </p>
  );
}

function ToPay({ places, isOnline }: { places: Place[]; isOnline: boolean }) {
  const { t } = useLanguage();
  if (places.length === 0) return <p>{t.bill.nothingToPay}</p>;
  return (
    <section>
      <h2>{t.bill.toPay}</h2>
      <ul className="bill-list">
        {places.map((one) => (
          <li key={one.invoice.id} className="card bill-open" data-testid="bill-to-pay">
            <Head bill={one.bill} />
            <Lines invoice={one.invoice} />
            {one.invoice.total_fen > 0 && <PayButton invoice={one.invoice} isOnline={isOnline} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function PayButton({ invoice, isOnline }: { invoice: Invoice; isOnline: boolean }) {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const { message } = Feedback.useApp();
  const queries = useQueryClient();
  const yuan = useYuan();
  const pay = useMutation({
    mutationFn: () =>
      body(
        api.POST('/api/bills/invoices/{invoice}/pay', {
          params: { path: { invoice: invoice.id } },
          body: { amount_fen: invoice.total_fen },
        }),
      ),
    onSuccess: (order) => {
      queries.setQueryData(['pay-order', order.order], order);
      if (isPhone() && isWebAddress(order)) location.assign(order.pay_url);
      else change({ order: order.order });
    },
    onError: (error) => void message.error(error instanceof Refusal ? error.message : t.error.failed),
    onSettled: () => queries.invalidateQueries({ queryKey: ['bills'] }),
  });
  if (!isOnline) return <p>{t.bill.atDesk}</p>;
  if (invoice.open_order && address.get('order') === invoice.open_order) return null;
  return (
    <Button
      type="primary"
      size="large"
      className="bill-pay"
      loading={pay.isPending}
      onClick={() => pay.mutate()}
    >
      {t.bill.pay(yuan(invoice.total_fen))}
    </Button>
  );
}

/** Whether the payer holds the phone that would scan the code. */
function isPhone(): boolean {
  return matchMedia('(max-width: 800px)').matches;
}

function isWebAddress(order: PayOrder): boolean {
  return /^https?:\/\//.test(order.pay_url);
}

function Paid({ places }: { places: Place[] }) {
  const { t } = useLanguage();
  const yuan = useYuan();
  if (places.length === 0) return null;
  return (
    <section>
      <h2>{t.bill.paidTitle}</h2>
      <ul className="bill-list">
        {places.map((one) => (
          <li key={one.invoice.id} className="card" data-testid="bill-paid">
            <Head bill={one.bill} />
            <div className="card-line">
              <strong className="num">{yuan(one.invoice.total_fen)}</strong>
              <Link className="choice bill-link" to={`/bills?receipt=${one.invoice.id}`}>
                {t.bill.receipt}
              </Link>
            </div>
            <GoneBack invoice={one.invoice} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What went back, is going back, or could not. */
export function GoneBack({ invoice }: { invoice: Invoice }) {
  const { t } = useLanguage();
  const yuan = useYuan();
  return invoice.payments.flatMap((payment) =>
    payment.refunds.map((one) => (
      <p key={one.id} className="bill-back">
        {one.state === 'done'
          ? t.bill.wentBack(yuan(one.amount_fen), one.reason)
          : one.state === 'asked'
            ? t.bill.goingBack(yuan(one.amount_fen))
            : t.bill.notBack(yuan(one.amount_fen))}
      </p>
    )),
  );
}

function Head({ bill }: { bill: Bill }) {
  const { language } = useLanguage();
  const zone = useZone();
  return (
    <p className="bill-head">
      <strong>{bill.department || '–'}</strong>
      <span>
        {bill.patient_name}
        {bill.began_at && ` · ${formatDay(bill.began_at, language, zone)}`}
      </span>
    </p>
  );
}
