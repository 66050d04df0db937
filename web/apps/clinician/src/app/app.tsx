import { useLanguage } from '@xinglin/i18n';
import { lazy, Suspense, useEffect } from 'react';
import { Empty, Trouble, Waiting } from '../parts/states';
import { Board } from '../pages/board/board';
import { SignIn } from '../pages/sign-in';
import { match, navigate, usePath } from './router';
import { ProveAgain } from '../access/prove_again';
import { SessionProvider, toSignIn, useSessionState } from './session';
import { placesOf, Shell } from './shell';

const Patient = lazy(() => import('../pages/patient/patient'));
const Patients = lazy(() => import('../pages/patients'));
const Messages = lazy(() => import('../pages/messages/messages'));
const Health = lazy(() => import('../pages/health'));
const Devices = lazy(() => import('../pages/devices/devices'));
const Mine = lazy(() => import('../pages/access/mine'));
const Accounts = lazy(() => import('../pages/access/accounts'));
const Welcome = lazy(() => import('../pages/access/welcome'));
const Consent = lazy(() => import('../pages/access/consent'));
const Audit = lazy(() => import('../pages/audit/audit'));
const Seen = lazy(() => import('../pages/audit/seen'));
const Emergency = lazy(() => import('../pages/emergency/emergency'));
const Review = lazy(() => import('../pages/review/review'));
const Rules = lazy(() => import('../pages/rules/rules'));
const Why = lazy(() => import('../pages/rules/why'));
const VirtualDoctor = lazy(() => import('../pages/virtual_doctor/virtual_doctor'));
const Visit = lazy(() => import('../pages/visit/visit'));
const Bills = lazy(() => import('../pages/bills/bills'));
const Results = lazy(() => import('../pages/results/results'));
const Notices = lazy(() => import('../pages/notices/notices'));
const FollowUps = lazy(() => import('../pages/follow_ups/follow_ups'));
const FollowUpList = lazy(() => import('../pages/follow_up_list/list'));
const SharedTimeline = lazy(() => import('../pages/timeline/timeline'));
const Rating = lazy(() => import('../pages/rating/rating'));
const Cashier = lazy(() => import('../pages/cashier/cashier'));
const Queue = lazy(() => import('../pages/queue/queue'));
const Rooms = lazy(() => import('../pages/room/rooms'));
const TestsAhead = lazy(() => import('../pages/tests_ahead/tests_ahead'));
const Desk = lazy(() => import('../pages/desk/desk'));
const Room = lazy(() => import('../pages/room/room'));
const Prescriptions = lazy(() => import('../pages/prescription/prescriptions'));
const Online = lazy(() => import('../pages/online/online'));
const VisitFromHome = lazy(() => import('../pages/online/visit'));
const Screen = lazy(() => import('../pages/queue/screen'));
const Measures = lazy(() => import('../pages/measures/measures'));
const Twin = lazy(() => import('../pages/twin/twin'));
const WhatIf = lazy(() => import('../pages/what_if/what_if'));
const Space = lazy(() => import('../pages/space/space'));
const Repair = lazy(() => import('../pages/space/repair'));
const Navigate = lazy(() => import('../pages/navigate/navigate'));
const MyConsent = lazy(() => import('../pages/consent/consent'));

export function App() {
  const path = usePath();
  if (path === '/sign-in') return <SignIn />;
  if (path === '/virtual-doctor') {
    return (
      <Suspense fallback={<Waiting rows={8} />}>
        <VirtualDoctor />
      </Suspense>
    );
  }
  return <SignedIn path={path} />;
}

function SignedIn({ path }: { path: string }) {
  const known = useSessionState();
  const beginning = known.state === 'in' ? beginningOf(path, known.session.roles) : null;
  useEffect(() => {
    if (known.state === 'out') toSignIn();
    else if (beginning && beginning !== path) navigate(beginning, { replace: true });
  }, [known.state, path, beginning]);
  if (known.state === 'unreachable') {
    return (
      <main className="lonely">
        <Trouble error={null} onRetry={known.retry} />
      </main>
    );
  }
  if (known.state !== 'in' || (beginning && beginning !== path)) return <Waiting rows={6} />;
  const screen = match('/screen/:id', path);
  return (
    <SessionProvider value={known.session}>
      <ProveAgain />
      {path === '/welcome' || path === '/consent' ? (
        <Suspense fallback={<Waiting rows={8} />}>{path === '/welcome' ? <Welcome /> : <Consent />}</Suspense>
      ) : screen?.id ? (
        <Suspense fallback={<Waiting rows={8} />}>
          <Screen service={screen.id} />
        </Suspense>
      ) : (
        <Shell>
          <Suspense fallback={<Waiting rows={8} />}>
            <Page path={path} />
          </Suspense>
        </Shell>
      )}
    </SessionProvider>
  );
}

/** Where somebody who opened the house, or the board that is not for them, is led. */
function beginningOf(path: string, roles: readonly string[]): string | null {
  if (path !== '/' && path !== '/board') return null;
  const own = placesOf(roles);
  return own.some((place) => place.path === path) ? path : (own[0]?.path ?? null);
}

function Page({ path }: { path: string }) {
  const unit = match('/board/:id', path);
  const patient = match('/patients/:id', path);
  const seen = match('/patients/:id/seen', path);
  const room = match('/rooms/:id', path);
  const online = match('/online/:id', path);
  const rated = match('/rate/:id', path);
  if (path === '/' || path === '/board') return <Board unitId={null} />;
  if (unit?.id) return <Board unitId={unit.id} />;
  if (path === '/patients') return <Patients />;
  if (patient?.id) return <Patient id={patient.id} key={patient.id} />;
  if (seen?.id) return <Seen patientId={seen.id} key={seen.id} />;
  if (path === '/messages') return <Messages />;
  if (path === '/system') return <Health />;
  if (path === '/devices') return <Devices />;
  if (path === '/account') return <Mine />;
  if (path === '/accounts') return <Accounts />;
  if (path === '/audit') return <Audit />;
  if (path === '/emergency') return <Emergency />;
  if (path === '/review') return <Review />;
  if (path === '/rules') return <Rules />;
  if (path === '/why') return <Why />;
  if (path === '/visit') return <Visit />;
  if (path === '/online') return <Online />;
  if (online?.id) return <VisitFromHome encounter={online.id} key={online.id} />;
  if (path === '/bills') return <Bills />;
  if (path === '/results') return <Results />;
  if (path === '/notices') return <Notices />;
  if (path === '/follow-ups') return <FollowUps />;
  if (path === '/follow-up-list') return <FollowUpList />;
  if (path === '/timeline') return <SharedTimeline />;
  if (rated?.id) return <Rating encounter={rated.id} key={rated.id} />;
  if (path === '/cashier') return <Cashier />;
  if (path === '/queue') return <Queue />;
  if (path === '/tests-ahead') return <TestsAhead />;
  if (path === '/desk') return <Desk />;
  if (path === '/rooms') return <Rooms />;
  if (room?.id) return <Room encounter={room.id} key={room.id} />;
  if (path === '/prescriptions') return <Prescriptions />;
  if (path === '/measures') return <Measures />;
  if (path === '/twin') return <Twin />;
  if (path === '/what-if') return <WhatIf />;
  if (path === '/space') return <Space />;
  if (path === '/space/repair') return <Repair />;
  if (path === '/navigate') return <Navigate />;
  if (path === '/my-consent') return <MyConsent />;
  return <NotFound />;
}

function NotFound() {
  const { t } = useLanguage();
  return (
    <Empty
      title={t.shell.notFoundTitle}
      what={t.shell.notFoundWhat}
      action={{ label: t.shell.toBoard, run: () => navigate('/board') }}
    />
  );
}
