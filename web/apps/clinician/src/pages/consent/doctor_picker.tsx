import { useLanguage } from '@xinglin/i18n';
import { CheckCircleFilled } from '@ant-design/icons';
import { Input } from 'antd';
import { useId, useState } from 'react';
import { useSettled } from '../../app/finder';
import type { Doctor } from '../../fhir/consent';
import { useDoctors } from './load';

interface DoctorPickerProps {
  label: string;
  several: boolean;
  chosen: Doctor[];
  onChoose: (chosen: Doctor[]) => void;
}

/** Finds doctors by name; those chosen stay in sight whatever is searched next. */
export function DoctorPicker({ label, several, chosen, onChoose }: DoctorPickerProps) {
  const { t } = useLanguage();
  const field = useId();
  const [text, setText] = useState('');
  const name = useSettled(text.trim(), 300);
  const asked = useDoctors(name);
  const has = (id: string) => chosen.some((one) => one.id === id);
  const toggle = ({ id, name: called }: Doctor) => {
    if (has(id)) onChoose(chosen.filter((one) => one.id !== id));
    else onChoose([...(several ? chosen : []), { id, name: called }]);
  };
  const found = (asked.data ?? []).filter((one) => !has(one.id));
  return (
    <div className="picker">
      <label htmlFor={field}>{label}</label>
      <Input
        id={field}
        size="large"
        autoComplete="off"
        placeholder={t.consent.doctorFindHint}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <ul role="group" aria-label={label}>
        {[...chosen.map((one) => ({ ...one, work: '' })), ...found].map((one) => (
          <li key={one.id}>
            <button
              type="button"
              className="choice"
              aria-pressed={has(one.id)}
              data-testid="doctor"
              onClick={() => toggle(one)}
            >
              {has(one.id) && <CheckCircleFilled aria-hidden />}
              {one.name} {one.work && <small className="quiet">{one.work}</small>}
            </button>
          </li>
        ))}
      </ul>
      <p role="status">{name !== '' && asked.data?.length === 0 && t.consent.doctorNone}</p>
    </div>
  );
}
