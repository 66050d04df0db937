import { CheckCircleOutlined, MinusOutlined, StopOutlined } from '@ant-design/icons';
import { useLanguage } from '@xinglin/i18n';
import type { Rule } from '@xinglin/api';
import { sentenceOf } from './words';

/** Yes or no as shape and word. */
export function Decision({ allowed, word }: { allowed: boolean; word: string }) {
  return (
    <span className={`decision decision-${allowed ? 'yes' : 'no'}`}>
      {allowed ? <CheckCircleOutlined aria-hidden /> : <StopOutlined aria-hidden />}
      {word}
    </span>
  );
}

/** One fact that is so or is not. */
export function Fact({ so, words }: { so: boolean; words: string }) {
  return (
    <li className={so ? 'fact fact-so' : 'fact'} data-so={so}>
      {so ? <CheckCircleOutlined aria-hidden /> : <MinusOutlined aria-hidden />}
      {words}
    </li>
  );
}

/** The rules that decided, in words with their ids. */
export function Deciding({ rules, none }: { rules: Rule[]; none: string }) {
  const { language } = useLanguage();
  if (rules.length === 0) return <span>{none}</span>;
  return (
    <ul className="deciding">
      {rules.map((rule) => (
        <li key={rule.id}>
          {sentenceOf(rule, language)} <code>{rule.id}</code>
        </li>
      ))}
    </ul>
  );
}
