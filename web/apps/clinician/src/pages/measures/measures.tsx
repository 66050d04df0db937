import { api, body, type Measured, type VisitMeasures } from '@xinglin/api';
import { dateIn, formatComingDay, formatMinutes, formatNumber, useLanguage } from '@xinglin/i18n';
import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import '../../styles/devices.css';
import '../../styles/measures.css';
import { useAddress } from '../../app/router';
import { useZone } from '../../app/session';
import { Empty, Trouble, Waiting } from '../../parts/states';
import { Bars, type Bar } from './bars';

const periods = ['1', '7', '30', '90'] as const;
type Period = (typeof periods)[number];
const anewMs = 60_000;
const dayMs = 86_400_000;

/** How long people wait, how long visits last, who comes back and who does not come; nobody is named. */
export default function Measures() {
  const { t, language } = useLanguage();
  const zone = useZone();
  const [address, change] = useAddress();
  const period = periods.find((one) => one === address.get('days')) ?? '7';
  const service = address.get('service') ?? '';
  const asked = useMeasures(period, service);
  const names = new Map(asked.data?.services.map((one) => [one.service, nameIn(one, language)]));
  const csv = `/api/management/visits.csv?${new URLSearchParams(queryOf(period, service, zone)).toString()}`;
  return (
    <>
      <header className="page-head">
        <h1>{t.measures.title}</h1>
        <div className="page-acts">
          <Select
            aria-label={t.measures.period}
            value={period}
            options={periods.map((value) => ({ value, label: t.measures.periods[value] }))}
            onChange={(days) => change({ days })}
            popupMatchSelectWidth={false}
          />
          <Select
            aria-label={t.measures.department}
            value={service}
            options={[
              { value: '', label: t.measures.everywhere },
              ...[...names].map(([value, label]) => ({ value, label })),
            ]}
            onChange={(value) => change({ service: value })}
            popupMatchSelectWidth={false}
          />
          <a href={csv} download>
            {t.measures.csv}
          </a>
        </div>
      </header>
      {asked.isPending && <Waiting rows={8} />}
      {!asked.data && asked.error && <Trouble error={asked.error} onRetry={() => void asked.refetch()} />}
      {asked.data && <Found found={asked.data} names={names} />}
    </>
  );
}

function useMeasures(period: Period, service: string) {
  const zone = useZone();
  const query = queryOf(period, service, zone);
  return useQuery({
    queryKey: ['measures', query],
    queryFn: () => body(api.GET('/api/management/visits', { params: { query } })),
    refetchInterval: anewMs,
  });
}

function queryOf(period: Period, service: string, zone: string) {
  const now = Date.now();
  const days = { from: dateIn(now - (Number(period) - 1) * dayMs, zone), until: dateIn(now, zone) };
  return service ? { ...days, service } : days;
}

function nameIn(one: VisitMeasures['services'][number], language: string): string {
  return language === 'en' ? one.name_en : one.name;
}

function Found({ found, names }: { found: VisitMeasures; names: Map<string, string> }) {
  const { t, language } = useLanguage();
  const whole = found.rows.find((row) => !row.service && !row.day && row.hour === null);
  if (!whole || (whole.arrived === 0 && whole.appointments === 0)) {
    return <Empty title={t.measures.emptyTitle} what={t.measures.emptyWhat} />;
  }
  const today = dateIn(found.as_of, found.zone);
  const departments = found.rows.filter((row) => row.service && row.hour === null);
  const hours = found.rows.filter((row) => !row.service && row.hour !== null);
  const days = found.rows.filter((row) => row.day);
  const longest = (one: Bar, other: Bar) => other.middle - one.middle;
  return (
    <>
      <Figures whole={whole} />
      <p className="quiet">{t.measures.bars}</p>
      <div className="measure-charts">
        <Bars
          title={t.measures.byDepartment}
          bars={barsOf(departments, (row) => names.get(row.service ?? '') ?? '').toSorted(longest)}
        />
        <Bars
          title={t.measures.byHour}
          bars={barsOf(hours, (row) => `${String(row.hour).padStart(2, '0')}:00`)}
        />
        {days.length > 1 && (
          <Bars
            title={t.measures.byDay}
            bars={barsOf(days, (row) => formatComingDay(row.day ?? '', today, language))}
          />
        )}
      </div>
    </>
  );
}

function barsOf(rows: Measured[], name: (row: Measured) => string): Bar[] {
  return rows.flatMap((row) =>
    row.wait
      ? [
          {
            name: name(row),
            middle: row.wait.median,
            most: row.wait.ninth_decile,
            mean: row.wait.mean,
            count: row.called,
          },
        ]
      : [],
  );
}

function Figures({ whole }: { whole: Measured }) {
  const { t, language } = useLanguage();
  const share = (part: number, of: number) =>
    of === 0
      ? t.measures.none
      : new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 }).format(part / of);
  const spread = (one: Measured['wait'], title: string, what: string) => (
    <Figure
      title={title}
      value={one ? t.measures.minutes(formatMinutes(one.median, language)) : t.measures.none}
      what={what}
      more={
        one
          ? t.measures.ninth(formatMinutes(one.ninth_decile, language), formatMinutes(one.mean, language))
          : ''
      }
    />
  );
  return (
    <dl className="measure-figures">
      {spread(whole.wait, t.measures.wait, t.measures.waitWhat)}
      {spread(whole.wait_from_appointment, t.measures.owed, t.measures.owedWhat)}
      {spread(whole.length, t.measures.length, t.measures.lengthWhat)}
      <Figure
        title={t.measures.seen}
        value={formatNumber(whole.arrived, language)}
        what={t.measures.seenWhat(share(whole.left, whole.arrived))}
      />
      <Figure
        title={t.measures.cancelled}
        value={share(whole.cancelled, whole.appointments)}
        what={t.measures.ofAppointments(formatNumber(whole.appointments, language))}
        more={t.measures.cancelledWhat(share(whole.missed, whole.appointments))}
      />
      <Figure
        title={t.measures.returned}
        value={share(whole.returned, whole.finished)}
        what={t.measures.ofVisits(formatNumber(whole.finished, language))}
        more={t.measures.returnedWhat(share(whole.tested, whole.arrived))}
      />
      <Figure
        title={t.measures.faces}
        value={
          whole.faces_mean == null
            ? t.measures.none
            : t.measures.ofFive(formatNumber(whole.faces_mean, language))
        }
        what={t.measures.rated(formatNumber(whole.rated, language))}
      />
    </dl>
  );
}

function Figure(props: { title: string; value: string; what: string; more?: string }) {
  return (
    <div className="measure-figure">
      <dt>{props.title}</dt>
      <dd>
        <strong>{props.value}</strong>
        <small>{props.what}</small>
        {props.more && <small>{props.more}</small>}
      </dd>
    </div>
  );
}
