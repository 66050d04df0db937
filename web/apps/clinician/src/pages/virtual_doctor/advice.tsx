import type { Turn } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';

type Said = Turn['advice']['department'];

function useSaid() {
  const { language } = useLanguage();
  return (words: Said) => (language === 'en' ? words.english : words.chinese);
}

/** Help is needed at once: said before all else, with the number to call. */
export function Emergency({ turn }: { turn: Turn }) {
  const { t } = useLanguage();
  const said = useSaid();
  return (
    <section className="vd-emergency" role="alert" data-testid="emergency">
      <h2>
        <span aria-hidden="true">⚠ </span>
        {t.virtualDoctor.emergency}
      </h2>
      <p>{said(turn.advice.what_to_do)}</p>
      <a href="tel:120">{t.virtualDoctor.call}</a>
    </section>
  );
}

/** What would be advised if nothing more were asked: nobody has to finish. */
export function SoFar({ turn }: { turn: Turn }) {
  const { t } = useLanguage();
  const said = useSaid();
  if (turn.advice.level === null) return null;
  return (
    <p className="vd-understood">
      {t.virtualDoctor.soFar}: {said(turn.advice.what_to_do)}
    </p>
  );
}

/** How urgent, where, what to bring, why, and what is in doubt. */
export function Advice({ turn }: { turn: Turn }) {
  const { t } = useLanguage();
  const said = useSaid();
  const { advice } = turn;
  const level = advice.level === null ? 'none' : (String(advice.level) as '1' | '2' | '3' | '4' | '5');
  return (
    <section className="vd-card" data-testid="advice" data-level={level}>
      <h2>
        {t.virtualDoctor.result} · {t.virtualDoctor.levels[level]}
      </h2>
      {!advice.call_now && <p className="vd-do">{said(advice.what_to_do)}</p>}
      <dl>
        <dt>{t.virtualDoctor.department}</dt>
        <dd>{said(advice.department)}</dd>
        <dt>{t.virtualDoctor.bring}</dt>
        <dd>
          <ul>
            {advice.bring.map((each) => (
              <li key={each.english}>{said(each)}</li>
            ))}
          </ul>
        </dd>
        {advice.reasons.length > 0 && <dt>{t.virtualDoctor.why}</dt>}
        {advice.reasons.map((reason) => (
          <dd key={reason.rule}>
            {said(reason)}
            <small>
              {t.virtualDoctor.source}: {reason.sources.join('; ')}
            </small>
          </dd>
        ))}
        <dt>{t.virtualDoctor.doubt}</dt>
        {advice.doubts.map((each) => (
          <dd key={each.english}>{said(each)}</dd>
        ))}
      </dl>
    </section>
  );
}

/** What was taken from the words, so that a mistake is seen. */
export function Understood({ turn }: { turn: Turn }) {
  const { t } = useLanguage();
  const said = useSaid();
  const { present, absent } = turn.understood;
  const names = (listed: typeof present) => listed.map((one) => said(one)).join(' · ');
  return (
    <section className="vd-understood" aria-label={t.virtualDoctor.understood}>
      <h2>{t.virtualDoctor.understood}</h2>
      {present.length === 0 && <p>{t.virtualDoctor.nothing}</p>}
      {present.length > 0 && (
        <p>
          <b>{t.virtualDoctor.present}</b> {names(present)}
        </p>
      )}
      {absent.length > 0 && (
        <p>
          <b>{t.virtualDoctor.absent}</b> {names(absent)}
        </p>
      )}
    </section>
  );
}
