import { formatDay, useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useState, type SubmitEvent } from 'react';
import { Link, useAddress } from '../app/router';
import { useZone } from '../app/session';
import { idTail, nameOf, recordNumber } from '../fhir/person';
import { findPatients } from '../fhir/search';
import type { Patient } from '../fhir/types';
import { Age, sexWord } from '../parts/person';
import { Empty, Trouble, Waiting } from '../parts/states';
import { useMayBreakGlass } from './emergency/load';

const shownAtMost = 50;

/** Finds a patient by name, pinyin or number. */
export default function Patients() {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const wanted = address.get('find') ?? '';
  const [text, setText] = useState(wanted);
  const mayBreakGlass = useMayBreakGlass();
  const found = useQuery({
    queryKey: ['patients', wanted],
    queryFn: () => findPatients(wanted, shownAtMost),
    enabled: wanted !== '',
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    change({ find: text.trim() });
  };
  return (
    <>
      <header className="page-head">
        <h1>{t.patients.title}</h1>
      </header>
      <form className="filters" role="search" onSubmit={submit}>
        <Input
          autoFocus
          allowClear
          aria-label={t.patients.search}
          placeholder={t.patients.search}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="primary" htmlType="submit">
          {t.patients.do}
        </Button>
      </form>
      {!wanted && <Empty title={t.patients.startTitle} what={t.patients.startWhat} />}
      {wanted && found.isPending && <Waiting rows={8} />}
      {found.error && <Trouble error={found.error} onRetry={() => void found.refetch()} />}
      {found.data?.length === 0 && (
        <>
          <Empty title={t.patients.emptyTitle(wanted)} what={t.patients.emptyWhat} />
          {mayBreakGlass && (
            <p className="centred">
              {t.emergency.notYours}{' '}
              <Link to={`/emergency?number=${encodeURIComponent(wanted)}`}>{t.emergency.byNumber}</Link>
            </p>
          )}
        </>
      )}
      {found.data && found.data.length > 0 && <Found patients={found.data} />}
    </>
  );
}

function Found({ patients }: { patients: Patient[] }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const heads = [
    t.patients.name,
    t.board.sex,
    t.board.age,
    t.patients.birth,
    t.patients.number,
    t.patient.idTail(''),
  ];
  return (
    <>
      <p className="quiet" role="status">
        {t.patients.count(patients.length)}
      </p>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={t.patients.tableLabel}>
        <table className="dense found">
          <caption className="unseen">{t.patients.tableLabel}</caption>
          <thead>
            <tr>
              {heads.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {patients.map((patient) => (
              <tr key={patient.id} data-testid="found-patient">
                <th scope="row" data-cell="patient">
                  <Link to={`/patients/${encodeURIComponent(patient.id)}`}>
                    {nameOf(patient) ?? t.person.noName}
                  </Link>
                </th>
                <td>{sexWord(t, patient.gender)}</td>
                <td>
                  <Age birthDate={patient.birthDate} />
                </td>
                <td>{patient.birthDate ? formatDay(patient.birthDate, language, zone) : '–'}</td>
                <td>{recordNumber(patient) ?? '–'}</td>
                <td>{idTail(patient) ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
