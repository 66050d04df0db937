import { type Bill, type Invoice } from '@xinglin/api';
import { formatAbsolute, useLanguage } from '@xinglin/i18n';
import { Button } from 'antd';
import { Link } from '../../app/router';
import { useSession, useZone } from '../../app/session';
import { GoneBack } from './bills';
import { Lines } from './lines';

/** A paid invoice as it is printed. */
export function Receipt({ bill, invoice }: { bill: Bill; invoice: Invoice }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const { node } = useSession();
  const payment = invoice.payments[0];
  return (
    <article className="for-patients receipt" data-testid="receipt">
      <h1>
        {node.name} {t.bill.receiptTitle}
      </h1>
      <dl className="receipt-facts">
        <dt>{t.bill.number}</dt>
        <dd className="num">{invoice.number}</dd>
        <dt>{t.bill.patient}</dt>
        <dd>{bill.patient_name}</dd>
        <dt>{t.bill.department}</dt>
        <dd>{bill.department || '–'}</dd>
        <dt>{t.bill.paidAt}</dt>
        <dd>{invoice.paid_at ? formatAbsolute(invoice.paid_at, language, zone) : '–'}</dd>
        <dt>{t.bill.way}</dt>
        <dd>{payment ? t.bill.ways[payment.way] : '–'}</dd>
        <dt>{t.bill.payment}</dt>
        <dd className="num receipt-order">{payment?.order ?? '–'}</dd>
      </dl>
      <Lines invoice={invoice} />
      <GoneBack invoice={invoice} />
      <p className="quiet">{t.bill.receiptNote}</p>
      <div className="actions bill-acts">
        <Button type="primary" size="large" onClick={() => print()}>
          {t.bill.print}
        </Button>
        <Link className="choice bill-link" to="/bills">
          {t.bill.back}
        </Link>
      </div>
    </article>
  );
}
