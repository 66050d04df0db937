import { api, body, type Laws } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { Button, Segmented } from 'antd';
import '../../styles/emergency.css';
import '../../styles/rules.css';
import { useAddress } from '../../app/router';
import { Trouble, Waiting } from '../../parts/states';
import { Amend } from './amend';
import { History } from './history';
import { RuleList } from './list';
import { WhoCanSee } from './who';

type Part = 'rules' | 'who' | 'history' | 'amend';
const parts: readonly Part[] = ['rules', 'who', 'history', 'amend'];

/** The rules in force, who can see what by them, what they were before, and their amendment. */
export default function Rules() {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const part = parts.find((one) => one === address.get('part')) ?? 'rules';
  const asked = useQuery({
    queryKey: ['laws'],
    queryFn: () => body(api.GET('/api/access/laws')),
  });
  const show = (wanted: Part) => change({ part: wanted === 'rules' ? '' : wanted });
  if (part === 'amend' && asked.data) return <Amend laws={asked.data} onClose={() => show('rules')} />;
  return (
    <>
      <header className="page-head">
        <h1>{t.rules.title}</h1>
        {part !== 'who' && (
          <Button type="primary" onClick={() => show('amend')}>
            {t.rules.amend}
          </Button>
        )}
      </header>
      <div className="filters">
        <Segmented
          name="part"
          aria-label={t.rules.part}
          value={part}
          onChange={(wanted) => show(wanted)}
          options={[
            { value: 'rules' as Part, label: t.rules.parts.rules },
            { value: 'who' as Part, label: t.rules.parts.who },
            { value: 'history' as Part, label: t.rules.parts.history },
          ]}
        />
      </div>
      {part === 'who' ? (
        <WhoCanSee />
      ) : asked.data ? (
        <OfLaws part={part} laws={asked.data} />
      ) : asked.isPending ? (
        <Waiting rows={12} />
      ) : (
        <Trouble error={asked.error} onRetry={() => void asked.refetch()} />
      )}
    </>
  );
}

function OfLaws({ part, laws }: { part: Part; laws: Laws }) {
  return part === 'history' ? <History versions={laws.versions} /> : <RuleList law={laws.in_force} />;
}
