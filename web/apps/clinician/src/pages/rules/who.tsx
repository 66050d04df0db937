import { api, body, type Viewer, type Who } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { useAddress } from '../../app/router';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { Asking } from './asking';
import { Deciding, Decision, Fact } from './decision';
import { Party } from './party';
import { Relations } from './relations';
import { referenceOf, roleWord } from './words';

/** Who can see a resource now, and why: people with a relation first, then each role without one. */
export function WhoCanSee() {
  const { t } = useLanguage();
  const [address, change] = useAddress();
  const about = address.get('about') ?? '';
  const wanted = referenceOf(about);
  const asked = useQuery({
    queryKey: ['who', wanted?.type, wanted?.id],
    queryFn: () => body(api.GET('/api/access/who', { params: { query: wanted ?? { type: '', id: '' } } })),
    enabled: wanted !== null,
  });
  return (
    <>
      <Asking key={about} about={about} onAsk={(text) => change({ about: text })} />
      {!wanted && <Empty title={t.rules.whoStart} what={t.rules.whoStartWhat} />}
      {wanted && asked.isPending && <Waiting rows={8} />}
      {asked.error && <Trouble error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.data && <Answer who={asked.data} about={about} />}
    </>
  );
}

function Answer({ who, about }: { who: Who; about: string }) {
  const { t } = useLanguage();
  const related = merged(who.viewers.filter((one) => one.relation !== 'none' || one.party !== ''));
  const unrelated = who.viewers.filter((one) => one.relation === 'none' && one.party === '');
  return (
    <div data-testid="who-answer">
      <section className="card below">
        <h2>{t.rules.record}</h2>
        <p>
          <code className="anywhere">{about}</code> · {t.rules.categories[who.category] ?? who.category} ·{' '}
          {who.patient ? (
            <>
              {t.rules.ofPatient} <code className="anywhere">Patient/{who.patient}</code>
            </>
          ) : (
            t.rules.ofNobody
          )}
        </p>
        <ul className="fact-list">
          {(['sensitive', 'guarded'] as const).map((name) => (
            <Fact key={name} so={who[name]} words={t.why.factWords[name]?.[who[name] ? 0 : 1] ?? name} />
          ))}
        </ul>
      </section>
      {related.length > 0 && <ViewerTable title={t.rules.related} viewers={related} />}
      <ViewerTable
        title={t.rules.unrelated}
        viewers={unrelated.map((one) => ({ ...one, roles: [one.role] }))}
      />
      {who.patient && (
        <section className="below">
          <h2>{t.rules.care}</h2>
          <Relations patient={who.patient} />
        </section>
      )}
    </div>
  );
}

type Merged = Viewer & { roles: string[] };

/** Roles of the same person or unit for which everything is the same, as one. */
function merged(viewers: Viewer[]): Merged[] {
  const found = new Map<string, Merged>();
  for (const one of viewers) {
    const key = [one.party, one.relation, one.allowed, ...one.rules.map((rule) => rule.id)].join(' ');
    const known = found.get(key);
    if (known) known.roles.push(one.role);
    else found.set(key, { ...one, roles: [one.role] });
  }
  return [...found.values()];
}

function ViewerTable({ title, viewers }: { title: string; viewers: Merged[] }) {
  const { t } = useLanguage();
  return (
    <section className="below">
      <h2>{title}</h2>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={title}>
        <table className="dense stacking">
          <thead>
            <tr>
              {[t.rules.viewer, t.rules.decision, t.rules.because].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {viewers.map((one) => (
              <tr key={one.party + one.relation + one.roles.join()} data-testid="viewer">
                <th scope="row">
                  <Named one={one} />
                </th>
                <td>
                  <Decision allowed={one.allowed} word={one.allowed ? t.rules.allowed : t.rules.refused} />
                </td>
                <td>
                  <Deciding rules={one.rules} none={t.rules.noRule} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Named({ one }: { one: Merged }) {
  const { t } = useLanguage();
  const roles = one.roles.map((role) => roleWord(t, role)).join(' / ');
  if (one.relation === 'none' && !one.party) return <>{roles}</>;
  return (
    <>
      {one.relation === 'own' ? roles : <Party reference={one.party} />}
      <small>
        {[one.relation === 'own' ? '' : roles, t.rules.relations[one.relation]].filter(Boolean).join(' · ')}
      </small>
    </>
  );
}
