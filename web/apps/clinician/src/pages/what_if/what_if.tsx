import { api, body } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Button, Select } from 'antd';
import { useEffect, useState } from 'react';
import '../../styles/twin.css';
import '../../styles/what_if.css';
import { useAddress } from '../../app/router';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { Fields } from './fields';
import { dayFields, liveFields, readPlan, tryPlan, unchanged, usualOf, type Change } from './load';
import { Result } from './result';

const secondMs = 1_000;
const weekdays = [1, 2, 3, 4, 5, 6, 7];

/** A clinic's plan changed on paper: what would come of it, beside what is. */
export default function WhatIfPage() {
  const { t, language } = useLanguage();
  const [address, change] = useAddress();
  const services = useQuery({
    queryKey: ['services'],
    queryFn: () => body(api.GET('/api/scheduling/services')),
  });
  if (!services.data && services.error)
    return <Trouble error={services.error} onRetry={() => void services.refetch()} />;
  if (!services.data) return <Waiting rows={8} />;
  const service = address.get('clinic') ?? services.data[0]?.service;
  const weekday = weekdays.find((one) => String(one) === address.get('weekday')) ?? null;
  if (!service) return <Empty title={t.whatIf.noClinics} what={t.whatIf.lead} />;
  return (
    <div className="what-if">
      <header className="page-head">
        <h1>{t.whatIf.title}</h1>
        <div className="page-acts">
          <Select
            aria-label={t.whatIf.clinic}
            value={service}
            options={services.data.map((one) => ({
              value: one.service,
              label: language === 'en' ? one.name_en : one.name,
            }))}
            onChange={(value) => change({ clinic: value })}
            popupMatchSelectWidth={false}
          />
          <Select
            aria-label={t.whatIf.start}
            value={weekday === null ? '' : String(weekday)}
            options={[
              { value: '', label: t.whatIf.now },
              ...weekdays.map((one) => ({ value: String(one), label: t.whatIf.weekdays[one - 1] })),
            ]}
            onChange={(value) => change({ weekday: value })}
            popupMatchSelectWidth={false}
          />
        </div>
      </header>
      <p className="quiet">{t.whatIf.lead}</p>
      <Trying key={`${service} ${String(weekday)}`} service={service} weekday={weekday} />
    </div>
  );
}

function Trying({ service, weekday }: { service: string; weekday: number | null }) {
  const { t } = useLanguage();
  const [wanted, setWanted] = useState<Change>(unchanged);
  const plan = useQuery({
    queryKey: ['what-if', service, weekday],
    queryFn: () => readPlan(service, weekday),
  });
  const tried = useMutation({ mutationFn: () => tryPlan(service, weekday, wanted) });
  const live = weekday === null;
  return (
    <>
      <form
        className="what-if-form"
        onSubmit={(event) => {
          event.preventDefault();
          tried.mutate();
        }}
      >
        <Fields
          fields={live ? liveFields : dayFields}
          usual={plan.data ? usualOf(plan.data, live) : {}}
          wanted={wanted}
          onChange={setWanted}
        />
        <Button type="primary" htmlType="submit" loading={tried.isPending} size="large">
          {t.whatIf.ask}
        </Button>
      </form>
      {tried.isPending && <Clock />}
      {tried.error && <Trouble error={tried.error} onRetry={() => tried.mutate()} />}
      {!tried.isPending && tried.data && <Result tried={tried.data} />}
      {tried.isIdle && <Empty title={t.whatIf.emptyTitle} what={t.whatIf.emptyWhat} />}
    </>
  );
}

function Clock() {
  const { t } = useLanguage();
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), secondMs);
    return () => clearInterval(timer);
  }, []);
  return (
    <p className="what-if-asking">
      <progress aria-label={t.whatIf.ask} /> {t.whatIf.asking(seconds)}
    </p>
  );
}
