import {
  AlertOutlined,
  ApiOutlined,
  AuditOutlined,
  BankOutlined,
  BarChartOutlined,
  BellOutlined,
  BranchesOutlined,
  CalendarOutlined,
  CompassOutlined,
  ContactsOutlined,
  DashboardOutlined,
  IdcardOutlined,
  ExperimentOutlined,
  FileDoneOutlined,
  FileProtectOutlined,
  FileSearchOutlined,
  HeartOutlined,
  SmileOutlined,
  FundOutlined,
  LogoutOutlined,
  MedicineBoxOutlined,
  HistoryOutlined,
  MoonOutlined,
  PhoneOutlined,
  NotificationOutlined,
  PayCircleOutlined,
  QuestionCircleOutlined,
  SafetyCertificateOutlined,
  SearchOutlined,
  SunOutlined,
  TabletOutlined,
  TableOutlined,
  TeamOutlined,
  TranslationOutlined,
  UserOutlined,
  VideoCameraOutlined,
} from '@ant-design/icons';
import { api } from '@xinglin/api';
import { useLanguage, type Catalogue } from '@xinglin/i18n';
import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect, useRef, useState, type ComponentType, type ReactNode } from 'react';
import { useLook } from './appearance';
import { ConnectionBanner, ConnectionMark } from './connection';
import { Failsafe } from './failsafe';
import { Finder } from './finder';
import { live } from './live';
import { Bell } from '../pages/notices/bell';
import { ReviewCount } from '../pages/review/count';
import { Link, navigate, usePath } from './router';
import { useSession } from './session';

interface Place {
  path: string;
  name: keyof Pick<
    Catalogue['shell'],
    | 'board'
    | 'visit'
    | 'online'
    | 'bills'
    | 'notices'
    | 'followUps'
    | 'followUpList'
    | 'rating'
    | 'timeline'
    | 'cashier'
    | 'results'
    | 'queue'
    | 'rooms'
    | 'testsAhead'
    | 'desk'
    | 'prescriptions'
    | 'patients'
    | 'messages'
    | 'health'
    | 'devices'
    | 'emergency'
    | 'review'
    | 'rules'
    | 'consent'
    | 'why'
    | 'accounts'
    | 'audit'
    | 'measures'
    | 'twin'
    | 'whatIf'
    | 'space'
    | 'navigate'
  >;
  Icon: ComponentType<{ 'aria-hidden': true }>;
  /** Whose work it is; everybody's where none is named. */
  roles?: readonly string[];
  /** Reached by the finder and from other pages, by everybody or by those who have these roles alone. */
  aside?: true | readonly string[];
}

const caring = ['physician', 'nurse'];
const wards = [...caring, 'registrar', 'medical_director'];
const clinical = [...wards, 'technician', 'pharmacist'];
const engineers = ['interface_engineer', 'system_administrator'];
const security = ['security_administrator'];

export const places: Place[] = [
  { path: '/board', name: 'board', Icon: TableOutlined, roles: wards },
  { path: '/patients', name: 'patients', Icon: TeamOutlined, roles: clinical },
  { path: '/emergency', name: 'emergency', Icon: AlertOutlined, roles: caring },
  { path: '/queue', name: 'queue', Icon: NotificationOutlined, roles: [...caring, 'registrar'] },
  { path: '/rooms', name: 'rooms', Icon: MedicineBoxOutlined, roles: ['physician'] },
  {
    path: '/tests-ahead',
    name: 'testsAhead',
    Icon: ExperimentOutlined,
    roles: ['physician', 'medical_director'],
  },
  { path: '/desk', name: 'desk', Icon: ContactsOutlined, roles: ['registrar'] },
  { path: '/follow-up-list', name: 'followUpList', Icon: PhoneOutlined, roles: caring },
  { path: '/prescriptions', name: 'prescriptions', Icon: FileDoneOutlined, roles: ['pharmacist'] },
  { path: '/twin', name: 'twin', Icon: FundOutlined, roles: wards },
  {
    path: '/what-if',
    name: 'whatIf',
    Icon: BranchesOutlined,
    roles: ['nurse', 'registrar', 'medical_director'],
    aside: ['nurse', 'registrar'],
  },
  { path: '/measures', name: 'measures', Icon: BarChartOutlined, roles: wards },
  { path: '/visit', name: 'visit', Icon: CalendarOutlined, roles: ['patient'] },
  { path: '/online', name: 'online', Icon: VideoCameraOutlined, roles: ['patient'], aside: true },
  { path: '/notices', name: 'notices', Icon: BellOutlined, roles: ['patient'], aside: true },
  { path: '/follow-ups', name: 'followUps', Icon: HeartOutlined, roles: ['patient'], aside: true },
  { path: '/timeline', name: 'timeline', Icon: HistoryOutlined, roles: ['patient'], aside: true },
  { path: '/rate', name: 'rating', Icon: SmileOutlined, roles: [], aside: true },
  { path: '/bills', name: 'bills', Icon: PayCircleOutlined, roles: ['patient'] },
  { path: '/results', name: 'results', Icon: ExperimentOutlined, roles: ['patient'] },
  { path: '/cashier', name: 'cashier', Icon: PayCircleOutlined, roles: ['registrar', 'medical_director'] },
  { path: '/my-consent', name: 'consent', Icon: FileProtectOutlined, roles: ['patient'] },
  { path: '/messages', name: 'messages', Icon: ApiOutlined, roles: ['interface_engineer'] },
  { path: '/review', name: 'review', Icon: FileSearchOutlined, roles: security },
  { path: '/rules', name: 'rules', Icon: SafetyCertificateOutlined, roles: security },
  { path: '/system', name: 'health', Icon: DashboardOutlined, roles: engineers },
  { path: '/devices', name: 'devices', Icon: TabletOutlined, aside: ['patient'] },
  { path: '/accounts', name: 'accounts', Icon: IdcardOutlined, roles: security },
  { path: '/audit', name: 'audit', Icon: AuditOutlined, roles: ['audit_administrator'] },
  { path: '/space', name: 'space', Icon: BankOutlined, roles: [...wards, 'system_administrator'] },
  { path: '/navigate', name: 'navigate', Icon: CompassOutlined, roles: ['patient', ...wards], aside: true },
  {
    path: '/why',
    name: 'why',
    Icon: QuestionCircleOutlined,
    roles: [...clinical, ...engineers],
    aside: true,
  },
];

/** Roles to whose work no live events belong: asking for them would only be refused. */
const unheard = ['patient', 'technician', 'pharmacist', 'security_administrator', 'audit_administrator'];

/** The places of somebody's work; the first is where they begin. */
export function placesOf(roles: readonly string[]): Place[] {
  return places.filter((place) => place.roles?.some((role) => roles.includes(role)) ?? true);
}

/** What stands around every page: rail, top line, connection and the finder. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useLanguage();
  const path = usePath();
  const queries = useQueryClient();
  const [finding, setFinding] = useState(false);
  const main = useRef<HTMLElement>(null);
  const heard = useSession().roles.some((role) => !unheard.includes(role));
  useEffect(() => (heard ? live.open() : undefined), [heard]);
  useEffect(() => live.onGap(() => void queries.invalidateQueries()), [queries]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setFinding(true);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  useTitle(path);
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={(event) => skipTo(event, main.current)}>
        {t.shell.skip}
      </a>
      <TopLine onFind={() => setFinding(true)} />
      <Rail path={path} />
      <main id="main" ref={main} tabIndex={-1}>
        <ConnectionBanner />
        <Failsafe key={path}>{children}</Failsafe>
      </main>
      {finding && <Finder onClose={() => setFinding(false)} />}
    </div>
  );
}

function skipTo(event: { preventDefault: () => void }, main: HTMLElement | null): void {
  event.preventDefault();
  main?.focus();
}

function useTitle(path: string): void {
  const { t } = useLanguage();
  useEffect(() => {
    const place = places.find((one) => path === one.path || path.startsWith(`${one.path}/`));
    document.title = place ? `${t.shell[place.name]} · ${t.product}` : t.product;
  }, [path, t]);
}

/** The places that somebody with these roles is shown. */
function Rail({ path }: { path: string }) {
  const { t } = useLanguage();
  const { roles } = useSession();
  const isAside = ({ aside }: Place) =>
    aside === true || (aside && roles.every((role) => aside.includes(role)));
  const shown = placesOf(roles).filter((place) => !isAside(place));
  return (
    <nav className="rail" aria-label={t.shell.navigation}>
      {shown.map(({ path: to, name, Icon }) => (
        <Link key={to} to={to} aria-current={path === to || path.startsWith(`${to}/`) ? 'page' : undefined}>
          <Icon aria-hidden />
          <span>{t.shell[name]}</span>
          {to === '/review' && <ReviewCount />}
        </Link>
      ))}
    </nav>
  );
}

function TopLine({ onFind }: { onFind: () => void }) {
  const { t, switchLanguage } = useLanguage();
  const { mode, switchMode } = useLook();
  const session = useSession();
  const dark = mode === 'dark';
  const home = placesOf(session.roles)[0]?.path ?? '/';
  return (
    <header className="top">
      <Link to={home} className="brand">
        <img src="/icon.svg" alt={t.shell.toBoard} width="28" height="28" />
        <span className="brand-name">{t.product}</span>
        <span className="brand-node">{session.node.name}</span>
      </Link>
      <button type="button" className="find-button" onClick={onFind} aria-keyshortcuts="Control+K">
        <SearchOutlined aria-hidden />
        <span className="find-words">{t.shell.find}</span>
        <span className="find-short">{t.shell.findShort}</span>
        <kbd>Ctrl K</kbd>
      </button>
      <ConnectionMark />
      {session.roles.includes('patient') && <Bell />}
      <Button
        type="text"
        className="language-switch"
        icon={<TranslationOutlined aria-hidden />}
        onClick={switchLanguage}
        data-testid="language-switch"
        aria-label={t.shell.toLanguage}
        title={t.shell.toLanguage}
      >
        <span className="wide-only">{t.shell.otherLanguage}</span>
      </Button>
      <Button
        type="text"
        icon={dark ? <SunOutlined aria-hidden /> : <MoonOutlined aria-hidden />}
        onClick={switchMode}
        data-testid="mode-switch"
        aria-label={dark ? t.shell.toLight : t.shell.toDark}
        title={dark ? t.shell.toLight : t.shell.toDark}
      />
      <Link to="/account" className="account-link" aria-label={t.shell.account} title={session.name}>
        <UserOutlined aria-hidden />
      </Link>
      <SignOut />
    </header>
  );
}

function SignOut() {
  const { t } = useLanguage();
  const session = useSession();
  const queries = useQueryClient();
  const leave = async () => {
    await api.DELETE('/api/session').catch(() => undefined);
    queries.clear();
    navigate('/sign-in', { replace: true });
  };
  const label = `${t.shell.signOut} (${session.name})`;
  return (
    <Button
      type="text"
      icon={<LogoutOutlined aria-hidden />}
      onClick={() => void leave()}
      aria-label={label}
      title={label}
    />
  );
}
