import type { Law } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { Moment } from '../../parts/moment';
import { changesOf } from './law';
import { ChangeList } from './changes';

/** Every version with who made it, why and when, and what it changed. */
export function History({ versions }: { versions: Law[] }) {
  const { t } = useLanguage();
  return (
    <ul className="cards">
      {versions.map((one, place) => {
        const before = versions[place + 1];
        return (
          <li key={one.number} className="card" data-testid="law-version">
            <p className="card-line">
              <b>{t.rules.inForce(one.number)}</b>
              <span className="quiet">
                {one.author || t.rules.shipped} {one.made_at && <Moment at={one.made_at} />}
              </span>
            </p>
            {one.note && <p>{one.note}</p>}
            {before && (
              <details>
                <summary>{t.rules.changes}</summary>
                <ChangeList changes={changesOf(before.text, one.text)} />
              </details>
            )}
          </li>
        );
      })}
    </ul>
  );
}
