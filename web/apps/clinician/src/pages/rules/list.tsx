import type { Law } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { CheckCircleOutlined, StopOutlined } from '@ant-design/icons';
import { Select } from 'antd';
import { useMemo, useState } from 'react';
import { rulesOf, type Group, type Written } from './law';
import { roleWord } from './words';

const groups: readonly Group[] = ['permissions', 'prohibitions', 'services'];

/** A law as sentences; the Cedar text of each on demand. */
export function RuleList({ law }: { law: Law }) {
  const { t } = useLanguage();
  const [role, setRole] = useState('');
  const rules = useMemo(() => rulesOf(law.text), [law.text]);
  const shown = rules.filter((one) => !role || one.roles.length === 0 || one.roles.includes(role));
  const roles = Object.keys(t.roles).map((value) => ({ value, label: roleWord(t, value) }));
  return (
    <>
      <div className="filters">
        <Select
          aria-label={t.rules.role}
          className="select wide-input"
          value={role}
          onChange={setRole}
          options={[{ value: '', label: t.rules.anyRole }, ...roles]}
        />
        <span className="quiet">
          {t.rules.inForce(law.number)} · {t.rules.count(shown.length)} · {t.rules.closed}
        </span>
      </div>
      {groups.map((group) => (
        <OneGroup key={group} group={group} rules={shown.filter((one) => one.group === group)} />
      ))}
    </>
  );
}

function OneGroup({ group, rules }: { group: Group; rules: Written[] }) {
  const { t } = useLanguage();
  return (
    <section className="rule-group">
      <h2>
        {t.rules[group]} <small className="quiet">{t.rules.count(rules.length)}</small>
      </h2>
      {rules.length === 0 && <p className="quiet">{t.rules.noneForRole}</p>}
      <ul className="rules">
        {rules.map((rule) => (
          <li key={rule.id} data-testid="rule">
            <OneRule rule={rule} />
          </li>
        ))}
      </ul>
    </section>
  );
}

export function OneRule({ rule }: { rule: Written }) {
  const { t, language } = useLanguage();
  const forbids = rule.group === 'prohibitions';
  return (
    <details className="rule">
      <summary>
        <span className={forbids ? 'effect effect-forbids' : 'effect effect-permits'}>
          {forbids ? <StopOutlined aria-hidden /> : <CheckCircleOutlined aria-hidden />}
          {forbids ? t.rules.forbids : t.rules.permits}
        </span>
        <span className="rule-words">
          {language === 'en' ? rule.en : rule.zh}
          <small className="quiet">
            {' '}
            {rule.roles.map((role) => roleWord(t, role)).join(', ') || t.rules.everybody} ·{' '}
            <code>{rule.id}</code>
          </small>
        </span>
      </summary>
      <pre tabIndex={0} role="group" aria-label={`${t.rules.text}: ${rule.id}`}>
        {rule.text}
      </pre>
    </details>
  );
}
