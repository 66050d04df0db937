import { type Invoice } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useYuan } from './load';

/** What is charged, line by line, and the total. */
export function Lines({ invoice }: { invoice: Invoice }) {
  const { t, language } = useLanguage();
  const yuan = useYuan();
  return (
    <>
      <ul className="bill-lines">
        {invoice.lines.map((line, place) => (
          <li key={place}>
            <span>
              {language === 'en' ? line.name_en : line.name_zh}
              {line.kind === 'drug' && line.quantity && (
                <small> × {t.bill.quantity(line.quantity, line.unit_zh)}</small>
              )}
            </span>
            {line.amount_fen === null ? (
              <small className="bill-unpriced">{t.bill.unpriced}</small>
            ) : (
              <span className="num">{yuan(line.amount_fen)}</span>
            )}
          </li>
        ))}
      </ul>
      <p className="bill-total">
        <span>{t.bill.total}</span>
        <strong className="num" data-testid="bill-total">
          {yuan(invoice.total_fen)}
        </strong>
      </p>
    </>
  );
}
