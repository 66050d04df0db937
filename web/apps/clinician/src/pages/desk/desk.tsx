import type { Ticket } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { Button, Input, Select } from 'antd';
import { useState, type SubmitEvent } from 'react';
import '../../styles/consent.css';
import '../../styles/devices.css';
import '../../styles/room.css';
import '../../styles/tests_ahead.css';
import '../../styles/visit.css';
import { useAddress } from '../../app/router';
import { idTail, nameOf, recordNumber } from '../../fhir/person';
import { findPatients } from '../../fhir/search';
import type { Patient } from '../../fhir/types';
import { Age, sexWord } from '../../parts/person';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { useServices } from '../visit/load';
import { Reception } from './reception';
import { Paper } from './ticket';
import { Waitlist } from './waitlist';

const shownAtMost = 20;

/** The front desk: find somebody, check them in with or without a booking, hand out a place, see who waits for one. */
export default function Desk() {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const [chosen, setChosen] = useState<Patient | null>(null);
  const [ticket, setTicket] = useState<Ticket | null>(null);
  const services = useServices();
  const service = address.get('service') ?? services.data?.[0]?.service ?? null;
  if (services.isPending) return <Waiting rows={6} />;
  if (!services.data) return <Trouble error={services.error} onRetry={() => void services.refetch()} />;
  const choose = (patient: Patient | null) => {
    setChosen(patient);
    setTicket(null);
  };
  return (
    <>
      <header className="page-head not-printed">
        <h1>{t.desk.title}</h1>
        <Select
          aria-label={t.desk.department}
          value={service}
          onChange={(value) => change({ service: value })}
          options={services.data.map((one) => ({ value: one.service, label: one.name }))}
          popupMatchSelectWidth={false}
        />
      </header>
      <div className="desk">
        <div>
          {ticket && <Paper ticket={ticket} />}
          {chosen ? (
            <section className="room-card not-printed" data-testid="chosen">
              <header className="work-head">
                <h2>
                  <Who patient={chosen} />
                </h2>
                <Button onClick={() => choose(null)}>{t.desk.another}</Button>
              </header>
              {service && (
                <Reception key={service} patient={chosen.id} service={service} onTicket={setTicket} />
              )}
            </section>
          ) : (
            <Find onChoose={choose} />
          )}
        </div>
        {service && <Waitlist key={service} service={service} />}
      </div>
    </>
  );
}

function Who({ patient }: { patient: Patient }) {
  const { t } = useLanguage();
  return (
    <>
      {nameOf(patient)} {sexWord(t, patient.gender ?? null)} <Age birthDate={patient.birthDate ?? null} />{' '}
      <small className="quiet">
        {recordNumber(patient)} {idTail(patient) && t.patient.idTail(idTail(patient) ?? '')}
      </small>
    </>
  );
}

function Find({ onChoose }: { onChoose: (patient: Patient) => void }) {
  const { t } = useLanguage();
  const [text, setText] = useState('');
  const [wanted, setWanted] = useState('');
  const found = useQuery({
    queryKey: ['patients', wanted],
    queryFn: () => findPatients(wanted, shownAtMost),
    enabled: wanted !== '',
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setWanted(text.trim());
  };
  return (
    <section className="not-printed">
      <form className="filters" role="search" onSubmit={submit}>
        <Input
          autoFocus
          allowClear
          aria-label={t.desk.find}
          placeholder={t.desk.find}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="primary" htmlType="submit">
          {t.desk.findShort}
        </Button>
      </form>
      {!wanted && <p className="quiet">{t.desk.startWhat}</p>}
      {wanted && found.isPending && <Waiting rows={3} />}
      {found.error && <Trouble error={found.error} onRetry={() => void found.refetch()} />}
      {found.data?.length === 0 && <Empty title={t.desk.nobody(wanted)} what={t.desk.nobodyWhat} />}
      <ul className="desk-rows">
        {found.data?.map((one) => (
          <li key={one.id} className="room-card desk-row" data-testid="found">
            <strong>
              <Who patient={one} />
            </strong>
            <Button onClick={() => onChoose(one)}>{t.desk.choose}</Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
