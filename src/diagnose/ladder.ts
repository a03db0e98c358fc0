/**
 * The ladder: where did one session die? Each rung is a question; the first "no" names the group of
 * causes, whatever the error text says. Pure.
 *
 * @module
 */
import type { Finding, Json, RankedCause, Report } from '../model.ts';
import type { RecordSeen } from './record.ts';

export type RungId = 'read' | 'sent' | 'edge' | 'verify' | 'claims' | 'record' | 'app';

export type Rung = {
  readonly id: RungId;
  readonly question: string;
  /** `unseen`: nobody looked, or could. */
  readonly answer: 'yes' | 'no' | 'unseen';
  readonly detail: string;
  /** What would let it be seen. */
  readonly enable?: string | undefined;
};

export type Remaining = {
  readonly id: string;
  readonly title: string;
  readonly verdict: RankedCause['verdict'];
  readonly confidence: number;
};

export type Ladder = {
  /** Up to and including the one where it died. */
  readonly rungs: readonly Rung[];
  readonly diedAt: RungId | null;
  /** Causes that fit the rung where it died, and unseen rungs before it; most likely first. */
  readonly remaining: readonly Remaining[];
};

/** What the rungs are made of, besides the report of the probes that ran. */
export interface LadderInput {
  readonly report: Report;
  /** What the credential is, in words; `broken` when it cannot be read as a whole. */
  readonly reading: { readonly detail: string; readonly broken: boolean };
  /** Whether a browser sends it to the URL. */
  readonly sent: Pick<Rung, 'answer' | 'detail'>;
  /** When it ends, epoch ms, or null when it does not say. */
  readonly endsAt: number | null;
  readonly now: number;
  /** `self-contained` credentials need no record. */
  readonly record: RecordSeen;
}

const QUESTIONS: Readonly<Record<RungId, string>> = {
  read: 'can it be read?',
  sent: 'does a browser send it?',
  edge: 'does it pass the edge?',
  verify: 'does its signature fit a current key?',
  claims: 'are its times and claims accepted?',
  record: 'is its record in the store?',
  app: 'does the app accept it?',
};

const LABELS: Readonly<Record<RungId, readonly string[]>> = {
  read: ['cookie-oversize', 'credential-format-changed', 'client-wipe'],
  sent: [
    'cookie-refused',
    'browser-policy-change',
    'cookie-identity-changed',
    'cookie-oversize',
    'lifetime-wrong',
  ],
  edge: ['edge-strips-cookie', 'edge-caches-session', 'client-binding-broken', 'cookie-oversize'],
  verify: [
    'secret-rotated-no-grace',
    'secret-ephemeral',
    'secret-split-brain',
    'jwks-key-withdrawn',
    'jwks-stale-or-throttled',
    'credential-format-changed',
    'trust-credential-expired',
  ],
  claims: ['token-contract-changed', 'clock-skew', 'lifetime-wrong'],
  record: [
    'store-flushed',
    'store-lost-on-restart',
    'store-evicting',
    'store-lookup-moved',
    'session-table-destroyed',
    'session-reaper',
    'replica-lag',
    'session-pinned-to-instance',
    'refresh-rotation-race',
    'deliberate-revocation',
  ],
  app: [
    'auth-logic-regression',
    'secret-split-brain',
    'client-binding-broken',
    'store-lookup-moved',
    'replica-lag',
    'session-pinned-to-instance',
    'store-unavailable',
  ],
};

const ENABLE: Readonly<Record<RungId, string>> = {
  read: 'a whole credential',
  sent: '--url URL, and a sample that holds its Set-Cookie line',
  edge: '--edge URL --origin URL',
  verify: '--secret NAME=REF or --jwks FILE|URL',
  claims: 'credentials.expect in sessdoctor.yaml',
  record: '--redis URL or --database URL',
  app: '--replay URL of a page that needs a login',
};

/** Climbs until a rung says no. */
export function climb(input: LadderInput): Ladder {
  const all = [
    rung('read', input.reading.broken ? 'no' : 'yes', input.reading.detail),
    rung('sent', input.sent.answer, input.sent.detail),
    byFindings('edge', input.report, EDGE),
    byFindings('verify', input.report, VERIFY),
    claims(input),
    record(input.record),
    byFindings('app', input.report, APP),
  ];
  const died = all.findIndex(({ answer }) => answer === 'no');
  const rungs = died < 0 ? all : all.slice(0, died + 1);
  const suspects = rungs.filter(({ answer }, index) => index === died || (died >= 0 && answer === 'unseen'));
  const labels = new Set(suspects.flatMap(({ id }) => LABELS[id]));
  const remaining = input.report.causes
    .filter(({ id, verdict }) => labels.has(id) && verdict !== 'ruled-out' && verdict !== 'unlikely')
    .map(({ id, title, verdict, confidence }) => ({ id, title, verdict, confidence }));
  return { rungs, diedAt: died < 0 ? null : (all[died]?.id ?? null), remaining };
}

function rung(id: RungId, answer: Rung['answer'], detail: string): Rung {
  return {
    id,
    question: QUESTIONS[id],
    answer,
    detail,
    ...(answer === 'unseen' && { enable: ENABLE[id] }),
  };
}

interface Codes {
  /** Seen of this very session: stronger than what befalls strangers, or other URLs. */
  readonly passed?: readonly string[];
  readonly no: readonly string[];
  /** Befell strangers: counts unless this very session was seen alive behind it, or dead at the origin. */
  readonly strangers?: readonly string[];
  readonly yes: readonly string[];
  readonly unseen: string;
}

const EDGE: Codes = {
  passed: ['edge/session-accepted'],
  no: [
    'edge/cookie-not-forwarded',
    'edge/edge-refuses-session',
    'edge/edge-reads-other-format',
    'edge/stored-for-session',
    'edge/refused-by-path',
    'edge/refused-by-edge-way',
  ],
  strangers: ['edge/same-cookie', 'edge/stored-with-cookie'],
  yes: ['edge/cookies-intact'],
  unseen: 'edge and origin were not compared with it',
};
const VERIFY: Codes = {
  no: [
    'credentials/verifies-previous-only',
    'credentials/every-signature-fails',
    'credentials/verifies-nothing',
    'credentials/signature-bad-right-kid',
    'credentials/kid-not-in-jwks',
    'credentials/key-id-not-in-ring',
    'credentials/alg-none',
  ],
  yes: ['credentials/verifies-current'],
  unseen: 'no key was tried on it',
};
const CLAIMS: Codes = {
  no: [
    'credentials/clock-rejects',
    'credentials/future-by-unchecked-clock',
    'credentials/issuer-unexpected',
    'credentials/audience-unexpected',
    'credentials/algorithm-unexpected',
  ],
  yes: ['credentials/claims-accepted'],
  unseen: 'it holds no claims to compare, or nobody said what is accepted',
};
const APP: Codes = {
  no: [
    'replay/all-refused',
    'replay/all-errors',
    'replay/mixed-self-contained',
    'replay/mixed-signed-id',
    'replay/mixed-opaque',
    'replay/fails-then-passes',
    'replay/passes-then-fails',
  ],
  yes: ['replay/all-accepted'],
  unseen: 'it was not sent to the app, or the page does not tell who is signed in',
};

function byFindings(id: RungId, report: Report, codes: Codes): Rung {
  const findings = report.probes.flatMap((outcome) => (outcome.status === 'ran' ? outcome.findings : []));
  const first = (wanted: readonly string[]): Finding | undefined =>
    findings.find(({ code }) => wanted.includes(code));
  // What befalls the favicon overwrites a browser's session, and refuses none that is sent.
  const ofPage = (wanted: readonly string[]): Finding | undefined =>
    findings.find(({ code, data }) => wanted.includes(code) && !isOfAsset(data));
  const passed = first(codes.passed ?? []);
  if (passed) return rung(id, 'yes', `${passed.title}: ${passed.detail}`);
  const fate = first([...APP.yes, 'edge/session-refused']);
  const no = first(codes.no) ?? (fate ? undefined : ofPage(codes.strangers ?? []));
  if (no) return rung(id, 'no', `${no.title}: ${no.detail}`);
  const yes = first(codes.yes);
  if (yes) return rung(id, 'yes', `${yes.title}: ${yes.detail}`);
  const probe = id === 'app' ? 'replay/' : id === 'edge' ? 'edge/' : 'credentials/';
  const blind = findings.find(({ code, blind }) => blind && code.startsWith(probe));
  return rung(id, 'unseen', blind ? blind.detail : codes.unseen);
}

function isOfAsset(data: Json | undefined): boolean {
  return typeof data === 'object' && data !== null && 'kind' in data && data.kind === 'asset';
}

function claims(input: LadderInput): Rung {
  const { endsAt, now } = input;
  const known = byFindings('claims', input.report, CLAIMS);
  if (known.answer === 'no' || endsAt === null) return known;
  const at = `${new Date(Math.min(Math.max(endsAt, 0), 253_402_300_799_000)).toISOString().slice(0, 19)}Z`;
  if (endsAt <= now) return rung('claims', 'no', `it ended at ${at}`);
  return known.answer === 'yes' ? known : rung('claims', 'yes', `it lives until ${at}`);
}

function record({ answer, detail }: RecordSeen): Rung {
  if (answer === 'found') return rung('record', 'yes', detail);
  return rung('record', answer === 'absent' || answer === 'elsewhere' ? 'no' : 'unseen', detail);
}
