import { api, body, type Account, type Accounts as Listed, type Role } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { PlusOutlined, SearchOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useDeferredValue, useState } from 'react';
import '../../styles/access.css';
import '../../styles/devices.css';
import { useAddress } from '../../app/router';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { EditAccount } from './edit_account';
import { NewAccount } from './new_account';

/** Who has an account, and what they may: for the security administrator. */
export default function Accounts() {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const [query, setQuery] = useState('');
  const wanted = useDeferredValue(query);
  const asked = useQuery({
    queryKey: ['accounts', wanted],
    queryFn: () => body(api.GET('/api/access/accounts', { params: { query: { query: wanted } } })),
    placeholderData: (before) => before,
  });
  const open = asked.data?.accounts.find((one) => one.id === address.get('id'));
  return (
    <>
      <header className="page-head">
        <h1>{t.access.accountsTitle}</h1>
        <Button
          type="primary"
          icon={<PlusOutlined aria-hidden />}
          onClick={() => change({ add: '1', id: '' })}
        >
          {t.access.create}
        </Button>
      </header>
      <Input
        className="accounts-find"
        prefix={<SearchOutlined aria-hidden />}
        aria-label={t.access.find}
        placeholder={t.access.find}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        allowClear
      />
      {asked.error && <Trouble error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.isPending && <Waiting rows={6} />}
      {asked.data?.accounts.length === 0 && <Empty title={t.access.empty} what={t.access.emptyWhat} />}
      {asked.data && asked.data.accounts.length > 0 && (
        <AccountTable listed={asked.data} onOpen={(id) => change({ id, add: '' })} />
      )}
      {asked.data && address.get('add') && (
        <NewAccount roles={asked.data.roles} onClose={() => change({ add: '' })} />
      )}
      {asked.data && open && (
        <EditAccount
          key={open.id}
          account={open}
          roles={asked.data.roles}
          onClose={() => change({ id: '' })}
        />
      )}
    </>
  );
}

function AccountTable({ listed, onOpen }: { listed: Listed; onOpen: (id: string) => void }) {
  const { t } = useLanguage();
  const heads = [t.access.name, t.access.login, t.access.roles, t.access.state, t.access.proves];
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t.access.tableLabel}>
      <table className="dense devices">
        <caption className="unseen">{t.access.tableLabel}</caption>
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
          {listed.accounts.map((account) => (
            <tr key={account.id} data-testid="account">
              <th scope="row">
                {account.kind === 'user' ? (
                  <Button type="link" size="small" onClick={() => onOpen(account.id)}>
                    {account.name}
                  </Button>
                ) : (
                  account.name
                )}
                {account.kind !== 'user' && <small>{t.access.kinds[account.kind] ?? account.kind}</small>}
              </th>
              <td className="mono">{account.login ?? account.phone ?? '–'}</td>
              <td>
                <Roles account={account} roles={listed.roles} />
              </td>
              <td>
                <State state={account.state} />
              </td>
              <td>
                <Proofs account={account} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Named by word and shape, not by colour alone. */
export function State({ state }: { state: string }) {
  const { t } = useLanguage();
  const mark = { active: '●', invited: '○', suspended: '✕' }[state] ?? '?';
  return (
    <span className={`account-${state}`}>
      <span aria-hidden>{mark}</span> {t.access.states[state] ?? state}
    </span>
  );
}

function Roles({ account, roles }: { account: Account; roles: Role[] }) {
  const { t, language } = useLanguage();
  const held = account.memberships.map(({ role, unit }) => {
    const known = roles.find((one) => one.role === role);
    const name = language === 'zh-CN' ? known?.chinese : known?.english;
    return unit ? `${name ?? role} @ ${unit}` : (name ?? role);
  });
  if (held.length === 0) return <span className="quiet">–</span>;
  return <>{held.join(t.access.join)}</>;
}

function Proofs({ account }: { account: Account }) {
  const { t } = useLanguage();
  const found = [
    account.passkeys > 0 && `${t.access.passkeys} ${String(account.passkeys)}`,
    account.password && t.access.password,
    account.totp && t.access.totp,
    account.phone && t.access.phone,
  ].filter(Boolean);
  return <span className={found.length ? undefined : 'quiet'}>{found.join(t.access.join) || '–'}</span>;
}
