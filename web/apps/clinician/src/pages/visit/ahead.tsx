import { api, body, type MyTests } from '@xinglin/api';
import { formatAbsolute, useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { Link } from '../../app/router';
import { useZone } from '../../app/session';
import { PatientName } from '../../parts/family';

const agesMs = 15_000;

/** Tests that come before the doctor: the first step of the visit, with place and time. */
export function TestsFirst() {
  const { t } = useLanguage();
  const asked = useQuery({
    queryKey: ['tests-ahead', 'mine'],
    queryFn: () => body(api.GET('/api/tests-ahead/mine')),
    refetchInterval: agesMs,
  });
  if (!asked.data?.length) return null;
  return (
    <section>
      <h2>{t.ahead.mine}</h2>
      <ul className="visit-list">
        {asked.data.map((one) => (
          <li key={one.task} className="visit-now" data-testid="tests-first" data-state={one.state}>
            <Step one={one} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Step({ one }: { one: MyTests }) {
  const { t, language } = useLanguage();
  const zone = useZone();
  const names = one.tests.map((test) => (language === 'en' ? test.en : test.zh));
  const open = one.state === 'released';
  return (
    <>
      <span>
        {names.join(language === 'en' ? ', ' : '、')} · <PatientName id={one.patient} />
      </span>
      <strong>{t.ahead.states[one.state]}</strong>
      {one.state === 'refused' && <span>{one.reason}</span>}
      {open && one.place && <span>{t.ahead.at(one.place)}</span>}
      {open && one.be_there_at && (
        <span>{t.ahead.before(formatAbsolute(one.be_there_at, language, zone).slice(0, -3))}</span>
      )}
      {open && <span>{t.ahead.first}</span>}
      {one.state === 'done' && (
        <Link to="/results" className="choice visit-ask">
          {t.ahead.toResults}
        </Link>
      )}
    </>
  );
}
