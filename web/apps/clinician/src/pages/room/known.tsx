import type { Room } from '@xinglin/api';
import { useLanguage } from '@xinglin/i18n';
import { Flag } from '../../parts/result';
import { Moment } from '../../parts/moment';

/** What the patient told before the visit: a page for 20 seconds. */
export function Told({ room }: { room: Room }) {
  const { t } = useLanguage();
  const told = room.pre_consultation;
  return (
    <section className="room-card told" aria-labelledby="room-told" data-testid="told">
      <header className="work-head">
        <h2 id="room-told">{t.room.told}</h2>
        {told?.at && <Moment at={told.at} />}
      </header>
      {!told && <p className="quiet">{t.room.toldNone}</p>}
      {told && (
        <dl>
          {told.sections.map((section) => (
            <div key={section.title}>
              <dt>{section.title}</dt>
              <dd>{section.lines.join('；')}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

/** Tests that were released before the visit, and what came of them. */
export function TestsBefore({ room }: { room: Room }) {
  const { t, language } = useLanguage();
  if (room.tests_before.length === 0) return null;
  return (
    <section className="room-card" aria-labelledby="room-ahead" data-testid="tests-before">
      <h2 id="room-ahead">{t.ahead.results}</h2>
      <ul className="signed">
        {room.tests_before.map((one) => (
          <li key={one.reference}>
            <strong>{language === 'en' ? one.name_en : one.name_zh}</strong>
            {one.results.length === 0 && <span className="quiet">{t.ahead.pending}</span>}
            {one.results.map((result) => (
              <span key={result.reference}>
                {result.name} <b className="num">{result.value}</b>{' '}
                {result.flag && result.flag !== 'N' && <Flag severity="act" word={result.flag} />}
              </span>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What was signed in this visit and what became of it. */
export function SignedList({ room }: { room: Room }) {
  const { t, language } = useLanguage();
  return (
    <section className="room-card" aria-labelledby="room-signed">
      <h2 id="room-signed">{t.room.signedList}</h2>
      {room.signed.length === 0 && <p className="quiet">{t.room.signedNone}</p>}
      <ul className="signed">
        {room.signed.map((one) => (
          <li key={one.reference} data-testid="signed" data-state={one.state}>
            <span className="quiet">{t.room.kinds[one.kind]}</span>
            <span>{language === 'en' ? one.name_en : one.name_zh}</span>
            {one.kind === 'drug' && one.state === 'cancelled' ? (
              <Flag severity="act" word={`${t.room.states.cancelled ?? ''}: ${one.reason ?? ''}`} />
            ) : (
              <span className="quiet">{t.room.states[one.state] ?? one.state}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
