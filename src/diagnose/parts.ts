/**
 * What a probe that did look could still be given: a key, a sample from after, the other side to compare
 * with. Each part tells codes that nothing else can tell.
 *
 * @module
 */
import type { Outcome } from '../model.ts';
import type { Code } from '../probes/index.ts';

/** Something that was not given to a probe that ran. */
export interface Part {
  readonly question: string;
  readonly enable: string;
  /** Only it lets these be said; when one of them was said, it was given. */
  readonly tells: readonly Code[];
  /** Worth asking for only beside one of these, where they are named. */
  readonly beside?: readonly Code[];
}

const PARTS: readonly Part[] = [
  {
    question: 'Do the refused credentials verify with the app’s key?',
    enable: '--secret NAME=REF (or --jwks FILE|URL)',
    tells: [
      'credentials/verifies-current',
      'credentials/verifies-previous-only',
      'credentials/every-signature-fails',
      'credentials/signature-bad-right-kid',
      'credentials/verifies-nothing',
      'credentials/kid-in-jwks',
      'credentials/kid-not-in-jwks',
      'credentials/key-id-not-in-ring',
      'credentials/jwks-empty',
    ],
    beside: ['credentials/no-key'],
  },
  {
    question: 'Do they verify with the secret of the deploy before?',
    enable: '--previous-secret NAME=REF',
    tells: ['credentials/verifies-previous-only'],
    beside: ['credentials/every-signature-fails', 'credentials/verifies-nothing'],
  },
  {
    question: 'How does a credential issued now differ from one of before?',
    enable: '--samples-after FILE',
    tells: [
      'credentials/key-replaced',
      'credentials/resealed',
      'credentials/same-key-after',
      'credentials/form-changed',
      'credentials/form-changed-same-secret',
      'credentials/form-unchanged',
      'credentials/issuer-changed',
      'credentials/audience-changed',
      'credentials/algorithm-changed',
      'credentials/type-changed',
      'credentials/contract-unchanged',
      'credentials/lifetime-collapsed',
      'credentials/lifetime-shortened',
      'credentials/lifetime-changed',
      'credentials/new-kid-not-in-jwks',
    ],
  },
  {
    question: 'Did the cookie’s name, Domain or Path change between the two deploys?',
    enable: '--before FILE|URL (saved with: sessdoctor capture URL -o FILE)',
    tells: [
      'cookies/identity-kept',
      'cookies/renamed',
      'cookies/login-loop',
      'cookies/login-loop-last',
      'cookies/path-excluded',
      'cookies/old-scope-deleted',
      'cookies/scope-coexists',
      'cookies/deleted',
      'cookies/emptied',
      'cookies/cleared',
      'cookies/expired-on-arrival',
      'cookies/lifetime-kept',
      'cookies/lifetime-collapsed',
      'cookies/lifetime-shortened',
      'cookies/lifetime-dropped',
    ],
  },
  {
    question: 'Does the origin send the same cookies as the edge?',
    enable: '--origin URL',
    tells: ['edge/cookies-intact', 'edge/cookie-stripped', 'edge/cookies-collapsed', 'edge/cookie-rewritten'],
    beside: ['edge/origin-not-given'],
  },
  {
    question: 'Does the page on which people log in get its cookie through the edge?',
    enable: '--edge URL-OF-THE-LOGIN --origin URL',
    tells: ['edge/cookies-intact', 'edge/cookie-stripped', 'edge/cookies-collapsed', 'edge/cookie-rewritten'],
    beside: ['edge/cookie-left-off', 'edge/made-by-edge'],
  },
  {
    question: 'Does a signed-in visitor pass, or meet the stored redirect as well?',
    enable: 'edge.cookie in sessdoctor.yaml (a signed-in session, as env:NAME or file:PATH)',
    tells: ['edge/session-accepted', 'edge/stored-for-session', 'edge/session-refused'],
    beside: ['edge/stored-redirect', 'edge/stored-refusal'],
  },
  {
    question: 'Do the instances that refuse each other’s cookies sign them with one secret?',
    enable: '--secret NAME=REF (the session secret of any one instance)',
    tells: ['replay/secret-differs', 'replay/secret-shared'],
    beside: ['replay/mixed-signed-id', 'replay/cross-refused-signed-id'],
  },
  {
    question: 'Do the instances agree about one session?',
    enable: '--instance URL…',
    tells: [
      'replay/instances-agree',
      'replay/follows-instance',
      'replay/cross-refused-opaque',
      'replay/cross-refused-signed-id',
      'replay/cross-refused-self-contained',
    ],
    beside: ['replay/mixed-opaque', 'replay/mixed-signed-id', 'replay/mixed-self-contained'],
  },
  {
    question: 'Is the app’s own credential accepted at the token endpoint?',
    enable: 'provider.clientId and provider.clientSecret in sessdoctor.yaml',
    tells: ['provider/client-accepted', 'provider/client-rejected', 'provider/trust-material-valid'],
    beside: ['provider/client-not-tried'],
  },
  {
    question: 'Does the token endpoint answer?',
    enable: '--empty-post',
    tells: ['provider/healthy', 'provider/tokens-unobtainable'],
    beside: ['provider/healthy-but-token-unasked'],
  },
  {
    question: 'Did a migration touch the session table?',
    enable: '--migrations DIR',
    tells: ['database/migration-destroyed', 'database/migration-applied'],
    beside: ['database/answers', 'database/table-missing'],
  },
];

/** When it began: it dates what was found, and says how far back counters and rows must reach. */
export const BEGINNING: Part = {
  question: 'When did it begin?',
  enable: '--since TIME',
  tells: [
    'redis/up-since-before',
    'redis/sessions-survive',
    'redis/no-flush',
    'database/rows-survive',
    'database/rows-all-newer',
    'database/rows-few-newer',
    'credentials/alive-at-incident',
  ],
};

/** Those parts that were not given although their probe looked. `dated`: somebody said when it began. */
export function missingParts(outcomes: readonly Outcome[], dated: boolean): readonly Part[] {
  const said = new Set(
    outcomes.flatMap((outcome) => (outcome.status === 'ran' ? outcome.findings.map(({ code }) => code) : [])),
  );
  const heard = (probe: string): boolean => [...said].some((code) => code.startsWith(`${probe}/`));
  const open = PARTS.filter(
    ({ tells, beside }) =>
      tells.some((code) => heard(code.slice(0, code.indexOf('/')))) &&
      !tells.some((code) => said.has(code)) &&
      (!beside || beside.some((code) => said.has(code))),
  );
  return !dated && (heard('redis') || heard('database')) ? [...open, BEGINNING] : open;
}
