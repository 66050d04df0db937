import { MinusOutlined, PlusOutlined } from '@ant-design/icons';
import { useLanguage } from '@xinglin/i18n';
import { Button } from 'antd';
import { bounds, type Levers } from './load';

const names = ['doctors', 'minutes', 'demand'] as const;

/** What can be changed, each by a press. */
export function LeverBoard(props: {
  levers: Levers;
  onChange: (lever: keyof Levers, value: number) => void;
}) {
  const { t } = useLanguage();
  return (
    <div className="levers" role="group" aria-label={t.whatIf.levers}>
      {names.map((lever) => (
        <Lever
          key={lever}
          lever={lever}
          value={props.levers[lever]}
          onChange={(value) => props.onChange(lever, value)}
        />
      ))}
    </div>
  );
}

function Lever(props: { lever: keyof Levers; value: number; onChange: (value: number) => void }) {
  const { t } = useLanguage();
  const { lever, value } = props;
  const { least, most, step } = bounds[lever];
  const name = t.whatIf.lever[lever];
  const move = (by: number) => props.onChange(Math.min(most, Math.max(least, value + by)));
  return (
    <div className="lever" role="group" aria-label={name}>
      <span className="lever-name">{name}</span>
      <Button
        icon={<MinusOutlined aria-hidden />}
        aria-label={t.whatIf.less(name)}
        disabled={value <= least}
        onClick={() => move(-step)}
      />
      <output className="lever-value">{t.whatIf.value[lever](value)}</output>
      <Button
        icon={<PlusOutlined aria-hidden />}
        aria-label={t.whatIf.more(name)}
        disabled={value >= most}
        onClick={() => move(step)}
      />
    </div>
  );
}
