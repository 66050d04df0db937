import { useLanguage } from '@xinglin/i18n';
import { Input, InputNumber } from 'antd';
import { minutesOf, type Change, type Field } from './load';

const bounds: Record<Exclude<Field, 'opens' | 'closes'>, [number, number]> = {
  doctors: [1, 60],
  rooms: [1, 60],
  slot_minutes: [2, 240],
  slot_places: [1, 100],
  demand_percent: [10, 400],
  walk_in_percent: [0, 100],
};

/** One box for each thing that can be otherwise; what it is today stands under it. */
export function Fields(props: {
  fields: Field[];
  usual: Partial<Record<Field, string>>;
  wanted: Change;
  onChange: (change: Change) => void;
}) {
  const { t } = useLanguage();
  const put = (field: Field, value: number | null) => props.onChange({ ...props.wanted, [field]: value });
  return props.fields.map((field) => {
    const usual = props.usual[field];
    const id = `what-if-${field}`;
    return (
      <div className="what-if-field" key={field}>
        <label htmlFor={id}>{t.whatIf.field[field]}</label>
        {field === 'opens' || field === 'closes' ? (
          <Input
            id={id}
            type="time"
            size="large"
            onChange={(event) => put(field, minutesOf(event.target.value))}
          />
        ) : (
          <InputNumber
            id={id}
            size="large"
            min={bounds[field][0]}
            max={bounds[field][1]}
            precision={0}
            value={props.wanted[field]}
            placeholder={t.whatIf.asIs}
            onChange={(value) => put(field, value)}
          />
        )}
        <small>{usual ? t.whatIf.usually(usual) : '\u00a0'}</small>
      </div>
    );
  });
}
