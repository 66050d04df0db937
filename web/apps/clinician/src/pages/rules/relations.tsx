import { api, body } from '@xinglin/api';
import { formatDay, useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { useZone } from '../../app/session';
import { Trouble, Waiting } from '../../parts/states';
import { Party } from './party';

/** From this year on an end means that none was recorded. */
const farYear = 9000;

/** Who cares for a patient now, and by which record that is so. */
export function Relations({ patient }: { patient: string }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const asked = useQuery({
    queryKey: ['relations', patient],
    queryFn: async () => {
      const path = { params: { path: { patient } } };
      return (await body(api.GET('/api/access/patients/{patient}/relations', path))).relations;
    },
  });
  if (asked.isPending) return <Waiting rows={2} />;
  if (!asked.data) return <Trouble error={asked.error} onRetry={() => void asked.refetch()} />;
  if (asked.data.length === 0) return <p className="quiet">{t.rules.careNone}</p>;
  const until = (instant: string) =>
    new Date(instant).getUTCFullYear() >= farYear ? t.rules.always : formatDay(instant, language, zone);
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t.rules.care}>
      <table className="dense stacking">
        <thead>
          <tr>
            {[t.rules.viewer, t.rules.relation, t.rules.source, t.rules.until].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {asked.data.map((one) => (
            <tr key={one.party + one.source}>
              <th scope="row">
                <Party reference={one.party} />
              </th>
              <td>{one.in_person ? t.rules.inPerson : t.rules.byUnit}</td>
              <td>
                <code className="anywhere">{one.source}</code>
              </td>
              <td>{until(one.until)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
