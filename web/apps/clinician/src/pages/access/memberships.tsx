import type { Account, Role } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { Checkbox, Input } from 'antd';

export type Membership = Account['memberships'][number];

interface MembershipsProps {
  roles: Role[];
  held: Membership[];
  onHeld: (held: Membership[]) => void;
}

/** The roles of an account, each in the whole house or in one unit. */
export function Memberships({ roles, held, onHeld }: MembershipsProps) {
  const { t, language } = useLanguage();
  const toggle = (role: string, on: boolean) =>
    onHeld(on ? [...held, { role, unit: '' }] : held.filter((one) => one.role !== role));
  const move = (role: string, unit: string) =>
    onHeld(held.map((one) => (one.role === role ? { role, unit: unit.trim() } : one)));
  return (
    <fieldset className="memberships">
      <legend>{t.access.roles}</legend>
      <p className="quiet">{t.access.separated}</p>
      {roles.map(({ role, english, chinese }) => {
        const membership = held.find((one) => one.role === role);
        const name = language === 'zh-CN' ? chinese : english;
        return (
          <div key={role} className="membership">
            <Checkbox checked={!!membership} onChange={(event) => toggle(role, event.target.checked)}>
              {name}
            </Checkbox>
            {membership && (
              <Input
                size="small"
                aria-label={`${name}: ${t.access.unit}`}
                placeholder={t.access.unit}
                value={membership.unit}
                onChange={(event) => move(role, event.target.value)}
              />
            )}
          </div>
        );
      })}
    </fieldset>
  );
}
