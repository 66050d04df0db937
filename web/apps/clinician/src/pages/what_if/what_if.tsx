import { useLanguage } from '@xinglin/i18n';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Button, Select } from 'antd';
import '../../styles/twin.css';
import '../../styles/what_if.css';
import { Link, useAddress } from '../../app/router';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { byNeed, nameIn, readTwin } from '../twin/load';
import { Futures } from './futures';
import { LeverBoard } from './levers';
import { asItIs, askWhatIf, leverIn, type Levers } from './load';

/** For who runs the clinics: what would come of another doctor, longer hours or more people, from this moment on. */
export default function WhatIfPage() {
  const { t, language } = useLanguage();
  const [address, change] = useAddress();
  const twin = useQuery({ queryKey: ['twin', null], queryFn: () => readTwin(null) });
  const ask = useMutation({
    mutationFn: ({ service, levers }: { service: string; levers: Levers }) => askWhatIf(service, levers),
  });
  if (!twin.data && twin.error) return <Trouble error={twin.error} onRetry={() => void twin.refetch()} />;
  if (!twin.data) return <Waiting rows={8} />;
  const clinics = twin.data.clinics.filter((one) => one.foreseen_at !== null).toSorted(byNeed);
  const clinic = clinics.find((one) => one.service === address.get('clinic')) ?? clinics[0];
  if (!clinic) return <Empty title={t.whatIf.emptyTitle} what={t.whatIf.emptyWhat} />;
  const levers: Levers = {
    doctors: leverIn(address.get('doctors'), 'doctors'),
    minutes: leverIn(address.get('minutes'), 'minutes'),
    demand: leverIn(address.get('demand'), 'demand'),
  };
  const write = (more: Record<string, string>) => {
    ask.reset();
    change(more);
  };
  return (
    <div className="what-if">
      <header className="page-head">
        <h1>{t.whatIf.title}</h1>
        <Link to={`/twin?clinic=${encodeURIComponent(clinic.service)}`}>{t.twin.title}</Link>
      </header>
      <p>{t.whatIf.what}</p>
      <div className="what-if-asked">
        <Select
          aria-label={t.whatIf.clinic}
          value={clinic.service}
          onChange={(service) => write({ clinic: service })}
          options={clinics.map((one) => ({ value: one.service, label: nameIn(one, language) }))}
          popupMatchSelectWidth={false}
        />
        <span className="quiet">{t.whatIf.nowThere(clinic.doctors, clinic.waiting)}</span>
      </div>
      <LeverBoard
        levers={levers}
        onChange={(lever, value) => write({ [lever]: value === asItIs[lever] ? '' : String(value) })}
      />
      <Button
        type="primary"
        size="large"
        loading={ask.isPending}
        onClick={() => ask.mutate({ service: clinic.service, levers })}
      >
        {t.whatIf.ask}
      </Button>
      {ask.isPending && <p role="status">{t.whatIf.playing}</p>}
      {ask.error && (
        <Trouble error={ask.error} onRetry={() => ask.mutate({ service: clinic.service, levers })} />
      )}
      {ask.data && <Futures told={ask.data} />}
    </div>
  );
}
