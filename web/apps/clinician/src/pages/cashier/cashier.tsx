import { useLanguage } from '@xinglin/i18n';
import { Segmented } from 'antd';
import '../../styles/emergency.css';
import '../../styles/bill.css';
import { useAddress } from '../../app/router';
import { useSession } from '../../app/session';
import { Day } from './day';
import { Reconcile } from './reconcile';
import { WaitingBills } from './waiting';

const tabs = ['waiting', 'day', 'reconciliation'] as const;
const ownTabs = ['day', 'reconciliation'] as const;

/** For the desk and who answers for it: what is to be paid, the day's money, and how it compares with the provider's. */
export default function Cashier() {
  const { t } = useLanguage();
  const { roles } = useSession();
  const [address, change] = useAddress();
  const open = roles.includes('registrar') ? tabs : ownTabs;
  const tab =
    tabs.find((one) => one === address.get('tab') && open.some((other) => other === one)) ?? open[0];
  return (
    <>
      <header className="page-head">
        <h1>{t.cashier.title}</h1>
        <Segmented
          name="tab"
          aria-label={t.cashier.title}
          value={tab}
          onChange={(chosen) => change({ tab: chosen })}
          options={open.map((one) => ({ value: one, label: t.cashier.tabs[one] }))}
        />
      </header>
      {tab === 'waiting' && <WaitingBills />}
      {tab === 'day' && <Day />}
      {tab === 'reconciliation' && <Reconcile />}
    </>
  );
}
