/** The node's business routes, typed by its own OpenAPI document (`npm run generate`). */
import createClient from 'openapi-fetch';
import type { paths } from './generated';

type Answer<
  Path extends keyof paths,
  Method extends keyof paths[Path],
  Status extends number = 200,
> = paths[Path][Method] extends {
  responses: Record<Status, { content: { 'application/json': infer Body } }>;
}
  ? Body
  : never;

export type Session = Answer<'/api/session', 'get'>;
export type Board = Answer<'/api/board', 'get'>;
export type Unit = Board['units'][number];
export type UnitBoard = Answer<'/api/board/units/{unit_id}', 'get'>;
export type Bed = UnitBoard['empty_beds'][number];
export type Stay = UnitBoard['stays'][number];
export type AbnormalResult = Stay['abnormal'][number];
export type MessageList = Answer<'/api/messages', 'get'>;
export type MessageRow = MessageList['messages'][number];
export type MessageDetail = Answer<'/api/messages/{message_id}', 'get'>;
export type MessageSummary = Answer<'/api/messages/summary', 'get'>;
export type Health = Answer<'/api/health', 'get'>;
export type HealthPart = Health['parts'][number];
export type SessionRow = Answer<'/api/access/sessions', 'get'>['sessions'][number];
export type AccessPage = Answer<'/api/audit/entries', 'get'>;
export type Access = AccessPage['entries'][number];
export type AccessDetail = Answer<'/api/audit/entries/{sequence}', 'get'>;
export type Link = Answer<'/api/access/links', 'post'>;
export type Means = Answer<'/api/access/means', 'get'>;
export type Passkey = Means['passkeys'][number];
export type Accounts = Answer<'/api/access/accounts', 'get'>;
export type Account = Accounts['accounts'][number];
export type Role = Accounts['roles'][number];
export type Asked = Answer<'/api/oauth/request', 'post'>;
export type Emergency = Answer<'/api/access/emergencies', 'get'>['emergencies'][number];
export type Candidate = Answer<'/api/access/emergencies/candidates', 'get'>['candidates'][number];
export type Laws = Answer<'/api/access/laws', 'get'>;
export type Law = Laws['versions'][number];
export type Rule = Law['rules'][number];
export type Who = Answer<'/api/access/who', 'get'>;
export type Viewer = Who['viewers'][number];
export type Turn = Answer<'/api/virtual-doctor/consultation', 'post'>;
export type TestsWaiting = Answer<'/api/tests-ahead/waiting', 'get'>[number];
export type MyTests = Answer<'/api/tests-ahead/mine', 'get'>[number];
export type ProtocolList = Answer<'/api/tests-ahead/protocols', 'get'>;
export type TestProtocol = ProtocolList['protocols'][number];
export type ProtocolSwitch = TestProtocol['switches'][number];
export type Ticket = Answer<'/api/queue/services/{service}/entries/{encounter}/ticket', 'post'>;
export type Why = Answer<'/api/access/why', 'get'>;
export type Service = Answer<'/api/scheduling/services', 'get'>[number];
export type BookableService = Answer<'/api/scheduling/services', 'get'>[number];
export type BookableSlot = Answer<'/api/scheduling/slots', 'get'>[number];
export type Appointment = Answer<'/api/scheduling/appointments', 'get'>[number];
export type ExplainedResult = Answer<'/api/my-results', 'get'>[number];
export type Bills = Answer<'/api/bills', 'get'>;
export type Bill = Bills['bills'][number];
export type Invoice = Bill['invoices'][number];
export type Payment = Invoice['payments'][number];
export type PayOrder = Answer<'/api/bills/orders/{order}', 'get'>;
export type WaitingBill = Answer<'/api/cashier/waiting', 'get'>[number];
export type Takings = Answer<'/api/cashier/days/{day}', 'get'>;
export type Received = Takings['payments'][number];
export type Reconciliation = Answer<'/api/cashier/reconciliations/{day}', 'get'>;
export type Visit = Answer<'/api/queue/mine', 'get'>[number];
export type Queue = Answer<'/api/queue/services/{service}', 'get'>;
export type QueueEntry = Queue['entries'][number];
export type VisitMeasures = Answer<'/api/management/visits', 'get'>;
export type Twin = Answer<'/api/twin', 'get'>;
export type TriedPlan = Answer<'/api/twin/what-if', 'post'>;
export type ClinicPlan = Answer<'/api/twin/what-if/{service}', 'get'>;
export type Measured = VisitMeasures['rows'][number];
export type Room = Answer<'/api/rooms/{encounter}', 'get'>;
export type ReturnedPrescription = Room['returned'][number];
export type RoomDraft = NonNullable<Room['draft']>;
export type RoomContent = RoomDraft['content'];
export type RoomDrug = RoomContent['drugs'][number];
export type Finding = Room['findings'][number];
export type RoomOptions = Answer<'/api/rooms/options', 'get'>;
export type KnownDrug = Answer<'/api/terminology/drugs', 'get'>[number];
export type OnlineVisit = Answer<'/api/online-visits/{encounter}', 'get'>;
export type OnlineMessage = OnlineVisit['messages'][number];
export type OnlineOptions = Answer<'/api/online-visits/options', 'get'>;
export type OnlineDepartment = OnlineOptions['departments'][number];
export type Prescription = Answer<'/api/prescriptions', 'get'>[number];
export type Notices = Answer<'/api/notices', 'get'>;
export type Notice = Notices['notices'][number];
export type OwnFollowUp = Answer<'/api/follow-ups', 'get'>[number];
export type FollowUpAdvice = NonNullable<OwnFollowUp['answer']>['advice'];
export type FollowUpRow = Answer<'/api/follow-up-list', 'get'>[number];
export type SharedTimeline = Answer<'/api/timeline', 'get'>;
export type TimelineEntry = SharedTimeline['entries'][number];
export type PrescriptionDetail = Answer<'/api/prescriptions/{number}', 'get'>;

/**
 * A refusal or failure of the node in the reader's language; `status` 0 means that the node was not reached. `code` is
 * the FHIR issue code, empty where there is none, and `about` the resource (`Type/id`) that was asked for.
 */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly category: string,
    message: string,
    readonly code = '',
    readonly about: string | null = null,
  ) {
    super(message);
  }
}

let language = 'zh-CN';
let whenSignedOut: () => void = () => undefined;
let whenProofWanted: () => Promise<boolean> = () => Promise.resolve(false);

/** The language in which the node shall answer from now on. */
export function speak(wanted: string): void {
  language = wanted;
}

/** Called whenever the node says that the session has ended. */
export function onSignedOut(listener: () => void): void {
  whenSignedOut = listener;
}

/** Called when an act wants a fresh proof of who is there (RFC 9470); true has the act tried once more. */
export function onProofWanted(listener: () => Promise<boolean>): void {
  whenProofWanted = listener;
}

/** `fetch` to the own origin in the reader's language; raises a `Refusal` for anything but success. */
export async function request(input: string | Request, init?: RequestInit): Promise<Response> {
  const asked = new Request(input, init);
  asked.headers.set('Accept-Language', language);
  const again = asked.clone();
  let response = await sent(asked);
  const proofWanted = wantsProof(response);
  if (proofWanted && (await whenProofWanted())) response = await sent(again);
  if (response.ok) return response;
  const refusal = await refusalOf(response);
  if (response.status === 401 && !proofWanted) whenSignedOut();
  throw refusal;
}

async function sent(asked: Request): Promise<Response> {
  try {
    return await fetch(asked);
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === 'AbortError') throw failure;
    throw new Refusal(0, 'unreachable', '');
  }
}

function wantsProof(response: Response): boolean {
  const challenge = response.headers.get('WWW-Authenticate') ?? '';
  return response.status === 401 && challenge.includes('insufficient_user_authentication');
}

interface Problem {
  title?: string;
  category?: string;
  issue?: { code?: string; diagnostics?: string; details?: { text?: string; _text?: Translated } }[];
}

/** R4's translation extension (hl7.org/fhir/R4/extension-translation.html). */
interface Translated {
  extension?: { extension?: { url?: string; valueCode?: string; valueString?: string }[] }[];
}

async function refusalOf(response: Response): Promise<Refusal> {
  const body = (await response.json().catch(() => null)) as Problem | null;
  const issue = body?.issue?.[0];
  const words =
    body?.title ?? translated(issue?.details?._text) ?? issue?.details?.text ?? issue?.diagnostics ?? '';
  const about = new URL(response.url, 'http://node.invalid').pathname.match(
    /^\/fhir\/([A-Z]\w*\/[^/]+)/,
  )?.[1];
  return new Refusal(response.status, body?.category ?? '', words, issue?.code, about);
}

function translated(text: Translated | undefined): string | undefined {
  const parts = text?.extension?.map((one) => one.extension ?? []) ?? [];
  const own = parts.find((one) => one.some((part) => part.url === 'lang' && part.valueCode === language));
  return own?.find((part) => part.url === 'content')?.valueString;
}

/** The typed client; every call resolves to a success or raises a `Refusal`. */
export const api = createClient<paths>({ baseUrl: '', fetch: request });

/** The body of a successful answer: `await body(api.GET('/api/board'))`. */
export async function body<Data>(answer: Promise<{ data?: Data }>): Promise<NonNullable<Data>> {
  const { data } = await answer;
  if (data === undefined || data === null) throw new Refusal(0, 'empty', '');
  return data;
}
