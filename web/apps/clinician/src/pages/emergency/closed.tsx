import type { Refusal } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { LockOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import '../../styles/emergency.css';
import { WhyRefused } from '../../parts/states';
import { remembered, useMayBreakGlass } from './load';
import { Reason } from './reason';

interface ClosedProps {
  patientId: string;
  refusal: Refusal;
}

/** A record that is closed to the reader: what happened, what is safe, and the way in for an emergency. */
export function Closed({ patientId, refusal }: ClosedProps) {
  const { t } = useLanguage();
  const may = useMayBreakGlass();
  const known = remembered(useQueryClient(), patientId);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <section className="notice closed" role="status" data-testid="closed-record">
        <h1>
          <LockOutlined aria-hidden /> {t.emergency.closedTitle}
        </h1>
        <p>{may ? t.emergency.closedWhat : t.emergency.closedRole}</p>
        <p>{t.emergency.closedSafe}</p>
        {may && <p>{t.emergency.closedDo}</p>}
        <p className="closed-actions">
          {may && (
            <Button type="primary" onClick={() => setAsking(true)}>
              {t.emergency.open}
            </Button>
          )}
          <WhyRefused about={refusal.about ?? `Patient/${patientId}`} />
        </p>
      </section>
      {asking && <Reason patientId={patientId} known={known} onClose={() => setAsking(false)} />}
    </>
  );
}
