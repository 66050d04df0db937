import { useLanguage } from '@xinglin/i18n';
import { EditOutlined, MinusCircleOutlined, PlusCircleOutlined } from '@ant-design/icons';
import type { ComponentType } from 'react';
import { isEmpty, type Changes, type Written } from './law';

/** What an amendment does, rule by rule, as shapes and words. */
export function ChangeList({ changes }: { changes: Changes }) {
  const { t } = useLanguage();
  if (isEmpty(changes)) return <p className="quiet">{t.rules.noChanges}</p>;
  return (
    <ul className="changes">
      {changes.removed.map((rule) => (
        <Line
          key={`- ${rule.id}`}
          Icon={MinusCircleOutlined}
          word={t.rules.removed}
          rule={rule}
          kind="removed"
        />
      ))}
      {changes.added.map((rule) => (
        <Line key={`+ ${rule.id}`} Icon={PlusCircleOutlined} word={t.rules.added} rule={rule} kind="added" />
      ))}
      {changes.changed.map(({ after }) => (
        <Line key={`~ ${after.id}`} Icon={EditOutlined} word={t.rules.changed} rule={after} kind="changed" />
      ))}
    </ul>
  );
}

interface LineProps {
  Icon: ComponentType<{ 'aria-hidden': true }>;
  word: string;
  rule: Written;
  kind: keyof Changes;
}

function Line({ Icon, word, rule, kind }: LineProps) {
  const { language } = useLanguage();
  return (
    <li className={`change change-${kind}`}>
      <span className="effect">
        <Icon aria-hidden /> {word}
      </span>
      <span>
        {language === 'en' ? rule.en : rule.zh} <code>{rule.id}</code>
      </span>
    </li>
  );
}
